"""Corrupted parties play anything, and whatever they play, the others have no complaint.

What would be wrong with that is seen where a guard of the contract or a check of a party is gone.
"""

import json
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adversaries.strategies.hardened.wild import DOUBTS, HABITS, INSTEAD, OUTPUTS, Coalition
from adversaries.strategies.hardened.world import PARTNER, World
from adversaries.strategies.will import Scripted, Will, shortest, words
from checkers.market import corrupt as corrupting
from checkers.market.corrupt import JUDGE, Corrupted, Failure, Walk, corrupt, happened
from checkers.results.page import Listing
from impl.hardened.contract import HardenedContract
from impl.hardened.dispute import Claim
from impl.hardened.market import HardenedMarket
from impl.hardened.parties.acts import Submit
from impl.hardened.phases import Phase
from impl.hardened.records import Request, Version
from impl.hardened.terms import Part, Terms
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
    for conviction, times in result.convicted.items():
        _, kind = conviction.split(": ")
        assert times <= result.reached[f"{kind} appended"]


@attrs.define
class Silent(Will):
    """Never says something that is due."""

    kind: str

    def number(self, occasion: str, about: str, moves: Sequence[object], free: bool) -> int:
        return HABITS.index("never") if about == f"habit of {self.kind}" else 0


@pytest.mark.parametrize(
    ("corrupted", "kind", "excused"),
    [
        ("beacon", "route", {"a request that is not served: the beacon is corrupted": 4}),
        (
            "vendor0",
            "acknowledge",
            {
                "a version that is not activated: somebody who has to agree is corrupted": 2,
                "a request that is never made: its version is not on the market": 4,
            },
        ),
    ],
)
def test_what_is_not_done_is_counted_with_its_excuse(
    corrupted: str, kind: str, excused: dict[str, int]
) -> None:
    walk, will = Walk(), Silent(kind)
    world = attrs.evolve(NOBODY, corrupted=frozenset({corrupted}))
    assert happened(world, will, walk) == []
    assert walk.excused == excused


def test_the_judge_comes_to_what_the_contract_has_come_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only to what the transactions in its file come to."""

    def robbed(market: HardenedMarket, world: World) -> list[str]:
        market.contract.treasury += 1
        return []

    monkeypatch.setattr(corrupting, "complaints", robbed)
    [found] = happened(NOBODY, Scripted({}))
    assert found.startswith(JUDGE)
    assert found.endswith("; treasury: specification 0, contract 1")


def test_any_part_of_terms_can_be_changed() -> None:
    part = Part(b"provider", (b"one", b"other"), bytes(32))
    shares = {b"provider": 60, b"partner": 40}
    body = Terms(
        "api", 1, b"provider", shares, [part], 2, [2, 1], 1, [9, 4], 20, 5, [3], bytes(32)
    ).body()
    others = Coalition(Scripted({})).others("terms", body)
    changed = [each for each in others if isinstance(each, dict)]
    differ = [[*filter(lambda name: each[name] != body[name], body)] for each in changed]
    assert {*chain.from_iterable(differ)} == body.keys()
    assert all(len(names) == 1 for names in differ)
    steps = [each["steps"] for each in changed if each["steps"] != body["steps"]]
    assert [] in steps
    assert [part.body, part.body] in steps
    assert [[b"provider", [b"one"], bytes(32)]] in steps


@attrs.define
class Spoiling(Will):
    """Commits to junk at first, and then to what comes of that, with one added."""

    def number(self, occasion: str, about: str, moves: Sequence[object], free: bool) -> int:
        if about != "work":
            return 0
        return OUTPUTS.index("junk" if " work 0 " in occasion else "off by one")


def test_whatever_follows_on_junk_can_be_played() -> None:
    vendors = frozenset({"vendor0", "vendor1", "vendor2"})
    will = Spoiling()
    assert happened(attrs.evolve(NOBODY, corrupted=vendors), will) == []
    assert len({*will.strategy.values()}) == 2


@attrs.define
class Sham(Will):
    """Has vendors commit to zeros, a partner dispute that, and whoever checks a friend lose."""

    def number(self, occasion: str, about: str, moves: Sequence[object], free: bool) -> int:
        match about:
            case "work":
                return OUTPUTS.index("zeros")
            case "doubt":
                return DOUBTS.index(PARTNER in occasion)
            case "instead of answer":
                return INSTEAD.index("otherwise")
        return 0


@pytest.mark.parametrize("share", [0, 40])
@pytest.mark.parametrize("holders", [1, 2, 3])
def test_friends_who_look_into_each_others_steps_save_nobody(holders: int, share: int) -> None:
    """Whoever knows the model, or is drawn to look and no friend, convicts them."""
    friends = frozenset({"vendor0", "vendor1", PARTNER})
    world = attrs.evolve(NOBODY, corrupted=friends, holders=holders, share=share)
    walk = Walk()
    assert happened(world, Sham(), walk) == []
    assert walk.reached["dispute between friends"] > 0
    assert walk.convicted["vendor: uphold"] > 0 or not world.is_told


@pytest.mark.parametrize("share", [0, 40])
def test_partners_who_deviate_nowhere_collect_their_shares(
    share: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = attrs.evolve(NOBODY, share=share)
    assert happened(world, Scripted({})) == []
    monkeypatch.setattr(Version, "due", lambda *_: 0)
    lacking = [each for each in happened(world, Scripted({})) if "is owed" in each]
    assert {each.split()[0] for each in lacking} == {*world.owners}


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


def any_second(
    self: HardenedContract, made: Request, step: int, key: bytes, evidence: bytes
) -> Claim | None:
    """Anything is taken for a second signature."""
    if not 0 <= step < made.turn:
        return None
    executor, output = made.executors[step], made.links[step + 1]
    return Claim(made.id, step, executor, output, executor, evidence)


def no_toll(self: HardenedContract, author: bytes, request: bytes, step: int, key: bytes) -> None:
    """What disputing costs is taken and never given back."""
    DISPUTE(self, author, request, step, key)
    self.requests[request].toll_paid = 0


def one_for_all(
    self: HardenedContract, made: Request, step: int, opponent: bytes, key: bytes
) -> None:
    """Whoever looks into a step keeps everybody else from it."""
    BEGIN(self, made, step, opponent, key)
    made.doubted |= {(step, party) for party in self.charter.purses}


REFUND, DEMAND = HardenedContract._refund, HardenedContract.demand
DISPUTE, BEGIN = HardenedContract.dispute, HardenedContract._begin_dispute
BROKEN: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    name: partial(pytest.MonkeyPatch.setattr, target=HardenedContract, name=where, value=what)
    for name, where, what in (
        ("a refund that is too small", "_refund", wrong_refund),
        ("an executor convicted for others' silence", "concede", wrong_silence),
        ("money for a demand", "demand", minted_toll),
        ("no deadline", "_require_overdue", any_deadline),
        ("any second signature", "second", any_second),
        ("a toll that is gone", "dispute", no_toll),
        ("a dispute that keeps others from theirs", "_begin_dispute", one_for_all),
    )
}


# Strategies that are kept, by what they break


def kept() -> list[Path]:
    """One for each guard above, made short while that was broken."""
    return sorted(STORIES.glob("*.json"))


def world_of(told: dict[str, Any]) -> World:
    """The world of a strategy that is kept: of JSON."""
    world = told["world"]
    sets = {"corrupted": frozenset(world["corrupted"]), "apis": tuple(world["apis"])}
    return World(**{**world, **sets})


def test_a_strategy_is_kept_for_whatever_is_broken() -> None:
    assert {json.loads(path.read_text())["broken"] for path in kept()} == {*BROKEN}


@pytest.mark.parametrize("path", kept(), ids=lambda path: path.stem)
def test_each_move_of_a_failure_is_told_in_words(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = json.loads(path.read_text(encoding="utf-8"))
    BROKEN[told["broken"]](monkeypatch)
    found = Failure(0, world_of(told), told["strategy"], told["complaints"]).shortest
    assert found.moves.keys() == found.strategy.keys()
    [page, *_] = Corrupted(1, [found], *([{}] * 5)).page()
    assert isinstance(page, Listing)
    for occasion, move in found.moves.items():
        assert f"  {occasion}: {move}" in page.lines


@pytest.mark.parametrize(
    ("move", "said"),
    [
        ("late", "late"),
        (True, "True"),
        (b"", "nothing"),
        (bytes([255, 1]), "ff01"),
        (("price", 3), "price 3"),
        (Submit("demand", {"step": 1, "request": b"\1"}), "demand step 1, request 01"),
    ],
)
def test_a_move_is_said_in_few_words(move: object, said: str) -> None:
    assert words(move) == said


@pytest.mark.parametrize("path", kept(), ids=lambda path: path.stem)
def test_what_breaks_a_promise_without_a_guard_breaks_none_with_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = json.loads(path.read_text(encoding="utf-8"))
    lived = world_of(told)
    assert happened(lived, Scripted(told["strategy"])) == []
    BROKEN[told["broken"]](monkeypatch)
    found = happened(lived, Scripted(told["strategy"]))
    assert found == told["complaints"]
    assert not all(said.startswith(JUDGE) for said in found)
