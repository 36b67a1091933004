"""What holding a machine to account came to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import attrs

from checkers.explore.exploration import Ended
from checkers.results.page import Block, Line, Listing, Table, beside
from checkers.results.result import Result, Verdict
from checkers.results.words import counted
from checkers.traces.itf import finding, itf
from checkers.traces.trace import (
    Trace,
    at_size,
    describe,
    named_past,
    past_sizes,
    refutation,
    sizes,
)
from spec.notation import Scope
from spec.notation.machine import Machine

S = TypeVar("S")

FINDINGS = (
    "no_false_blame",
    "every_harm_blamed_or_repaid",
    "verdict_from_ledger_only",
    "transcript_injectivity",
)


@attrs.frozen
class History(Generic[S]):
    """One of the runs by which a ledger can have come about.

    Attributes:
        culprits: who deviated, by name.
        deeds: the steps of the trace by which they did, by their numbers from 0.
    """

    culprits: tuple[str, ...]
    deeds: tuple[int, ...]
    trace: Trace[S]

    @property
    def steps(self) -> list[str]:
        """The steps of the trace, numbered, a line for each."""
        taken = enumerate(self.trace.steps, 1)
        return [f"{number}. {describe(self.trace.scope, *step)}" for number, step in taken]

    @property
    def marked(self) -> list[str]:
        """The steps, those marked by which somebody comes to have deviated."""
        return [f"{step}{' (!)' * (i in self.deeds)}" for i, step in enumerate(self.steps)]

    @property
    def told(self) -> tuple[str, str]:
        """Who deviated, and by which steps."""
        return ", ".join(self.culprits), ", ".join(self.steps[deed] for deed in self.deeds)

    def json(self) -> dict[str, object]:
        """The history as plain data."""
        return {
            "culprits": list(self.culprits),
            "deeds": [self.steps[deed] for deed in self.deeds],
            "trace": itf(self.trace),
        }


@attrs.frozen
class Collision(Generic[S]):
    """One ledger, two histories, and nobody can tell which is true."""

    histories: tuple[History[S], History[S]]

    @property
    def culprits(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Who deviated in either history."""
        return self.histories[0].culprits, self.histories[1].culprits

    def listing(self) -> Listing:
        """Two runs to one ledger, side by side."""
        one, other = self.histories
        left = [f"{one.told[0]} deviated", *one.marked]
        right = [f"or {other.told[0]}", *other.marked]
        return Listing("one ledger, and two histories:", beside(left, right))


@attrs.frozen
class Account(Result, Generic[S]):
    """What was found at a size.

    Attributes:
        culprits: how many parties deviated in a run, at most; None if there was no limit.
        bounds: the restrictions that runs were held to.
        states: the states visited.
        extent: how far they were followed, in words; each within `culprits` and `bounds`.
        left_out: constants that lie past the sizes, each with a text that names it.
        transcripts: different ledgers among the states where all is over.
        false_blame: a shortest run after which a party is convicted that did as it should.
        unpaid_harm: a shortest run after which a party is harmed, and neither repaid nor avenged.
        beyond_the_ledger: actions that decide verdicts, with the fields they should not look at.
        collisions: one for each pair of sets of culprits, and each pair of sets of deeds.
        vacuous: of the findings, those for which there was nothing to look at, with why.
        upright: the sorts of whose parties none deviates in any state that was visited.
    """

    machine: Machine[S]
    scope: Scope
    culprits: int | None
    bounds: Sequence[str]
    states: int
    depth: int
    ended: Ended
    extent: str
    seconds: float
    left_out: Mapping[int, str]
    transcripts: int
    false_blame: Trace[S] | None
    unpaid_harm: Trace[S] | None
    beyond_the_ledger: Sequence[tuple[str, str]]
    collisions: list[Collision[S]]
    vacuous: Mapping[str, str]
    upright: Sequence[str]

    @property
    def refuted(self) -> list[str]:
        """What does not hold, of the four findings."""
        found = (self.false_blame, self.unpaid_harm, self.beyond_the_ledger, self.collisions)
        return [name for name, failure in zip(FINDINGS, found, strict=True) if failure]

    @property
    def exhaustive(self) -> bool:
        """Whether every run at this size was looked at, and it leaves out nothing named."""
        looked = self.ended == "complete" and self.culprits is None and not self.bounds
        return looked and not self.left_out

    @property
    def asked(self) -> str:
        return f"account {at_size(self.machine, self.scope)}"

    @property
    def _expected(self) -> set[str]:
        """The findings that must come out bad; that may need a larger size than this one."""
        assert self.machine.accountability  # it was held to account
        return set(self.machine.accountability.refuted)

    @property
    def _nothing_seen(self) -> Mapping[str, str]:
        """The findings for which there is nothing to look at; in a run that a limit ended, there
        may be something further on."""
        return self.vacuous if self.ended == "complete" else {}

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        return {name: self._verdict(name) for name in FINDINGS}

    def _verdict(self, name: str) -> Verdict:
        expected = name in self._expected
        if name in self.refuted:
            return Verdict("refuted", self._evidence(name), "" if expected else "against")
        later = "; to be refuted at another" * expected
        if name in self._nothing_seen:
            words = f"vacuous: {self.vacuous[name]}{later}"
            return Verdict("vacuous", words, "" if expected else "against")
        if name == FINDINGS[2]:
            return Verdict("proved", f"holds of every action{later}")
        if self.exhaustive:
            return Verdict("exhaustive", f"{self.extent}{later}")
        return Verdict("bounded", f"bounded{later}", "undecided")

    def _evidence(self, name: str) -> str:
        """What refutes a finding that is refuted, in words."""
        runs = {FINDINGS[0]: self.false_blame, FINDINGS[1]: self.unpaid_harm}
        if trace := runs.get(name):
            return f"refuted in {trace.extent}"
        if name == FINDINGS[2]:
            looks = (f"{action} looks at {field}" for action, field in self.beyond_the_ledger)
            return f"refuted: {', '.join(looks)}"
        pairs = len({collision.culprits for collision in self.collisions})
        return f"refuted: {len(self.collisions):,} collisions of {pairs:,} pairs of culprits"

    @property
    def failed(self) -> bool:
        return not {*self.refuted, *self._nothing_seen} <= self._expected

    @property
    def undecided(self) -> bool:
        return not self.exhaustive

    def page(self) -> Iterator[Block]:
        yield Line(
            f"{at_size(self.machine, self.scope)}: {counted(self.states, 'state')}, "
            f"{counted(self.transcripts, 'ledger')} where all is over, {self.seconds:.2f} s"
        )
        if not self.exhaustive:
            yield Line(f"bounded: {self._looked_at()}", "undecided")
        so_far = "" if self.ended == "complete" else " so far"
        for sort in self.upright:
            yield Line(f"no {sort} ever deviates{so_far}", "undecided")
        rows = ((name, found.line) for name, found in self.verdicts.items())
        yield Table.of(("finding", "verdict"), rows)
        if self.collisions:
            told = ([cell for h in c.histories for cell in h.told] for c in self.collisions)
            yield Table.of(("one ledger: either", "did", "or", "did"), told)
        yield from self._runs()

    def _looked_at(self) -> str:
        """What a bounded account looked at."""
        parts = [] if self.ended == "complete" else [f"every state within {self.depth} steps"]
        if self.culprits is not None:
            parts.append(f"at most {counted(self.culprits, 'culprit')}")
        if self.left_out:
            parts.append(f"sizes that leave out {named_past(self.left_out)}")
        return ", ".join([*parts, *self.bounds])

    def _runs(self) -> Iterator[Listing]:
        """The runs that show what is refuted; of collisions, one for each pair of culprits."""
        for name, trace in zip(FINDINGS, (self.false_blame, self.unpaid_harm), strict=False):
            if trace:
                yield refutation(name, trace)
        first = {collision.culprits: collision for collision in reversed(self.collisions)}
        yield from (collision.listing() for collision in reversed(first.values()))

    def json(self) -> dict[str, object]:
        runs = zip(FINDINGS, (self.false_blame, self.unpaid_harm), strict=False)
        return {
            "machine": self.machine.name,
            "sizes": sizes(self.scope),
            "culprits": self.culprits,
            "bounds": list(self.bounds),
            "states": self.states,
            "depth": self.depth,
            "ended": self.ended,
            "left_out": past_sizes(self.left_out),
            "extent": self.extent,
            "exhaustive": self.exhaustive,
            "seconds": round(self.seconds, 3),
            "transcripts": self.transcripts,
            "refuted": self.refuted,
            "vacuous": dict(self.vacuous),
            "upright": list(self.upright),
            "to_be_refuted": sorted(self._expected),
            "traces": [finding(name, trace) for name, trace in runs if trace],
            "beyond_the_ledger": [
                {"action": action, "field": field} for action, field in self.beyond_the_ledger
            ],
            "collisions": [[h.json() for h in c.histories] for c in self.collisions],
        }
