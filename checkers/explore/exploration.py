"""What an exploration found, and how far it went."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, Literal, TypeVar

import attrs

from checkers.results.page import Block, Line
from checkers.results.result import Result, Verdict
from checkers.results.words import counted
from checkers.traces.itf import finding, itf
from checkers.traces.trace import (
    Trace,
    at_size,
    describe,
    left_out_line,
    named_past,
    past_sizes,
    refutation,
    sized,
)
from checkers.traces.trace import sizes as sizes_of
from spec.notation import Scope
from spec.notation.machine import Machine

S = TypeVar("S")

Ended = Literal["complete", "decided", "bounded"]

DEADLOCK_FREE = "some step is possible until the end"
_BRIEF = 60  # characters


@attrs.frozen
class Violation(Generic[S]):
    """A property that does not hold, with a shortest trace to a state that shows it."""

    property: str
    trace: Trace[S]


@attrs.frozen
class Cases(Generic[S]):
    """What the states of an exploration show, and do not.

    Attributes:
        possible: the actions that some state allows, by name.
        dormant: actions that are never to be taken, by name, with why.
        roused: of these, those that some state allows, each with a shortest run that takes it.
        vacuous: per property that must hold, where its implications stand whose premise held in
            no state for any elements, if there are any.
    """

    machine: Machine[S]
    possible: Sequence[str]
    dormant: Mapping[str, str]
    roused: Sequence[Violation[S]]
    vacuous: Mapping[str, Sequence[str]]

    @property
    def never(self) -> list[str]:
        """The actions that no state allows, though they are meant to be taken."""
        names = [act.name for act in self.machine.actions]
        return [n for n in names if n not in self.possible and n not in self.dormant]


@attrs.frozen
class Exploration(Result, Generic[S]):
    """What an exploration found.

    Attributes:
        distinct_states: the states visited; with symmetry, their classes.
        depth: the number of levels after the initial states.
        cut: successors left out because a number would have passed its size.
        ended: complete; decided, once all that was asked for was refuted; or bounded by a limit,
            after every state within `depth` steps was visited.
        violations: of `always` and `refuted` properties, and of numbers falling below zero.
        witnesses: for each `sometimes` property that was reached, a shortest trace.
        unreached: the `sometimes` properties that no state shows.
        left_out: constants that lie past the sizes, each with a text that names it.
        stuck: the states in which nothing is possible, not even what leads past a size.
        standstill: a shortest way to one of these.
        symmetric_states: with symmetry, the states that the classes stand for.
        cases: what a verdict rests on; None where the states were not looked through for that.
        certificate: counts and digests by which others can compare theirs, if it was asked for.
    """

    machine: Machine[S]
    scope: Scope
    distinct_states: int
    generated_states: int
    depth: int
    cut: int
    ended: Ended
    seconds: float
    violations: Sequence[Violation[S]]
    witnesses: Sequence[Violation[S]]
    unreached: Sequence[str]
    left_out: Mapping[int, str] = attrs.field(factory=dict)
    stuck: int = 0
    standstill: Trace[S] | None = None
    symmetric_states: int | None = None
    cases: Cases[S] | None = None
    certificate: Mapping[str, object] | None = None

    @property
    def complete(self) -> bool:
        """Whether every reachable state was visited."""
        return self.ended == "complete"

    @property
    def exhaustive(self) -> bool:
        """Whether every reachable state was visited, at sizes that leave out nothing named."""
        return self.complete and not self.left_out

    @property
    def extent(self) -> str:
        """How far this went, in words: what it is worth that nothing was found."""
        return self._extent(sized(self.scope))

    @property
    def brief(self) -> str:
        """How far this went, for a line under a heading that names the sizes if they are many."""
        sizes = sized(self.scope)
        return self._extent(sizes if len(sizes) < _BRIEF else "these sizes")

    def _extent(self, sizes: str) -> str:
        if not self.complete:
            return f"bounded to depth {self.depth}"
        if self.left_out:
            return f"bounded by {sizes}, which leave out {named_past(self.left_out)}"
        if self.cut:
            return f"exhaustive within {sizes}; {counted(self.cut, 'step')} cut"
        return f"exhaustive at {sizes}" if sizes else "exhaustive"

    @property
    def asked(self) -> str:
        return f"explore {at_size(self.machine, self.scope)}"

    @property
    def refuted(self) -> Mapping[str, Trace[S]]:
        """By property that does not hold, a shortest trace that shows it."""
        roused = self.cases.roused if self.cases else ()
        return {found.property: found.trace for found in (*self.violations, *roused)}

    @property
    def _vacuous(self) -> Mapping[str, Sequence[str]]:
        return self.cases.vacuous if self.cases else {}

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        texts = [text.__name__ for text in (*self.machine.always, *self.machine.refuted)]
        texts += [DEADLOCK_FREE] * bool(self.machine.ending)
        found = {name: self._verdict(name) for name in dict.fromkeys([*texts, *self.refuted])}
        return found | {
            text.__name__: self._reached(text.__name__) for text in self.machine.sometimes
        }

    def _verdict(self, name: str) -> Verdict:
        """What was found of something that must hold, or must be found not to."""
        must_fall = name in self.machine.must_fall
        if name in self.refuted:
            return refuted_in(self.refuted[name], expected=must_fall)
        if name in self._vacuous:
            found = Verdict(
                "vacuous", f"vacuous: {without_premise(self._vacuous[name])}", "against"
            )
        else:
            found = Verdict("exhaustive", self.brief)
        if not must_fall:
            return found
        if self.scope.sizes:
            return Verdict(found.word, f"{found.words}; to be refuted at another size")
        return Verdict(found.word, f"{found.words}; to be refuted", "against")

    def _reached(self, name: str) -> Verdict:
        """What was found of something that must be possible."""
        for witness in self.witnesses:
            if witness.property == name:
                return Verdict("reached", f"reached in {witness.trace.extent}")
        if self.complete:
            return Verdict("refuted", "never reached", "against")
        return Verdict("undecided", "not reached", "undecided")

    @property
    def failed(self) -> bool:
        """Whether something was refuted that must hold, or holds for want of cases, or something
        was not reached that must be, or holds that must not.

        What must be refuted may need a larger size than this one, if there are sizes.
        """
        missed = bool(self.unreached) and self.ended != "bounded"
        vacuous = self._vacuous.keys() & {text.__name__ for text in self.machine.always}
        unrefuted = self.machine.must_fall - self.refuted.keys()
        holds = self.exhaustive and not self.scope.sizes and bool(unrefuted)
        return bool(self.refuted.keys() - self.machine.must_fall or missed or vacuous or holds)

    @property
    def undecided(self) -> bool:
        """Whether some reachable state was not visited, or what was visited not looked through."""
        return not (self.exhaustive and self.cases)

    def page(self) -> Iterator[Block]:
        yield Line(
            f"{at_size(self.machine, self.scope)}: "
            f"{counted(self.distinct_states, 'distinct state')}, "
            f"{self.generated_states:,} generated, depth {self.depth}, {self.seconds:.2f} s"
        )
        if self.symmetric_states is not None:
            yield Line(f"up to symmetry: they stand for {counted(self.symmetric_states, 'state')}")
        if not self.complete:
            yield Line(
                f"bounded: every state within {counted(self.depth, 'step')} was visited",
                "undecided",
            )
        if self.cut:
            yield Line(f"{self.cut:,} further steps lead past these sizes and were not taken")
        if self.left_out:
            yield Line(left_out_line(self.machine, self.left_out), "undecided")
        yield from self._possible()
        yield self.table() if self.verdicts else Line(unclaimed(self.machine.name))
        for name, trace in self.refuted.items():
            yield refutation(name, trace)

    def _possible(self) -> Iterator[Line]:
        """What there was to look at: where nothing is possible, and the actions never taken."""
        if self.standstill:
            steps = [describe(self.scope, *step) for step in self.standstill.steps]
            way = f"the nearest after {', '.join(steps)}" if steps else "it can start in one"
            yield Line(f"in {counted(self.stuck, 'state')} nothing is possible; {way}")
        if not self.cases:
            return
        so_far = "" if self.complete else " so far"
        for name in self.cases.never:
            yield Line(f"{name} is never taken{so_far}", "undecided")
        for name, why in self.cases.dormant.items():
            if name not in self.cases.possible:
                yield Line(f"{name} is never taken{so_far}, by design: {why}")

    def json(self) -> dict[str, object]:
        rate = self.distinct_states / max(self.seconds, 1e-9)
        return {
            "machine": self.machine.name,
            "sizes": sizes_of(self.scope),
            "distinct_states": self.distinct_states,
            "generated_states": self.generated_states,
            "depth": self.depth,
            "beyond_size": self.cut,
            "complete": self.complete,
            "left_out": past_sizes(self.left_out),
            "ended": self.ended,
            "extent": self.extent,
            "symmetric_states": self.symmetric_states,
            "seconds": round(self.seconds, 3),
            "states_per_second": round(rate),
            "violations": [finding(name, trace) for name, trace in self.refuted.items()],
            "witnesses": [finding(w.property, w.trace) for w in self.witnesses],
            "unreached": list(self.unreached),
            "never_taken": self.cases.never if self.cases else None,
            "dormant": dict(self.cases.dormant) if self.cases else None,
            "vacuous": {name: list(places) for name, places in self._vacuous.items()},
            "stuck_states": self.stuck,
            "standstill": itf(self.standstill) if self.standstill else None,
        }


def refuted_in(trace: Trace[S], *, expected: bool) -> Verdict:
    """The verdict on what a run refutes: as it must be, where that is expected."""
    return Verdict("refuted", f"refuted in {trace.extent}", "" if expected else "against")


def unclaimed(machine: str) -> str:
    """What is said where there is nothing to find out of a machine."""
    return f"nothing is claimed of {machine}: nothing was checked"


def without_premise(places: Sequence[str]) -> str:
    """What is said of a property that is about nothing, with where its implications stand."""
    return f"in no state that was seen does what it supposes hold ({', '.join(places)})"
