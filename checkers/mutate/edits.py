"""Edits: what can be changed in one place of a text, as a change of its syntax tree.

A guard is dropped, weakened or strengthened, two guards are asked in the other order, an effect is
dropped or changed, or a value that either is computed from.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from enum import Enum
from itertools import combinations, pairwise
from types import FunctionType
from typing import Generic, Literal, TypeVar, get_type_hints

import attrs

from spec.notation import words
from spec.notation.machine import Machine
from spec.notation.sorts import Field, Ordinal

S = TypeVar("S")

Kind = Literal[
    "guard dropped",
    "guard weakened",
    "guard strengthened",
    "guards reordered",
    "effect dropped",
    "effect changed",
    "value changed",
]
"""A value is what a guard or an effect is computed from: a local name, what a helper returns."""


@attrs.frozen
class Edit:
    """A change of a syntax tree: what stands in the place of a node, or of a list of statements.

    Attributes:
        kind, line, said: what is changed, where, and that in words.
        old, new: the place, and what stands there instead.
        fields: what a statement that is dropped names of the state; first what it writes.
    """

    kind: Kind
    line: int
    said: str
    old: ast.AST | list[ast.stmt]
    new: ast.AST | list[ast.stmt]
    fields: Sequence[str] = ()


@attrs.frozen
class _Instead:
    """An expression instead of another; of conditions, whether it holds more often."""

    new: ast.expr
    said: str
    weaker: bool = False


_WEAKER: Mapping[type[ast.cmpop], Sequence[type[ast.cmpop]]] = {
    ast.Eq: (ast.LtE, ast.GtE),
    ast.Lt: (ast.LtE,),
    ast.Gt: (ast.GtE,),
}
_STRONGER: Mapping[type[ast.cmpop], Sequence[type[ast.cmpop]]] = {
    ast.LtE: (ast.Lt, ast.Eq),
    ast.GtE: (ast.Gt, ast.Eq),
    ast.NotEq: (ast.Lt, ast.Gt),
}
_LONG = 60  # characters; a longer statement is not repeated where a part of it is changed


class Text(Generic[S]):
    """One function of an action's text, and what can be changed in it.

    Args:
        machine: the protocol.
        function: the function.
        tree: its syntax tree.
    """

    def __init__(self, machine: Machine[S], function: FunctionType, tree: ast.FunctionDef) -> None:
        self.tree = tree
        self.names = function.__globals__
        self.fields = machine.fields
        hints = get_type_hints(function)
        sorts = {a.arg: hints.get(a.arg) for a in self.tree.args.args}
        self.states = {name for name, sort in sorts.items() if sort is machine.state}
        self.parameters = {n: sort for n, sort in sorts.items() if n not in self.states}

    def edited(self, edit: Edit) -> ast.FunctionDef:
        """The tree with one change."""
        # A deep copy takes what it finds in the memo for a copy that is made already.
        return ast.fix_missing_locations(deepcopy(self.tree, {id(edit.old): edit.new}))

    def edits(self) -> Iterator[Edit]:
        """Every change of what stands in the text."""
        for node in ast.walk(self.tree):
            block = getattr(node, "body", None)
            if isinstance(block, list):
                yield from self._reordered(block)
                for statement in block:
                    yield from self._changed(block, statement)

    def added_guards(self) -> Iterator[Edit]:
        """The text with one more guard after its own: never, or for some parameters only."""
        body = self.tree.body
        guards = [i + 1 for i, statement in enumerate(body) if self._guard(statement)]
        place = guards[-1] if guards else int(ast.get_docstring(self.tree) is not None)
        line = body[min(place, len(body) - 1)].lineno
        for condition in ["False", *self._restrictions()]:
            guard = ast.parse(f"require({condition}, 'an added guard')").body[0]
            new = [*body[:place], ast.increment_lineno(guard, line - 1), *body[place:]]
            yield Edit("guard strengthened", line, f"add require({condition})", body, new)

    def _restrictions(self) -> Iterator[str]:
        for (a, sort), (b, other) in combinations(self.parameters.items(), 2):
            if sort is other:
                yield f"{a} == {b}"
        yield from (f"{n} == 0" for n, sort in self.parameters.items() if _is_number(sort))

    # Statements

    def _changed(self, block: list[ast.stmt], statement: ast.stmt) -> Iterator[Edit]:
        guard = self._guard(statement)
        if guard:
            yield _dropped("guard dropped", block, statement)
            yield from self._changed_guard(guard.args[0], positive=True)
        elif field := self._written_field(statement):
            named = [f.name for node in ast.walk(statement) if (f := self._field(node))]
            fields = dict.fromkeys([field.name, *named])
            yield _dropped("effect dropped", block, statement, [*fields])
            yield from self._changed_values("effect changed", statement)
        elif isinstance(statement, ast.Assign | ast.Return):
            yield from self._changed_values("value changed", statement)

    def _guard(self, statement: ast.stmt) -> ast.Call | None:
        match statement:
            case ast.Expr(value=ast.Call() as call) if self._word(call) == "require":
                return call
        return None

    def _written_field(self, statement: ast.stmt) -> Field | None:
        """The field that a statement writes: `s.field = ...`, `s.field[...] += ...`, a fill."""
        match statement:
            case ast.Assign(targets=[target]) | ast.AugAssign(target=target):
                return self._field(target.value if isinstance(target, ast.Subscript) else target)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=target))):
                return self._field(target)
        return None

    def _reordered(self, block: list[ast.stmt]) -> Iterator[Edit]:
        """Each guard asked only after the next one, with nothing but local names between them."""
        guards = [(i, guard) for i, s in enumerate(block) if (guard := self._guard(s))]
        for (i, first), (j, second) in pairwise(guards):
            between = block[i + 1 : j]
            if all(isinstance(s, ast.Assign) and not self._written_field(s) for s in between):
                said = f"ask {ast.unparse(second.args[1])} before {ast.unparse(first.args[1])}"
                new = [*block[:i], *between, block[j], block[i], *block[j + 1 :]]
                yield Edit("guards reordered", first.lineno, said, block, new)

    def _changed_guard(self, node: ast.expr, *, positive: bool) -> Iterator[Edit]:
        """A guard's condition made weaker or stronger somewhere inside."""
        for other in self._conditions(node):
            kind: Kind = "guard weakened" if other.weaker is positive else "guard strengthened"
            yield Edit(kind, node.lineno, other.said, node, other.new)
        for part, alike in self._parts(node):
            yield from self._changed_guard(part, positive=positive is alike)

    def _changed_values(self, kind: Kind, statement: ast.stmt) -> Iterator[Edit]:
        parts = [node for node in ast.walk(statement) if isinstance(node, ast.expr)]
        changes = [(p, o) for p in parts for o in (*self._conditions(p), *self._others(p))]
        whole = ast.unparse(statement)
        for part, other in [*changes, *self._other_values(statement)]:
            said = f"{whole}: {other.said}" if len(whole) < _LONG else other.said
            yield Edit(kind, part.lineno, said, part, other.new)

    def _other_values(self, statement: ast.stmt) -> Iterator[tuple[ast.expr, _Instead]]:
        """The opposite of a truth value that is written, one more than a number."""
        field, value = self._written_field(statement), _written_value(statement)
        if field is None or value is None:
            return
        if isinstance(value, ast.Constant) and isinstance(value.value, bool):
            yield value, _instead(value, ast.Constant(not value.value))
        elif field.sort is bool:
            opposite = ast.Compare(value, [ast.Eq()], [ast.Constant(False)])
            yield value, _Instead(opposite, "write the opposite")
        elif _is_number(field.sort):
            yield value, _instead(value, ast.BinOp(value, ast.Add(), ast.Constant(1)))

    # Expressions

    def _word(self, call: ast.AST) -> str:
        """The word of the notation that is called, if one is."""
        called = self.names.get(getattr(getattr(call, "func", None), "id", ""))
        name = getattr(called, "__name__", "")
        return name if called is not None and getattr(words, name, None) is called else ""

    def _field(self, node: ast.AST) -> Field | None:
        """The field of the state that an expression is, as `s.field`."""
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in self.states:
                return self.fields.get(attr)
        return None

    def _conditions(self, node: ast.expr) -> Iterator[_Instead]:
        """What is weaker or stronger than a condition, its parts left as they are."""
        match node:
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                for table in (_WEAKER, _STRONGER):
                    for other in table.get(type(op), ()):
                        new = ast.Compare(left, [other()], [right])
                        yield _instead(node, new, weaker=table is _WEAKER)
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr() as op, left=left, right=right):
                for part, rest in ((left, right), (right, left)):
                    # Of a & b & c, which is (a & b) & c, one part is dropped at a time.
                    if not (isinstance(part, ast.BinOp) and type(part.op) is type(op)):
                        yield _without(part, rest, weaker=isinstance(op, ast.BitAnd))
            case ast.Call():
                yield from self._connectives(self._word(node), node)

    def _connectives(self, word: str, call: ast.Call) -> Iterator[_Instead]:
        if word in ("all_of", "any_of"):
            for part in call.args:
                rest = [other for other in call.args if other is not part]
                yield _without(part, ast.Call(call.func, rest, []), weaker=word == "all_of")
        elif word == "implies":
            yield _without(call.args[0], call.args[1], weaker=False)
        elif word in ("forall", "exists"):
            other = "exists" if word == "forall" else "forall"
            new = ast.Call(ast.Name(other, ast.Load()), call.args, [])
            yield _Instead(new, f"{word} -> {other}", word == "forall")

    def _parts(self, node: ast.expr) -> list[tuple[ast.expr, bool]]:
        """The conditions in a condition, and whether the whole is weaker where they are."""
        match self._word(node), node:
            case ("all_of" | "any_of", ast.Call(args=args)):
                return [(part, True) for part in args]
            case ("not_", ast.Call(args=[part])):
                return [(part, False)]
            case ("implies", ast.Call(args=[premise, conclusion])):
                return [(premise, False), (conclusion, True)]
            case ("forall" | "exists", ast.Call(args=[*_, ast.Lambda(body=body)])):
                return [(body, True)]
            case (_, ast.BinOp(op=ast.BitAnd() | ast.BitOr(), left=left, right=right)):
                return [(left, True), (right, True)]
        return []

    def _others(self, node: ast.expr) -> Iterator[_Instead]:
        """What else could stand for a value: a parameter, a field, a member, the other branch."""
        match node:
            case ast.Name(id=name, ctx=ast.Load()) if name in self.parameters:
                for other, sort in self.parameters.items():
                    if sort is self.parameters[name] and other != name:
                        yield _instead(node, ast.Name(other, ast.Load()))
            case ast.Attribute(value=value, ctx=context):
                for other in self._other_attributes(node):
                    yield _instead(node, ast.Attribute(value, other, context))
            case ast.Call(func=func, args=[condition, a, b]) if self._word(node) == "ite":
                yield _Instead(ast.Call(func, [condition, b, a], []), "swap the branches of ite")

    def _other_attributes(self, node: ast.Attribute) -> list[str]:
        """For a field the next one of its type; for a member of an enumeration the others."""
        field = self._field(node)
        if field:
            alike = [name for name, other in self.fields.items() if _type(other) == _type(field)]
            after = alike[(alike.index(node.attr) + 1) % len(alike)]
            return [after] if after != node.attr else []
        sort = self.names.get(getattr(node.value, "id", ""))
        if not isinstance(sort, type) or not issubclass(sort, Enum):
            return []
        return [member.name for member in sort if member.name != node.attr]


def _dropped(
    kind: Kind, block: list[ast.stmt], statement: ast.stmt, fields: Sequence[str] = ()
) -> Edit:
    rest: list[ast.stmt] = [other for other in block if other is not statement]
    said = f"drop {ast.unparse(statement)}"
    return Edit(kind, statement.lineno, said, block, rest or [ast.Pass()], fields)


def _instead(old: ast.expr, new: ast.expr, *, weaker: bool = False) -> _Instead:
    return _Instead(new, f"{ast.unparse(old)} -> {ast.unparse(new)}", weaker)


def _without(part: ast.expr, rest: ast.expr, *, weaker: bool) -> _Instead:
    return _Instead(rest, f"drop {ast.unparse(part)}", weaker)


def _is_number(sort: object) -> bool:
    return isinstance(sort, type) and issubclass(sort, Ordinal)


def _type(field: Field) -> tuple[object, ...]:
    return field.kind, field.keys, field.sort


def _written_value(statement: ast.stmt) -> ast.expr | None:
    """The expression that a statement writes to a field."""
    match statement:
        case ast.Assign(value=value) | ast.AugAssign(value=value):
            return value
        case ast.Expr(value=ast.Call(args=[ast.Lambda(body=value)])):
            return value
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="fill"), args=[value])):
            return value
    return None
