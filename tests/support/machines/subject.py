"""One protocol, as the engines and as the oracle read it, and runs of the one told to the other."""

from collections.abc import Iterator
from enum import Enum
from functools import cached_property
from itertools import pairwise, product
from math import prod
from pathlib import Path
from random import Random
from typing import Any, TypeAlias, TypeVar

import attrs

from checkers.naming.loading import load, unload
from checkers.results.result import Result
from checkers.traces.trace import Trace, describe
from spec.notation import Fun, Machine, Map, Scope
from spec.notation.sorts import Field, Value
from tests.support.machines.oracle.cells import State, TooLarge
from tests.support.machines.oracle.protocol import Protocol, Sized, read
from tests.support.machines.oracle.reach import Reached, reach

R = TypeVar("R", bound=Result)

MOST_STATES = 3_000
"""Of a protocol with more reachable states nothing is compared."""
_MOST_TYPES = 4_000
"""The states of the types at a size, where a proof is held to every one of them."""
_SMALL = (1, 2, 3)

Complaints: TypeAlias = Iterator[str]
"""Where an engine and the oracle disagree, a line for each."""


@attrs.frozen(slots=False)
class Subject:
    """One protocol, read twice.

    Attributes:
        machine: what the engines read.
        protocol: what the oracle reads.
        random: draws options.
        folder: an empty one.
        words: what engines have said, each word of a verdict once.
    """

    machine: Machine[Any]  # of any state
    protocol: Protocol
    random: Random
    folder: Path
    words: set[str] = attrs.field(factory=set)

    @classmethod
    def of(cls, text: str, seed: int, folder: Path) -> "Subject":
        """Read a text both ways. Raises MachineError where it is not in the grammar."""
        path = folder / "protocol.py"
        path.write_text(text)
        unload()
        return cls(load(str(path)).machine, read(text), Random(seed), folder)

    @property
    def scope(self) -> Scope:
        """The machine's own sizes."""
        return self.machine.scope()

    @cached_property
    def reached(self) -> Reached:
        """What the oracle visits at the machine's own sizes. Raises TooLarge."""
        return visited(self.at(self.scope))

    @cached_property
    def smaller(self) -> list[Reached]:
        """What the oracle visits at small sizes, where it can visit all."""
        found = []
        for scope in self.small_scopes():
            try:
                found.append(visited(self.at(scope)))
            except TooLarge:
                continue
        return found

    @cached_property
    def types(self) -> list[tuple[Sized, list[State]]]:
        """Every state of the types, at small sizes at which they are few."""
        return [found for scope in self.small_scopes() for found in self.types_at(scope)]

    def types_at(self, scope: Scope) -> Iterator[tuple[Sized, list[State]]]:
        """Every state of the types at a size, if they are few."""
        sized = self.at(scope)
        if prod(map(len, sized.domains)) <= _MOST_TYPES:
            yield sized, list(sized.states_of_the_types())

    def small_scopes(self) -> list[Scope]:
        """A few small sizes, drawn."""
        sorts = self.machine.sorts
        every = [
            dict(zip(sorts, sizes, strict=True)) for sizes in product(_SMALL, repeat=len(sorts))
        ]
        return [Scope(sizes) for sizes in self.random.sample(every, min(3, len(every)))]

    def at(self, scope: Scope) -> Sized:
        """The oracle's reading at a size."""
        return self.protocol.at({sort.__name__: size for sort, size in scope.sizes.items()})

    def names(self, *roles: str) -> list[str]:
        """The names of what is claimed in some roles, as `always`."""
        return [text.__name__ for role in roles for text in getattr(self.machine, role)]

    # What engines say and show, told to the oracle

    def heard(self, found: R) -> R:
        """What an engine found, once its verdicts are noted."""
        self.words.update(verdict.word for verdict in found.verdicts.values())
        return found

    def state(self, sized: Sized, trace: Trace[Any], number: int) -> State:
        """A state of a trace."""
        return self.told(sized, trace.scope, trace.states[number])

    def told(self, sized: Sized, scope: Scope, state: Any) -> State:
        """A state of an engine's."""
        fixed = {*self.machine.definitions, *self.machine.example}  # a state need not hold these
        held = {n: f for n, f in self.machine.fields.items() if n not in fixed}
        known = sized.plain(tuple(domain[0] for domain in sized.domains))
        return sized.parse(known | {n: self._content(state, scope, f) for n, f in held.items()})

    def _content(self, state: Any, scope: Scope, field: Field) -> Any:
        cells = {
            tuple(map(plain, key)): plain(self.machine.cell(state, field, key))
            for key in scope.keys(field)
        }
        return cells if field.kind in (Map, Fun) else cells[()]

    def args(self, sized: Sized, name: str, args: tuple[Value, ...]) -> tuple[Any, ...]:
        """The parameters of a step."""
        sorts = sized.actions[name].parameters.values()
        return tuple(
            sort[arg.name] if isinstance(arg, Enum) else plain(arg)  # type: ignore[index]  # an enumeration
            for arg, sort in zip(args, sorts, strict=True)
        )

    def wrong_steps(self, trace: Trace[Any], *, from_start: bool = True) -> Complaints:
        """Why a trace is no run of the oracle's."""
        sized = self.at(trace.scope)
        states = [self.state(sized, trace, number) for number in range(len(trace.states))]
        if from_start and states[0] not in set(sized.initial()):
            yield "the trace does not begin at the start"
        for (before, after), (act, args) in zip(pairwise(states), trace.steps, strict=True):
            came = sized.step(before, act.name, self.args(sized, act.name, args))
            if came.after != after:
                yield f"{describe(trace.scope, act, args)} leads elsewhere: it is {came.what}"

    def ends_in(self, trace: Trace[Any]) -> tuple[Sized, State]:
        """The last state of a trace, and the oracle's reading at its size."""
        sized = self.at(trace.scope)
        return sized, self.state(sized, trace, len(trace.states) - 1)


def plain(value: Value) -> Any:
    """A value as the oracle tells it: a truth value, a number, a member's name."""
    if isinstance(value, Enum):
        return value.name
    return value if isinstance(value, bool) else int(value)


def visited(sized: Sized) -> Reached:
    """All that is reachable. Raises TooLarge."""
    if prod(len(domain) for domain in sized.domains) > 1 << 400:
        raise TooLarge
    found = reach(sized, MOST_STATES)
    if not found.complete:
        raise TooLarge
    return found
