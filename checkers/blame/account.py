"""What holding a machine to account came to."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

import attrs

from checkers.explore.exploration import Ended
from checkers.traces.trace import Trace, describe
from spec.notation import Scope
from spec.notation.machine import Machine

S = TypeVar("S")

FINDINGS = (
    "no_false_blame",
    "every_harm_blamed_or_repaid",
    "verdict_from_ledger_only",
    "transcript_injectivity",
)


@attrs.frozen
class History(Generic[S]):
    """One of the runs by which a ledger can have come about.

    Attributes:
        culprits: who deviated, by name.
        deeds: the steps of the trace by which they did, by their numbers from 0.
    """

    culprits: tuple[str, ...]
    deeds: tuple[int, ...]
    trace: Trace[S]

    @property
    def steps(self) -> list[str]:
        """The steps of the trace, numbered, a line for each."""
        taken = enumerate(self.trace.steps, 1)
        return [f"{number}. {describe(self.trace.scope, *step)}" for number, step in taken]


@attrs.frozen
class Collision(Generic[S]):
    """One ledger, two histories, and nobody can tell which is true."""

    histories: tuple[History[S], History[S]]

    @property
    def culprits(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Who deviated in either history."""
        return self.histories[0].culprits, self.histories[1].culprits


@attrs.frozen
class Account(Generic[S]):
    """What was found at a size.

    Attributes:
        culprits: how many parties deviated in a run, at most; None if there was no limit.
        bounds: the restrictions that runs were held to.
        states: the states visited.
        extent: how far they were followed, in words; each within `culprits` and `bounds`.
        left_out: constants that lie past the sizes, each with a text that names it.
        transcripts: different ledgers among the states where all is over.
        false_blame: a shortest run after which a party is convicted that did as it should.
        unpaid_harm: a shortest run after which a party is harmed, and neither repaid nor avenged.
        beyond_the_ledger: actions that decide verdicts, with the fields they should not look at.
        collisions: one for each pair of sets of culprits, and each pair of sets of deeds.
        vacuous: of the findings, those for which there was nothing to look at, with why.
        upright: the sorts of whose parties none deviates in any state that was visited.
    """

    machine: Machine[S]
    scope: Scope
    culprits: int | None
    bounds: Sequence[str]
    states: int
    depth: int
    ended: Ended
    extent: str
    seconds: float
    left_out: Mapping[int, str]
    transcripts: int
    false_blame: Trace[S] | None
    unpaid_harm: Trace[S] | None
    beyond_the_ledger: Sequence[tuple[str, str]]
    collisions: list[Collision[S]]
    vacuous: Mapping[str, str]
    upright: Sequence[str]

    @property
    def refuted(self) -> list[str]:
        """What does not hold, of the four findings."""
        found = (self.false_blame, self.unpaid_harm, self.beyond_the_ledger, self.collisions)
        return [name for name, failure in zip(FINDINGS, found, strict=True) if failure]

    @property
    def exhaustive(self) -> bool:
        """Whether every run at this size was looked at, and it leaves out nothing named."""
        looked = self.ended == "complete" and self.culprits is None and not self.bounds
        return looked and not self.left_out
