"""What random runs of a machine met."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import attrs

from checkers.explore.cases import dormant
from checkers.explore.exploration import refuted_in, unclaimed, without_premise
from checkers.results.page import Block, Line, Listing, Table
from checkers.results.result import Result, Verdict
from checkers.results.words import counted
from checkers.traces.itf import finding
from checkers.traces.trace import Trace, at_size, left_out_line, past_sizes, sizes
from spec.notation import Scope
from spec.notation.machine import Machine

S = TypeVar("S")


@attrs.frozen
class Simulation(Result, Generic[S]):
    """What random runs met.

    Attributes:
        steps: actions taken, over all runs.
        taken: how often each action was taken; one that never was is worth a look.
        violations: per property that failed, the trace of a run that met it first.
        witnessed: the `sometimes` properties that some run showed.
        cut: how often a step was not taken, because a number would have passed its size.
        left_out: constants that lie past the sizes, each with a text that names it.
        vacuous: per property that no run refutes, where its implications stand whose premise no run
            met, if there are any.
    """

    machine: Machine[S]
    scope: Scope
    runs: int
    steps: int
    seconds: float
    seed: int
    taken: dict[str, int]
    violations: dict[str, Trace[S]]
    witnessed: Sequence[str]
    cut: int
    left_out: Mapping[int, str]
    vacuous: Mapping[str, Sequence[str]]

    @property
    def asked(self) -> str:
        return f"simulate {at_size(self.machine, self.scope)}"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        texts = [text.__name__ for text in (*self.machine.always, *self.machine.refuted)]
        shown = {name: self._verdict(name) for name in dict.fromkeys([*texts, *self.violations])}
        good = {text.__name__: self._met(text.__name__) for text in self.machine.sometimes}
        return shown | good

    def _met(self, name: str) -> Verdict:
        """What runs showed of something that must be possible."""
        if name in self.witnessed:
            return Verdict("reached", "reached in some run")
        return Verdict("undecided", "reached in no run", "undecided")

    def _verdict(self, name: str) -> Verdict:
        if name in self.violations:
            return refuted_in(self.violations[name], expected=name not in self._unexpected)
        words = f"sampled {counted(self.runs, 'run')}"
        if name in self.vacuous:
            words += f", which say nothing of it yet: {without_premise(self.vacuous[name])}"
            return Verdict("sampled", words, "undecided")
        return Verdict("sampled", words)

    @property
    def _unexpected(self) -> set[str]:
        return self.violations.keys() - self.machine.must_fall

    @property
    def roused(self) -> list[str]:
        """The actions that were taken and are said never to be."""
        return [name for name in dormant(self.machine) if self.taken[name]]

    @property
    def failed(self) -> bool:
        return bool(self._unexpected or self.roused or not self.steps)

    @property
    def undecided(self) -> bool:
        """Never: as many runs as were asked for were made, whatever that is worth."""
        return False

    def page(self) -> Iterator[Block]:
        yield Line(
            f"{at_size(self.machine, self.scope)}: {counted(self.runs, 'run')}, "
            f"{counted(self.steps, 'step')}, seed {self.seed}, {self.seconds:.2f} s"
        )
        if self.cut:
            yield Line(f"{counted(self.cut, 'step')} past these sizes cut")
        if self.left_out:
            yield Line(left_out_line(self.machine, self.left_out))
        yield Table.of(("action", "taken"), ((n, self._times(n)) for n in self.taken))
        yield self.table() if self.verdicts else Line(unclaimed(self.machine.name))
        for name in self.roused:
            yield Line(f"{name} is taken, and said to be dormant", "against")
        for name, trace in self.violations.items():
            yield Listing(f"{name} failed in a run:", tuple(trace.lines()))
        if not self.steps:
            yield Line("no step is possible: there was no run", "against")

    def _times(self, name: str) -> Line:
        if count := self.taken[name]:
            return Line(f"{count:,}")
        asleep = dormant(self.machine)
        return (
            Line(f"never, by design: {asleep[name]}")
            if name in asleep
            else Line("never", "undecided")
        )

    def json(self) -> dict[str, object]:
        return {
            "machine": self.machine.name,
            "sizes": sizes(self.scope),
            "runs": self.runs,
            "steps": self.steps,
            "seed": self.seed,
            "seconds": round(self.seconds, 3),
            "steps_per_second": round(self.steps / max(self.seconds, 1e-9)),
            "beyond_size": self.cut,
            "left_out": past_sizes(self.left_out),
            "taken": self.taken,
            "vacuous": self.vacuous,
            "violations": [finding(name, trace) for name, trace in self.violations.items()],
            "witnessed": list(self.witnessed),
        }
