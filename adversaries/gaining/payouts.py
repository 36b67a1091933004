"""How shares of a revenue are rounded: what a provider has drawn must stay its own."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from adversaries.script import Facts
from impl.hardened.records import share_of

Shares: TypeAlias = Sequence[int]
"""In hundredths, 100 together."""
Round: TypeAlias = Callable[[int, Shares], Sequence[int]]
"""Whole units for each share of what was earned."""

EARNED = 100  # after so much the remainders come again
DUST = (45, 35, 20)


def floors(earned: int, shares: Shares) -> list[int]:
    """Each share as the hardened contract pays it: rounded down."""
    return [share_of(earned, share) for share in shares]


def largest_remainders(earned: int, shares: Shares) -> list[int]:
    """Each share rounded down, and a unit of what is left over to each of the most short-changed.

    Hamilton's apportionment: nothing is left over.
    """
    units = floors(earned, shares)
    places = sorted(range(len(shares)), key=lambda place: -(earned * shares[place] % 100))
    for place in places[: earned - sum(units)]:
        units[place] += 1
    return units


def floors_of_calls(earned: int, shares: Shares) -> list[int]:
    """Each share of each call of one unit rounded down by itself."""
    return [earned * share_of(1, share) for share in shares]


def dust(rounded: Round, calls: int = 1000) -> Facts:
    """Three share a price of one unit, of which no share is a whole one."""
    units = rounded(calls, DUST)
    short = [calls * share / 100 - got for share, got in zip(DUST, units, strict=True)]
    return Facts(
        deviated=["provider"],
        harmed=max(short) >= 1,
        lines=[
            f"of {calls:,} calls, at a unit each, shares of {', '.join(map(str, DUST))} hundredths "
            f"are paid {', '.join(map(str, units))} units"
        ],
        figures={"calls": calls, "short": max(short)},
    )


def taken_back(rounded: Round, shares: Shares) -> int | None:
    """After which earning somebody's units are fewer than before; None if that never happens."""
    before = rounded(0, shares)
    for earned in range(1, EARNED + 1):
        now = rounded(earned, shares)
        if any(new < old for new, old in zip(now, before, strict=True)):
            return earned
        before = now
    return None


def payouts(rounded: Round) -> Facts:
    """Draw after every call, for every way in which three providers can share."""
    every = list(_shares())
    losing = {shares: earned for shares in every if (earned := taken_back(rounded, shares))}
    lines = [
        f"in {len(losing):,} of {len(every):,} ways to share among three, somebody is entitled to "
        "less after a call than before it"
    ]
    if losing:
        shares, earned = min(losing.items(), key=lambda found: found[1])
        told = ", ".join(map(str, shares))
        change = f"{rounded(earned - 1, shares)} become {rounded(earned, shares)}"
        lines.append(f"shares of {told} hundredths: after call {earned} {change}")
    return Facts(
        deviated=["provider"],
        harmed=bool(losing),
        lines=lines,
        figures={"ways": len(every), "taken_back": len(losing)},
    )


def _shares() -> Iterator[tuple[int, int, int]]:
    for first in range(1, 99):
        for second in range(1, 100 - first):
            yield first, second, 100 - first - second
