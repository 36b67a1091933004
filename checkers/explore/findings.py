"""What the states of an exploration decide as they are visited, the nearest to a start first."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, Generic, TypeVar

import attrs
import numpy as np

from checkers.explore.compiled import Compiled
from checkers.explore.exploration import DEADLOCK_FREE
from checkers.traces.trace import natural
from spec.notation.batch import Mask, Words
from spec.notation.machine import Machine

S = TypeVar("S")

_KINDS = ("violated", "reached", "standstill")


@attrs.frozen
class Finding:
    """A state that decides a property, and how many steps lead to it."""

    property: str
    level: int
    state: Words

    def written(self) -> list[object]:
        """As JSON."""
        return [self.property, self.level, [int(word) for word in self.state[:, 0]]]

    @classmethod
    def read(cls, name: str, level: int, words: Sequence[int]) -> "Finding":
        """What was written."""
        return cls(name, level, np.array(words, np.uint64).reshape(-1, 1))


class Findings(Generic[S]):
    """What the states visited so far decide.

    Args:
        machine: what is claimed.
        compiled: the machine at a size.

    Attributes:
        violated: of each property that was refuted, the first state that shows it.
        reached: of each `sometimes` property that was reached, the first state that shows it.
        stuck: how many states there are in which nothing is possible.
        standstill: the first of these, if there is one; no more are kept.
    """

    def __init__(self, machine: Machine[S], compiled: Compiled[S]) -> None:
        claims, ending = (*machine.always, *machine.refuted), machine.ending
        self.violated: list[Finding] = []
        self.reached: list[Finding] = []
        self.stuck = 0
        self.standstill: list[Finding] = []
        self._must_hold = {text.__name__: compiled.predicate(text) for text in claims}
        self._has_ended = compiled.predicate(ending.reached) if ending else None
        self._to_reach = {text.__name__: compiled.predicate(text) for text in machine.sometimes}

    @property
    def decided(self) -> set[str]:
        """The properties that were refuted or reached."""
        return {finding.property for finding in (*self.violated, *self.reached)}

    @property
    def unreached(self) -> list[str]:
        """The `sometimes` properties that no state has shown."""
        return list(self._to_reach)

    def look_at(self, level: int, states: Iterable[Words], workers: Executor) -> None:
        """Look at the states of a new level for violations and witnesses."""

        def found_in(words: Words) -> list[Finding]:
            return self._found_in(level, words)

        for findings in workers.map(found_in, states):
            for finding in findings:
                if self._must_hold.pop(finding.property, None):
                    self.violated.append(finding)
                elif self._to_reach.pop(finding.property, None):
                    self.reached.append(finding)

    def _found_in(self, level: int, words: Words) -> list[Finding]:
        """The first of some states that decides each property that is undecided."""
        found = []
        wanted: tuple[tuple[bool, Mapping[str, Callable[[Words], Mask]]], ...]
        wanted = (False, self._must_hold), (True, self._to_reach)
        for decides, pending in wanted:
            for name, predicate in list(pending.items()):
                rows = np.flatnonzero(predicate(words) == decides)
                if len(rows):
                    found.append(Finding(name, level, words[:, rows[:1]]))
        return found

    def note_stuck(self, level: int, stuck: Sequence[Words]) -> None:
        """Count where nothing is possible; it is a deadlock where the machine has not ended."""
        self.stuck += sum(words.shape[1] for words in stuck)
        if stuck and not self.standstill:
            self.standstill = [Finding("", level, stuck[0][:, :1])]
        if self._has_ended is None or DEADLOCK_FREE in self.decided:
            return
        for words in stuck:
            rows = np.flatnonzero(~self._has_ended(words))
            if len(rows):
                self.violated.append(Finding(DEADLOCK_FREE, level, words[:, rows[:1]]))
                return

    def note_below_zero(self, level: int, action: str, state: Words) -> None:
        """Note a state in which an action would take a number below zero."""
        if natural(action) not in self.decided:
            self.violated.append(Finding(natural(action), level, state))

    def written(self) -> dict[str, object]:
        """As JSON."""
        kinds = {kind: [one.written() for one in getattr(self, kind)] for kind in _KINDS}
        return {**kinds, "stuck": self.stuck}

    def read(self, written: Mapping[str, Any]) -> None:  # JSON
        """Go on from what was written."""
        self.stuck = written["stuck"]
        for kind in _KINDS:
            setattr(self, kind, [Finding.read(*finding) for finding in written[kind]])
        for name in self.decided:
            self._must_hold.pop(name, None)
            self._to_reach.pop(name, None)
