"""What it costs to ask oneself, so that a version seems to be in demand."""

from collections.abc import Callable
from pathlib import Path

import attrs

from adversaries.script import Facts


def washed(
    folder: Path, play: Callable[..., Facts], cast: dict[str, type], requests: int = 3
) -> Facts:
    """A provider has its own version asked for, and pays itself; it is harm if that counts.

    Args:
        folder: where the market is to be.
        play: has requests made to a market of one variant.
        cast: the parties that are one, each of which does as its role should.
        requests: how many.
    """
    facts = play(folder, cast, requests=requests)
    counted, cost = int(facts.figures["settled"]), facts.figures.get("cost", 0)
    return attrs.evolve(
        facts,
        harmed=counted > 0,
        lines=[
            *facts.lines,
            f"{counted} of {requests} requests to oneself count as any others, and cost {cost}",
        ],
    )
