"""What a nuisance costs whom is what the bounds say, as functions of what is agreed."""

from pathlib import Path

import attrs
import pytest

from adversaries.gaining.griefs import GRIEFS, nuisance
from impl.hardened.contract import HardenedContract
from impl.hardened.records import Request

DEALS = [{"wage": 20, "toll": 3, "window": 4}, {"wage": 9, "toll": 8, "window": 6}]
QUICK = ("demanded though sent", "withheld outputs")
SLOW = "dismissed dispute", "withheld input", "withheld outputs", "abandoned step"
"""Those that take all of the time that they can."""


@pytest.mark.parametrize(
    ("name", "number"),
    [
        pytest.param(
            name,
            number,
            marks=[] if number == 0 and name in QUICK else pytest.mark.full,
        )
        for name in GRIEFS
        for number in range(len(DEALS))
    ],
)
def test_a_nuisance_costs_what_its_bounds_say(name: str, number: int, tmp_path: Path) -> None:
    found = nuisance(GRIEFS[name], tmp_path, **DEALS[number])
    assert found.is_bounded
    assert (found.cost, found.harm) == found.bounds[:2]  # who goes all the way attains them
    if name in SLOW:
        assert found.delay > found.bounds[2] / 2


def test_where_a_dispute_is_free_its_bound_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is the contract that makes it dear, and a contract that does not is seen."""
    dismiss = HardenedContract._dismiss_dispute

    def for_nothing(self: HardenedContract, made: Request) -> None:
        self.balances[made.opponent] += made.toll_paid
        made.toll_paid = 0
        dismiss(self, made)

    monkeypatch.setattr(HardenedContract, "_dismiss_dispute", for_nothing)
    assert not nuisance(GRIEFS["frivolous dispute"], tmp_path).is_bounded


def test_whoever_loses_more_than_the_bound_is_seen(tmp_path: Path) -> None:
    unpaid = attrs.evolve(GRIEFS["abandoned step"], harm=lambda agreed: 0)
    assert not nuisance(unpaid, tmp_path).is_bounded
