"""Guards of the hardened market that are lost: how soon somebody complains, and of which nobody."""

import json
from pathlib import Path

import pytest

from tests.support.guards import BESIDE, ELSEWHERE, Guard
from tests.support.lost import every, found
from tests.support.selection import some_full

WORLDS = 100
"""In which each guard that is missed was missed."""
TABLE = json.loads((Path(__file__).parent / "lost.json").read_text())
GUARDS = {str(guard): guard for guard in every()}
MISSED = {row["guard"]: row["worlds"] for row in TABLE if row["complaints"]}
SOON = sorted(MISSED, key=MISSED.__getitem__)[:32:16]
"""Two of those that are missed after few worlds."""


def test_the_table_has_every_guard() -> None:
    assert [row["guard"] for row in TABLE] == sorted(GUARDS)
    assert 0 < len(MISSED) < len(TABLE)


def test_what_nobody_complains_of_is_seen_elsewhere() -> None:
    """By lockstep, as `tests/market/test_guards.py` shows of each, or by tests that are named."""
    rest = [guard for name, guard in GUARDS.items() if name not in MISSED]
    assert all(guard.module in BESIDE or guard.module in ELSEWHERE for guard in rest)
    assert all(row["worlds"] == WORLDS for row in TABLE if not row["complaints"])


@pytest.mark.parametrize("name", some_full(MISSED, {*MISSED} - {*SOON}))
def test_a_guard_is_missed(name: str) -> None:
    guard: Guard = GUARDS[name]
    _, failure = found(guard, WORLDS)
    assert failure is not None
