"""Guards of the hardened market, taken out one at a time: how many worlds until somebody complains.

    .venv/bin/python -m tests.support.lost FILE --worlds 100

`FILE` is a table of it: for each guard of the contract and of the parties the number of worlds with
corrupted parties that were played until somebody honest, or the judge, had to complain, and of
what. `tests/adversaries/lost.json` is such a file.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from checkers.host.files import replace_whole
from checkers.host.jobs import do, processes
from checkers.market.corrupt import Failure, Walk
from tests.support.disk import spare_the_disk
from tests.support.guards import Guard, guards, removed
from tests.support.program import add_workers, arguments, counted, positive, run

CONTRACT = ("registration", "execution", "dispute", "money", "state")
PARTIES = ("backer", "consumer", "correspondent", "provider", "vendor")
MODULES = (
    *(f"impl.hardened.{name}" for name in CONTRACT),
    *(f"impl.hardened.parties.{name}" for name in PARTIES),
)
"""Those of the contract, and of the parties."""


def every() -> list[Guard]:
    """All guards of these modules."""
    return [guard for module in MODULES for guard in guards(module)]


def found(guard: Guard, worlds: int) -> tuple[int, Failure | None]:
    """How many worlds were played without a guard, and how the last one failed, if it did."""
    walk = Walk()
    with pytest.MonkeyPatch.context() as patch, removed(guard):
        spare_the_disk(patch)
        failures = (walk.play(number) for number in range(worlds))
        failure = next(filter(None, failures), None)
    return walk.worlds, failure


def row(number: int, worlds: int) -> dict[str, Any]:  # JSON
    """A line of the table."""
    guard = every()[number]
    played, failure = found(guard, worlds)
    return {
        "guard": str(guard),
        "worlds": played,
        "complaints": [] if failure is None else list(failure.complaints),
    }


def main() -> int:
    """Take out each guard, and see how soon that is found."""
    parser = arguments("tests.support.lost", __doc__)
    parser.add_argument("file", type=Path, help="where the table is to be")
    parser.add_argument("--worlds", type=positive, default=100, metavar="N", help="so many each")
    add_workers(parser)
    asked = parser.parse_args()
    numbers = range(len(every()))
    with processes(partial(row, worlds=asked.worlds), len(numbers), asked.workers) as pool:
        rows = [*counted([pool.submit(do, number) for number in numbers])]
    rows.sort(key=lambda each: each["guard"])
    replace_whole(asked.file, (json.dumps(rows, indent=1) + "\n").encode())
    noticed = sum(bool(each["complaints"]) for each in rows)
    print(f"{noticed} of {len(rows)} guards are missed within {asked.worlds} worlds: {asked.file}")
    return 0


if __name__ == "__main__":
    run(main)
