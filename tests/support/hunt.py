"""Looks for worlds in which somebody complains of what was changed in the market."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import TypeAlias

import attrs
import pytest

from adversaries.strategies.hardened.world import World, complaints
from adversaries.strategies.will import Curious, Scripted, Strategy, shortest
from checkers.host.files import replace_whole
from checkers.market import corrupt
from checkers.market.corrupt import JUDGE, OFTEN, happened
from impl.hardened.market import HardenedMarket
from tests.support.changes import Change, changed
from tests.support.disk import spare_the_disk

Oracle: TypeAlias = Callable[[HardenedMarket, World], Iterable[str]]
"""What there is to complain about in a market, beside what everybody complains about."""


def nothing(market: HardenedMarket, world: World) -> Iterable[str]:
    """Nothing more."""
    return ()


@attrs.frozen
class Quarry:
    """Something changed in the market of which somebody is to complain.

    That the judge finds a changed contract's ledger to depart from the specification says nothing
    of whom it harms: somebody else has to complain.

    Attributes:
        changes: what is changed.
        wanted: a part of some complaint; of nothing, any counts.
        oracle: who complains, beside everybody.
        worlds: how many chance needed to find such a story; none where it was told by hand, in the
            moves that a coalition has.
    """

    changes: Sequence[Change]
    wanted: str = ""
    oracle: Oracle = nothing
    worlds: int = 0

    def heard(self, found: Sequence[str]) -> list[str]:
        """Those complaints that count."""
        return [each for each in found if self.wanted in each and not each.startswith(JUDGE)]

    @property
    def mended(self) -> "Quarry":
        """The same with nothing changed."""
        return attrs.evolve(self, changes=[])


@attrs.frozen
class Story:
    """A world, and a strategy in it that somebody complains about.

    Attributes:
        complaints: what was complained about.
    """

    world: World
    strategy: Strategy
    complaints: Sequence[str]

    def keep(self, path: Path) -> None:
        """Write it to a file."""
        world = {**attrs.asdict(self.world), "corrupted": sorted(self.world.corrupted)}
        told = {
            "world": world,
            "strategy": {**self.strategy},
            "complaints": [*self.complaints],
        }
        replace_whole(path, (json.dumps(told, indent=1) + "\n").encode())

    @classmethod
    def read(cls, path: Path) -> "Story":
        """The one in a file."""
        told = json.loads(path.read_text(encoding="utf-8"))
        world = told["world"]
        sets = {"corrupted": frozenset(world["corrupted"]), "apis": tuple(world["apis"])}
        return cls(World(**{**world, **sets}), told["strategy"], told["complaints"])

    def told(self) -> list[str]:
        """What there is to complain about when it is played as things are now."""
        return happened(self.world, Scripted(self.strategy))


@contextmanager
def hunting(quarry: Quarry) -> Iterator[None]:
    """What is changed is so, and who complains is heard; and nobody waits for the disk."""

    def heard(market: HardenedMarket, world: World) -> list[str]:
        return [*complaints(market, world), *quarry.oracle(market, world)]

    with pytest.MonkeyPatch.context() as patch, changed(quarry.changes):
        spare_the_disk(patch)
        patch.setattr(corrupt, "complaints", heard)
        yield


def hunted(quarry: Quarry, worlds: int) -> tuple[int, Story | None]:
    """How many worlds were played, and the shortest story of the last one, if it was found.

    They are those of `tallystick corrupt`, with one thing sold, for which each consumer asks once:
    so what is kept is played again in no time.
    """
    played: Counter[tuple[str, str | int]] = Counter()
    with hunting(quarry):
        for number in range(worlds):
            chance = Random(number)
            world = World.of(chance)
            small = attrs.evolve(world, apis=world.apis[:1], requests=1)
            will = Curious(chance, chance.choice(OFTEN), played)
            if quarry.heard(happened(small, will)):
                return number + 1, _shortest(quarry, small, will.strategy)
    return worlds, None


def _shortest(quarry: Quarry, world: World, strategy: Strategy) -> Story:
    """A story of which nothing can be left out."""

    def found(some: Strategy) -> list[str]:
        return happened(world, Scripted(some))

    fewest = shortest(strategy, lambda some: bool(quarry.heard(found(some))))
    return Story(world, fewest, found(fewest))
