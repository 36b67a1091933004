"""Worlds with corrupted parties by the thousand, and what came of them.

    .venv/bin/python -m tests.support.worlds FOLDER --worlds 20000

`FOLDER/summary.json` counts the worlds so far, and is written at the end, so that it can be gone
on with: what was played how often, what was refused for which reasons, which phases were reached,
and who was convicted; and it has every world in which somebody honest had to complain, with the
shortest strategy. `tests/adversaries/campaign` is such a folder.
"""

import json
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from checkers.host.files import replace_whole
from checkers.host.jobs import do, processes
from checkers.market.corrupt import corrupt
from tests.support.disk import spare_the_disk
from tests.support.program import add_workers, arguments, counted, folder, positive, run

CHUNK = 50
"""Worlds that one process plays in one go, in which what was seldom played is preferred."""
ON_DISK = 20
"""Of so many chunks, one waits for the disk as the market does."""
COUNTED = ("played", "refused", "reached")

Told = dict[str, Any]  # JSON


def chunk(number: int, first: int) -> Told:
    """What came of some worlds."""
    with pytest.MonkeyPatch.context() as patch:
        if number % ON_DISK:
            spare_the_disk(patch)
        return corrupt(CHUNK, first + CHUNK * number).json()


def together(told: Sequence[Told]) -> Told:
    """What came of several lots of worlds."""
    counts = {name: Counter[str]() for name in COUNTED}
    for each in told:
        for name, count in counts.items():
            count.update(each[name])
    return {
        "worlds": sum(each["worlds"] for each in told),
        **{name: dict(sorted(count.items())) for name, count in counts.items()},
        "failures": [failure for each in told for failure in each["failures"]],
    }


def main() -> int:
    """Go on until there are so many worlds."""
    parser = arguments("tests.support.worlds", __doc__)
    parser.add_argument("folder", type=folder, help="where the summary is, or is to be")
    parser.add_argument("--worlds", type=positive, default=20_000, metavar="N", help="so many")
    add_workers(parser)
    asked = parser.parse_args()
    path = asked.folder / "summary.json"
    known: list[Told] = [json.loads(path.read_text())] if path.exists() else []
    first = sum(each["worlds"] for each in known)
    chunks = max(0, asked.worlds - first) // CHUNK
    with processes(partial(chunk, first=first), chunks, asked.workers) as pool:
        waiting = [pool.submit(do, number) for number in range(chunks)]
        known += counted(waiting)
    told = together(known)
    replace_whole(path, (json.dumps(told, indent=2) + "\n").encode())
    print(f"{told['worlds']:,} worlds, {len(told['failures']):,} with a complaint: {path}")
    return len(told["failures"]) > 0


if __name__ == "__main__":
    run(main)
