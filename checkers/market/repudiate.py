"""Lets corrupted parties loose in the paper's markets: who is blamed, harmed, and beyond proof.

The paper says that nobody can repudiate what it did (I; III.F). So of each world it is asked what
`checkers.blame` asks of each run of a specification, by the same names: whether somebody honest is
convicted, whether whoever is harmed is repaid or sees a culprit convicted, and, of all worlds
together, whether a ledger shows who deviated. What refutes that is made as short as it can be.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations
from random import Random
from typing import TypeAlias

import attrs

from adversaries.strategies.paper import basic, orchestrated
from adversaries.strategies.paper.tale import Said, Tale, told
from adversaries.strategies.paper.wild import UNASKED
from adversaries.strategies.paper.world import Variant, World
from adversaries.strategies.will import Curious, Scripted, Strategy, Upright, shortest
from checkers.blame.account import FINDINGS
from checkers.host.telling import Tell, silent
from checkers.results.page import Block, Line, Listing, beside
from checkers.results.result import Result, Verdict
from checkers.results.words import counted
from spec.notation.arguments import checked

OFTEN = (3, 8, 20)
"""At how many of a hundred occasions a coalition deviates: each world has one of these."""
ALONE, TWICE, OTHERWISE = 70, 20, 30
"""Of a hundred worlds that chance makes, in how many only one is corrupted, two inputs are asked
for, and anybody is picked for each step."""
BLAME, HARM, _, ATTRIBUTION = FINDINGS
_AGAINST = {BLAME: ", who did as it should", HARM: ", and nobody who deviated is convicted"}
"""What makes a complaint refute a finding."""
ROLES: Mapping[Variant, Sequence[str]] = {
    "basic": [*basic.ROLES],
    "orchestrated": [*orchestrated.ROLES],
}

Complaint: TypeAlias = tuple[str, str]
"""Which finding is refuted, and by what."""
Culprits: TypeAlias = frozenset[str]
"""Who deviated, by name."""
Ledger: TypeAlias = tuple[Said, ...]
"""What stands on a ledger."""


@attrs.frozen
class Wrong:
    """A shortest tale in which somebody honest is convicted, or harmed and that is all."""

    finding: str
    complaint: str
    tale: Tale

    def explains(self, complaint: Complaint, tale: Tale) -> bool:
        """Whether there is as much to complain about in a tale, by the same ways."""
        is_same = (self.finding, self.complaint) == complaint
        return is_same and self.tale.ways <= tale.ways

    def listing(self) -> Listing:
        """What is done in it."""
        told = f"{self.complaint}{_AGAINST[self.finding]} ({self.finding}):"
        return Listing(told, tuple(f"  {deed}" for deed in self.tale.deeds))


@attrs.frozen
class Doubt:
    """One ledger, and two shortest tales with other culprits: nobody can tell which is true."""

    tales: tuple[Tale, Tale]

    @property
    def deeds(self) -> frozenset[frozenset[tuple[str, str, int]]]:
        """Of either tale, who does not do what, and after how many records."""
        return frozenset(
            frozenset((deed.party, deed.what, deed.records) for deed in tale.deeds)
            for tale in self.tales
        )

    def listing(self) -> Listing:
        """What is done in them, side by side, and whom it harms."""
        left, right = ([*map(str, s.deeds), *_harmed(s)] for s in self.tales)
        return Listing("one ledger, and two tales:", beside(left, right))


def _harmed(tale: Tale) -> list[str]:
    return [f"  {what}" for _, what in sorted(complaints(tale))] or ["  harms nobody"]


@attrs.frozen
class Repudiated(Result):
    """What came of worlds of a variant of the paper's with corrupted parties in them.

    Attributes:
        worlds: how many there were.
        moves: how many choices elsewhere than for what is honest.
        wrongs: one for each complaint, and each set of those who deviate.
        doubts: one for each pair of sets of deeds.
    """

    variant: Variant
    worlds: int
    moves: int
    wrongs: Sequence[Wrong]
    doubts: Sequence[Doubt]

    @property
    def asked(self) -> str:
        return f"let corrupted parties loose in {counted(self.worlds, f'{self.variant} world')}"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        return {
            BLAME: self._verdict(self._of(BLAME), "way"),
            HARM: self._verdict(self._of(HARM), "way"),
            ATTRIBUTION: self._verdict(self.doubts, "pair"),
        }

    def _of(self, finding: str) -> list[Wrong]:
        return [wrong for wrong in self.wrongs if wrong.finding == finding]

    def _verdict(self, found: Sequence[object], what: str) -> Verdict:
        if found:
            return Verdict("refuted", f"refuted in {counted(len(found), what)}")
        if self.undecided:
            return Verdict("vacuous", "nobody deviated", "undecided")
        return Verdict("sampled", f"sampled in {counted(self.worlds, 'world')}")

    @property
    def failed(self) -> bool:
        """Never: none of this is expected to hold of what the paper proposes."""
        return False

    @property
    def undecided(self) -> bool:
        """Whether nobody deviated, so that nothing was tried."""
        return not self.moves

    def page(self) -> Iterator[Block]:
        yield from (wrong.listing() for wrong in self.wrongs)
        yield from (doubt.listing() for doubt in self.doubts)
        yield self.table()
        yield Line(
            f"{counted(self.moves, 'move')} that no honest party makes, in "
            f"{counted(self.worlds, 'world')}"
        )

    def json(self) -> dict[str, object]:
        return {
            "variant": self.variant,
            "worlds": self.worlds,
            "moves": self.moves,
            "wrongs": [
                {"finding": each.finding, "complaint": each.complaint, **_json(each.tale)}
                for each in self.wrongs
            ],
            "doubts": [[_json(tale) for tale in each.tales] for each in self.doubts],
        }


def _json(tale: Tale) -> dict[str, object]:
    """All that is needed to play it again, and what came of it."""
    return {
        "world": {**attrs.asdict(tale.world), "corrupted": sorted(tale.world.corrupted)},
        "strategy": dict(tale.strategy),
        "deeds": [attrs.asdict(deed) for deed in tale.deeds],
        "ledger": [f"{author}: {kind}" for author, kind, _ in tale.ledger],
        "complaints": [f"{finding}: {what}" for finding, what in sorted(complaints(tale))],
    }


def complaints(tale: Tale) -> set[Complaint]:
    """What honest parties have to complain about."""
    framed = {(BLAME, f"{name} is convicted") for name in tale.framed}
    return framed | {(HARM, str(harm)) for harm in tale.unpaid}


def _has(complaint: Complaint, tale: Tale) -> bool:
    return complaint in complaints(tale)


@checked
def repudiate(
    variant: Variant = "orchestrated", worlds: int = 200, seed: int = 0, progress: Tell = silent
) -> Repudiated:
    """Have coalitions play anything in a market of the paper's, in so many worlds.

    Args:
        variant: the protocol.
        worlds: how many.
        seed: the number of the first.
        progress: called with a line that says how far it is.
    """
    walk = Walk(variant)
    walk.note(told(World(variant, frozenset()), Scripted({})))
    for number in range(seed, seed + worlds):
        progress(f"{number - seed}/{worlds} worlds, {len(walk.wrongs)} ways to harm")
        walk.take(number)
    progress(f"what {len(walk.ledgers)} ledgers show")
    wrongs = sorted(walk.wrongs, key=lambda each: (each.finding, each.complaint))
    return Repudiated(variant, worlds, walk.moves, wrongs, walk.doubts())


@attrs.define
class Walk:
    """Worlds one after the other: first one party does one thing, then chance decides.

    Attributes:
        alone: the strategies of one party that is to do one thing otherwise, each with the party.
        played: how often each move was made.
        ledgers: of each ledger, and each set of those who deviated, the shortest tale.
        wrongs: of each complaint, and each set of those who did not do what, a shortest tale.
    """

    variant: Variant
    alone: Sequence[tuple[str, Strategy]] = attrs.field()
    played: Counter[tuple[str, str | int]] = attrs.field(factory=Counter)
    ledgers: dict[Ledger, dict[Culprits, Tale]] = attrs.field(factory=dict)
    wrongs: list[Wrong] = attrs.field(factory=list)
    moves: int = 0

    @alone.default
    def _every_one(self) -> Sequence[tuple[str, Strategy]]:
        return [
            (name, {occasion: number})
            for name in ROLES[self.variant]
            for occasion, (about, moves) in _occasions(self.variant, name).items()
            if about != UNASKED
            for number in range(1, moves)
        ]

    def take(self, number: int) -> None:
        """Play the world of a number."""
        if number < len(self.alone):
            name, strategy = self.alone[number]
            tale = told(World(self.variant, frozenset([name])), Scripted(strategy))
        else:
            chance = Random(number)
            will = Curious(chance, chance.choice(OFTEN), self.played)
            tale = told(self._world(chance), will)
        self.moves += len(tale.strategy)
        self.note(tale)

    def _world(self, chance: Random) -> World:
        """Any world."""
        names = ROLES[self.variant]
        is_alone = chance.randrange(100) < ALONE
        corrupted = chance.sample(names, 1 if is_alone else chance.randint(2, len(names)))
        requests = 1 + (chance.randrange(100) < TWICE)
        is_other = chance.randrange(100) < OTHERWISE
        picks = (chance.randrange(2), chance.randrange(2)) if is_other else (0, 1)
        return World(self.variant, frozenset(corrupted), requests, picks)

    def note(self, tale: Tale) -> None:
        """Keep what a tale shows that was not shown."""
        same = self.ledgers.setdefault(tale.ledger, {})
        known = same.setdefault(tale.culprits, tale)
        if len(tale.strategy) < len(known.strategy):
            same[tale.culprits] = tale
        for complaint in sorted(complaints(tale)):
            if not any(each.explains(complaint, tale) for each in self.wrongs):
                self.wrongs.append(Wrong(*complaint, shorter(tale, partial(_has, complaint))))

    def doubts(self) -> list[Doubt]:
        """Pairs of tales that leave one ledger, of which at least one harms somebody honest."""
        found: dict[object, Doubt] = {}
        for ledger, by_culprits in self.ledgers.items():
            for pair in combinations(_minimal(ledger, by_culprits), 2):
                if any(map(complaints, pair)):
                    doubt = Doubt(pair)
                    found.setdefault(doubt.deeds, doubt)
        return [*found.values()]


def _occasions(variant: Variant, name: str) -> Mapping[str, tuple[str, int]]:
    """Where a party could do otherwise while nobody does."""
    will = Upright()
    told(World(variant, frozenset([name])), will)
    return will.moves


def _minimal(ledger: Ledger, by_culprits: Mapping[Culprits, Tale]) -> list[Tale]:
    """Shortest tales that leave a ledger, of each set of culprits that could not be smaller.

    There are none where nobody need have deviated.
    """
    if len(by_culprits) == 1 or frozenset() in by_culprits:
        return []
    short = (shorter(each, lambda other: other.ledger == ledger) for each in by_culprits.values())
    found = {tale.culprits: tale for tale in short}
    return [tale for who, tale in found.items() if not any(other < who for other in found)]


def shorter(tale: Tale, keeps: Callable[[Tale], bool]) -> Tale:
    """A tale as short as it can be that keeps something; who does not deviate is not corrupted."""
    strategy = shortest(tale.strategy, lambda some: keeps(told(tale.world, Scripted(some))))
    found = tale if strategy == tale.strategy else told(tale.world, Scripted(strategy))
    if found.culprits == found.world.corrupted:
        return found
    return told(attrs.evolve(tale.world, corrupted=found.culprits), Scripted(strategy))
