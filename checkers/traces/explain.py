"""Why: in a state, what blocks each action, and which part of a property is false.

A text is read at the size into terms, and the terms are evaluated over the state: so what is shown
are the very conditions that the batch and symbolic domains use, with what each cell holds.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import attrs

from checkers.traces.trace import describe, place
from spec.notation import Fun, MachineError, Scope
from spec.notation.arguments import checked
from spec.notation.concrete import Undefined, outside
from spec.notation.machine import Action, Machine
from spec.notation.sorts import SortType, Value, is_finite
from spec.notation.term import Term, is_number, plain, sort_of

S = TypeVar("S")


@attrs.frozen
class Blocked:
    """Choices of an action's parameters that the same check refuses.

    Attributes:
        action: one of them, for people: `record(vendor1, data0)`.
        count: how many they are.
        reason: the first check that does not hold.
        values: what the false part of it reads, for that one.
    """

    action: str
    count: int
    reason: str
    values: Sequence[str]


@attrs.frozen
class Falsified:
    """A property that does not hold, the conjunct of it that is false, and what that reads."""

    property: str
    conjunct: str
    values: Sequence[str]


@attrs.frozen
class Explanation(Generic[S]):
    """What can happen in a state, what cannot and why, and what does not hold."""

    enabled: Sequence[str]
    blocked: Sequence[Blocked]
    holds: Sequence[str]
    falsified: Sequence[Falsified]

    def lines(self) -> list[str]:
        """The explanation as lines of text."""
        by_action = itertools.groupby(self.enabled, key=lambda step: step.partition("(")[0])
        groups = [list(same) for _, same in by_action]
        lines = [f"possible: {same[0]}{_more(len(same))}" for same in groups]
        lines = lines or ["nothing is possible"]
        for block in self.blocked:
            which = f"{block.action}{_more(block.count)}"
            lines.append(f"refused: {which}: {block.reason}{_told(block.values)}")
        lines += [f"holds: {name}" for name in self.holds]
        for false in self.falsified:
            lines.append(f"false: {false.property}: {false.conjunct}{_told(false.values)}")
        return lines

    def json(self) -> dict[str, object]:
        """For machines."""
        return {
            "enabled": list(self.enabled),
            "blocked": [attrs.asdict(block) for block in self.blocked],
            "holds": list(self.holds),
            "falsified": [attrs.asdict(false) for false in self.falsified],
        }


def _more(count: int) -> str:
    return f" and {count - 1} more" if count > 1 else ""


def _told(values: Sequence[str]) -> str:
    return f", but {', '.join(values)}" if values else ""


@checked
def explain(machine: Machine[S], scope: Scope, state: S) -> Explanation[S]:
    """Say of a concrete state what is possible, what is not and why, and what does not hold.

    Raises:
        MachineError: the state is one at other sizes.
    """
    held = {(field.name, key) for field, key, _ in machine.cells(state)}
    fields = [field for field in machine.fields.values() if field.kind is not Fun]
    if held != {(field.name, key) for field in fields for key in scope.keys(field)}:
        raise MachineError(f"the state of {machine.name} is one at other sizes; give those")
    reader = _Evaluation(machine, scope, state)
    enabled: list[str] = []
    blocked: list[Blocked] = []
    for act in machine.actions:
        refused: dict[str, list[Blocked]] = {}
        for args in act.instances(scope):
            block = reader.blocked(act, args)
            if block is None:
                enabled.append(describe(scope, act, args))
            else:
                refused.setdefault(block.reason, []).append(block)
        blocked += [attrs.evolve(same[0], count=len(same)) for same in refused.values()]
    said = (*machine.always, *machine.refuted, *machine.sometimes, *machine.lemmas)
    found = {text.__name__: reader.falsified(text) for text in said}
    return Explanation(
        enabled,
        blocked,
        [name for name, false in found.items() if false is None],
        [false for false in found.values() if false],
    )


def falsified(
    machine: Machine[S], scope: Scope, state: S, text: Callable[[S], bool]
) -> Falsified | None:
    """What is false of a property in a concrete state; None if it holds."""
    return _Evaluation(machine, scope, state).falsified(text)


class _Evaluation(Generic[S]):
    """Terms, evaluated over one state."""

    def __init__(self, machine: Machine[S], scope: Scope, state: S) -> None:
        self.machine = machine
        self.scope = scope
        self.state = state
        self._known: dict[int, tuple[Term, Value]] = {}

    def blocked(self, act: Action[S], args: tuple[Value, ...]) -> Blocked | None:
        """The first check that refuses an action; None if it is possible."""
        for check in self.machine.read(act, self.scope, args).checks:
            if not self.value(check.condition):
                part = self.false_part(check.condition)
                action = describe(self.scope, act, args)
                return Blocked(action, 1, check.reason, list(self.reads(part)))
        return None

    def falsified(self, text: Callable[[S], bool]) -> Falsified | None:
        """The conjunct of a property that is false; None if it holds."""
        _, value = self.machine.read_predicate(text, self.scope)
        if self.value(value):
            return None
        part = self.false_part(value)
        return Falsified(text.__name__, self.written(part), list(self.reads(part)))

    def false_part(self, value: Value) -> Value:
        """The first conjunct that is false."""
        if isinstance(value, Term) and value.op == "and":
            return self.false_part(next(arg for arg in value.args if not self.value(arg)))
        return value

    def value(self, value: Value) -> Value:
        """What a term comes to; one that occurs often is evaluated once."""
        if not isinstance(value, Term):
            return plain(value)
        if id(value) not in self._known:
            self._known[id(value)] = value, self._evaluated(value)
        return self._known[id(value)][1]

    def _evaluated(self, value: Term) -> Value:
        if value.op == "read":
            field, *key = value.args
            return self.machine.cell(self.state, field, tuple(map(self.value, key)))
        if value.op == "within":
            return self._within(*value.args)
        if value.op == "ite":
            return self.value(value.args[1 if self.value(value.args[0]) else 2])
        if value.op in ("and", "or"):
            found = map(self.value, value.args)
            return all(found) if value.op == "and" else any(found)
        return _OPERATIONS[value.op](*map(self.value, value.args))

    def _within(self, value: Value, *keys: Value) -> Value:
        """A value where it is defined; elsewhere, one of its sort that nobody uses."""
        pairs = zip(keys[::2], keys[1::2], strict=True)
        if all(outside(self.value(key), sort, self.scope, "") is None for key, sort in pairs):
            return self.value(value)
        sort = sort_of(value)
        return 0 if is_number(sort) else self.scope.elements(sort)[0]

    def reads(self, value: Value) -> Iterator[str]:
        """What a term reads, each cell with what it holds."""
        yield from dict.fromkeys(
            f"{self._place(read)} = {self._held(self.value(read), read.sort)}"
            for read in _reads(value)
        )

    def _held(self, value: Value, sort: SortType) -> str:
        return "undefined" if isinstance(value, Undefined) else self.scope.name(value, sort)

    def _place(self, read: Term) -> str:
        field, *key = read.args
        return place(self.scope, field, tuple(map(self.value, key)))

    def written(self, value: Value, sort: SortType = bool) -> str:
        """A term as people write it, cells with their keys in this state."""
        if not isinstance(value, Term):
            return self.scope.name(value, sort) if is_finite(sort) else str(value)
        if value.op == "read":
            return self._place(value)
        if value.op == "within":
            return self.written(value.args[0], sort)
        sorts = [arg.sort for arg in value.args if isinstance(arg, Term)]
        parts = [self.written(arg, sorts[0] if sorts else bool) for arg in value.args]
        if value.op == "not":
            return f"not {parts[0]}"
        if value.op == "or" and isinstance(value.args[0], Term) and value.args[0].op == "not":
            return f"({parts[0].removeprefix('not ')} implies {' or '.join(parts[1:])})"
        if value.op == "ite":
            return f"({parts[1]} if {parts[0]} else {parts[2]})"
        return f"({f' {_WRITTEN[value.op]} '.join(parts)})"


_OPERATIONS: Mapping[str, Callable[..., Value]] = {
    "not": lambda a: not a,
    "eq": lambda a, b: a == b,
    "lt": lambda a, b: a < b,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "mod": lambda a, b: a % b,
    "div": lambda a, b: a // b,
}
_WRITTEN: Mapping[str, str] = {
    "and": "and",
    "or": "or",
    "eq": "=",
    "lt": "<",
    "add": "+",
    "sub": "-",
    "mul": "*",
    "mod": "%",
    "div": "//",
}


def _reads(value: Value) -> Iterator[Term]:
    if isinstance(value, Term):
        for arg in value.args:
            yield from _reads(arg)
        if value.op == "read":
            yield value
