"""Texts of the implementation that are changed in the running code.

So what is left out, or a fault that is put back, is written beside what it is put in place of; and
when that is no more, it is told instead of nothing being changed.
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import reduce
from importlib import import_module
from inspect import getattr_static
from types import CodeType, FunctionType

import attrs


@attrs.frozen
class Change:
    """A change of a function.

    Attributes:
        place: its module and its qualified name, with a colon between them.
        old: what stands in its text, once.
        new: what stands there instead.
    """

    place: str
    old: str
    new: str

    @property
    def module(self) -> str:
        """The module of the function."""
        return self.place.partition(":")[0]

    @property
    def name(self) -> str:
        """The qualified name of the function."""
        return self.place.partition(":")[2]

    def made(self, text: str) -> str:
        """The text of the module with the change in it. Raises ValueError if it has no place."""
        node: ast.AST = ast.parse(text)
        for name in self.name.split("."):
            node = next(
                each
                for each in ast.iter_child_nodes(node)
                if isinstance(each, ast.ClassDef | ast.FunctionDef) and each.name == name
            )
        assert isinstance(node, ast.FunctionDef)
        lines = text.splitlines(keepends=True)
        before, end = lines[: node.lineno - 1], node.end_lineno
        body = "".join(lines[node.lineno - 1 : end])
        if body.count(self.old) != 1:
            raise ValueError(f"{self.place}: stands there {body.count(self.old)} times: {self.old}")
        return "".join([*before, body.replace(self.old, self.new), *lines[end:]])


@contextmanager
def changed(changes: Sequence[Change]) -> Iterator[None]:
    """Run functions with changes in them. Raises ValueError if one has no place."""
    texts: dict[str, str] = {}
    for change in changes:
        text = texts.get(change.module) or inspect.getsource(import_module(change.module))
        texts[change.module] = change.made(text)
    with ExitStack() as back:
        back.callback(_forget)
        for change in changes:
            function, name = _function(change), str(import_module(change.module).__file__)
            back.callback(setattr, function, "__code__", function.__code__)
            function.__code__ = _code(compile(texts[change.module], name, "exec"), change.name)
        _forget()
        yield


def _function(change: Change) -> FunctionType:
    """The function that is changed, below whatever it is wrapped in."""
    found: object = reduce(getattr_static, change.name.split("."), import_module(change.module))
    found = getattr(found, "__func__", getattr(found, "fget", found))
    found = getattr(found, "__wrapped__", found)
    assert isinstance(found, FunctionType), change.place
    return found


def _code(code: CodeType, name: str) -> CodeType:
    """The code of a function by its qualified name."""
    first, _, rest = name.partition(".")
    inner = [const for const in code.co_consts if isinstance(const, CodeType)]
    found = next(one for one in inner if one.co_name == first)
    return _code(found, rest) if rest else found


def _forget() -> None:
    """Forget what functions of the implementation remember: with a change they say otherwise."""
    for name, module in [*sys.modules.items()]:
        if name.partition(".")[0] == "impl":
            for value in vars(module).values():
                if not isinstance(value, type):  # of caches there is a class, too
                    getattr(value, "cache_clear", int)()
