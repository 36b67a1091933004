"""Points of claims, decided: what each rests on is done once, and put together at an effort."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import attrs

from checkers.host.jobs import run_jobs
from checkers.host.telling import Tell
from checkers.prove.limits import Limit
from checkers.results.page import Block, Line, Mark, Table
from checkers.results.result import Result
from checkers.results.result import Verdict as FoundVerdict
from checkers.verdict.checks import CountPublished, ReachWitnesses, RunBeside, TakeActions
from checkers.verdict.effort import Effort
from checkers.verdict.grounds import basis_of
from checkers.verdict.jobs import (
    Budget,
    Decided,
    Found,
    HoldToAccount,
    Job,
    LeaveOut,
    Place,
    Prove,
    ProveEnding,
    Refute,
    RunAttack,
    TellApart,
    as_pairs,
    refute_all,
)
from checkers.verdict.turn import Change
from spec.paper.claim import Accounts, Claim, Point, Theorem, Verdict

BUDGETS: Mapping[Effort, Budget] = {
    "quick": Budget(Limit(), examples=10, steps=30, confirmed=False, culprits=1),
    "standard": Budget(Limit().times(6), examples=400, steps=40, confirmed=True, culprits=None),
    "deep": Budget(Limit().times(30), examples=4_000, steps=60, confirmed=True, culprits=None),
}

LONGEST_FIRST: Sequence[type[Job]] = (
    ProveEnding,
    Change,
    TellApart,
    Prove,
    LeaveOut,
    TakeActions,
    HoldToAccount,
    RunBeside,
    Refute,
    ReachWitnesses,
    RunAttack,
    Place,
    CountPublished,
)
"""The kinds of jobs, by how long they take: short ones fill the gaps that long ones leave."""


@attrs.frozen
class Decision:
    """A point of a claim with what was found.

    Attributes:
        claim: the claim or the theorem that the point is of.
        expected: how the point must come out, or as much of that as the effort allows.
    """

    claim: Claim | Theorem
    point: Point
    expected: Verdict
    found: Decided

    @property
    def as_expected(self) -> bool:
        """Whether the point came out as it must."""
        return self.found.verdict == self.expected

    @property
    def is_argued(self) -> bool:
        """Whether it rests on an argument, and nothing decided it."""
        return self.found.verdict == "argued"

    @property
    def line(self) -> Line:
        """The verdict, marked where it is not the one that must come out."""
        if self.as_expected:
            return Line("rests on an argument" if self.is_argued else self.found.verdict)
        mark: Mark = "undecided" if self.found.verdict == "undecided" else "against"
        return Line(f"{self.found.verdict} (!)", mark)

    def json(self) -> dict[str, object]:
        """What was found, as plain data; the trace in ITF."""
        return {
            "id": self.claim.id,
            "section": self.claim.section,
            "statement": self.point.statement,
            "variant": self.point.variant,
            "expected": self.expected,
            "verdict": self.found.verdict,
            "evidence": self.found.evidence,
            "trace": self.found.exhibit.itf if self.found.exhibit else None,
        }


@attrs.frozen
class Decisions(Result):
    """What was decided of some points of claims."""

    decisions: Sequence[Decision]

    @property
    def asked(self) -> str:
        return f"decide {', '.join(dict.fromkeys(d.claim.id for d in self.decisions))}"

    @property
    def verdicts(self) -> Mapping[str, FoundVerdict]:
        return {
            f"{d.claim.id}, {d.point.variant}: {d.point.statement}": FoundVerdict(
                d.found.verdict, f"{d.line.words}: {d.found.evidence}", d.line.mark
            )
            for d in self.decisions
        }

    @property
    def failed(self) -> bool:
        """Whether something came out as it must not."""
        return not all(d.as_expected for d in self.decisions if d.found.verdict != "undecided")

    @property
    def undecided(self) -> bool:
        """Whether some point stayed undecided."""
        return any(decision.found.verdict == "undecided" for decision in self.decisions)

    def page(self) -> Iterator[Block]:
        columns = ("claim", "section", "what is decided", "variant", "verdict", "evidence")
        yield Table.of(columns, map(self._row, self.decisions))

    def _row(self, d: Decision) -> tuple[Line | str, ...]:
        point = d.point
        return d.claim.id, d.claim.section, point.statement, point.variant, d.line, d.found.evidence

    def json(self) -> dict[str, object]:
        return {"points": [decision.json() for decision in self.decisions]}


@attrs.frozen
class Lot:
    """Jobs that are done in one go: one, or those that explore a machine at one size."""

    jobs: tuple[Job, ...]

    def __str__(self) -> str:
        first, *others = map(str, self.jobs)
        return f"{first}, and {len(others)} more" if others else first

    def __call__(self, budget: Budget) -> list[Found]:
        """What each job finds."""
        refuting = [job for job in self.jobs if isinstance(job, Refute)]
        return refute_all(refuting, budget) if refuting else [job(budget) for job in self.jobs]


def lots(jobs: Iterable[Job]) -> list[Lot]:
    """Jobs, each once, in the lots in which they are done."""
    found: dict[Hashable, list[Job]] = {}
    for job in dict.fromkeys(jobs):
        alike = (job.machine, as_pairs(job.sizes)) if isinstance(job, Refute) else job
        found.setdefault(alike, []).append(job)
    return [Lot(tuple(together)) for together in found.values()]


class Decider:
    """Decides points of claims, each job once however many points rest on it."""

    def __init__(
        self,
        effort: Effort,
        progress: Tell,
        claims: Sequence[Claim | Theorem],
    ) -> None:
        self.effort = effort
        self.budget = BUDGETS[effort]
        self.progress = progress
        self.points = [
            (claim, point)
            for claim in claims
            for point in claim.points
            if effort != "quick" or not _is_large(point)
        ]
        self.found: Mapping[Job, Found] = {}

    def decide(self) -> Decisions:
        """Decide the points, and nothing else."""
        self.do(self.claimed())
        return Decisions(self.decisions)

    def do(self, jobs: Sequence[Job]) -> None:
        """Do jobs, each once."""
        longest_first = sorted(lots(jobs), key=lambda lot: LONGEST_FIRST.index(type(lot.jobs[0])))
        todo = {lot: partial(lot, self.budget) for lot in longest_first}
        done = run_jobs(todo, self.progress)
        self.found = {
            job: found for lot in todo for job, found in zip(lot.jobs, done[lot], strict=True)
        }

    def claimed(self) -> list[Job]:
        """What the points rest on."""
        return [job for _, point in self.points for job in basis_of(point).jobs]

    @property
    def decisions(self) -> list[Decision]:
        """What the jobs that were done decide of each point."""
        return [self._decision(claim, point) for claim, point in self.points]

    def _decision(self, claim: Claim | Theorem, point: Point) -> Decision:
        bounded = point.expected == "exhaustive" and self.budget.culprits is not None
        expected = "bounded" if bounded else point.expected
        return Decision(claim, point, expected, basis_of(point).read(self.found))


def _is_large(point: Point) -> bool:
    return isinstance(point.ground, Accounts) and point.ground.is_large
