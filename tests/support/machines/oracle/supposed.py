"""What the implications of properties suppose, and which of that holds nowhere.

An implication is told from others by where it is written, and by the calls of the author's
functions that lead there. One in a conclusion supposes what is supposed around it, too; one within
a premise supposes nothing.
"""

import ast
from collections.abc import Callable, Iterator, Sequence

from attrs import define, field

from tests.support.machines.oracle import words
from tests.support.machines.oracle.protocol import Sized, read
from tests.support.machines.oracle.reach import Reached
from tests.support.machines.oracle.words import Value


def vacuous(reached: Reached, text: str, names: Sequence[str]) -> set[str]:
    """The properties that suppose something, for some elements, that no reachable state meets.

    Args:
        reached: every reachable state of a protocol.
        text: its file.
        names: of the properties.
    """
    sizes = {sort.__name__: size for sort, size in _sizes(reached.sized)}
    sized = read(_marked(text)).at(sizes)
    states = [sized.parse(reached.sized.plain(state)) for state in reached.depth]
    return {name for name in names if not all(_premises(sized, name, states))}


def _sizes(sized: Sized) -> Iterator[tuple[type[words.Sort], int]]:
    return ((sort, words.size(sort)) for sort in sized.machine.sizes)


def _premises(sized: Sized, name: str, states: Sequence[words.Value]) -> list[bool]:
    """Of each implication of a property, whether some state meets what it supposes."""
    said = sized.machine.properties[name]
    premises = _Premises()
    said.__globals__.update(
        supposing=premises.supposing, within=premises.within, forall=_forall, exists=_exists
    )
    for state in states:
        sized.says(said, state)
    return list(premises.met.values())


@define
class _Premises:
    """Evaluates implications, and keeps which premises were met.

    Attributes:
        met: by the calls that lead to an implication, whether what it supposes ever held.
    """

    met: dict[tuple[int, ...], bool] = field(factory=dict)
    _path: tuple[int, ...] = ()
    _given: bool = True
    _in_premise: int = 0

    def supposing(
        self, place: int, premise: Callable[[], Value], conclusion: Callable[[], Value]
    ) -> Value:
        """An implication that is written at a place."""
        here, around = (*self._path, place), self._given
        self._in_premise += 1
        supposed = premise()
        self._in_premise -= 1
        self._given = around and supposed is True
        if not self._in_premise:
            self.met[here] = self.met.get(here, False) or self._given
        concluded = conclusion()
        self._given = around
        return words.implies(supposed, concluded)

    def within(self, place: int, function: Callable[..., Value], *args: Value) -> Value:
        """A call of one of the author's functions at a place."""
        around, self._path = self._path, (*self._path, place)
        said = function(*args)
        self._path = around
        return said


def _forall(*sorts_and_body: Value) -> Value:
    """As the word, for every choice of elements, also after one that decides."""
    return words.decided(list(words.said(sorts_and_body)), by=False)


def _exists(*sorts_and_body: Value) -> Value:
    return words.decided(list(words.said(sorts_and_body)), by=True)


def _marked(text: str) -> str:
    """A file in which implications, and calls of its functions, say where they are written."""
    tree = ast.parse(text)
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return ast.unparse(_Marking(defined).visit(tree))


class _Marking(ast.NodeTransformer):
    def __init__(self, defined: set[str]) -> None:
        self.defined = defined

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        match node.func:
            case ast.Name("implies"):
                parts: list[ast.expr] = [_later(part) for part in node.args]
                return _call("supposing", node, parts)
            case ast.Name(name) if name in self.defined:
                return _call("within", node, [node.func, *node.args])
        return node


def _later(part: ast.expr) -> ast.expr:
    return ast.Lambda(ast.arguments([], [], None, [], [], None, []), part)


def _call(name: str, node: ast.Call, args: list[ast.expr]) -> ast.Call:
    place = ast.Constant(node.lineno * 1_000 + node.col_offset)
    return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), [place, *args], []), node)
