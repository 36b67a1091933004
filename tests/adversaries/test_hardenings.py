"""Without each hardening somebody complains, in the living market; and with it nobody does."""

from pathlib import Path

import pytest

from spec.hardened.state import Hardening
from tests.support.changes import changed
from tests.support.hardenings import WITHOUT, Played
from tests.support.hunt import Quarry, Story, hunted, hunting
from tests.support.selection import some_full

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

STORIES = Path(__file__).parent / "stories" / "hardenings"
MOST = 60
"""Worlds in which chance finds anew what it has found."""
LONG = {Hardening.DEADLINES, Hardening.AUDITS}
"""Of those, a market without end is played, or one with many requests."""
HUNTED = {missing: how for missing, how in WITHOUT.items() if isinstance(how, Quarry)}
PLAYED = {missing: how for missing, how in WITHOUT.items() if isinstance(how, Played)}


def test_every_hardening_is_left_out_once() -> None:
    assert [*WITHOUT] == [*Hardening]


def test_a_story_is_kept_for_each_that_is_not_played() -> None:
    assert {path.stem for path in STORIES.glob("*.json")} == {each.name.lower() for each in HUNTED}


@pytest.mark.parametrize("missing", some_full(HUNTED, LONG), ids=lambda missing: missing.name)
def test_what_is_complained_about_without_a_hardening_is_not_with_it(missing: Hardening) -> None:
    quarry = HUNTED[missing]
    story = Story.read(STORIES / f"{missing.name.lower()}.json")
    with hunting(quarry.mended):
        assert story.told() == []
    with hunting(quarry):
        assert quarry.heard(story.told())


@pytest.mark.parametrize("missing", some_full(PLAYED, LONG), ids=lambda missing: missing.name)
def test_what_is_played_without_a_hardening_harms_nobody_with_it(
    missing: Hardening, tmp_path: Path
) -> None:
    played = PLAYED[missing]
    assert played.script(tmp_path / "with") == []
    with changed(played.changes):
        assert played.script(tmp_path / "without")


@pytest.mark.full
@pytest.mark.parametrize(
    "missing",
    [missing for missing, quarry in HUNTED.items() if quarry.worlds],
    ids=lambda missing: missing.name,
)
def test_without_a_hardening_chance_finds_a_complaint(missing: Hardening) -> None:
    _, story = hunted(HUNTED[missing], MOST)
    assert story is not None
