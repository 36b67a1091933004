"""What runs of a machine and an implementation came to, side by side."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from checkers.explore.cases import dormant
from checkers.lockstep.driver import Setup
from checkers.lockstep.run import Divergence, Tally
from checkers.results.page import Block, Line, Listing
from checkers.results.result import Result, Verdict
from checkers.results.words import counted
from spec.notation.machine import Machine

LIKE = "does as the specification does"


@attrs.frozen
class Coverage:
    """How much of a machine's graph was walked.

    Attributes:
        states: those that can be reached.
        edges: pairs of such a state and a step that it allows.
        drawn: of the edges, those that the random runs took.
        taken: those that any run took.
        impossible: the actions that no edge takes.
    """

    states: int
    edges: int
    drawn: int
    taken: int
    impossible: Sequence[str]


@attrs.frozen(kw_only=True)
class Sample(Result):
    """What runs of both sides came to.

    Attributes:
        machine: the specification.
        setup: how the implementation was driven.
        length: steps of a run, at most.
        seconds: that they took.
        seed: of the choices; None if they were new ones.
        reasons: for which each action can be refused, by name.
        tally: what both sides took.
        divergence: the first that was found.
    """

    machine: Machine[Any]  # Any: of any state
    setup: Setup
    length: int
    seconds: float
    seed: int | None
    reasons: Mapping[str, Sequence[str]]
    tally: Tally
    divergence: Divergence | None

    @property
    def passed(self) -> bool:
        """Whether nothing differed, and something was there that could have."""
        return self.divergence is None and self.tally.accepted.total() > 0

    @property
    def never_accepted(self) -> list[str]:
        """The actions that were never accepted."""
        return [name for name in self.reasons if not self.tally.accepted[name]]

    @property
    def never_refused(self) -> list[str]:
        """The actions that can be refused, and never were."""
        refused = {name for name, _ in self.tally.refused}
        return [name for name, reasons in self.reasons.items() if reasons and name not in refused]

    @property
    def asked(self) -> str:
        return f"fuzz {self.machine.name} against an implementation"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        if self.divergence:
            after = counted(len(self.divergence.steps), "step")
            return {LIKE: Verdict("refuted", f"refuted in {after}", "against")}
        if not self.passed:
            return {LIKE: Verdict("vacuous", "vacuous: no action was accepted", "against")}
        runs = counted(self.tally.runs, "run")
        words = f"sampled {runs} of up to {counted(self.length, 'step')}, {self.seconds:.1f} s"
        return {LIKE: Verdict("sampled", f"{words}{self._apart_from()}")}

    def _apart_from(self) -> str:
        """What was not compared."""
        hidden, left = len(self.setup.hidden), len(self.setup.left_out)
        said = [f"; {counted(hidden, 'field')} hidden"] * bool(hidden)
        said += [f"; {counted(left, 'action')} left out"] * bool(left)
        return "".join(said)

    @property
    def failed(self) -> bool:
        return not self.passed

    @property
    def undecided(self) -> bool:
        """Never: as many runs as were asked for were made, whatever that is worth."""
        return False

    def page(self) -> Iterator[Block]:
        yield self.table()
        if self.divergence:
            yield Listing("they differ:", tuple(str(self.divergence).splitlines()))
            return
        for name, why in self.setup.hidden.items():
            yield Line(f"{name} is hidden: {why}")
        for name in self.setup.left_out:
            yield Line(f"{name} is left out")
        yield Line(f"{self._steps()}, {counted(self.tally.restarts, 'restart')}")
        if self.tally.cut:
            yield Line(f"{counted(self.tally.cut, 'step')} past the sizes cut, and not compared")
        for name in self.never_accepted:
            yield self._never(f"{name} was never accepted", name)
        for name in self.never_refused:
            yield Line(f"{name} was never refused")

    def _steps(self) -> str:
        return counted(self.tally.steps, "step")

    def _never(self, what: str, action: str) -> Line:
        """What never was, which is worth a look unless the action is dormant: then why it is."""
        asleep = dormant(self.machine)
        if action in asleep:
            return Line(f"{what}, by design: {asleep[action]}")
        return Line(what, "undecided")

    def json(self) -> dict[str, object]:
        tally, divergence = self.tally, self.divergence
        return {
            "machine": self.machine.name,
            "seed": self.seed,
            "seconds": round(self.seconds, 3),
            "divergence": str(divergence) if divergence else None,
            "comes_again": not divergence.again if divergence else None,
            "hidden": dict(self.setup.hidden),
            "left_out": list(self.setup.left_out),
            "runs": tally.runs,
            "steps_taken": tally.steps,
            "beyond_size": tally.cut,
            "restarts": tally.restarts,
            "taken": {name: tally.accepted[name] for name in self.reasons},
            "refused": [[*refusal, count] for refusal, count in tally.refused.items()],
            "never_accepted": self.never_accepted,
            "never_refused": self.never_refused,
        }


@attrs.frozen(kw_only=True)
class Walk(Sample):
    """What a walk did, and found: runs at random, and then to what these left.

    Attributes:
        coverage: of the machine's graph; or why it was not measured.
    """

    coverage: Coverage | str

    def _steps(self) -> str:
        return f"{super()._steps()}, {self.tally.steps / max(self.seconds, 1e-9):,.0f}/s"

    def page(self) -> Iterator[Block]:
        yield from super().page()
        if not self.divergence:
            yield from self._covered()

    def _covered(self) -> Iterator[Line]:
        """How much of the machine's graph was walked; or why nobody knows."""
        covered = self.coverage
        if isinstance(covered, str):
            yield Line(f"coverage was not measured: {covered}")
            return
        drawn, taken = (100 * n / max(covered.edges, 1) for n in (covered.drawn, covered.taken))
        yield Line(
            f"{drawn:.0f} % of the {covered.edges:,} edges between {covered.states:,} states at "
            f"random, {taken:.0f} % with runs to those that were left"
        )
        for name in covered.impossible:
            yield self._never(f"no state that is reached allows {name}", name)

    def json(self) -> dict[str, object]:
        covered = self.coverage
        measured = covered if isinstance(covered, str) else attrs.asdict(covered)
        return {**super().json(), "coverage": measured}
