"""Corrupted parties play anything, and whatever they play, the others have no complaint.

What would be wrong with that is seen where a guard of the contract or a check of a party is gone.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adversaries.strategies.will import Scripted, shortest
from adversaries.strategies.world import World
from checkers.market.corrupt import Walk, corrupt, happened
from impl.hardened.contract import HardenedContract
from impl.hardened.parties import vendor
from impl.hardened.phases import Phase
from impl.hardened.records import Request
from tests.support.selection import some_full

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

STORIES = Path(__file__).parent / "stories"
NOBODY = World(frozenset(), ("network", "formula"), 1, 0, is_disordered=False)


# What decides


@given(st.frozensets(st.integers(0, 30)), st.frozensets(st.integers(0, 30), min_size=1))
def test_a_strategy_is_made_as_short_as_it_can_be(
    more: frozenset[int], need: frozenset[int]
) -> None:
    strategy = {str(number): 1 for number in more | need}
    found = shortest(strategy, lambda some: {*map(int, some)} >= need)
    assert {*map(int, found)} == need


def test_who_deviates_nowhere_does_as_everybody_does() -> None:
    everybody = attrs.evolve(NOBODY, corrupted=frozenset({"vendor0", "consumer", "provider"}))
    assert happened(NOBODY, Scripted({})) == happened(everybody, Scripted({})) == []


def test_worlds_in_which_nobody_deviates_say_nothing() -> None:
    result = corrupt(worlds=0)
    assert result.undecided
    assert not result.failed


# Worlds


@pytest.mark.parametrize("first", some_full(range(0, 104, 8), range(8, 104, 8)))
def test_nobody_honest_has_to_complain(first: int) -> None:
    result = corrupt(worlds=8, seed=first)
    assert not result.failures
    assert result.moves > 0


def stories() -> list[Path]:
    """Strategies that broke a promise once."""
    return sorted(STORIES.glob("*.json"))


@pytest.mark.parametrize("path", stories(), ids=lambda path: path.stem)
def test_what_broke_a_promise_once_breaks_none(path: Path) -> None:
    assert replayed(path) == []


def replayed(path: Path) -> list[str]:
    """What honest parties have to complain about in a story that was kept."""
    told = json.loads(path.read_text(encoding="utf-8"))
    world = told["world"]
    sets = {"corrupted": frozenset(world["corrupted"]), "apis": tuple(world["apis"])}
    return happened(World(**{**world, **sets}), Scripted(told["strategy"]))


# What a guard or a check is there for


def wrong_refund(self: HardenedContract, made: Request) -> None:
    """Of what was paid to executors already, the consumer gets nothing back."""
    missing = made.terms.price - made.escrow
    REFUND(self, made)
    self.balances[made.consumer] -= missing
    self.bonds[made.terms.provider] += missing


def wrong_silence(self: HardenedContract, author: bytes, request: bytes) -> None:
    """Whoever is silent in a quarrel, the executor is convicted."""
    made = self._made(request, [Phase.NARROWED], "opponent is to answer")
    self._require_overdue(made)
    self._uphold_dispute(made)


def minted_toll(self: HardenedContract, author: bytes, request: bytes, key: bytes) -> None:
    """Who demands pays nothing, and may get it back."""
    DEMAND(self, author, request, key)
    self.balances[author] += self.requests[request].terms.toll


def any_deadline(self: HardenedContract, made: Request) -> None:
    """What is overdue is so from the beginning."""


def any_second(self: HardenedContract, made: Request, step: int, evidence: bytes) -> bool:
    """Anything is taken for a second signature."""
    return 0 <= step < made.turn


def no_toll(self: HardenedContract, author: bytes, request: bytes, step: int, key: bytes) -> None:
    """What disputing costs is taken and never given back."""
    DISPUTE(self, author, request, step, key)
    self.requests[request].toll_paid = 0


REFUND, DEMAND = HardenedContract._refund, HardenedContract.demand
DISPUTE = HardenedContract.dispute
BROKEN: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    name: partial(pytest.MonkeyPatch.setattr, target=HardenedContract, name=where, value=what)
    for name, where, what in (
        ("a refund that is too small", "_refund", wrong_refund),
        ("an executor convicted for others' silence", "concede", wrong_silence),
        ("money for a demand", "demand", minted_toll),
        ("no deadline", "_require_overdue", any_deadline),
        ("any second signature", "_is_second", any_second),
        ("a toll that is gone", "dispute", no_toll),
    )
}
MOST = 60
"""Worlds within which each is found."""


@pytest.mark.full
@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By somebody honest who has to complain, and not only by the judge."""
    BROKEN[name](monkeypatch)
    walk = Walk()
    for number in range(MOST):
        walk.take(number)
        if any(not said.startswith("the judge") for f in walk.failures for said in f.complaints):
            return
    pytest.fail(f"{name}: not found in {MOST} worlds")


@pytest.mark.full
def test_a_vendor_that_checks_nothing_is_convicted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor, "is_bound", lambda *_: True)
    walk = Walk()
    for number in range(MOST):
        walk.take(number)
        if any("is convicted" in said for f in walk.failures for said in f.complaints):
            return
    pytest.fail("not found")
