"""The main job: every claim of the paper, in every variant, decided by every engine that can.

Beside the claims stand what each hardening is there for, and the checks on the checkers: published
counts, witnesses, a second solver, lockstep with the reference implementation, counterexamples that
happen in it too, and attacks that come out as they must.

All of this falls into jobs that do not depend on one another; what they find is then put together.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Literal, TypeAlias

import attrs

from adversaries.catalogue import ATTACKS
from checkers.explore.ending import ENDS
from checkers.host.jobs import run_jobs
from checkers.market.subjects import SUBJECTS
from checkers.prove.limits import Limit
from checkers.traces.trace import sized
from checkers.verdict import decide
from checkers.verdict.ablate import Ablated, ablate
from checkers.verdict.decide import CONCEALS, PLACED, Budget, Found
from checkers.verdict.exhibit import Shown
from spec.hardened import hardened
from spec.hardened.ablation import ABLATIONS
from spec.notation import Scope
from spec.paper import CLAIMS, THEOREMS
from spec.paper.claim import (
    Accounts,
    Argued,
    Claim,
    Conceals,
    Ends,
    Holds,
    Placed,
    Point,
    Theorem,
    Tried,
    Verdict,
)

Effort = Literal["quick", "standard", "deep"]
Jobs: TypeAlias = dict[str, Callable[[], Found]]

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
    verdict: Verdict
    evidence: str
    trace: Shown | None = None

    @property
    def as_expected(self) -> bool:
        """Whether the point came out as it must."""
        return self.verdict == self.expected


@attrs.frozen
class Check:
    """A check on the checkers or on the reference implementation."""

    name: str
    passed: bool
    evidence: str


@attrs.frozen
class Verification:
    """Everything that `verify` found."""

    effort: Effort
    decisions: Sequence[Decision]
    hardenings: Sequence[Ablated]
    checks: Sequence[Check]
    seconds: float

    @property
    def undecided(self) -> bool:
        """Whether some claim stayed undecided."""
        return any(decision.verdict == "undecided" for decision in self.decisions)

    @property
    def failed(self) -> bool:
        """Whether something came out as it must not."""
        return not all(
            [
                *(d.as_expected for d in self.decisions if d.verdict != "undecided"),
                *(hardening.as_expected for hardening in self.hardenings),
                *(check.passed for check in self.checks),
            ]
        )


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
        self.found: Mapping[str, Found] = {}

    def run(self) -> Verification:
        """Decide the points, see what each hardening is there for, and check the checkers."""
        started = time.perf_counter()
        jobs = self._claimed() | self._checking()
        self.found = run_jobs(jobs, self.progress)
        hardenings = run_jobs(
            {f"without {a.missing.name.lower()}": partial(ablate, a) for a in ABLATIONS},
            self.progress,
        )
        return Verification(
            self.effort,
            [self._decision(claim, point) for claim, point in self.points],
            list(hardenings.values()),
            list(self._checks()),
            time.perf_counter() - started,
        )

    def decisions(self) -> list[Decision]:
        """Decide the points, and nothing else."""
        self.found = run_jobs(self._claimed(), self.progress)
        return [self._decision(claim, point) for claim, point in self.points]

    # Jobs, by the name that what they find is found under

    def _claimed(self) -> Jobs:
        """What the points rest on, what takes longest first."""
        order = (Ends, Holds, Conceals, Accounts, Placed, Tried, Argued)
        points = sorted(
            (point for _, point in self.points), key=lambda point: order.index(type(point.ground))
        )
        return {name: job for point in points for name, job in self._resting_on(point)}

    def _resting_on(self, point: Point) -> Iterator[tuple[str, Callable[[], Found]]]:
        match point.ground:
            case Ends(machine):
                yield f"ending, {machine.name}", partial(decide.prove_end, machine, self.budget)
                yield f"proof, {machine.name}", partial(decide.prove_claims, machine, self.budget)
            case Holds(machine) if point.expected == "proved":
                yield f"proof, {machine.name}", partial(decide.prove_claims, machine, self.budget)
            case Holds() as ground:
                yield _refutation(ground), partial(decide.refute, ground)
            case Conceals(machine):
                yield f"secrets, {machine.name}", partial(decide.tell_apart, machine, self.budget)
            case Accounts() as ground:
                yield _account(ground), partial(decide.hold_to_account, ground, self.budget)
            case Placed() as ground:
                yield f"placement, {ground}", partial(decide.place, ground)
            case Tried(attack):
                yield f"attack, {attack}", partial(decide.attack, attack)

    def _checking(self) -> Jobs:
        lockstep = {
            f"lockstep, {name}": partial(decide.run_beside, name, self.budget)
            for name, subject in SUBJECTS.items()
            if subject.setup
        }
        grounds = [point.ground for _, point in self.points if isinstance(point.ground, Holds)]
        witnesses = {
            f"witnesses, {ground.machine.name}": partial(decide.reach_witnesses, ground)
            for ground in reversed(grounds)  # so that the first is the one that stays
            # From an empty ledger these are far; `at_work` is the same, and begins near them.
            if ground.machine is not hardened and ground.machine.sometimes
        }
        attacks = {
            f"attack, {attack.name}": partial(decide.attack, attack.name) for attack in ATTACKS
        }
        counted = {name: subject for name, subject in SUBJECTS.items() if subject.published}
        actions = {
            f"actions, {name}": partial(decide.take_actions, SUBJECTS[name])
            for name in [*(ground.machine.name for ground in grounds), *counted]
            if name in SUBJECTS
        }
        published = {
            f"published counts, {name}": partial(decide.count_published, subject)
            for name, subject in counted.items()
        }
        return {**lockstep, **witnesses, **actions, **attacks, **published}

    # What was found, put together

    def _decision(self, claim: Claim | Theorem, point: Point) -> Decision:
        verdict, evidence, trace = self._verdict(point)
        bounded = point.expected == "exhaustive" and self.budget.culprits is not None
        expected = "bounded" if bounded else point.expected
        return Decision(claim, point, expected, verdict, evidence, trace)

    def _verdict(self, point: Point) -> tuple[Verdict, str, Shown | None]:
        match point.ground:
            case Argued(why):
                return "argued", why, None
            case Ends(machine):
                return (*self._ending(machine.name), None)
            case Holds(machine, text) if point.expected == "proved":
                verdict = self.found[f"proof, {machine.name}"].verdicts[text.__name__]
                how = "by induction for any size" if verdict == "proved" else "which is not proved"
                return verdict, f"{text.__name__}, {how}", None
            case Holds(_, text) as ground:
                return self._of(_refutation(ground), text.__name__)
            case Conceals(machine):
                return self._of(f"secrets, {machine.name}", CONCEALS)
            case Accounts(_, finding) as ground:
                return self._of(_account(ground), finding)
            case Placed() as ground:
                return self._of(f"placement, {ground}", PLACED)
            case Tried(attack):
                return self._of(f"attack, {attack}", attack)

    def _of(self, name: str, what: str) -> tuple[Verdict, str, Shown | None]:
        found = self.found[name]
        return found.verdicts[what], found.evidence, found.traces.get(what)

    def _ending(self, name: str) -> tuple[Verdict, str]:
        """That a ranking falls where all that is claimed holds, and that it does hold."""
        falls = self.found[f"ending, {name}"].verdicts[ENDS] == "proved"
        holds = set(self.found[f"proof, {name}"].verdicts.values()) == {"proved"}
        verdict: Verdict = "proved" if falls and holds else "undecided"
        return verdict, "its ranking falls, by induction for any size"

    def _checks(self) -> Iterator[Check]:
        for kind in ("proof", "ending", "witnesses", "actions", "lockstep", "published counts"):
            for name, found in self._kind(kind).items():
                yield Check(name, found.passed, found.evidence)
        for kind, said in (
            ("refutation", "happen in the implementation as well"),
            ("attack", "come out as they must"),
        ):
            every = self._kind(kind)
            failed = [f"{name}: {f.evidence}" for name, f in every.items() if not f.passed]
            evidence = "; ".join(failed) or f"{len(every)} {said}"
            yield Check(f"every {kind}", not failed, evidence)

    def _kind(self, kind: str) -> Mapping[str, Found]:
        return {name: found for name, found in self.found.items() if name.startswith(f"{kind}, ")}


def _is_large(point: Point) -> bool:
    return isinstance(point.ground, Accounts) and point.ground.is_large


def _refutation(ground: Holds) -> str:
    sizes = sized(Scope(ground.sizes))
    return f"refutation, {ground.machine.name}: {ground.property.__name__} {sizes}"


def _account(ground: Accounts) -> str:
    within = ", ".join(ground.bounds)
    return f"account, {ground.machine.name} {sized(Scope(ground.sizes))} {ground.culprits} {within}"


def verify(effort: Effort, progress: Callable[[str], None]) -> Verification:
    """Decide every claim of the paper, and check the checkers."""
    return Verifier(effort, progress).run()
