"""Worlds with corrupted parties by the thousand, and what came of them.

    .venv/bin/python -m tests.support.worlds FOLDER --worlds 20000

`FOLDER/summary.json` says of which worlds it is, and which revision of the code they were played
by: always the first so many, for it is written as each chunk of them is complete, in order. So the
program can be killed at any time, and goes on from there. It counts what was played how often, what
was refused for which reasons, what was not done and why that is excused, which phases were reached,
and who was convicted by what; and it has every world in which somebody honest had to complain, with
the shortest strategy.
`tests/adversaries/campaign` is such a folder.
"""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from checkers.cli.progress import progress
from checkers.host.files import replace_whole
from checkers.host.jobs import do, processes
from checkers.market.corrupt import corrupt
from tests.support.command import ROOT
from tests.support.disk import spare_the_disk
from tests.support.program import Failed, add_workers, arguments, folder, positive, run

CHUNK = 50
"""Worlds that one process plays in one go, in which what was seldom played is preferred."""
ON_DISK = 20
"""Of so many chunks, one waits for the disk as the market does."""
COUNTED = ("played", "refused", "excused", "reached", "convicted")

Told = dict[str, Any]  # JSON


def chunk(first: int, worlds: int, revision: str) -> Told:
    """What came of a chunk of so many worlds, or of what is left of it, from the first one on."""
    many = min(CHUNK, worlds - first)
    waits = first // CHUNK % ON_DISK == 0
    with pytest.MonkeyPatch.context() as patch:
        if not waits:
            spare_the_disk(patch)
        found = corrupt(many, first).json()
    played = {"first": first, "worlds": many, "on_disk": many * waits, "revision": revision}
    return found | {"ranges": [played]}


def together(told: Sequence[Told]) -> Told:
    """What came of several lots of worlds, each of which begins where the one before it ends."""
    counts = {name: Counter[str]() for name in COUNTED}
    for each in told:
        for name, count in counts.items():
            count.update(each.get(name, {}))  # a count can be newer than a summary
    return {
        "worlds": sum(each["worlds"] for each in told),
        "ranges": [*_joined([each for lot in told for each in lot["ranges"]])],
        **{name: dict(sorted(count.items())) for name, count in counts.items()},
        "failures": [failure for each in told for failure in each["failures"]],
    }


def _joined(ranges: Sequence[Told]) -> Iterator[Told]:
    """The same ranges of worlds, one for all that follow one another by one revision."""
    for revision, some in groupby(ranges, itemgetter("revision")):
        of = [*some]
        many, on_disk = (sum(each[name] for each in of) for name in ("worlds", "on_disk"))
        first = of[0]["first"]
        yield {"first": first, "worlds": many, "on_disk": on_disk, "revision": revision}


def revision() -> str:
    """The commit that is checked out, and whether any of its code was changed since."""
    is_changed = _git("diff", "HEAD", "--name-only", "--", "*.py")
    return _git("rev-parse", "--short=12", "HEAD") + "-changed" * bool(is_changed)


def _git(*asked: str) -> str:
    found = subprocess.run(["git", *asked], cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode:
        raise Failed(f"git cannot say of which revision the code is: {found.stderr}")
    return found.stdout.strip()


def read(path: Path) -> Told:
    """What is known already. Raises Failed."""
    if not path.exists():
        return together([])
    try:
        return together([json.loads(path.read_text())])
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Failed(f"{path}: no summary of worlds ({error!r}): remove it") from None


def go_on(path: Path, worlds: int, workers: int) -> Told:
    """What came of so many worlds; it is written each time that the next chunk is complete."""
    told = read(path)
    begins = range(told["worlds"], worlds, CHUNK)
    play = partial(chunk, worlds=worlds, revision=revision())
    pool = processes(play, len(begins), workers)
    try:
        for played in [pool.submit(do, first) for first in begins]:
            told = together([told, played.result()])
            replace_whole(path, (json.dumps(told, indent=2) + "\n").encode())
            progress(f"{told['worlds']:,} of {worlds:,} worlds")
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return told


def main() -> int:
    """Go on until there are so many worlds."""
    parser = arguments("tests.support.worlds", __doc__)
    parser.add_argument("folder", type=folder, help="where the summary is, or is to be")
    parser.add_argument("--worlds", type=positive, default=20_000, metavar="N", help="so many")
    add_workers(parser)
    asked = parser.parse_args()
    path = asked.folder / "summary.json"
    told = go_on(path, asked.worlds, asked.workers)
    print(f"{told['worlds']:,} worlds, {len(told['failures']):,} with a complaint: {path}")
    return len(told["failures"]) > 0


if __name__ == "__main__":
    run(main)
