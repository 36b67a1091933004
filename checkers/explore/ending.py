"""Whether fair runs come to their end, and one that does not."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import attrs

from checkers.results.page import Block, Line, Listing
from checkers.results.result import Result, Verdict
from checkers.results.words import counted
from checkers.traces.itf import itf
from checkers.traces.trace import Trace, at_size, left_out_line, past_sizes, sized, sizes
from spec.notation import Scope
from spec.notation.machine import Machine

S = TypeVar("S")

ENDS = "every run comes to its end"


@attrs.frozen
class Lasso(Generic[S]):
    """A run that never reaches a goal.

    Attributes:
        goal: the goal with its parameters, for people.
        stem: a shortest way to the round.
        around: the steps of the round, which takes or excuses each fair action; none where the run
            just stops.
        passed: whether the goal is reached on the way, and then never again.
    """

    goal: str
    stem: Trace[S]
    around: Sequence[str]
    passed: bool

    @property
    def said(self) -> str:
        """For people: what the run does not do."""
        if self.passed:
            return f"comes to {self.goal}, and never again from there on"
        return f"never comes to {self.goal}"

    def lines(self) -> list[str]:
        """For people: the way there, and the steps of the round."""
        again = [f"   {step}" for step in self.around] or ["   nothing more"]
        return [*self.stem.lines(), "and from there, again and again:", *again]


@attrs.frozen
class Endings(Result, Generic[S]):
    """What an exploration for lassos found.

    Attributes:
        complete: whether there are few enough states to look at; else none was.
        cut: steps that lead past the size: a run that takes one was not followed.
        left_out: constants that lie past the sizes, each with a text that names it.
        impossible: the fair actions that no state allows.
        vacuous: why there was nothing to look at, if there was nothing.
        outgrown: the sorts past whose size such a step leads, by name, as far as a text tells.
    """

    machine: Machine[S]
    scope: Scope
    complete: bool
    states: int
    lasso: Lasso[S] | None
    cut: int
    left_out: Mapping[int, str]
    impossible: Sequence[str] = ()
    vacuous: str = ""
    outgrown: Sequence[str] = ()

    @property
    def hold(self) -> bool:
        """Whether every fair run at the size comes to its end."""
        return self.complete and not (self.lasso or self.cut or self.left_out or self.vacuous)

    @property
    def asked(self) -> str:
        return f"terminate {at_size(self.machine, self.scope)}"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        return {ENDS: self._verdict()}

    def _verdict(self) -> Verdict:
        if self.lasso:
            words = f"refuted: after {self.lasso.stem.extent} a fair run {self.lasso.said}"
            return Verdict("refuted", words, "against")
        if self.vacuous:
            return Verdict("vacuous", f"vacuous: {self.vacuous}", "against")
        if self.hold:
            at = sized(self.scope)
            return Verdict("exhaustive", f"exhaustive at {at}" if at else "exhaustive")
        return Verdict("undecided", "undecided", "undecided")

    @property
    def failed(self) -> bool:
        return bool(self.lasso or self.vacuous)

    @property
    def undecided(self) -> bool:
        return not self.hold

    def page(self) -> Iterator[Block]:
        for act in self.impossible:
            yield Line(f"{act}, which is taken to be fair, is never possible", "undecided")
        yield Line(f"{at_size(self.machine, self.scope)}: {counted(self.states, 'state')}")
        yield self.table()
        if not self.complete:
            yield Line("these and more to come are too many to look at; give smaller sizes")
        if self.left_out:
            yield Line(left_out_line(self.machine, self.left_out))
        if self.cut:
            larger = f"; give a larger {' and '.join(self.outgrown)}" if self.outgrown else ""
            yield Line(
                f"{counted(self.cut, 'step')} past these sizes cut: runs that may never come to "
                f"their end were not followed{larger}"
            )
        if self.lasso:
            yield Listing(f"a fair run {self.lasso.said}:", tuple(self.lasso.lines()))

    def json(self) -> dict[str, object]:
        lasso = self.lasso
        return {
            "machine": self.machine.name,
            "sizes": sizes(self.scope),
            "complete": self.complete,
            "states": self.states,
            "beyond_size": self.cut,
            "left_out": past_sizes(self.left_out),
            "holds": self.hold,
            "vacuous": self.vacuous,
            "outgrown": list(self.outgrown),
            "impossible": list(self.impossible),
            "goal": lasso.goal if lasso else None,
            "passed": lasso.passed if lasso else None,
            "stem": itf(lasso.stem) if lasso else None,
            "around": list(lasso.around) if lasso else None,
        }
