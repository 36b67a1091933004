"""What decides for parties that deviate.

At each occasion there are some moves, of which the first is what an honest party does. A strategy
is what is chosen elsewhere than there: so it can be written down, played again, and made shorter by
taking choices out of it.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random
from reprlib import repr as shortened
from typing import TypeAlias, TypeVar

import attrs

T = TypeVar("T")

TRIED = 3
"""Of how many moves that chance draws the one is made that was played least."""

Strategy: TypeAlias = Mapping[str, int]
"""By occasion, the number of the move that is made there; everywhere else it is the first."""


@attrs.define
class Will(ABC):
    """What decides.

    Attributes:
        decided: the number of the move that was chosen, by occasion.
    """

    decided: dict[str, int] = attrs.field(factory=dict, init=False)

    @property
    def strategy(self) -> Strategy:
        """What was chosen elsewhere than the first move."""
        return {occasion: number for occasion, number in self.decided.items() if number}

    def pick(self, occasion: str, about: str, moves: Sequence[T], *, free: bool = False) -> T:
        """The move that is made at an occasion; it stays the same.

        Args:
            occasion: by whom, when, and of what.
            about: what it is about, whenever that is.
            moves: those that there are.
            free: whether all of them are as good, as after one that no honest party makes.
        """
        if occasion not in self.decided:
            self.decided[occasion] = self.number(occasion, about, moves, free) % len(moves)
        return moves[self.decided[occasion] % len(moves)]

    @abstractmethod
    def number(self, occasion: str, about: str, moves: Sequence[object], free: bool) -> int:
        """The number of the move that is made."""


@attrs.define
class Scripted(Will):
    """Plays a strategy.

    Attributes:
        made: by occasion, what a move was about, and which it was, in words.
    """

    script: Strategy
    made: dict[str, str] = attrs.field(factory=dict, init=False)

    def number(self, occasion: str, about: str, moves: Sequence[object], free: bool) -> int:
        number = self.script.get(occasion, 0)
        if number:
            self.made[occasion] = f"{about}: {words(moves[number % len(moves)])}"
        return number


@attrs.define
class Upright(Will):
    """Deviates nowhere, and takes note where it could.

    Attributes:
        moves: by occasion, what it is about, and how many moves there are.
    """

    moves: dict[str, tuple[str, int]] = attrs.field(factory=dict, init=False)

    def number(self, occasion: str, about: str, moves: Sequence[object], free: bool) -> int:
        self.moves[occasion] = about, len(moves)
        return 0


@attrs.define
class Curious(Will):
    """Leaves it to chance when to deviate, and then prefers what was seldom played.

    Attributes:
        chance: what decides.
        often: at how many of a hundred occasions it deviates.
        played: how often each move was made, by what it was about, and by its name if it has one;
            kept from world to world.
    """

    chance: Random
    often: int
    played: Counter[tuple[str, str | int]]

    def number(self, occasion: str, about: str, moves: Sequence[object], free: bool) -> int:
        least = 0 if free else 1
        if len(moves) <= least or not (free or self.chance.randrange(100) < self.often):
            return 0
        names = {n: (about, move if isinstance(move, str) else n) for n, move in enumerate(moves)}
        tried = self.chance.sample(range(least, len(moves)), min(TRIED, len(moves) - least))
        number = min(tried, key=lambda move: self.played[names[move]])
        self.played[names[number]] += 1
        return number


def words(move: object) -> str:
    """A move in a few words, of whatever it is made."""
    kind = type(move)
    if attrs.has(kind):
        parts = [getattr(move, each.name) for each in attrs.fields(kind)]
        return words([part for part in parts if part])
    match move:
        case str():
            return move
        case bytes():
            return shortened(move.hex()).strip("'") or "nothing"
        case dict():
            return ", ".join(f"{name} {words(part)}" for name, part in move.items())
        case list() | tuple():
            return " ".join(map(words, move))
    return shortened(move)


def shortest(strategy: Strategy, fails: Callable[[Strategy], bool]) -> Strategy:
    """A strategy that fails as another does, and does not if any of its choices is left out.

    Large parts are left out first, and then ever smaller ones (ddmin; Zeller and Hildebrandt 2002).
    """
    kept, size = dict(strategy), max(len(strategy) // 2, 1)
    while kept:
        parts = [[*kept][begin : begin + size] for begin in range(0, len(kept), size)]
        fewer = ({k: v for k, v in kept.items() if k not in part} for part in parts)
        found = next(filter(fails, fewer), None)
        if found is not None:
            kept, size = found, min(size, max(len(found) // 2, 1))
        elif size == 1:
            break
        else:
            size = -(-size // 2)
    return kept
