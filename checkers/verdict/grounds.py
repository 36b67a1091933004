"""What each ground of a point rests on: which jobs, and how what they found is read."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

import attrs

from checkers.market.attack import chosen
from checkers.verdict.jobs import (
    CONCEALED,
    CONVICTED,
    PLACED,
    PREVENTED,
    Decided,
    Found,
    HoldToAccount,
    Job,
    Place,
    Prove,
    ProveEnding,
    Refute,
    RunAttack,
    TellApart,
)
from spec.paper.claim import (
    Accounts,
    Argued,
    Conceals,
    Ends,
    Holds,
    Placed,
    Point,
    Tried,
    Verdict,
)

Results: TypeAlias = Mapping[Job, Found]
"""What jobs found."""


class Basis(Protocol):
    """What a point rests on."""

    @property
    def jobs(self) -> Sequence[Job]:
        """What has to be done to decide it."""

    def read(self, found: Results) -> Decided:
        """What is decided, once the jobs are done."""


def basis_of(point: Point) -> Basis:
    """What a point rests on: its ground, and for a property also how it must come out."""
    match point.ground:
        case Ends(machine):
            return OnEnding(ProveEnding(machine), Prove(machine))
        case Holds(machine, text) if point.expected == "proved":
            return OnProof(Prove(machine), text.__name__)
        case Holds(machine, text, sizes):
            return OnJob(Refute(machine, text, sizes), text.__name__)
        case Conceals(machine):
            return OnJob(TellApart(machine), CONCEALED)
        case Accounts(machine, finding, sizes, culprits, bounds):
            return OnJob(HoldToAccount(machine, sizes, culprits, tuple(bounds)), finding)
        case Placed() as placed:
            return OnJob(Place(placed), PLACED)
        case Tried(attack, convicts):
            [found] = chosen([attack])  # two names of one attack are one job
            return OnJob(RunAttack(found.key), CONVICTED if convicts else PREVENTED)
        case Argued(why):
            return OnArgument(why)


@attrs.frozen
class OnJob:
    """What a job found of the one thing that the point is about."""

    job: Job
    name: str

    @property
    def jobs(self) -> Sequence[Job]:
        """The job alone."""
        return (self.job,)

    def read(self, found: Results) -> Decided:
        """The job's verdict of this thing, with its evidence."""
        return found[self.job].of(self.name)


@attrs.frozen
class OnProof(OnJob):
    """What a proof of many properties found of one of them."""

    def read(self, found: Results) -> Decided:
        """The proof's verdict of this property; its evidence is about all of them."""
        verdict = super().read(found).verdict
        how = "by induction for any size" if verdict == "proved" else "which is not proved"
        return Decided(verdict, f"{self.name}, {how}")


@attrs.frozen
class OnEnding:
    """That a ranking falls where all that is claimed holds, and that it does hold."""

    falls: Job
    holds: Job

    @property
    def jobs(self) -> Sequence[Job]:
        """Both proofs."""
        return (self.falls, self.holds)

    def read(self, found: Results) -> Decided:
        """Proved if both are; the evidence is about the ranking."""
        proved = all(set(found[job].verdicts.values()) == {"proved"} for job in self.jobs)
        verdict: Verdict = "proved" if proved else "undecided"
        return Decided(verdict, "its ranking falls, by induction for any size")


@attrs.frozen
class OnArgument:
    """An argument, and nothing to be done."""

    why: str

    @property
    def jobs(self) -> Sequence[Job]:
        """None."""
        return ()

    def read(self, found: Results) -> Decided:
        """The argument."""
        return Decided("argued", self.why)
