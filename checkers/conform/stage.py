"""What a program is held to: a machine at a size, and what its functions give there.

A program never sees real keys or digests: elements are numbers, and functions tables over them. Of
a machine that the reference implementation is driven as, these are the tables of its real code.
"""

from collections.abc import Mapping
from functools import cached_property
from itertools import takewhile
from typing import Generic, TypeVar

import attrs

from checkers.conform.drawing import drawn
from checkers.conform.values import Notation
from checkers.conform.written import Json
from checkers.lockstep.driver import Setup, scope_of, start_of
from checkers.lockstep.replay import Listed, closed
from checkers.lockstep.stories import Story
from spec.notation import Scope
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Field, SortType, Value

S = TypeVar("S")


@attrs.frozen(eq=False)
class Stage(Generic[S]):
    """A machine at a size, with numbers for elements.

    Attributes:
        machine: the specification.
        scope: the sizes.
        functions: what its functions give, by key, and what fields hold that `init` leaves alone.
        start: the state in which it starts.
        real: the values that stand for elements with a driver.
    """

    machine: Machine[S]
    scope: Scope
    functions: Mapping[str, Value]
    start: S
    real: Scope

    @classmethod
    def of(cls, machine: Machine[S], setup: Setup | None = None, seed: int = 0) -> "Stage[S]":
        """The stage on which a driver stands, or one of the machine's own sizes.

        Args:
            machine: the specification.
            setup: of the driver; without one functions are those of the machine's example, and
                what it leaves open is drawn.
            seed: of what is drawn.

        Raises:
            MachineError: the setup does not fit the machine, or has values without end; or nothing
                was found that the machine's assumptions allow.
        """
        if setup is None:
            exemplary = machine.exemplary(machine.scope())
            scope = exemplary.scope()
            given = drawn(exemplary, scope, seed)
            return cls(exemplary, scope, given, start_of(exemplary, scope, given), scope)
        driven = attrs.evolve(setup, scope=closed(machine, setup))
        scope = scope_of(machine, driven)
        start = start_of(machine, scope, setup.functions)
        given = {
            name: _numbered(machine, scope, machine.fields[name], start) for name in setup.functions
        }
        # What only functions give can come about, and is no parameter.
        listed = (setup.scope or scope).numbered
        named: list[Action[S]] = [
            Listed(a.text, a.name, a.parameters, listed) for a in machine.actions
        ]
        numbers = scope.numbered
        staged = attrs.evolve(machine.bare, actions=named)
        return cls(staged, numbers, given, start_of(machine, numbers, given), scope)

    @cached_property
    def notation(self) -> Notation[S]:
        """How its values are written."""
        return Notation(self.machine, self.scope, self.start)

    @property
    def sizes(self) -> dict[str, int]:
        """How many elements each sort has, by its name."""
        return {sort.__name__: self.scope.size(sort) for sort in self.machine.sorts}

    @cached_property
    def opening(self) -> dict[str, Json]:
        """All that a program is told of it: the sizes, what functions give, and the start."""
        notation = self.notation
        return {
            "machine": self.machine.name,
            "sizes": self.sizes,
            "functions": notation.functions(),
            "start": notation.begun(),
        }

    def numbered(self, story: Story) -> Story:
        """A run that was written down for a driver, with numbers, as far as it can be taken."""
        known = {act.name: [*act.parameters.values()] for act in self.machine.actions}
        can_be = takewhile(lambda step: step[0] in known, story)
        return [(name, *map(self._number, args, known[str(name)])) for name, *args in can_be]

    def _number(self, value: Value, sort: SortType) -> Value:
        return self.scope.elements(sort)[self.real.elements(sort).index(value)]

    def setup(self, setup: Setup) -> Setup:
        """Another setup, driven on this stage."""
        return attrs.evolve(setup, scope=self.scope, functions=self.functions)


def _numbered(machine: Machine[S], scope: Scope, field: Field, start: S) -> Value:
    """What a field holds at the start, with numbers for elements."""
    numbers = scope.numbered

    def number(value: Value) -> Value:
        elements = scope.elements(field.sort)
        return numbers.elements(field.sort)[elements.index(value)]

    table = {
        key if len(key) != 1 else key[0]: number(machine.cell(start, field, real))
        for key, real in zip(numbers.keys(field), scope.keys(field), strict=True)
    }
    return table[()] if field.kind is object else table
