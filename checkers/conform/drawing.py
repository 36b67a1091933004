"""Drawing what a machine leaves open: what functions give, and what `init` leaves alone.

Where no code stands behind a function, a seed says what it gives. One that gave the same everywhere
would tell nothing apart, and no guard that compares it would ever be tried. So it gives each
element about as often as any other, as far as the assumptions let it; and of some draws that one is
taken in which the most comes about, of actions and of reasons to refuse them.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle, islice
from typing import Generic, TypeVar

import attrs

from checkers.lockstep.driver import Setup, nobody
from checkers.lockstep.run import Lockstep
from checkers.lockstep.seek import Seeker
from spec.notation import MachineError, OutOfRange, Scope
from spec.notation.concrete import Concrete, Undefined
from spec.notation.machine import Machine
from spec.notation.reader import TermMap
from spec.notation.sorts import Field, Fun, Map, SortType, Value
from spec.notation.term import Term
from spec.notation.words import reading

S = TypeVar("S")

_DRAWS = 6  # of which the best is taken
_WALKS = 8  # by which a draw is judged
_CHANGES = 1500  # to a draw that the assumptions do not allow
_NO_START = 1 << 30  # faults of what no state starts with


def drawn(machine: Machine[S], scope: Scope, seed: int) -> Mapping[str, Value]:
    """What a machine leaves open, by name, as a setup gives it; equal seeds draw the same.

    Args:
        machine: with the functions of its example.
        scope: a size for each of its sorts.
        seed: of the choices.

    Raises:
        MachineError: nothing was found that the assumptions allow.
    """
    drawing = Drawing(machine, scope, seed)
    if not drawing.open:
        return {}
    best: Mapping[str, Value] | None = None
    most = 0
    for given in drawing.some():
        lockstep = Lockstep(machine, Setup(nobody, scope=scope, functions=given))
        seeker = Seeker(lockstep, seed=seed)
        seeker.look(_WALKS)
        came_about = len(seeker.found) + len(seeker.accepted)
        if came_about > most:
            best, most = given, came_about
        if most == len(machine.actions) + sum(len({*each}) for each in lockstep.reasons.values()):
            break
    if best is None:
        sizes = ", ".join(f"{sort.__name__}={size}" for sort, size in scope.sizes.items())
        raise MachineError(
            f"{machine.name}: no {', '.join(drawing.open)} were found that its assumptions allow "
            f"at {sizes}; give it an example, or other sizes"
        )
    return best


class Drawing(Generic[S]):
    """Draws what a machine leaves open.

    Args:
        as `drawn`.

    Attributes:
        open: the fields that it leaves open, by name.
    """

    def __init__(self, machine: Machine[S], scope: Scope, seed: int) -> None:
        self.machine = machine
        self.scope = scope
        self.open = left_open(machine, scope)
        self._random = random.Random(seed)
        self._blank = {
            name: self._content(
                field, dict.fromkeys(self._keys(field), scope.elements(field.sort)[0])
            )
            for name, field in machine.fields.items()
        }

    def some(self) -> Iterator[Mapping[str, Value]]:
        """Draws that the assumptions allow."""
        for _ in range(_DRAWS):
            tables = {name: self._even(field) for name, field in self.open.items()}
            if self._mend(tables):
                yield self._given(tables)

    def _even(self, field: Field) -> dict[Value, Value]:
        """A table in which each element stands about as often as any other."""
        elements = self.scope.elements(field.sort)
        keys = self._keys(field)
        some = self._random.sample(elements, min(len(elements), len(keys)))
        values = [*islice(cycle(some), len(keys))]
        self._random.shuffle(values)
        return dict(zip(keys, values, strict=True))

    def _first(self, field: Field) -> Value:
        """What a field holds that has the first element everywhere."""
        first = self.scope.elements(field.sort)[0]
        return self._content(field, dict.fromkeys(self._keys(field), first))

    def _keys(self, field: Field) -> list[Value]:
        return [key if len(key) != 1 else key[0] for key in self.scope.keys(field)]

    def _mend(self, tables: Mapping[str, dict[Value, Value]]) -> bool:
        """Change tables until the assumptions allow them; whether they do."""
        faults = self._faults(tables)
        for number in range(_CHANGES):
            if not faults:
                break
            name = self._random.choice([*tables])
            before = dict(tables[name])
            # What is exchanged leaves a table as even as it was.
            change = self._exchange if number < _CHANGES // 2 else self._write
            change(self.open[name], tables[name])
            now = self._faults(tables)
            if now > faults:
                tables[name].update(before)
            faults = min(now, faults)
        return not faults

    def _exchange(self, _: Field, table: dict[Value, Value]) -> None:
        one, other = self._random.choice([*table]), self._random.choice([*table])
        table[one], table[other] = table[other], table[one]

    def _write(self, field: Field, table: dict[Value, Value]) -> None:
        key = self._random.choice([*table])
        table[key] = self._random.choice(self.scope.elements(field.sort))

    def _faults(self, tables: Mapping[str, dict[Value, Value]]) -> int:
        """For how many elements `init` refuses to start, or an assumption does not hold."""
        given = self._given(tables)
        start = self.machine.concrete(self.scope, {**self._blank, **given})
        counting = _Counting(self.scope)
        try:
            with reading(counting):
                self.machine.init(start)
                for said in self.machine.assumptions:
                    counting.require(said(start), said.__name__)
        except OutOfRange:
            return _NO_START
        return max(len(counting.refused), len(counting.faults)) if counting.refused else 0

    def _given(self, tables: Mapping[str, dict[Value, Value]]) -> Mapping[str, Value]:
        return {name: self._content(self.open[name], table) for name, table in tables.items()}

    @staticmethod
    def _content(field: Field, table: Mapping[Value, Value]) -> Value:
        return table[()] if field.kind is object else dict(table)


def left_open(machine: Machine[S], scope: Scope) -> Mapping[str, Field]:
    """The functions that nothing defines, and the fields that `init` leaves alone, by name."""
    after = machine.read(machine.start_action, scope).after
    return {name: f for name, f in machine.fields.items() if _is_open(f, getattr(after, name))}


def _is_open(field: Field, content: Value) -> bool:
    if field.kind is Map:
        assert isinstance(content, TermMap)  # as terms
        return content.content is None and not content.writes
    if field.kind is Fun:
        return True
    return isinstance(content, Term) and content.op == "read" and content.args[0] == field


@attrs.frozen
class _Counting(Concrete):
    """Reads what must hold at the start, and counts where it does not.

    Attributes:
        refused: what does not hold.
        faults: for each of the elements of which it is said, what came of that instead.
    """

    refused: list[str] = attrs.field(factory=list, init=False)
    faults: list[Value] = attrs.field(factory=list, init=False)

    def require(self, condition: Value, reason: str) -> None:
        if not _holds(condition):
            self.refused.append(reason)

    def forall(self, sorts: Sequence[SortType], body: Callable[..., Value]) -> Value:
        said = [body(*key) for key in self.scope.choices(sorts)]
        self.faults.extend(one for one in said if not _holds(one))
        return self.conjunction(said)


def _holds(condition: Value) -> bool:
    return not isinstance(condition, Undefined) and bool(condition)
