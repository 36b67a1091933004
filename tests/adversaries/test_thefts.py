"""Whatever the market took from somebody honest, or left undone, somebody would complain.

What is taken, the judge would find as well: whoever has it, the specification has it elsewhere.
"""

import inspect
from importlib import import_module
from pathlib import Path

import pytest

from checkers.market.corrupt import JUDGE
from tests.support.faulty import Fault, Row, read
from tests.support.hunt import Quarry, Story, hunted, hunting
from tests.support.thefts import NEGLECTS, THEFTS

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

HERE = Path(__file__).parent
STORIES, TABLE = HERE / "stories" / "thefts", HERE / "thefts.json"
ALL = [*THEFTS, *NEGLECTS]


def test_all_are_seen() -> None:
    rows = read(TABLE)
    assert [each.fault for each in rows] == [fault.name for fault in ALL]
    assert all(Quarry([]).heard(each.complaints) for each in rows)
    assert {path.name for path in STORIES.iterdir()} == {fault.place for fault in ALL}


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.name)
def test_each_has_its_place(fault: Fault) -> None:
    for change in fault.changes:
        change.made(inspect.getsource(import_module(change.module)))


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.name)
def test_somebody_complains_and_nobody_does_without_it(fault: Fault) -> None:
    story, quarry = Story.read(STORIES / fault.place), Quarry(fault.changes)
    with hunting(quarry.mended):
        assert story.told() == []
    with hunting(quarry):
        found = story.told()
    assert quarry.heard(found)
    assert any(each.startswith(JUDGE) for each in found) == (fault in THEFTS)


@pytest.mark.full
@pytest.mark.parametrize(("fault", "row"), [*zip(ALL, read(TABLE), strict=True)])
def test_chance_finds_it_anew(fault: Fault, row: Row) -> None:
    _, story = hunted(Quarry(fault.changes), row.worlds)
    assert story is not None
