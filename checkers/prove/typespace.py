"""Induction by enumeration: every state of a small size that has some properties, reachable or not.

This knows nothing of Z3: it is the batch domain that takes each step of each state. States are made
cell by cell, and those that lack a property are left out as soon as the cells it looks at are made.
"""

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Generic, TypeVar

import attrs
import numpy as np

from checkers.host.telling import Tell, silent
from spec.notation import MachineError, Scope
from spec.notation.batch import Batch, Cell, Mask, Words
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Value

S = TypeVar("S")

MOST = 1 << 18  # states with the properties, made at most
_CHUNK = 1 << 15
_LARGEST = 3  # elements of a sort

Clause = tuple[set[Cell], Callable[[Words], Mask]]


class TooMany(MachineError):
    """More states than are enumerated."""


@attrs.frozen
class Broken(Generic[S]):
    """A step that loses a property: a counterexample to induction."""

    property: str
    before: S
    action: Action[S]
    args: Sequence[Value]


@attrs.frozen
class Enumeration(Generic[S]):
    """What enumeration found.

    Attributes:
        states: how many states have the properties.
        taken: the actions that happen in them, by name, in the order of the machine.
        edges: how many steps they have, a step back to the same state included.
        losses: of these, how many lead to a state without one of the properties.
        broken: one of those for each property that is lost.
    """

    scope: Scope
    states: int
    taken: Sequence[str]
    edges: int
    losses: int
    broken: Sequence[Broken[S]]


class TypeSpace(Generic[S]):
    """All states of a machine at a size.

    Args:
        machine: the machine.
        scope: a size for each of its sorts.
        most: how many states with the properties are made at most.
    """

    def __init__(self, machine: Machine[S], scope: Scope, most: int = MOST) -> None:
        self.machine = machine
        self.batch = Batch(machine, scope)
        self.scope = scope
        self.most = most
        self.texts = machine.named

    @property
    def size(self) -> int:
        """How many states of the right sorts there are."""
        return math.prod(cell.size for cell in self.batch.layout.cells.values())

    def states(self, names: Collection[str]) -> Words:
        """Every state that has some properties, and meets the assumptions.

        Raises:
            TooMany: there are more than are made.
        """
        texts = [*(self.texts[name] for name in names), *self.machine.assumptions]
        clauses = [clause for text in texts for clause in self.batch.clauses(text)]
        words = np.zeros((self.batch.layout.words, 1), np.uint64)
        made: set[Cell] = set()
        for cells, due in self._order(clauses):
            for cell in cells:
                words = self._extended(words, cell)
                made.add(cell)
            for holds in due:
                words = words[:, holds(words)]
        return words

    def reach(self, names: Collection[str]) -> tuple[int, int]:
        """How many actions happen in the states that have some properties, and how many those are.

        Raises:
            TooMany: there are more states than are made.
        """
        states = self.states(names)
        happen = {s.action.name for s in self.batch.steps if (s.allowed(states)).any()}
        return len(happen), states.shape[1]

    def _order(
        self, clauses: Sequence[Clause]
    ) -> Iterator[tuple[list[Cell], list[Callable[[Words], Mask]]]]:
        """Cells to make next, and what can be checked then: the cheapest clause first."""
        made: set[Cell] = set()
        pending = list(clauses)
        while pending:
            cells, _ = min(pending, key=lambda clause: _cost(clause[0] - made))
            new = [c for c in self.batch.layout.cells.values() if c in cells - made]
            made |= cells
            yield new, [holds for needed, holds in pending if needed <= made]
            pending = [clause for clause in pending if not clause[0] <= made]
        yield [c for c in self.batch.layout.cells.values() if c not in made], []

    def _extended(self, words: Words, cell: Cell) -> Words:
        """Each state with every value of one more cell."""
        if words.shape[1] * cell.size > self.most:
            raise TooMany(
                f"{self.machine.name}: more than {self.most:,} states have the properties at "
                "this size; give smaller sizes"
            )
        values = np.repeat(np.arange(cell.size, dtype=np.uint64), words.shape[1])
        extended = np.tile(words, cell.size)
        extended[cell.word] |= values << np.uint64(cell.shift)
        return extended

    def check(self, names: Collection[str], progress: Tell = silent) -> Enumeration[S]:
        """Take every step of every state that has some properties; `progress` is told how far."""
        states = self.states(names)
        predicates = {name: self.batch.predicate(self.texts[name]) for name in names}
        broken: dict[str, Broken[S]] = {}
        happen: set[str] = set()
        edges = losses = 0
        for start in range(0, states.shape[1], _CHUNK):
            progress(f"every step of {states.shape[1]:,} states: {start:,} taken")
            words = states[:, start : start + _CHUNK]
            for step in self.batch.steps:
                before = words[:, step.allowed(words)]
                after = step.effect(before)
                edges += after.shape[1]
                if after.shape[1]:
                    happen.add(step.action.name)
                lost = np.zeros(after.shape[1], np.bool_)
                for name, holds in predicates.items():
                    fails = ~holds(after)
                    if name not in broken and fails.any():
                        state = self.batch.state(before, int(np.argmax(fails)))
                        broken[name] = Broken(name, state, step.action, step.args)
                    lost |= fails
                losses += int(lost.sum())
        taken = [act.name for act in self.machine.actions if act.name in happen]
        found = list(broken.values())
        return Enumeration(self.scope, states.shape[1], taken, edges, losses, found)


def _cost(cells: set[Cell]) -> float:
    return sum(math.log2(cell.size) for cell in cells)


def largest(
    machine: Machine[S], names: Collection[str], most: int = MOST, progress: Tell = silent
) -> TypeSpace[S]:
    """The type space at sizes that are grown one at a time, up to 3, while few enough states fit.

    First grows what lets another action happen, for where none does there is nothing to check;
    then the sort with the fewest elements. A size that adds none is not grown: with more components
    than digests no state has injective digests.

    Args:
        machine: the machine.
        names: the properties that states have.
        most: how many states are made at most.
        progress: called before each size with a line that says which.

    Raises:
        TooMany: not even one element of each sort can be.
    """
    sizes = {sort.__name__: 1 for sort in machine.sorts}
    found = TypeSpace(machine, machine.scope(**sizes), most)
    reach = found.reach(names)
    growing = set(sizes)
    while growing:
        larger = []
        for name in sorted(growing):
            progress(f"sizes to enumerate: {name}={sizes[name] + 1}")
            space = TypeSpace(machine, machine.scope(**{**sizes, name: sizes[name] + 1}), most)
            try:
                larger.append((space.reach(names), name, space))
            except TooMany:
                growing.remove(name)
        better = [candidate for candidate in larger if candidate[0] > reach]
        if not better:
            break
        reach, name, found = min(better, key=lambda b: (-b[0][0], sizes[b[1]], b[0][1]))
        sizes[name] += 1
        growing -= {name for name, size in sizes.items() if size == _LARGEST}
    return found
