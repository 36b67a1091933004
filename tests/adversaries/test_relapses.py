"""Faults that the market once had: put back, each is found, by chance or by what is scripted."""

import inspect
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.faulty import Fault, Row, read
from tests.support.hunt import Quarry, Story, hunted, hunting
from tests.support.relapses import FAULTS
from tests.support.selection import some_full

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

HERE = Path(__file__).parent
STORIES, TABLE = HERE / "stories" / "faults", HERE / "faults.json"
MOST = 60
"""Worlds in which chance finds anew what it has found."""
MET = [fault for fault in FAULTS if (STORIES / fault.place).exists()]
"""Those of which a story is told."""
LONG = [fault for fault in FAULTS if "audit that" in fault.name or "one step after" in fault.name]
"""Of those, a market without end is played, or one with many disputes."""


def named(which: Callable[[Row], object]) -> list[Fault]:
    """The faults of which the table says something."""
    names = {row.fault for row in read(TABLE) if which(row)}
    return [fault for fault in FAULTS if fault.name in names]


def test_the_table_has_every_fault() -> None:
    rows = read(TABLE)
    assert [each.fault for each in rows] == [fault.name for fault in FAULTS]
    assert {each.fault for each in rows if each.complaints} == {fault.name for fault in MET}
    assert {path.name for path in STORIES.iterdir()} == {fault.place for fault in MET}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_has_its_place(fault: Fault) -> None:
    for change in fault.changes:
        change.made(inspect.getsource(import_module(change.module)))


@pytest.mark.parametrize("fault", some_full(MET, LONG), ids=lambda fault: fault.name)
def test_a_fault_is_complained_about_and_its_mend_is_not(fault: Fault) -> None:
    story, quarry = Story.read(STORIES / fault.place), Quarry(fault.changes)
    with hunting(quarry.mended):
        assert story.told() == []
    with hunting(quarry):
        assert quarry.heard(story.told())


@pytest.mark.full
@pytest.mark.parametrize("fault", named(lambda row: row.worlds), ids=lambda fault: fault.name)
def test_chance_finds_a_fault_anew(fault: Fault) -> None:
    _, story = hunted(Quarry(fault.changes), MOST)
    assert story is not None


@pytest.mark.full
@pytest.mark.parametrize("fault", named(lambda row: row.seen), ids=lambda fault: fault.name)
def test_what_is_scripted_sees_a_fault(fault: Fault) -> None:
    assert fault.is_seen
