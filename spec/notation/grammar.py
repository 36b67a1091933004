"""The grammar: which part of Python a protocol text is written in, held to before it is read.

A text is read once for every state, and run on plain values in some. Both are the same only where
Python itself decides nothing on a value of the state, sees nothing else of it, and finds the same
around the text each time. So a text is followed here on its syntax tree, from the state and the
parameters through every function of the author's that it calls. What is *fixed*, known before any
state, is computed, and Python may decide on it: a switch, a loop over the members of an
enumeration. All else is a value, of which only the words and operators of the notation may be
asked. What is not written down here is refused.
"""

import ast
import builtins
import inspect
import operator
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum, EnumMeta
from functools import lru_cache
from itertools import pairwise
from types import FunctionType, ModuleType
from typing import Any, NoReturn
from weakref import WeakKeyDictionary, WeakSet

import attrs

from spec.notation import words
from spec.notation.definition import Definition
from spec.notation.errors import MachineError, Place, close, is_authors, meant, where
from spec.notation.mends import (
    AS_DEF,
    AS_TUPLE,
    COUNTS,
    FILLS,
    HIDDEN,
    INSTEAD,
    NEW,
    ONCE,
    REFUSED,
    TAKES,
    TOO_LARGE,
    admitted,
    mend,
)
from spec.notation.sorts import Field, Fun, Map, Ordinal, is_sort
from spec.notation.source import File, Function, Written, file_of, times_bound, written
from spec.notation.things import (
    MOST_PARTS,
    STATE,
    SUPPOSING,
    VALUE,
    AValue,
    Frame,
    Late,
    Local,
    Passing,
    TheState,
    Thing,
    Whole,
    described,
    is_enumeration,
    is_fixed,
    is_large,
    made_of,
    mappings,
    no_part,
    no_value,
    not_written,
    supposes,
    would_be_large,
)

_WORDS: Mapping[str, Callable[..., object]] = {
    word.__name__: word
    for word in (
        words.require,
        words.ite,
        words.all_of,
        words.any_of,
        words.not_,
        words.implies,
        words.forall,
        words.exists,
        words.total,
        words.size,
    )
}
# Python's own functions that may be called: on what is fixed, or only rearranging what is given.
_REARRANGES = (enumerate, len, list, range, reversed, sum, tuple, zip)
_COMPUTES = (abs, all, any, dict, max, min, sorted)
# Those of them that go at once through what they are given first.
_GO_THROUGH = (all, any, dict, enumerate, list, max, min, sorted, sum, tuple)

_OPERATORS: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_FIXED_OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


_DEEP = 10_000  # calls of Python's, each of which an operator of a text takes some


@contextmanager
def room() -> Iterator[None]:
    """Let a text be as deep wherever it is followed: a caller may have used much of the room."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(max(usual, _DEEP))
    try:
        yield
    finally:
        sys.setrecursionlimit(usual)


@attrs.frozen
class Grammar:
    """What the texts of one machine are held to.

    Args:
        machine: its name.
        state: its state class.
        fields: all fields of the state, by name.
        definitions: the functions of the state that are fixed.
        text_of: the function that an action of the author's is made of; else what it is given.
    """

    machine: str
    state: type
    fields: Mapping[str, Field]
    definitions: Mapping[str, Definition]
    text_of: Callable[[object], object]
    fixed: object = attrs.field(init=False)
    """What a text is followed by, but for what it is given."""

    @fixed.default
    def _whatis_fixed(self) -> object:
        return self.state, frozenset(self.definitions.values())

    def check(self, text: object, parameters: int, *, writes: bool) -> None:
        """Refuse a text that is not in the grammar.

        Args:
            text: a function of the state and of parameters.
            parameters: how many there are.
            writes: whether it may ask and write (`init`, actions); else it only says something.

        Raises:
            MachineError: with file, line and what to write instead.
        """
        if not isinstance(text, FunctionType):
            raise MachineError(f"{self.machine}: {_called(text)}; {AS_DEF}")
        if text in _vouched:
            return
        label = f"{self.machine}.{text.__name__}"
        if text.__defaults__ or text.__kwdefaults__:
            raise MachineError(
                f"in {label}: a parameter takes every value of its sort; leave out the default",
                where(text),
            )
        things = [STATE, *[VALUE] * parameters]
        try:
            with room():
                given = Follower(self, label).follow(text, things, {}, writes=writes)
        except RecursionError:
            what = "it is too deep to be read; write all_of or any_of for many operators"
            raise MachineError(f"in {label}: {what}", where(text)) from None
        if writes and given is not None:
            what = "what an action returns is lost; write require"
            raise MachineError(f"in {label}: {what}", where(text))
        if not writes and given is None:
            raise MachineError(f"in {label}: it returns nothing; return what it says", where(text))


_known: WeakKeyDictionary[FunctionType, dict[object, Thing]] = WeakKeyDictionary()
"""What each function gives for what it was followed with. It says the same each time."""
_checked: WeakSet[Written] = WeakSet()
"""The functions of which every part was seen to be Python that a text may have."""
_relied: dict[int, tuple[Mapping[object, object], object, str, Place]] = {}
"""The mappings that texts name: each, what was in it, its name, and where it is named."""
_vouched: WeakSet[Callable[..., object]] = WeakSet()


def vouch(text: Callable[..., object]) -> None:
    """Say that a text is in the grammar which code of Tallystick made: no file has it."""
    _vouched.add(text)


def check_mappings() -> None:
    """Refuse what was followed with another content of a mapping than it has now.

    Raises:
        MachineError: with the file and line where a text names the mapping.
    """
    for mapping, content, name, at in _relied.values():
        if _content(mapping) != content:
            raise MachineError(f"{name} was changed; write all of it at once", at)


@attrs.frozen
class _Returned:
    thing: Thing


@attrs.define
class Follower:
    """Follows one text, from what its parameters stand for to what it gives.

    Args:
        grammar: of the machine.
        label: the text, as `machine.action`, for errors.
    """

    grammar: Grammar
    label: str
    _under_way: list[object] = attrs.field(factory=list)
    _turns_so_far: int = 0
    """Of all loops so far: each is read, and a term by itself."""

    def refuse(self, frame: Frame, node: ast.AST, said: str) -> NoReturn:
        """Refuse a place of a text; what is said ends with what to write instead."""
        raise MachineError(f"in {self.label}: {said}", (frame.file.path, _line(node)))

    # Functions

    def follow(
        self,
        function: FunctionType,
        args: Sequence[Thing],
        named: Mapping[str, Thing],
        *,
        writes: bool,
    ) -> Thing:
        """What a function of the author's gives; what is known of it is not asked again."""
        if any(isinstance(thing, Local) for thing in (*args, *named.values())):
            return self._followed(function, args, named, writes=writes)
        key = (*map(_typed, args), *map(_typed, named.items()), writes, self.grammar.fixed)
        known = _known.setdefault(function, {})
        try:
            if key in known:
                return known[key]
        except TypeError:  # a list, for example, is no key
            return self._followed(function, args, named, writes=writes)
        known[key] = self._followed(function, args, named, writes=writes)
        return known[key]

    def _followed(
        self,
        function: FunctionType,
        args: Sequence[Thing],
        named: Mapping[str, Thing],
        *,
        writes: bool,
    ) -> Thing:
        text = written(function)
        code = function.__code__
        if text is None:
            at = (code.co_filename, code.co_firstlineno)
            raise MachineError(f"in {self.label}: {_called(function)}; {AS_DEF}", at)
        node = text.node
        cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
        frame = Frame(text, dict(cells), function.__globals__, *_names(node))
        self._check_nodes(frame, text)
        if hasattr(function, "__signature__"):
            said = f"{function.__name__} is given a __signature__; its parameters say what it takes"
            self.refuse(frame, node, said)
        defaults = inspect.signature(function, follow_wrapped=False).parameters
        given = {n: p.default for n, p in defaults.items() if p.default is not p.empty}
        for name, default in given.items():
            if any(mappings(default)):
                said = f"the default of {name} is a mapping; give it where the function is called"
                self.refuse(frame, node, said)
            self._admit(frame, node, f"the default of {name}", default)
        result = self._apply(frame, node, args, named, given, writes=writes)
        for unread in _never_read(node):
            if unread.id in self.grammar.fields:
                said = f"{unread.id} is given a value that nothing reads"
                self.refuse(frame, unread, f"{said}; for the field write s.{unread.id}")
        return result

    def _check_nodes(self, frame: Frame, text: Written) -> None:
        """Refuse what no text says, wherever it stands in a function."""
        if text in _checked:
            return
        for node in ast.walk(text.node):
            for part in (node, *getattr(node, "ops", ())):
                if type(part) not in _ALLOWED:
                    kind = type(part).__name__
                    self.refuse(frame, node, REFUSED.get(type(part), f"a text has no {kind}"))
            for idle in _after_return(node):
                self.refuse(frame, idle, "nothing comes here, after return; leave it out")
        _checked.add(text)

    def _apply(
        self,
        frame: Frame,
        node: Function,
        args: Sequence[Thing],
        named: Mapping[str, Thing],
        defaults: Mapping[str, Thing],
        *,
        writes: bool,
    ) -> Thing:
        """What a definition gives in a frame in which nothing is bound yet."""
        if node in self._under_way:
            self.refuse(frame, node, f"{_title(node)} calls itself; write a loop over constants")
        self._bind_parameters(frame, node, args, named, defaults)
        self._under_way.append(node)
        try:
            if isinstance(node, ast.Lambda):
                return self.value(frame, node.body)
            returned = self._block(frame, node.body, writes=writes)
            return returned.thing if returned else None
        finally:
            self._under_way.pop()

    def _bind_parameters(
        self,
        frame: Frame,
        node: Function,
        args: Sequence[Thing],
        named: Mapping[str, Thing],
        defaults: Mapping[str, Thing],
    ) -> None:
        given = node.args
        if given.vararg or given.kwarg:
            self.refuse(frame, node, f"{_title(node)} takes any number of things; name each")
        places = [arg.arg for arg in (*given.posonlyargs, *given.args)]
        every = [*places, *(arg.arg for arg in given.kwonlyargs)]
        bound = {**defaults, **dict(zip(places, args, strict=False)), **named}
        for name, thing in bound.items():
            self._name(frame, node, name, thing)
        twice = set(places[: len(args)]) & set(named)
        if len(args) > len(places) or twice or set(every) != set(frame.names):
            takes = ", ".join(every) or "nothing"
            count = len(args) + len(named)
            self.refuse(
                frame, node, f"{_title(node)} takes {takes}, and is given {count}; match them"
            )

    # Statements

    def _block(self, frame: Frame, body: Sequence[ast.stmt], *, writes: bool) -> _Returned | None:
        for statement in body:
            returned = self._statement(frame, statement, writes=writes)
            if returned:
                return returned
        return None

    def _statement(self, frame: Frame, node: ast.stmt, *, writes: bool) -> _Returned | None:
        match node:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                pass
            case ast.Expr(value=value):
                if self._done(frame, value, writes=writes) is not None:
                    mend = (
                        "require(condition, reason)" if writes else "return, if this is the answer"
                    )
                    self.refuse(frame, node, f"this says nothing; write {mend}")
            case ast.Return(value=None):
                return _Returned(None)
            case ast.Return(value=ast.expr() as value):
                return _Returned(self._done(frame, value, writes=writes))
            case ast.Assign(targets=targets, value=value):
                thing = self._done(frame, value, writes=writes)
                for target in targets:
                    self._bind(frame, target, thing, writes=writes)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                thing = self._done(frame, value, writes=writes)
                self._bind(frame, target, thing, writes=writes)
            case ast.AugAssign(target=target, op=op, value=value):
                before = self.value(frame, target)
                if isinstance(before, list | dict):
                    self.refuse(frame, node, f"this changes {described(before)}; {NEW}")
                thing = self._operate(frame, node, op, before, self.value(frame, value))
                self._bind(frame, target, thing, writes=writes)
            case ast.If(test=test, body=body, orelse=orelse):
                holds = self._decide(frame, test, ast.If)
                return self._block(frame, body if holds else orelse, writes=writes)
            case ast.For(target=target, iter=each, body=body, orelse=[]):
                for thing in self._gone_through(frame, each):
                    self._bind(frame, target, thing, writes=writes)
                    returned = self._block(frame, body, writes=writes)
                    if returned:
                        return returned
            case ast.FunctionDef(name=name, decorator_list=[]):
                self._check_annotations(frame, node)
                frame.names[name] = self._local(frame, node)
            case _:
                self.refuse(frame, node, f"a text has no {ast.unparse(node).splitlines()[0]}")
        return None

    def _done(self, frame: Frame, node: ast.expr, *, writes: bool) -> Thing:
        """What a statement's expression gives: if it is a call, that may ask and write."""
        if isinstance(node, ast.Call):
            return self._lasting(frame, node, self._call(frame, node, writes=writes))
        return self.value(frame, node)

    def _bind(self, frame: Frame, target: ast.expr, thing: Thing, *, writes: bool) -> None:
        """Bind a name, or write to the state."""
        match target:
            case ast.Name(id=name):
                self._name(frame, target, name, thing)
                return
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                things = self._each(frame, target, thing)
                if len(things) != len(targets):
                    self.refuse(
                        frame, target, f"{len(things)} things are given for {len(targets)} names"
                    )
                for one, part in zip(targets, things, strict=True):
                    self._bind(frame, one, part, writes=writes)
                return
            case ast.Attribute(value=value, attr=name) if isinstance(
                self.value(frame, value), TheState
            ):
                written = self.value(frame, target)
                if isinstance(written, Whole):
                    self.refuse(frame, target, not_written(written.field))
            case ast.Subscript(value=value) if isinstance(self.value(frame, value), Whole):
                self.value(frame, target)
            case _:
                self.refuse(
                    frame, target, f"{ast.unparse(target)} is no part of the state; write fields"
                )
        self._operand(frame, target, thing)
        self._check_writes(frame, target, writes=writes)

    def _name(self, frame: Frame, node: ast.AST, name: str, thing: Thing) -> None:
        if thing is None:
            self.refuse(frame, node, f"nothing is given for {name}; return a value")
        if supposes(thing):
            # What it supposes together with others is told by where it stands among them.
            self.refuse(frame, node, f"{name} keeps an implication; write it where it is used")
        frame.names[name] = thing

    def _check_writes(self, frame: Frame, node: ast.AST, *, writes: bool) -> None:
        if not writes:
            self.refuse(
                frame,
                node,
                "only an action asks and writes, in a statement of its own; "
                "move this out of what only says something",
            )

    # Expressions

    def value(self, frame: Frame, node: ast.expr) -> Thing:
        """What an expression stands for; it may say something, and not ask or write."""
        match node:
            case ast.Constant(value=value):
                return self._admit(frame, node, repr(value), value)
            case ast.Name(id=name):
                binder = frame.binder(name)
                if binder is None:
                    return self._outside(frame, node)
                if name not in binder.names:
                    self.refuse(frame, node, f"{name} is not bound yet; assign it before")
                return binder.names[name]
            case ast.Attribute():
                return self._attribute(frame, node)
            case ast.Subscript():
                return self._subscript(frame, node)
            case ast.Call() | ast.GeneratorExp():
                return self._lasting(frame, node, self._passing(frame, node))
            case ast.BinOp(left=left, op=op, right=right):
                a, b = self.value(frame, left), self.value(frame, right)
                return self._operate(frame, node, op, a, b)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                a, b = self.value(frame, left), self.value(frame, right)
                return self._operate(frame, node, op, a, b)
            case ast.Compare():
                return self._chain(frame, node)
            case ast.UnaryOp(op=op, operand=operand):
                return self._operate(frame, node, op, self.value(frame, operand))
            case ast.BoolOp(op=op, values=values):
                *first, last = values
                for part in first:
                    thing = self._decided(frame, part, type(op))
                    if bool(thing) is isinstance(op, ast.Or):
                        return thing
                return self._decided(frame, last, type(op))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.value(frame, body if self._decide(frame, test, ast.IfExp) else orelse)
            case ast.Tuple():
                return tuple(self._elements(frame, node.elts))
            case ast.List():
                return self._elements(frame, node.elts)
            case ast.Dict(keys=keys, values=values):
                if None in keys:
                    self.refuse(frame, node, "for ** name each thing that is given")
                pairs = [
                    (self._fixed(frame, key), self.value(frame, value))
                    for key, value in zip(keys, values, strict=True)
                    if key
                ]
                return self._computed(frame, node, dict, pairs)
            case ast.ListComp():
                return [self.value(f, node.elt) for f in self._turns(frame, node.generators)]
            case ast.DictComp(key=key, value=value):
                turns = self._turns(frame, node.generators)
                pairs = [(self._fixed(f, key), self.value(f, value)) for f in turns]
                return self._computed(frame, node, dict, pairs)
            case ast.Lambda():
                return self._local(frame, node)
            case ast.Slice(lower=lower, upper=upper, step=step):
                return slice(*(part and self._fixed(frame, part) for part in (lower, upper, step)))
        self.refuse(frame, node, f"a text has no {ast.unparse(node)}")

    def _lasting(self, frame: Frame, node: ast.expr, thing: Thing) -> Thing:
        """Refuse what is good only for going through it at once."""
        if isinstance(thing, Passing):
            what = ast.unparse(node)
            self.refuse(frame, node, f"{what} is no tuple, and is gone through at once; {AS_TUPLE}")
        return thing

    def _passing(self, frame: Frame, node: ast.expr) -> Thing:
        """What an expression stands for, where it is gone through at once."""
        match node:
            case ast.Call():
                return self._call(frame, node, writes=False)
            case ast.GeneratorExp():
                turns = self._turns(frame, node.generators)
                return Late(self.value(f, node.elt) for f in turns)
        return self.value(frame, node)

    def _elements(self, frame: Frame, nodes: Sequence[ast.expr]) -> list[Thing]:
        things: list[Thing] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                things += self._each(frame, node, self._passing(frame, node.value))
            else:
                things.append(self.value(frame, node))
        return things

    def _fixed(self, frame: Frame, node: ast.expr) -> Thing:
        thing = self.value(frame, node)
        if not is_fixed(thing):
            self.refuse(
                frame,
                node,
                f"{ast.unparse(node)} is not known before the state; "
                "write ite for each case, or a map or function of the state",
            )
        return thing

    def _decide(self, frame: Frame, node: ast.expr, on: type[ast.AST]) -> bool:
        """What Python decides on something fixed; on a value it cannot."""
        return bool(self._decided(frame, node, on))

    def _decided(self, frame: Frame, node: ast.expr, on: type[ast.AST]) -> Thing:
        """Something fixed, on which Python may decide."""
        thing = self.value(frame, node)
        if not is_fixed(thing):
            self.refuse(frame, node, f"{ONCE}; {INSTEAD[on]}")
        return thing

    def _gone_through(self, frame: Frame, node: ast.expr) -> list[Thing]:
        """The parts of what a loop goes through, which are the same whatever it binds."""
        thing = self._passing(frame, node)
        if isinstance(thing, Late):
            said = "its parts are made while the loop binds its names"
            self.refuse(frame, node, f"{said}; {AS_TUPLE}")
        return self._each(frame, node, thing)

    def _each(self, frame: Frame, node: ast.AST, thing: Thing) -> list[Thing]:
        """The parts of something of which it is fixed how many there are."""
        if isinstance(thing, tuple | list | dict | range) or is_enumeration(thing):
            self._turns_so_far += len(thing)
            if self._turns_so_far > MOST_PARTS:
                self.refuse(
                    frame, node, f"with these, more than {MOST_PARTS:,} turns; write forall"
                )
            return thing if isinstance(thing, Late) else list(thing)
        self.refuse(
            frame,
            node,
            "Python cannot go through what is not known before the state; "
            "write forall, exists, fill_by or total, or go through a tuple or an enumeration",
        )

    def _turns(self, frame: Frame, loops: Sequence[ast.comprehension]) -> Iterator[Frame]:
        """The frame of a comprehension, at each turn. Python keeps one for all of its loops."""
        targets = (n for loop in loops for n in ast.walk(loop.target) if isinstance(n, ast.Name))
        inside = frame.inside(frozenset(n.id for n in targets), once=frozenset())
        return self._turned(inside, loops, self._gone_through(frame, loops[0].iter))

    def _turned(
        self, frame: Frame, loops: Sequence[ast.comprehension], things: Sequence[Thing]
    ) -> Iterator[Frame]:
        loop, *inner = loops
        for thing in things:
            self._bind(frame, loop.target, thing, writes=False)
            if not all(self._decide(frame, test, ast.If) for test in loop.ifs):
                continue
            if inner:
                yield from self._turned(frame, inner, self._gone_through(frame, inner[0].iter))
            else:
                yield frame

    def _check_annotations(self, frame: Frame, node: ast.FunctionDef) -> None:
        """Refuse what Python would compute, each time, of the sorts that a function names."""
        every = (node.returns, *(n.annotation for n in ast.walk(node.args) if type(n) is ast.arg))
        for part in filter(None, every):
            parts = list(ast.walk(part))
            heads = [one.value for one in parts if isinstance(one, ast.Subscript)]
            plain = all(isinstance(one, _NAMES_SORTS) for one in parts)
            if not plain or any(self.value(frame, head) is not tuple for head in heads):
                said = f"{ast.unparse(part)} names no sort, nor a tuple of sorts"
                self.refuse(frame, node, f"{said}; leave it out here")

    def _local(
        self, frame: Frame, node: ast.Lambda | ast.FunctionDef, *, straight: bool = False
    ) -> Local:
        """A function written in a text. Handed straight to a word, it is asked at once."""
        given = node.args
        places = [*given.posonlyargs, *given.args][::-1]
        pairs = [*zip(places, given.defaults[::-1], strict=False)]
        pairs += [(arg, d) for arg, d in zip(given.kwonlyargs, given.kw_defaults, strict=True) if d]
        if not straight:
            self._check_kept(frame, node)
        return Local(node, frame, {arg.arg: self.value(frame, d) for arg, d in pairs})

    def _check_kept(self, frame: Frame, node: ast.Lambda | ast.FunctionDef) -> None:
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        own = times_bound(node)
        for part in (part for statement in body for part in ast.walk(statement)):
            name = part.id if isinstance(part, ast.Name) else ""
            binder = frame.binder(name)
            if name not in own and binder and name not in binder.once:
                self.refuse(
                    frame,
                    node,
                    f"this function keeps the name {name}, which is bound again, and not what it "
                    f"stands for; hand it straight to a word, or give it {name}={name}",
                )

    # Operators

    def _operate(self, frame: Frame, node: ast.AST, op: ast.AST, *things: Thing) -> Thing:
        kind = type(op)
        if all(map(is_fixed, things)) and (kind in _OPERATORS or kind in _FIXED_OPERATORS):
            if kind is ast.Mod and isinstance(things[0], str):
                self.refuse(frame, node, "for `%` write a plain text")
            compute = _OPERATORS.get(kind) or _FIXED_OPERATORS[kind]
            return self._grown(frame, node, compute, *things)
        if kind is ast.Add and all(isinstance(thing, tuple | list) for thing in things):
            return self._grown(frame, node, operator.add, *things)
        if kind not in _OPERATORS:
            self.refuse(frame, node, INSTEAD.get(kind, f"a text has no {kind.__name__}"))
        for thing in things:
            self._operand(frame, node, thing)
        return made_of(*things)

    def _chain(self, frame: Frame, node: ast.Compare) -> Thing:
        things = [self.value(frame, part) for part in (node.left, *node.comparators)]
        if not all(map(is_fixed, things)):
            self.refuse(
                frame, node, "compare two values at a time, with & between comparisons in brackets"
            )
        pairs = zip(node.ops, things, things[1:], strict=False)
        return all(self._operate(frame, node, op, a, b) for op, a, b in pairs)

    def _grown(
        self, frame: Frame, node: ast.AST, compute: Callable[..., Thing], *things: Thing
    ) -> Thing:
        """What an operator gives, which may be larger than what it is given; but not too large."""
        large = would_be_large(compute, *things)
        if large or is_large(given := self._computed(frame, node, compute, *things)):
            self.refuse(frame, node, TOO_LARGE)
        return given

    def _computed(
        self, frame: Frame, node: ast.AST, compute: Callable[..., Thing], *things: Thing
    ) -> Thing:
        try:
            return compute(*things)
        except Exception as error:  # whatever Python says of it
            self.refuse(frame, node, f"{error}; mend what is computed here")

    def _operand(self, frame: Frame, node: ast.AST, thing: Thing) -> None:
        """Refuse what is no single value where one is wanted."""
        if isinstance(thing, AValue | bool | int | Enum):
            return
        self.refuse(frame, node, no_value(thing))

    # Attributes and parts

    def _attribute(self, frame: Frame, node: ast.Attribute) -> Thing:
        base, name = self.value(frame, node.value), node.attr
        if isinstance(base, TheState):
            if name not in self.grammar.fields:
                state = self.grammar.state.__name__
                said = f"{state} has no field {name}; {meant(name, self.grammar.fields)}"
                self.refuse(frame, node, said)
            field = self.grammar.fields[name]
            return VALUE if field.kind is object else Whole(field)
        if isinstance(base, ModuleType):
            return self._of_module(frame, node, base)
        if is_enumeration(base):
            members = base.__members__
            if name not in members:
                self.refuse(
                    frame, node, f"{base.__name__} has no member {name}; {meant(name, members)}"
                )
            return members[name]
        if isinstance(base, Enum) and name in ("name", "value"):
            value = getattr(base, name)
            self._check_unchanged(frame, node, name, value)
            return self._admit(frame, node, ast.unparse(node), value)
        self.refuse(frame, node, no_part(base, ast.unparse(node.value), name))

    def _subscript(self, frame: Frame, node: ast.Subscript) -> Thing:
        base = self.value(frame, node.value)
        if isinstance(base, Whole):
            return self._cell(frame, node, base.field)
        if isinstance(base, tuple | list | dict | str | range) or is_enumeration(base):
            index = self._fixed(frame, node.slice)
            return self._computed(frame, node, operator.getitem, base, index)
        self.refuse(
            frame,
            node,
            f"{ast.unparse(node.value)} is no map; with several keys, a map is read as m[a, b]",
        )

    def _cell(self, frame: Frame, node: ast.Subscript, field: Field) -> Thing:
        if field.kind is not Map:
            self.refuse(frame, node, f"{field.name} is a function; write {field.name}(...)")
        key = self.value(frame, node.slice)
        one = len(field.keys) == 1 and not (isinstance(key, tuple) and len(key) > 1)
        self._check_key(frame, node, field, (key,) if one or not isinstance(key, tuple) else key)
        return made_of(key)

    def _check_key(self, frame: Frame, node: ast.AST, field: Field, key: Sequence[Thing]) -> None:
        if len(key) != len(field.keys):
            sorts = ", ".join(sort.__name__ for sort in field.keys)
            brackets = f"[{sorts}]" if field.kind is Map else f"({sorts})"
            self.refuse(
                frame,
                node,
                f"{field.name} takes {len(field.keys)} keys, not {len(key)}; "
                f"write {field.name}{brackets}",
            )
        for part in key:
            self._operand(frame, node, part)

    # Calls

    def _call(self, frame: Frame, node: ast.Call, *, writes: bool) -> Thing:
        if isinstance(node.func, ast.Attribute):
            base = self.value(frame, node.func.value)
            if isinstance(base, Whole) and node.func.attr in FILLS:
                self._check_writes(frame, node, writes=writes)
                return self._fill(frame, node, base.field, node.func.attr)
            if isinstance(base, dict) and node.func.attr in ("items", "keys", "values"):
                if node.args or node.keywords:
                    self.refuse(frame, node, f"{node.func.attr} takes nothing; leave it out")
                return Passing(getattr(base, node.func.attr)())
        called = self.value(frame, node.func)
        word = _word(called)
        if word and any(isinstance(arg, ast.GeneratorExp) for arg in node.args):
            self.refuse(frame, node, f"{word} takes one thing after another; write {word}(*(...))")
        args = [
            self._local(frame, arg, straight=True)
            if word and isinstance(arg, ast.Lambda)
            else [self._passing(frame, arg)]
            if _goes_through(called, node, arg)
            else self._elements(frame, [arg])
            for arg in node.args
        ]
        things = [t for arg in args for t in (arg if isinstance(arg, list) else [arg])]
        named = self._named(frame, node)
        if word:
            return self._say(frame, node, word, things, named, writes=writes)
        self._check_shadow(frame, node)
        if isinstance(called, FunctionType):
            return self.follow(called, things, named, writes=writes)
        if isinstance(called, Local):
            return self._ask(called, things, named, writes=writes)
        if isinstance(called, Whole) and called.field.kind is Fun and not named:
            return self._function(frame, node, called.field, things)
        return self._plain(frame, node, called, things, named)

    def _named(self, frame: Frame, node: ast.Call) -> dict[str, Thing]:
        named = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                self.refuse(frame, node, "for ** name each thing that is given")
            named[keyword.arg] = self.value(frame, keyword.value)
        return named

    def _ask(
        self, local: Local, args: Sequence[Thing], named: Mapping[str, Thing], *, writes: bool
    ) -> Thing:
        frame = local.frame.inside(*_names(local.node))
        return self._apply(frame, local.node, args, named, local.defaults, writes=writes)

    def _check_shadow(self, frame: Frame, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in _WORDS:
            self.refuse(
                frame, node, f"{name} is a word of the notation, and not this; name it otherwise"
            )

    def _say(
        self,
        frame: Frame,
        node: ast.Call,
        word: str,
        things: Sequence[Thing],
        named: Mapping[str, Thing],
        *,
        writes: bool,
    ) -> Thing:
        """What a word of the notation gives."""
        if named:
            self.refuse(frame, node, f"{word} takes what it is given in order; leave out the names")
        if word in COUNTS and len(things) != COUNTS[word]:
            self.refuse(frame, node, f"{word} takes {TAKES[word]}; write all of it")
        if word == "require":
            condition, reason = things
            self._operand(frame, node, condition)
            if not isinstance(reason, str) or not reason.strip():
                self.refuse(frame, node, "require wants a reason, a text that is not empty")
            self._check_writes(frame, node, writes=writes)
            return None
        if word in ("forall", "exists"):
            return made_of(self._quantified(frame, node, word, things))
        if word == "size":
            self._sort(frame, node, things[0])
            if not issubclass(things[0], Ordinal):
                self.refuse(frame, node, "size is of a subclass of Ordinal; give it one")
        elif word == "total":
            field = things[0].field if isinstance(things[0], Whole) else None
            if not field or field.kind is not Map or not issubclass(field.sort, Ordinal):
                self.refuse(frame, node, "total sums a map of numbers of the state; give it one")
        else:
            for thing in things:
                self._operand(frame, node, thing)
        return SUPPOSING if word == "implies" else made_of(*things)

    def _quantified(
        self, frame: Frame, node: ast.Call, word: str, things: Sequence[Thing]
    ) -> Thing:
        """What a quantifier asks for every element."""
        if len(things) < 2:
            self.refuse(
                frame, node, f"{word} takes sorts and a function; write {word}(Sort, lambda x: ...)"
            )
        *sorts, body = things
        for sort in sorts:
            self._sort(frame, node, sort)
        asked = self._body(frame, node, body, [VALUE] * len(sorts))
        self._operand(frame, node, asked)
        return asked

    def _sort(self, frame: Frame, node: ast.AST, thing: Thing) -> None:
        if not is_sort(thing):
            self.refuse(frame, node, f"{described(thing)} is no sort; give a class that is one")

    def _body(self, frame: Frame, node: ast.AST, body: Thing, args: Sequence[Thing]) -> Thing:
        """What a function gives that a word asks for every element; it only says something."""
        if isinstance(body, Local):
            return self._ask(body, args, {}, writes=False)
        if isinstance(body, FunctionType) and not _word(body):
            return self.follow(body, args, {}, writes=False)
        self.refuse(frame, node, f"{described(body)} is no function; write lambda x: ...")

    def _fill(self, frame: Frame, node: ast.Call, field: Field, how: str) -> None:
        if field.kind is not Map:
            self.refuse(frame, node, not_written(field))
        if len(node.args) != FILLS[how] or node.keywords:
            takes = "one thing" if FILLS[how] else "nothing"
            self.refuse(frame, node, f"{how} of {field.name} takes {takes}; give it that")
        for arg in node.args:
            by = how == "fill_by"
            thing = self._filling(frame, node, field, arg) if by else self.value(frame, arg)
            self._operand(frame, node, thing)

    def _filling(self, frame: Frame, node: ast.Call, field: Field, arg: ast.expr) -> Thing:
        """What a function gives that a map is filled by: it is handed one key, maybe a tuple."""
        several = len(field.keys) > 1
        if not isinstance(arg, ast.Lambda):
            body = self.value(frame, arg)
        elif several and len(arg.args.args) > 1:
            said = "fill_by hands over one key, here a tuple"
            self.refuse(frame, node, f"{said}; write lambda k: ..., with k[0] and k[1] in it")
        else:
            body = self._local(frame, arg, straight=True)
        keys = (VALUE,) * len(field.keys)
        return self._body(frame, node, body, [keys] if several else keys)

    def _function(self, frame: Frame, node: ast.Call, field: Field, args: Sequence[Thing]) -> Thing:
        """What a function of the state gives: where it is defined, on what is fixed, that."""
        self._check_key(frame, node, field, args)
        if field.name in self.grammar.definitions and all(map(is_fixed, args)):
            return self.grammar.definitions[field.name].at(None)(*args)
        return made_of(*args)

    def _plain(
        self,
        frame: Frame,
        node: ast.Call,
        called: Thing,
        args: Sequence[Thing],
        named: Mapping[str, Thing],
    ) -> Thing:
        """What one of Python's own functions gives, or a number or member of a sort."""
        fixed = all(map(is_fixed, (*args, *named.values())))
        if called in _REARRANGES and not fixed:
            return self._rearranged(frame, node, called, args, named)
        constructs = (
            isinstance(called, type) and is_sort(called) and issubclass(called, Ordinal | Enum)
        )
        if fixed and (constructs or called in (*_REARRANGES, *_COMPUTES)):
            return self._arranged(frame, node, called, args, named)
        self.refuse(frame, node, f"a text does not call {described(called)}; {mend(called)}")

    def _rearranged(
        self,
        frame: Frame,
        node: ast.Call,
        called: Thing,
        args: Sequence[Thing],
        named: Mapping[str, Thing],
    ) -> Thing:
        """What Python gives that only arranges anew what it is given, or adds it up."""
        if called is not zip and (len(args) != 1 or set(named) - {"start"}):
            self.refuse(frame, node, f"{called.__name__} takes one thing here; give it that")
        things = [self._each(frame, node, arg) for arg in args]
        if called is sum:
            for thing in (*things[0], *named.values()):
                self._operand(frame, node, thing)
            return made_of(*things)
        if not all(map(is_fixed, named.values())):
            self.refuse(frame, node, f"{ONCE}; give {called.__name__} what is known before")
        return self._arranged(frame, node, called, things, named)

    def _arranged(
        self,
        frame: Frame,
        node: ast.AST,
        called: Callable[..., Thing],
        args: Sequence[Thing],
        named: Mapping[str, Thing],
    ) -> Thing:
        """What one of Python's own functions gives; what it would make turn by turn, at once."""

        if called in (*_GO_THROUGH, reversed, zip) and any(map(is_large, args)):
            self.refuse(frame, node, TOO_LARGE)

        def compute() -> Thing:
            given = called(*args, **named)
            return Passing(given) if isinstance(given, enumerate | zip | reversed) else given

        given = self._computed(frame, node, compute)
        late = isinstance(given, Passing) and any(isinstance(arg, Late) for arg in args)
        return Late(given) if late else given

    # Names from outside

    def _outside(self, frame: Frame, node: ast.Name) -> Thing:
        """What a name stands for that is bound around the author's function."""
        name, file = node.id, frame.file
        if name in frame.cells:
            times = frame.written.times_bound_around(name)
            value = self._computed(frame, node, lambda: frame.cells[name].cell_contents)
        elif name in frame.outer:
            value = frame.outer[name]
            # A changed text may ask for words that its file does not.
            times = 1 if _word(value) else file.times_bound(name, frame.outer)
        elif name in vars(builtins):
            return getattr(builtins, name)
        else:
            self.refuse(frame, node, f"{name} is not defined; {self._meant(frame, name)}")
        self._check_once(frame, node, name, times, file)
        self._check_unchanged(frame, node, name, value)
        return self._admit(frame, node, name, value)

    def _meant(self, frame: Frame, name: str) -> str:
        """What may have been meant by a name that stands for nothing."""
        if name in self.grammar.fields:
            return f"for the field write s.{name}"
        within = [
            f"{other}.{name}"
            for other, thing in frame.outer.items()
            if isinstance(thing, EnumMeta) and name in thing.__members__
        ]
        if within:
            return f"did you mean {' or '.join(within)}?"
        return close(name, frame.outer) or "define it at the top of the file, or import it there"

    def _of_module(self, frame: Frame, node: ast.Attribute, module: ModuleType) -> Thing:
        name = node.attr
        file = file_of(getattr(module, "__file__", None) or "")
        if file is None or not is_authors(file.path):
            said = f"{module.__name__}.{name} is not of the protocol"
            self.refuse(frame, node, f"{said}; {HIDDEN}")
        if name not in vars(module):
            said = f"{module.__name__} has no {name}"
            self.refuse(frame, node, f"{said}; {meant(name, vars(module))}")
        value = vars(module)[name]
        if not isinstance(value, ModuleType):
            self._check_once(frame, node, name, file.times_bound(name, vars(module)), file)
        self._check_unchanged(frame, node, name, value)
        return self._admit(frame, node, ast.unparse(node), value)

    def _check_once(self, frame: Frame, node: ast.AST, name: str, times: int, file: File) -> None:
        if times != 1:
            said = "is bound several times" if times else "is not bound in its file"
            self.refuse(frame, node, f"{name} {said}; bind it once, at the top of the file")
        if file.rebinds:
            self.refuse(
                frame,
                node,
                f"{name} can be bound again by globals, setattr, vars or exec in {file.path}; "
                "write assignments",
            )

    def _check_unchanged(self, frame: Frame, node: ast.AST, name: str, value: object) -> None:
        """Refuse a mapping that some file changes after it is made."""
        within = {id(mapping) for mapping in mappings(value)}
        if not within:
            return
        named = [(frame.file.path, name)]
        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if path and is_authors(path):
                items = list(vars(module).items())
                named += [(path, n) for n, v in items if any(id(m) in within for m in mappings(v))]
        for path, other in named:
            file = file_of(path)
            if file and other in file.changed:
                self.refuse(frame, node, f"{other} is changed in {path}; write all of it at once")
        at = frame.file.path, _line(node)
        for mapping in mappings(value):
            _relied.setdefault(id(mapping), (mapping, _content(mapping), name, at))

    def _admit(self, frame: Frame, node: ast.AST, name: str, value: object) -> Thing:
        """Something from outside, if a text may name it: it is the same each time it is read."""
        if type(value) is tuple:
            return tuple(self._admit(frame, node, f"a part of {name}", part) for part in value)
        if type(value) is dict:
            keys = [self._admit(frame, node, f"a key of {name}", key) for key in value]
            parts = [self._admit(frame, node, f"a part of {name}", v) for v in value.values()]
            return dict(zip(keys, parts, strict=True))
        value = self.grammar.text_of(value)
        if type(value) in (bool, int, str, FunctionType, ModuleType) or is_sort(value):
            return value
        if isinstance(value, Ordinal | Enum) and is_sort(type(value)):
            return value
        what = "a class that is no sort" if isinstance(value, type) else described(value)
        self.refuse(frame, node, f"{name} is {what}; {admitted(value)}")


# What is said


def _called(value: object) -> str:
    """What was given for a text, which is no function that can be followed."""
    name = getattr(value, "__name__", None) or repr(value)
    return f"{name} is no function that a file has"


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _after_return(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements right within another that nothing comes to: one before them returns."""
    for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
        if isinstance(block, list):
            yield from (after for before, after in pairwise(block) if _returns(before))


def _never_read(function: Function) -> Iterator[ast.Name]:
    """The names that a function gives a value of their own, and never reads."""
    nodes = list(ast.walk(function))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    read = {name.id for name in names if isinstance(name.ctx, ast.Load)}
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (t for t in targets if isinstance(t, ast.Name) and t.id not in read)


def _returns(node: ast.stmt) -> bool:
    """Whether a statement returns, whatever is decided in it."""
    if isinstance(node, ast.If):
        return bool(node.orelse) and _returns(node.body[-1]) and _returns(node.orelse[-1])
    return isinstance(node, ast.Return)


def _title(node: Function) -> str:
    return getattr(node, "name", "the function")


# What things are

_ALLOWED: frozenset[type[ast.AST]] = frozenset(
    {
        *(ast.FunctionDef, ast.Lambda, ast.arguments, ast.arg, ast.keyword),
        *(
            ast.Pass,
            ast.Expr,
            ast.Return,
            ast.Assign,
            ast.AnnAssign,
            ast.AugAssign,
            ast.If,
            ast.For,
        ),
        *(ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Starred, ast.Call),
        *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp),
        *(ast.Tuple, ast.List, ast.Dict, ast.ListComp, ast.DictComp, ast.GeneratorExp),
        *(ast.comprehension, ast.Load, ast.Store),
        *(*_OPERATORS, *_FIXED_OPERATORS, *INSTEAD),
    }
)

_NAMES_SORTS = ast.Name | ast.Constant | ast.Subscript | ast.Tuple | ast.Load


def _word(thing: Thing) -> str:
    """The name of a word of the notation; of anything else none."""
    name = getattr(thing, "__name__", "")
    return name if isinstance(thing, FunctionType) and _WORDS.get(name) is thing else ""


def _goes_through(called: Thing, node: ast.Call, arg: ast.expr) -> bool:
    """Whether one of Python's own functions goes at once through what it is given here."""
    if isinstance(arg, ast.Starred):
        return False
    if called is zip:
        return True
    alone = len(node.args) == 1 or called in (enumerate, sum)
    return called in _GO_THROUGH and alone and arg is node.args[0]


def _typed(thing: Thing) -> object:
    """A thing under which what is known of it can be kept: True is not 1."""
    if isinstance(thing, tuple):
        return tuple(map(_typed, thing))
    return type(thing), thing


def _content(mapping: Mapping[object, object]) -> object:
    return tuple(map(_typed, mapping.items()))


@lru_cache(maxsize=4096)
def _names(node: Function) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a function binds, and those that it binds once."""
    bound = times_bound(node)
    return frozenset(bound), frozenset(name for name, times in bound.items() if times == 1)
