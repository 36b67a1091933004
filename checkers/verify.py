"""The main job: every claim of the paper, decided by every engine that can.

A property is proved by induction for any size, or refuted by a shortest trace that is run again in
the concrete domain. Beside the claims stand the checks on the checkers: the textbook protocols must
have their published counts, what must be possible must be reached, and the reference implementation
must be in lockstep.
"""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import attrs

from checkers.attack import Result, run_attacks
from checkers.drivers import REFERENCE
from checkers.explore import Exploration, explore
from checkers.lockstep import fuzz
from checkers.prove import Proof, prove
from checkers.registry import MACHINES, AnyMachine
from checkers.trace import Trace
from spec.claims import CLAIMS, Claim
from spec.notation import Scope

Effort = Literal["quick", "standard", "deep"]
Verdict = Literal["proved", "refuted", "unknown"]

PUBLISHED: Mapping[str, tuple[int, int]] = {
    "transaction_commit": (34, 94),
    "two_phase": (288, 1_146),
    "dining_philosophers": (67, 336),
    "peterson": (42, 77),
    "die_hard": (16, 97),
    "token_ring": (46_656, 248_832),
}
"""Distinct and generated states at the machines' own sizes, as the TLA+ examples publish them."""


@attrs.frozen
class Budget:
    """How hard to try: seconds for one obligation, and lockstep runs of so many steps."""

    timeout: float
    examples: int
    steps: int


BUDGETS: Mapping[Effort, Budget] = {
    "quick": Budget(timeout=10, examples=40, steps=30),
    "standard": Budget(timeout=60, examples=400, steps=40),
    "deep": Budget(timeout=300, examples=4_000, steps=60),
}


@attrs.frozen
class Decision:
    """A claim with what was found."""

    claim: Claim
    verdict: Verdict
    evidence: str
    trace: Trace[Any] | None = None

    @property
    def as_expected(self) -> bool:
        """Whether the claim came out as it must."""
        return self.verdict == self.claim.expected


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
    checks: Sequence[Check]
    seconds: float

    @property
    def unknown(self) -> bool:
        """Whether some claim stayed undecided."""
        return any(decision.verdict == "unknown" for decision in self.decisions)

    @property
    def failed(self) -> bool:
        """Whether something came out as it must not."""
        wrong = [d for d in self.decisions if d.verdict != "unknown" and not d.as_expected]
        return bool(wrong) or not all(check.passed for check in self.checks)


class Verifier:
    """Decides the claims, remembering proofs that several claims share."""

    def __init__(self, effort: Effort, progress: Callable[[str], None]) -> None:
        self.effort = effort
        self.budget = BUDGETS[effort]
        self.progress = progress
        self._proofs: dict[str, Proof[Any]] = {}
        self._attacks: dict[str, Result] = {}

    def run(self) -> Verification:
        """Decide every claim and check every checker."""
        started = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="tallystick-") as folder:
            self._attacks = {r.name: r for r in run_attacks([], Path(folder))}
        decisions = [self._decide(claim) for claim in CLAIMS]
        checks = [
            *self._published(),
            *self._confirmed(),
            *self._reached(),
            *self._lockstep(),
            *self._attacked(),
        ]
        seconds = time.perf_counter() - started
        return Verification(self.effort, decisions, checks, seconds)

    def _decide(self, claim: Claim) -> Decision:
        self.progress(f"{claim.id}: {claim.statement}")
        if claim.machine is None or claim.property is None:
            return self._by_attack(claim)
        name = claim.property.__name__
        if claim.expected == "proved" and self._proof(claim.machine).status(name) == "proved":
            return Decision(claim, "proved", f"{name}, by induction for any size")
        scope = Scope({**claim.machine.sizes, **claim.sizes})
        found = explore(claim.machine, scope, until={name})
        for violation in found.violations:
            if violation.property == name:
                trace = violation.trace
                return Decision(claim, "refuted", f"{name}, in {trace.extent}", trace)
        if self._proof(claim.machine).status(name) == "proved":
            return Decision(claim, "proved", f"{name}, by induction for any size")
        return Decision(
            claim, "unknown", f"{name} is not inductive; {_exhausted(found)} without violation"
        )

    def _by_attack(self, claim: Claim) -> Decision:
        result = self._attacks[claim.attack]
        verdict: Verdict = "proved" if result.outcome == "P" else "refuted"
        return Decision(claim, verdict, f"attack {claim.attack}: {result.lines[-1]}")

    def _proof(self, machine: AnyMachine) -> Proof[Any]:
        if machine.name not in self._proofs:
            # What is claimed and refuted takes time to fail at, and is decided by exploration.
            provable = attrs.evolve(machine, refuted=())
            self._proofs[machine.name] = prove(
                provable,
                self.budget.timeout,
                lambda o: self.progress(f"{machine.name}, {o}"),
                confirmed=True,
            )
        return self._proofs[machine.name]

    def _published(self) -> list[Check]:
        checks = []
        for name, counts in PUBLISHED.items():
            self.progress(f"published counts of {name}")
            found = explore(MACHINES[name], MACHINES[name].scope())
            actual = found.distinct_states, found.generated_states
            evidence = f"{actual[0]:,} distinct, {actual[1]:,} generated"
            checks.append(Check(f"published counts, {name}", actual == counts, evidence))
        return checks

    def _confirmed(self) -> list[Check]:
        """What cvc5 and enumeration say of what Z3 has proved; to refute it would end all."""
        checks = []
        for name, proof in self._proofs.items():
            agreed = sum(answer == "unsat" for answer in proof.answers.values())
            evidence = f"cvc5 confirms {agreed} of {len(proof.answers)} obligations"
            if proof.enumeration:
                evidence += f"; {proof.enumeration.edges:,} steps of a whole type space keep all"
            checks.append(Check(f"proof, {name}", agreed == len(proof.answers), evidence))
        return checks

    def _reached(self) -> list[Check]:
        checks = []
        for name in dict.fromkeys(c.machine.name for c in CLAIMS if c.machine):
            machine = MACHINES[name]
            self.progress(f"what must be possible in {name}")
            found = explore(machine, Scope({**machine.sizes, **_small(machine)}))
            reached = [f"{w.property} in {w.trace.extent}" for w in found.witnesses]
            evidence = "; ".join([*reached, *(f"{n}: never" for n in found.unreached)])
            checks.append(Check(f"witnesses, {name}", not found.unreached, evidence))
        return checks

    def _lockstep(self) -> list[Check]:
        checks = []
        for name, setup in REFERENCE.items():
            self.progress(f"lockstep of {name} with the reference implementation")
            budget = self.budget
            found = fuzz(
                MACHINES[name], setup, examples=budget.examples, steps=budget.steps, seed=0
            )
            evidence = str(found) if found else f"sampled {budget.examples} runs"
            checks.append(Check(f"lockstep, {name}", found is None, evidence))
        return checks

    def _attacked(self) -> list[Check]:
        return [
            Check(f"attack, {r.name}", r.as_expected, f"{r.outcome}, expected {r.expected}")
            for r in self._attacks.values()
        ]


def _small(machine: AnyMachine) -> Mapping[type, int]:
    """The sizes at which the machine's claims are explored when nothing larger is needed."""
    sizes = [c.sizes for c in CLAIMS if c.machine is machine and c.sizes]
    return sizes[0] if sizes else {}


def _exhausted(found: Exploration[Any]) -> str:
    sizes = ", ".join(f"{sort.__name__}={n}" for sort, n in found.scope.sizes.items())
    return f"{found.distinct_states:,} states at {sizes}"


def verify(effort: Effort, progress: Callable[[str], None]) -> Verification:
    """Decide every claim of the paper, and check the checkers."""
    return Verifier(effort, progress).run()
