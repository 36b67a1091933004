"""Promises fall from the size of a coalition on that is said, and at no smaller one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adversaries.deviating.hardened import sizes
from adversaries.deviating.hardened.coalitions import FriendlyVendor
from adversaries.deviating.hardened.sizes import (
    CALLS,
    SIZES,
    VENDORS,
    Sweep,
    convicts,
    forking,
    framing,
    holding,
    stolen,
    swept,
    withheld,
)
from adversaries.script import Facts, came_to
from impl.hardened.contract import HardenedContract
from impl.hardened.market import Cast, HardenedMarket
from impl.hardened.parties.member import Member
from spec.placement import Placement

pytestmark = pytest.mark.usefixtures("no_power_is_lost")


@pytest.mark.parametrize("fell", range(1, 5))
@pytest.mark.parametrize("due", [None, 1, 2, 3])
def test_a_promise_that_falls_elsewhere_is_amiss(fell: int, due: int | None) -> None:
    """Also where it holds though it is said to fall: then what is said is wrong."""
    came = {size: size >= fell for size in SIZES}
    is_as_said = fell == (4 if due is None else due)
    facts = swept("all is well", "vendors", [Sweep("anywhere", came, due)])
    assert facts.figures["amiss"] == (not is_as_said)
    said, other = ("P", "U") if due is None else ("U", "P")
    assert came_to(facts).outcome == (said if is_as_said else other)


def test_a_table_says_of_each_size_what_came_of_it() -> None:
    facts = swept(
        "all is well",
        "vendors",
        [Sweep("here", {1: False, 2: True}, 2), Sweep("elsewhere", {1: False, 2: False})],
    )
    assert facts.lines == [
        "all is well, against so many",
        "vendors    1      2      said to fall",
        "here       holds  falls  from 2 on",
        "elsewhere  holds  holds  at none",
        "2 of 2 fall where it is said, and nowhere else",
    ]


@pytest.mark.parametrize("copies", SIZES)
def test_what_is_held_and_withheld_follows_the_placement(copies: int, tmp_path: Path) -> None:
    """These are as good as any: t + f <= N, and they come to N."""
    vendors = tuple(frozenset({vendor}) for vendor in range(len(VENDORS)))
    holders = tuple(frozenset((part + n) % 3 for n in range(copies)) for part in range(3))
    placement = Placement(holders, vendors)
    least, needed = placement.threshold(), placement.crash_tolerance() + 1
    assert least + needed - 1 == len(VENDORS)
    assert stolen(tmp_path / "all", holders) == {size: size >= least for size in SIZES}
    assert withheld(tmp_path, holders) == {size: size >= needed for size in SIZES}


def test_who_is_never_audited_gets_away_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone: Cast = {VENDORS[0]: FriendlyVendor}
    assert convicts(tmp_path / "audited", alone, alone, CALLS, is_blind=True)
    monkeypatch.setattr(HardenedContract, "is_audited", lambda *_: False)
    assert not convicts(tmp_path / "never", alone, alone, CALLS, is_blind=True)


def believed(patch: pytest.MonkeyPatch) -> None:
    """The contract believes whoever disputes."""
    patch.setattr(HardenedContract, "_dismiss_dispute", HardenedContract._uphold_dispute)


def unseen(patch: pytest.MonkeyPatch) -> None:
    """Nobody witnesses anything."""
    patch.setattr(Member, "vouch", lambda _: iter(()))


def handed(patch: pytest.MonkeyPatch) -> None:
    """Every vendor is handed every part."""
    patch.setattr(sizes, "placed", lambda _: HardenedMarket.deploy)


@pytest.mark.parametrize(
    ("script", "broken", "outcome"),
    [(framing, believed, "U"), (forking, unseen, "P"), (holding, handed, "P")],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_what_falls_sooner_without_a_guard_is_seen(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: Callable[[Path], Facts],
    broken: Callable[[pytest.MonkeyPatch], None],
    outcome: str,
) -> None:
    broken(monkeypatch)
    facts = script(tmp_path)
    assert facts.figures["amiss"] > 0
    assert came_to(facts).outcome == outcome
