"""Accountability: whether a ledger shows who deviated, and no one else.

Four things are asked of the runs of a machine at a size:

- *no_false_blame*: nobody is convicted that did as it should.
- *every_harm_blamed_or_repaid*: where all is over and judged, nobody that did as it should is left
  with a loss, unless somebody that deviated is convicted.
- *verdict_from_ledger_only*: no action decides a verdict by anything but what is on the ledger, or
  what somebody signed off it.
- *transcript_injectivity*: where all is over, two different sets of culprits, neither of which
  could be smaller, never leave the same ledger; else no judge can tell which of them it was.

The definitions follow Küsters, Truderung and Vogt, "Accountability" (CCS 2010).
"""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Generic, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from checkers.explore.exploration import Ended
from checkers.explore.explorer import Status, prepare
from checkers.explore.keys import to_keys
from checkers.explore.ways import Way, ways_to
from checkers.traces.trace import Trace, describe, replay
from spec.notation import Accountability, MachineError, Scope, all_of, ite
from spec.notation.batch import Batch, Mask, Words, fields_read
from spec.notation.machine import Action, Machine, Role
from spec.notation.sorts import Fun, Value
from spec.notation.term import listed
from spec.notation.words import reading

S = TypeVar("S")
Bits = npt.NDArray[np.uint64]
"""A set of parties for each state, a bit for each party."""

FINDINGS = (
    "no_false_blame",
    "every_harm_blamed_or_repaid",
    "verdict_from_ledger_only",
    "transcript_injectivity",
)
_MOST = 62  # parties, a bit each


@attrs.frozen
class Story(Generic[S]):
    """One of the ways in which a ledger can have come about.

    Attributes:
        culprits: who deviated, by name.
        deeds: the steps of the trace by which they did, by their numbers from 0.
    """

    culprits: tuple[str, ...]
    deeds: tuple[int, ...]
    trace: Trace[S]

    @property
    def steps(self) -> list[str]:
        """The steps of the trace for people."""
        taken = enumerate(self.trace.steps, 1)
        return [f"{number}. {describe(self.trace.scope, *step)}" for number, step in taken]


@attrs.frozen
class Collision(Generic[S]):
    """One ledger, two stories, and nobody can tell which is true."""

    stories: tuple[Story[S], Story[S]]

    @property
    def culprits(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Who deviated in either story."""
        return self.stories[0].culprits, self.stories[1].culprits


@attrs.frozen
class Account(Generic[S]):
    """What was found at a size.

    Attributes:
        culprits: how many parties deviated in a run, at most; None if there was no limit.
        bounds: the restrictions that runs were held to.
        states: the states visited.
        extent: how far they were followed, in words; each within `culprits` and `bounds`.
        left_out: constants that lie past the sizes, each with a text that names it.
        transcripts: different ledgers among the states where all is over.
        false_blame: a shortest run after which a party is convicted that did as it should.
        unpaid_harm: likewise, after which one is harmed, and neither repaid nor avenged.
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


class Accountant(Generic[S]):
    """Holds a machine to account at a size.

    Args:
        machine: the machine.
        scope: a size for each of its sorts.
        progress: called now and then.
        culprits: how many parties deviate in a run, at most; None for all of them.
        bounds: the names of those of the machine's bounds that runs are held to.
        options: the explorer's: engine, workers, limits.
    """

    def __init__(
        self,
        machine: Machine[S],
        scope: Scope,
        progress: Callable[[Status], None] | None = None,
        *,
        culprits: int | None = None,
        bounds: Collection[str] = (),
        **options: Any,  # as `prepare` takes them
    ) -> None:
        self.said = accountability_of(machine)
        self.machine = machine.exemplary
        self.scope = scope
        self.parties = [
            (role, party) for role in self.said.roles for party in scope.elements(role.sort)
        ]
        if len(self.parties) > _MOST:
            raise MachineError(f"{len(self.parties)} parties are too many; give smaller sizes")
        if culprits is not None and culprits > len(self.parties):
            there_are = f"there are {len(self.parties)} parties at this size"
            raise MachineError(f"{culprits} culprits: {there_are}; give no more, or no limit")
        self.culprits = culprits
        self.bounds = [self._bound(name) for name in bounds]
        within = None if culprits is None and not bounds else self._is_within
        self.explorer = prepare(self.machine.bare, scope, progress, within=within, **options)
        self.visited = self.explorer.visited
        self.batch = self.visited.batch
        self._inside = self.batch.predicate(self._is_within)
        self._judging = {act.name for act, _ in decisions(self.batch, self.said)}
        self._said_of = defaultdict[str, list[Callable[[S], bool]]](list)
        self._said_of[self.said.over.__name__].append(self.said.over)
        self._said = {
            what: [self._compiled(getattr(r, what), r, party) for r, party in self.parties]
            for what in ("deviated", "convicted", "harmed", "repaid")
        }

    def _compiled(
        self, text: Callable[..., bool] | None, role: Role[S], party: Value
    ) -> Callable[[Words], Mask] | None:
        if text is None:
            return None
        said = text

        def of_party(s: S) -> bool:
            return said(s, *listed([party], [role.sort]))

        self._said_of[text.__name__].append(of_party)
        return self.batch.predicate(of_party)

    def _check_defined(self) -> None:
        """Refuse what says nothing in some state: it would be taken for its opposite elsewhere."""
        for name, texts in self._said_of.items():
            for is_undefined in filter(None, map(self.batch.undefined, texts)):
                if any(is_undefined(words).any() for words in self.visited.words()):
                    raise MachineError(
                        f"{self.machine.name}.{name} is undefined in a state that is reached; "
                        "say what holds there, as in implies(it is defined, ...)"
                    )

    def _bound(self, name: str) -> Callable[[S], bool]:
        named = {bound.__name__: bound for bound in self.said.bounds}
        if name not in named:
            there_are = ", ".join(named) or "none"
            raise MachineError(f"{self.machine.name} has no bound {name}; it has {there_are}")
        return named[name]

    def _is_within(self, s: S) -> bool:
        """Whether runs are followed this far."""
        deviated = (r.deviated(s, *listed([party], [r.sort])) for r, party in self.parties)
        culprits = sum(ite(one, 1, 0) for one in deviated)
        few = True if self.culprits is None else culprits <= self.culprits
        return all_of(few, *(bound(s) for bound in self.bounds))

    def run(self) -> Account[S]:
        """Visit every state, and look."""
        started = time.perf_counter()
        found = self.explorer.run()
        self._check_defined()
        over = self._over()
        deviated = self._bits(over, "deviated")
        transcripts, shared = self._shared(over, deviated)
        false_blame, somebody_convicted = self._false_blame()
        unpaid_harm = self._unpaid_harm(over, deviated)
        return Account(
            self.machine,
            self.scope,
            self.culprits,
            [bound.__name__ for bound in self.bounds],
            found.distinct_states,
            found.depth,
            found.ended,
            found.brief,
            time.perf_counter() - started,
            dict(self.batch.left_out),
            transcripts,
            false_blame,
            unpaid_harm,
            list(beyond_the_ledger(self.batch, self.said)),
            self._collisions(over, shared),
            dict(self._vacuous(over, deviated, somebody_convicted)),
            self._upright(),
        )

    def _vacuous(
        self, over: Words, deviated: Bits, somebody_convicted: bool
    ) -> Iterator[tuple[str, str]]:
        harmed = over[:, (self._bits(over, "harmed") & ~deviated) != 0]
        if not somebody_convicted:
            yield FINDINGS[0], "nobody is ever convicted"
        if not over.shape[1]:
            yield FINDINGS[1], "no run is ever over"
        elif not harmed.shape[1]:
            yield FINDINGS[1], "nobody is harmed by others in a run that is over"
        elif self._can_be_judged(harmed).all():
            yield FINDINGS[1], "wherever somebody is harmed a verdict is still to come"
        if not self._judging:
            yield FINDINGS[2], "no action decides a verdict"
        if not over.shape[1]:
            yield FINDINGS[3], "no run is ever over"
        elif not deviated.any():
            yield FINDINGS[3], "nobody deviates in a run that is over"

    def _upright(self) -> list[str]:
        upright = dict.fromkeys(role.sort.__name__ for role, _ in self.parties)
        for words in self.visited.words():
            if not upright:
                break
            deviating = int(np.bitwise_or.reduce(self._bits(words, "deviated")))
            for number, (role, _) in enumerate(self.parties):
                if deviating >> number & 1:
                    upright.pop(role.sort.__name__, None)
        return list(upright)

    # What is said of parties, as bits.

    def _over(self) -> Words:
        """The states in which nothing more is to come, those of early levels first."""
        is_over = self.batch.predicate(self.said.over)
        found = [words[:, is_over(words) & self._inside(words)] for words in self.visited.words()]
        return np.concatenate(found, axis=1)

    def _bits(self, words: Words, what: str) -> Bits:
        """Per state, the parties of whom something is said."""
        bits = np.zeros(words.shape[1], np.uint64)
        for number, holds in enumerate(self._said[what]):
            if holds:
                bits |= holds(words).astype(np.uint64) << np.uint64(number)
        return bits

    def _names(self, bits: int) -> tuple[str, ...]:
        return tuple(
            self.scope.name(party, role.sort)
            for number, (role, party) in enumerate(self.parties)
            if bits >> number & 1
        )

    # Blame and harm.

    def _false_blame(self) -> tuple[Trace[S] | None, bool]:
        """A run after which somebody is convicted that should not be; whether anybody ever is."""
        somebody = False
        for words in self.visited.words():
            convicted = self._bits(words, "convicted")
            somebody |= bool(convicted.any())
            rows = np.flatnonzero(convicted & ~self._bits(words, "deviated"))
            if len(rows):
                return self._shortest(words[:, rows]), True
        return None, somebody

    def _unpaid_harm(self, over: Words, deviated: Bits) -> Trace[S] | None:
        harmed = self._bits(over, "harmed") & ~deviated
        lost = harmed & ~self._bits(over, "repaid")
        caught = deviated & self._bits(over, "convicted")
        left = over[:, (lost != 0) & (caught == 0)]
        left = left[:, ~self._can_be_judged(left)]
        return self._shortest(left) if left.shape[1] else None

    def _can_be_judged(self, words: Words) -> Mask:
        """Per state, whether some verdict is still to come."""
        verdicts = self._cells(self.said.verdicts)
        pending = np.zeros(words.shape[1], np.bool_)
        for step in self.batch.steps:
            if step.action.name in self._judging:
                rows = np.flatnonzero(step.allowed(words))
                before = words[:, rows]
                pending[rows] |= ((before ^ step.effect(before)) & verdicts).any(axis=0)
        return pending

    def _shortest(self, words: Words) -> Trace[S]:
        found = self.visited.way_to_any(np.sort(to_keys(words)))
        assert found is not None  # the states come from the exploration
        return found[1]

    # Collisions.

    def _cells(self, fields: Collection[str]) -> Words:
        """The bits of a state that hold some fields."""
        masks = np.zeros((self.batch.layout.words, 1), np.uint64)
        for cell in self.batch.layout.cells.values():
            if cell.field.name in fields:
                masks[cell.word] |= np.uint64(cell.mask << cell.shift)
        return masks

    def _shared(self, over: Words, deviated: Bits) -> tuple[int, Sequence[Mapping[int, int]]]:
        """How many ledgers there are, and for those that have several minimal sets of culprits:
        for each of these sets, a state with that ledger, by number."""
        # What the functions are is the same for everybody in every story.
        functions = [name for name, field in self.machine.fields.items() if field.kind is Fun]
        ledger = over & self._cells({*self.said.evidence, *self.said.verdicts, *functions})
        # By ledger, then by culprits: a ledger's stories stand side by side, the smallest first.
        order = np.lexsort([deviated, *ledger])
        sets, ledger = deviated[order], ledger[:, order]
        new_ledger = _changes(ledger)
        new_story = new_ledger | _changes(sets.reshape(1, -1))
        starts = np.flatnonzero(new_ledger)
        stories = np.add.reduceat(new_story, starts) if len(starts) else starts
        shared = []
        # Where nobody need have deviated, the one minimal set is empty.
        for group in np.flatnonzero((stories > 1) & (sets[starts] != 0)):
            end = starts[group + 1] if group + 1 < len(starts) else len(order)
            rows = np.arange(starts[group], end)[new_story[starts[group] : end]]
            told = {int(sets[row]): int(order[row]) for row in rows}
            smallest = minimal(told)
            if len(smallest) > 1:
                shared.append({bits: told[bits] for bits in smallest})
        return len(starts), shared

    def _collisions(self, over: Words, shared: Sequence[Mapping[int, int]]) -> list[Collision[S]]:
        rows = sorted({row for told in shared for row in told.values()})
        ways = ways_to(self.visited, to_keys(over[:, rows]), self._inside)
        way_of = dict(zip(rows, ways, strict=True))
        kinds = {row: self._kind(way) for row, way in way_of.items()}
        found: dict[object, tuple[Way[S], Way[S]]] = {}
        for told in shared:
            for a, b in combinations(sorted(told), 2):
                pair = told[a], told[b]
                kind = a, b, *(kinds[row] for row in pair)
                found.setdefault(kind, (way_of[pair[0]], way_of[pair[1]]))
        return [Collision((self._story(a), self._story(b))) for a, b in found.values()]

    def _kind(self, way: Way[S]) -> object:
        """The steps by which somebody comes to have deviated, by their places among all moves."""
        moves = np.cumsum([step.action.name not in self._judging for step in way.steps])
        return tuple(
            (int(moves[i]), way.steps[i].action.name, way.steps[i].args) for i in self._deeds(way)
        )

    def _deeds(self, way: Way[S]) -> tuple[int, ...]:
        deviated = self._bits(way.states, "deviated")
        return tuple(np.flatnonzero(deviated[1:] & ~deviated[:-1]).tolist())

    def _story(self, way: Way[S]) -> Story[S]:
        taken = [(step.action, step.args) for step in way.steps]
        trace = replay(self.machine, self.scope, self.batch.state(way.states, 0), taken)
        [culprits] = self._bits(way.states[:, -1:], "deviated").tolist()
        return Story(self._names(culprits), self._deeds(way), trace)


def _changes(columns: Words) -> Mask:
    """Per column, whether it differs from the one before."""
    new = np.ones(columns.shape[1], np.bool_)
    new[1:] = (columns[:, 1:] != columns[:, :-1]).any(axis=0)
    return new


def minimal(sets: Collection[int]) -> list[int]:
    """The sets, given by their bits, that hold no other of them."""
    return [a for a in sets if not any(b != a and b & a == b for b in sets)]


def accountability_of(machine: Machine[S]) -> Accountability[S]:
    """What a machine says of accountability.

    Raises:
        MachineError: it says nothing, or is to refute what is no finding.
    """
    said = machine.accountability
    if said is None:
        raise MachineError(
            f"{machine.name} does not say who is held to account; give it an `accountability`"
        )
    for name in said.refuted:
        if name not in FINDINGS:
            raise MachineError(
                f"{machine.name}: its accountability is to refute {name}, "
                f"which is none of {', '.join(FINDINGS)}"
            )
    return said


def decisions(
    batch: Batch[S], said: Accountability[S]
) -> Iterator[tuple[Action[S], Sequence[Value]]]:
    """The actions that decide verdicts, each with what decides: its guards, and what it writes."""
    for act in batch.machine.actions:
        read = batch.machine.read(act, batch.scope)
        with reading(read.reader):
            changes = batch.changes(read)
        written = [value for cell, value in changes.items() if cell.field.name in said.verdicts]
        if written:
            yield act, [*written, *(check.condition for check in read.checks)]


def beyond_the_ledger(batch: Batch[S], said: Accountability[S]) -> Iterator[tuple[str, str]]:
    """The actions that decide verdicts, with each field they look at that nobody can be shown."""
    seen = {*said.evidence, *said.verdicts, *said.shown}
    for act, values in decisions(batch, said):
        for field in sorted(fields_read(values), key=lambda field: field.name):
            if field.kind is not Fun and field.name not in seen:
                yield act.name, field.name
