"""What an exploration found, and how far it went."""

from collections.abc import Mapping, Sequence
from typing import Generic, Literal, TypeVar

import attrs

from checkers.traces.trace import Trace, counted, named_past, sized
from spec.notation import Scope
from spec.notation.machine import Machine

S = TypeVar("S")

Ended = Literal["complete", "decided", "bounded"]

DEADLOCK_FREE = "some step is possible until the end"
_BRIEF = 60  # characters


@attrs.frozen
class Violation(Generic[S]):
    """A property that does not hold, with a shortest trace to a state that shows it."""

    property: str
    trace: Trace[S]


@attrs.frozen
class Exploration(Generic[S]):
    """What an exploration found.

    Attributes:
        distinct_states: the states visited; with symmetry, their classes.
        depth: the number of levels after the initial states.
        cut: successors left out because a number would have passed its size.
        ended: complete; decided, once all that was asked for was refuted; or bounded by a limit,
            after every state within `depth` steps was visited.
        violations: of `always` and `refuted` properties, and of numbers falling below zero.
        witnesses: for each `sometimes` property that was reached, a shortest trace.
        unreached: the `sometimes` properties that no state shows.
        left_out: constants that lie past the sizes, each with a text that names it.
        stuck: the states in which nothing is possible, not even what leads past a size.
        standstill: a shortest way to one of these.
        symmetric_states: with symmetry, the states that the classes stand for.
    """

    machine: Machine[S]
    scope: Scope
    distinct_states: int
    generated_states: int
    depth: int
    cut: int
    ended: Ended
    seconds: float
    violations: Sequence[Violation[S]]
    witnesses: Sequence[Violation[S]]
    unreached: Sequence[str]
    left_out: Mapping[int, str] = attrs.field(factory=dict)
    stuck: int = 0
    standstill: Trace[S] | None = None
    symmetric_states: int | None = None

    @property
    def complete(self) -> bool:
        """Whether every reachable state was visited."""
        return self.ended == "complete"

    @property
    def exhaustive(self) -> bool:
        """Whether every reachable state was visited, at sizes that leave out nothing named."""
        return self.complete and not self.left_out

    @property
    def extent(self) -> str:
        """How far this went, in words: what it is worth that nothing was found."""
        return self._extent(sized(self.scope))

    @property
    def brief(self) -> str:
        """How far this went, for a line under a heading that names the sizes if they are many."""
        sizes = sized(self.scope)
        return self._extent(sizes if len(sizes) < _BRIEF else "these sizes")

    def _extent(self, sizes: str) -> str:
        if not self.complete:
            return f"bounded to depth {self.depth}"
        if self.left_out:
            return f"bounded by {sizes}, which leave out {named_past(self.left_out)}"
        if self.cut:
            return f"exhaustive within {sizes}; {counted(self.cut, 'step')} cut"
        return f"exhaustive at {sizes}" if sizes else "exhaustive"
