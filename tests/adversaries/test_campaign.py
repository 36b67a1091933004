"""What came of the worlds that were played so far (`python -m tests.support.worlds`): nothing.

Nothing would also come of worlds in which nothing happens, so what happened in them is counted.
"""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from adversaries.strategies.hardened.around import ANNOUNCED, APPENDS, FATES, ORDERS, SHOWN
from adversaries.strategies.hardened.wild import HABITS, INSTEAD, OUTPUTS, RUNS
from impl.hardened.contract import HardenedContract
from impl.hardened.phases import OVER
from tests.support.worlds import ON_DISK, Told

LEAST = 20_000
"""Worlds that there are at least."""
DUTIES = (
    *("acknowledge", "answer", "assign", "audit", "collect", "data", "demand", "deposit"),
    *("dispute", "draw_lots", "narrow", "open_row", "publish", "record", "request", "route"),
    *("sign", "withdraw"),
)
"""What those have to say who can be corrupted."""
CONVICTS = {
    "vendor": {"complain", "expose", "refuse_to_open", "show_bad", "uphold", "withhold"},
    "consumer": {"show_bad_input", "show_fork"},
    "node": {"show_fork"},
}
"""By what somebody who belongs to a coalition is convicted, by its role."""


@pytest.fixture(scope="module")
def told() -> Told:
    """The summary of them."""
    folder = Path(__file__).parent / "campaign"
    found: Told = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return found


def test_nobody_honest_had_to_complain(told: Told) -> None:
    assert told["failures"] == []


def test_every_world_counts_once(told: Told) -> None:
    ranges = told["ranges"]
    assert ranges[0]["first"] == 0
    for before, after in pairwise(ranges):
        assert after["first"] == before["first"] + before["worlds"]
    assert told["worlds"] == sum(each["worlds"] for each in ranges) >= LEAST
    assert sum(each["on_disk"] for each in ranges) * ON_DISK >= told["worlds"]


def test_all_that_there_is_to_say_was_said_and_taken(told: Told) -> None:
    assert {f"{kind} appended" for kind in HardenedContract.kinds} <= told["reached"].keys()
    assert {f"request {phase.value}" for phase in OVER} <= told["reached"].keys()


def test_all_that_can_be_played_was_played(told: Told) -> None:
    moves = {
        **{f"habit of {kind}": HABITS for kind in DUTIES},
        "instead of record": INSTEAD,
        "work": OUTPUTS,
        "run": RUNS,
        "message": [*FATES],
        "way": [*FATES],
        "appends": APPENDS,
        "orders": ORDERS,
        "announces": ANNOUNCED,
        "shows": SHOWN,
    }
    assert {f"{about}: {move}" for about, some in moves.items() for move in some[1:]} <= {
        *told["played"]
    }


def test_whoever_can_be_convicted_was(told: Told) -> None:
    wanted = {f"{role}: {kind}" for role, kinds in CONVICTS.items() for kind in kinds}
    assert wanted <= told["convicted"].keys()
