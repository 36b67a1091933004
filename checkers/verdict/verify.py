"""The main job: every claim of the paper, in every variant, decided by every engine that can.

Beside the claims stand what each hardening is there for, and the checks on the checkers: published
counts, witnesses, a second solver, lockstep with the reference implementation, counterexamples that
happen in it too, and attacks that come out as they must.

All of this falls into jobs that do not depend on one another; what they find is then put together.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import attrs

from adversaries.catalogue import ATTACKS
from checkers.host.telling import Tell, silent
from checkers.market.subjects import SUBJECTS
from checkers.results.page import Block, Line, Table
from checkers.verdict.ablate import Ablations, ablated
from checkers.verdict.checks import CountPublished, ReachWitnesses, RunBeside, TakeActions
from checkers.verdict.decide import Decider, Decisions
from checkers.verdict.effort import Effort
from checkers.verdict.jobs import Found, Job, LeaveOut, Prove, ProveEnding, Refute, RunAttack
from checkers.verdict.turn import Change, kept_changes
from spec.hardened import hardened
from spec.hardened.ablation import ABLATIONS
from spec.notation.arguments import checked
from spec.paper import CLAIMS, THEOREMS
from spec.paper.claim import Holds

J = TypeVar("J", bound=Job)

_CHECKED: Sequence[type[Job]] = (
    Prove,
    ProveEnding,
    ReachWitnesses,
    TakeActions,
    RunBeside,
    CountPublished,
)
"""The kinds of jobs of which each is a check of its own."""


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
        yield Line(", ".join(self._counted()))

    def _counted(self) -> Iterator[str]:
        """How much came out as it must, apart from what nothing decided."""
        decided = [decision for decision in self.decisions if not decision.is_argued]
        yield f"{_part(d.as_expected for d in decided)} points of claims came out as they must"
        if argued := len(self.decisions) - len(decided):
            yield f"{argued} more rest on an argument"
        hardenings = _part(found.as_expected for found in self.ablations.ablated)
        yield f"{hardenings} hardenings and assumptions bear what they are there for"
        yield f"{_part(check.passed for check in self.checks)} checks passed"
        yield f"{self.seconds:.0f} s at effort {self.effort}"

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


class Verifier(Decider):
    """Decides every claim, and checks the checkers."""

    def run(self) -> Verification:
        """Decide the points, see what each hardening is there for, and check the checkers."""
        started = time.perf_counter()
        self.do(self.todo())
        return Verification(
            self.decisions,
            self.effort,
            Ablations([ablated(*found) for found in self._by(LeaveOut).items()]),
            list(self._checks()),
            time.perf_counter() - started,
        )

    def todo(self) -> list[Job]:
        """What decides the points, what leaves hardenings out, and what checks the checkers."""
        return [*self.claimed(), *map(LeaveOut, ABLATIONS), *self._checking()]

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
            *map(CountPublished, counted),
            # A quick look leaves out what no claim rests on.
            *(RunAttack(attack.key) for attack in ATTACKS if self.effort != "quick"),
            *(kept_changes() if self.effort == "deep" else ()),
        ]

    def _checks(self) -> Iterator[Check]:
        for kind in _CHECKED:
            for job, found in self._by(kind).items():
                yield Check(str(job), found.passed, found.evidence)
        tried = "attacks that claims rest on" if self.effort == "quick" else "attacks"
        for every, name, said in (
            (self._by(Refute), "refutation", "refutations happen in the implementation as well"),
            (self._by(RunAttack), "attack", f"{tried} come out as they must"),
            (self._by(Change), "change", "changes turn the verdicts that they must"),
        ):
            if not every:
                continue
            failed = [
                f"{job}: {found.evidence}" for job, found in every.items() if not found.passed
            ]
            evidence = "; ".join(failed) or f"{len(every)} {said}"
            yield Check(f"every {name}", not failed, evidence)

    def _by(self, kind: type[J]) -> Mapping[J, Found]:
        """What jobs of a kind found."""
        return {job: found for job, found in self.found.items() if isinstance(job, kind)}


@checked
def verify(effort: Effort = "quick", progress: Tell = silent) -> Verification:
    """Decide every claim of the paper, in every variant, and check the checkers.

    Args:
        effort: how hard to try.
        progress: called after each job with a line that says how far it is.
    """
    return Verifier(effort, progress, [*CLAIMS, *THEOREMS]).run()
