"""The main job: every claim of the paper, in every variant, decided by every engine that can.

Beside the claims stand what each hardening is there for, and the checks on the checkers: published
counts, witnesses, a second solver, lockstep with the reference implementation, counterexamples that
happen in it too, and attacks that come out as they must.

All of this falls into jobs that do not depend on one another; what they find is then put together.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import attrs

from adversaries.catalogue import ATTACKS
from checkers.host.jobs import run_jobs
from checkers.market.subjects import SUBJECTS
from checkers.prove.limits import Limit
from checkers.results.page import Block, Line, Mark, Table
from checkers.results.result import Result
from checkers.results.result import Verdict as FoundVerdict
from checkers.verdict.ablate import Ablations, ablate
from checkers.verdict.checks import CountPublished, ReachWitnesses, RunBeside, TakeActions
from checkers.verdict.effort import Effort
from checkers.verdict.grounds import LONGEST_FIRST, basis_of
from checkers.verdict.jobs import Budget, Decided, Found, Job, Prove, ProveEnding, Refute, RunAttack
from spec.hardened import hardened
from spec.notation import MachineError
from spec.paper import CLAIMS, THEOREMS
from spec.paper.claim import Accounts, Claim, Holds, Point, Theorem, Verdict

BUDGETS: Mapping[Effort, Budget] = {
    "quick": Budget(Limit(), examples=10, steps=30, confirmed=False, culprits=1),
    "standard": Budget(Limit().times(6), examples=400, steps=40, confirmed=True, culprits=None),
    "deep": Budget(Limit().times(30), examples=4_000, steps=60, confirmed=True, culprits=None),
}


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
    def line(self) -> Line:
        """The verdict, marked where it is not the one that must come out."""
        if self.as_expected:
            return Line(self.found.verdict)
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
class Check:
    """A check on the checkers or on the reference implementation."""

    name: str
    passed: bool
    evidence: str

    @property
    def line(self) -> Line:
        """Whether it passed, in a word."""
        return Line("passed") if self.passed else Line("FAILED", "against")


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
class Verification(Decisions):
    """Everything that `verify` found."""

    effort: Effort
    ablations: Ablations
    checks: Sequence[Check]
    seconds: float

    @property
    def asked(self) -> str:
        return f"verify at effort {self.effort}"

    @property
    def failed(self) -> bool:
        """Whether something came out as it must not."""
        passed = all(check.passed for check in self.checks)
        return super().failed or self.ablations.failed or not passed

    def page(self) -> Iterator[Block]:
        yield from super().page()
        yield Line("")
        yield from self.ablations.page()
        yield Line("")
        rows = ((check.name, check.line, check.evidence) for check in self.checks)
        yield Table.of(("check", "result", "evidence"), rows)
        yield Line("")
        yield Line(
            f"{_part(d.as_expected for d in self.decisions)} points of claims came out as they "
            f"must, {_part(found.as_expected for found in self.ablations.ablated)} hardenings "
            f"bear what they are there for, {_part(check.passed for check in self.checks)} checks "
            f"passed, {self.seconds:.0f} s at effort {self.effort}"
        )

    def json(self) -> dict[str, object]:
        return {
            "effort": self.effort,
            "seconds": round(self.seconds, 2),
            "claims": [decision.json() for decision in self.decisions],
            **self.ablations.json(),
            "checks": [
                {"name": c.name, "passed": c.passed, "evidence": c.evidence} for c in self.checks
            ],
        }


def _part(ones: Iterable[bool]) -> str:
    """How many of how many: `16 of 16`."""
    counted = list(ones)
    return f"{sum(counted)} of {len(counted)}"


class Verifier:
    """Decides points of claims, each job once however many points rest on it."""

    def __init__(
        self,
        effort: Effort,
        progress: Callable[[str], None],
        claims: Sequence[Claim | Theorem] = (*CLAIMS, *THEOREMS),
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

    def run(self) -> Verification:
        """Decide the points, see what each hardening is there for, and check the checkers."""
        started = time.perf_counter()
        self._do([*self._claimed(), *self._checking()])
        ablations = ablate(progress=self.progress)
        return Verification(
            [self._decision(claim, point) for claim, point in self.points],
            self.effort,
            ablations,
            list(self._checks()),
            time.perf_counter() - started,
        )

    def decide(self) -> Decisions:
        """Decide the points, and nothing else."""
        self._do(self._claimed())
        return Decisions([self._decision(claim, point) for claim, point in self.points])

    def _do(self, jobs: Sequence[Job]) -> None:
        """Do jobs, each once."""
        todo = {job: partial(job, self.budget) for job in jobs}
        self.found = run_jobs(todo, self.progress)

    def _claimed(self) -> list[Job]:
        """What the points rest on, what takes longest first."""
        points = [point for _, point in self.points]
        points.sort(key=lambda point: LONGEST_FIRST.index(type(point.ground)))
        return [job for point in points for job in basis_of(point).jobs]

    def _checking(self) -> list[Job]:
        grounds = [point.ground for _, point in self.points if isinstance(point.ground, Holds)]
        witnesses = {
            ground.machine.name: ReachWitnesses(ground.machine, ground.sizes)
            for ground in reversed(grounds)  # so that the first is the one that stays
            # From an empty ledger these are far; `at_work` is the same, and begins near them.
            if ground.machine is not hardened and ground.machine.sometimes
        }
        counted = [subject for subject in SUBJECTS.values() if subject.published]
        claimed = [SUBJECTS.get(ground.machine.name) for ground in grounds]
        return [
            *(RunBeside(subject) for subject in SUBJECTS.values() if subject.setup),
            *witnesses.values(),
            *(TakeActions(subject) for subject in (*claimed, *counted) if subject),
            *(RunAttack(attack.name) for attack in ATTACKS),
            *map(CountPublished, counted),
        ]

    # What was found, put together

    def _decision(self, claim: Claim | Theorem, point: Point) -> Decision:
        bounded = point.expected == "exhaustive" and self.budget.culprits is not None
        expected = "bounded" if bounded else point.expected
        return Decision(claim, point, expected, basis_of(point).read(self.found))

    def _checks(self) -> Iterator[Check]:
        for kind in (Prove, ProveEnding, ReachWitnesses, TakeActions, RunBeside, CountPublished):
            for job, found in self._by(kind).items():
                yield Check(str(job), found.passed, found.evidence)
        for every, name, said in (
            (self._by(Refute), "refutation", "happen in the implementation as well"),
            (self._by(RunAttack), "attack", "come out as they must"),
        ):
            failed = [
                f"{job}: {found.evidence}" for job, found in every.items() if not found.passed
            ]
            evidence = "; ".join(failed) or f"{len(every)} {said}"
            yield Check(f"every {name}", not failed, evidence)

    def _by(self, kind: type[object]) -> Mapping[Job, Found]:
        """What jobs of a kind found."""
        return {job: found for job, found in self.found.items() if isinstance(job, kind)}


def _is_large(point: Point) -> bool:
    return isinstance(point.ground, Accounts) and point.ground.is_large


def verify(effort: Effort = "quick", progress: Callable[[str], None] | None = None) -> Verification:
    """Decide every claim of the paper, in every variant, and check the checkers.

    Args:
        effort: how hard to try.
        progress: called after each job with a line that says how far it is.
    """
    if effort not in BUDGETS:
        raise MachineError(f"there is no effort {effort}; there are {', '.join(BUDGETS)}")
    return Verifier(effort, progress or (lambda line: None)).run()
