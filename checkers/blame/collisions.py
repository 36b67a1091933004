"""Collisions: ledgers that different culprits leave, so that nobody can tell who it was."""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import combinations
from typing import Generic, TypeVar

import numpy as np

from checkers.blame.account import Collision, History
from checkers.blame.judging import bits_of
from checkers.blame.parties import Bits, Parties
from checkers.explore.keys import to_keys
from checkers.explore.visited import Visited
from checkers.explore.ways import Way, ways_to
from checkers.host.telling import Tell
from checkers.traces.trace import replay
from spec.notation import Accountability, Machine
from spec.notation.batch import Mask, Words
from spec.notation.sorts import Fun

S = TypeVar("S")


class Collisions(Generic[S]):
    """Looks for ledgers that several minimal sets of culprits leave.

    Args:
        machine: the machine, with all that it says, which its histories tell too.
        visited: the states that were visited.
        said: what the machine says of accountability.
        parties: what is said of its parties.
        judging: the actions that decide verdicts, by name; no party takes one.
        inside: the states by way of which runs are followed.
        progress: called with a line that says what is looked at.
    """

    def __init__(
        self,
        machine: Machine[S],
        visited: Visited[S],
        said: Accountability[S],
        parties: Parties[S],
        judging: Collection[str],
        inside: Callable[[Words], Mask],
        progress: Tell,
    ) -> None:
        self.machine = machine
        self.visited = visited
        self.batch = visited.batch
        self.said = said
        self.parties = parties
        self.judging = judging
        self.inside = inside
        self.progress = progress

    def shared(self, over: Words, deviated: Bits) -> tuple[int, Sequence[Mapping[int, int]]]:
        """How many ledgers there are, and for those that have several minimal sets of culprits:
        for each of these sets, a state with that ledger, by number."""
        # What the functions are is the same for everybody in every history.
        functions = [name for name, field in self.batch.machine.fields.items() if field.kind is Fun]
        ledger = over & bits_of(self.batch, {*self.said.evidence, *self.said.verdicts, *functions})
        # By ledger, then by culprits: a ledger's histories stand side by side, the smallest first.
        self.progress(f"the ledgers of {over.shape[1]:,} states, compared")
        order = np.lexsort([deviated, *ledger])
        sets, ledger = deviated[order], ledger[:, order]
        new_ledger = _changes(ledger)
        new_history = new_ledger | _changes(sets.reshape(1, -1))
        starts = np.flatnonzero(new_ledger)
        histories = np.add.reduceat(new_history, starts) if len(starts) else starts
        found = []
        # Where nobody need have deviated, the one minimal set is empty.
        for group in np.flatnonzero((histories > 1) & (sets[starts] != 0)):
            end = starts[group + 1] if group + 1 < len(starts) else len(order)
            rows = np.arange(starts[group], end)[new_history[starts[group] : end]]
            left_by = {int(sets[row]): int(order[row]) for row in rows}
            smallest = minimal(left_by)
            if len(smallest) > 1:
                found.append({bits: left_by[bits] for bits in smallest})
        return len(starts), found

    def among(self, over: Words, shared: Sequence[Mapping[int, int]]) -> list[Collision[S]]:
        """One collision for each pair of sets of culprits, and each pair of sets of deeds."""
        rows = sorted({row for left_by in shared for row in left_by.values()})
        ways = ways_to(self.visited, to_keys(over[:, rows]), self.inside, self.progress)
        way_of = dict(zip(rows, ways, strict=True))
        kinds = {row: self._kind(way) for row, way in way_of.items()}
        found: dict[object, tuple[Way[S], Way[S]]] = {}
        for left_by in shared:
            for a, b in combinations(sorted(left_by), 2):
                pair = left_by[a], left_by[b]
                kind = a, b, *(kinds[row] for row in pair)
                found.setdefault(kind, (way_of[pair[0]], way_of[pair[1]]))
        return [self._collision(a, b) for a, b in found.values()]

    def _collision(self, one: Way[S], other: Way[S]) -> Collision[S]:
        self.progress("two histories that leave one ledger, run again")
        return Collision((self._history(one), self._history(other)))

    def _kind(self, way: Way[S]) -> object:
        """The steps by which somebody comes to have deviated, by their places among all moves."""
        moves = np.cumsum([step.action.name not in self.judging for step in way.steps])
        return tuple(
            (int(moves[i]), way.steps[i].action.name, way.steps[i].args) for i in self._deeds(way)
        )

    def _deeds(self, way: Way[S]) -> tuple[int, ...]:
        deviated = self.parties.bits(way.states, "deviated")
        return tuple(np.flatnonzero(deviated[1:] & ~deviated[:-1]).tolist())

    def _history(self, way: Way[S]) -> History[S]:
        taken = [(step.action, step.args) for step in way.steps]
        trace = replay(self.machine, self.batch.scope, self.batch.state(way.states, 0), taken)
        [culprits] = self.parties.bits(way.states[:, -1:], "deviated").tolist()
        return History(self.parties.names(culprits), self._deeds(way), trace)


def _changes(columns: Words) -> Mask:
    """Per column, whether it differs from the one before."""
    new = np.ones(columns.shape[1], np.bool_)
    new[1:] = (columns[:, 1:] != columns[:, :-1]).any(axis=0)
    return new


def minimal(sets: Collection[int]) -> list[int]:
    """The sets, given by their bits, that hold no other of them."""
    return [a for a in sets if not any(b != a and b & a == b for b in sets)]
