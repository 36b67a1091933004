"""Whatever is decided can come out otherwise: for each thing there is a change that turns it."""

from itertools import groupby
from random import Random

import attrs
import pytest

from checkers.verdict.decide import BUDGETS
from checkers.verdict.jobs import Refute
from checkers.verdict.turn import Change, is_turned, kept_changes, name_of, points
from spec.paper.claim import Holds

BUDGET = BUDGETS["quick"]


def test_all_that_is_decided_is_turned_by_a_change() -> None:
    turned = {name for change in kept_changes() for name in change.turns}
    assert turned == {name_of(point.ground) for point in points()}


@pytest.mark.parametrize("change", kept_changes(), ids=str)
def test_a_change_fits(change: Change) -> None:
    assert change.fits()
    assert change.new != change.old


def home(change: Change) -> list[str]:
    return change.place.split("/")[:2]


DRAWN = [
    Random(len(kept_changes())).choice(list(changes))
    for _, changes in groupby(sorted(kept_changes(), key=home), key=home)
]
"""One change of each protocol and of whatever else is changed; `verify` makes all of them."""


@pytest.mark.full
@pytest.mark.parametrize("change", DRAWN, ids=str)
def test_a_change_turns_what_it_must(change: Change) -> None:
    found = change(BUDGET)
    assert found.passed, found.evidence


TAKEN = next(c for c in kept_changes() if "basic.taken_output_was_computed" in c.turns)


@pytest.mark.parametrize(
    ("changed", "evidence"),
    [
        ({"new": TAKEN.old + "\n"}, "must turn from refuted, and is refuted"),
        ({"new": "    no python\n"}, "and is nothing: SyntaxError"),
        ({"old": "nobody wrote this"}, "has not one place"),
        ({"also": [[TAKEN.place, "nobody wrote this", ""]]}, "has not one place"),
        ({"turns": ["basic.no_such_property"]}, "must turn from , and is"),
        # What is not there any more has not turned.
        (
            {"place": "spec/basic/machine.py", "old": 'name="basic"', "new": 'name="another"'},
            "must turn from refuted, and is nothing",
        ),
        # A search that came to its limit has shown nothing.
        (
            {
                "place": "spec/basic/machine.py",
                "old": "        Vendor: 2,\n",
                "new": "        Vendor: 3,\n",
                "turns": ["basic.version_is_kept"],
            },
            "must turn from refuted, and is undecided",
        ),
    ],
)
def test_a_change_that_turns_nothing_is_told(changed: dict[str, object], evidence: str) -> None:
    found = attrs.evolve(TAKEN, **changed)(BUDGET)  # type: ignore[arg-type]  # of several fields
    assert not found.passed
    assert evidence in found.evidence


@pytest.mark.full
@pytest.mark.parametrize("change", [c for c in kept_changes() if c.depth], ids=str)
def test_without_a_change_a_run_refutes_that_is_no_longer_than_said(change: Change) -> None:
    for point in points():
        ground = point.ground
        if name_of(ground) in change.turns and isinstance(ground, Holds):
            found = Refute(ground.machine, ground.property, ground.sizes)(BUDGET)
            [exhibit] = found.exhibits.values()
            assert len(exhibit.actions) <= change.depth


def test_no_change_is_of_what_is_claimed() -> None:
    claimed = {"properties.py", "lemmas.py", "ending.py"}
    assert [c for c in kept_changes() if c.place.split("/")[-1] in claimed] == []


def test_an_ending_is_turned_by_a_run_without_end_only() -> None:
    ranking = {"place": "spec/hardened/ending.py", "old": "        time_left,\n", "new": ""}
    [change] = [c for c in kept_changes() if "hardened.ending" in c.turns]
    found = attrs.evolve(change, **ranking)(BUDGET)  # type: ignore[arg-type]  # of several fields
    assert not found.passed
    assert "must turn from proved, and is undecided" in found.evidence


def test_a_verdict_is_turned_by_its_opposite_only() -> None:
    assert is_turned("refuted", "exhaustive")
    assert is_turned("proved", "refuted")
    assert not is_turned("proved", "undecided")
    assert not is_turned("refuted", "undecided")
