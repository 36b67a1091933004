"""What runs of at most so many steps refute."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import attrs

from checkers.explore.exploration import refuted_in, unclaimed, without_premise
from checkers.results.page import Block, Line
from checkers.results.result import Result, Verdict
from checkers.results.words import counted
from checkers.traces.itf import finding
from checkers.traces.trace import Trace, at_size, left_out_line, past_sizes, refutation, sizes
from spec.notation import Scope
from spec.notation.machine import Machine

S = TypeVar("S")


@attrs.frozen
class Bounded(Result, Generic[S]):
    """What bounded checking found.

    Attributes:
        looked_for: the properties whose violations were looked for.
        depth: every run of so many steps was looked at.
        complete: whether that is as deep as was asked for, or the limit came before.
        violations: by property, a shortest run that refutes it; for a number that falls below
            zero, one to the state in which it would.
        left_out: constants that lie past the sizes, each with a text that names it.
        cut: actions that some run within the depth cannot take, since a number would pass its size.
        vacuous: per property that no run refutes, where its implications stand whose premise holds
            in none of the states within the depth, if there are any.
    """

    machine: Machine[S]
    scope: Scope
    looked_for: Sequence[str]
    depth: int
    complete: bool
    seconds: float
    violations: dict[str, Trace[S]]
    left_out: Mapping[int, str]
    cut: Sequence[str] = ()
    vacuous: Mapping[str, Sequence[str]] = attrs.field(factory=dict)

    @property
    def asked(self) -> str:
        return f"bound {at_size(self.machine, self.scope)}, {counted(self.depth, 'step')}"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        texts = [text.__name__ for text in (*self.machine.always, *self.machine.refuted)]
        names = [*(texts or self.looked_for), *self.violations]
        return {name: self._verdict(name) for name in dict.fromkeys(names)}

    def _verdict(self, name: str) -> Verdict:
        if name in self.violations:
            return refuted_in(self.violations[name], expected=name not in self._unexpected)
        words = f"bounded to depth {self.depth}"
        if name in self.vacuous:
            words += f", says nothing yet: {without_premise(self.vacuous[name])}"
            return Verdict("bounded", words, "undecided")
        return Verdict("bounded", words, "" if self.complete else "undecided")

    @property
    def _unexpected(self) -> set[str]:
        return self.violations.keys() - self.machine.must_fall

    @property
    def failed(self) -> bool:
        return bool(self._unexpected or not self.looked_for)

    @property
    def undecided(self) -> bool:
        return not self.complete

    def page(self) -> Iterator[Block]:
        yield self.table()
        if self.cut:
            yield Line(
                "cut where a number would pass its size: steps of "
                f"{', '.join(self.cut)}; runs are bounded by that too"
            )
        if self.left_out:
            yield Line(left_out_line(self.machine, self.left_out))
        yield Line(f"{at_size(self.machine, self.scope)}: {self.seconds:.2f} s")
        for name in self.violations:
            if name in self._unexpected:
                yield refutation(name, self.violations[name])
        if not self.looked_for:
            yield Line(unclaimed(self.machine.name), "against")

    def json(self) -> dict[str, object]:
        return {
            "machine": self.machine.name,
            "sizes": sizes(self.scope),
            "depth": self.depth,
            "reached_depth_asked_for": self.complete,
            "left_out": past_sizes(self.left_out),
            "seconds": round(self.seconds, 3),
            "cut": list(self.cut),
            "vacuous": {name: list(places) for name, places in self.vacuous.items()},
            "violations": [finding(name, trace) for name, trace in self.violations.items()],
        }
