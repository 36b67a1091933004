"""Marketplaces as they were left in a folder: stopped after any act, and gone on with."""

from pathlib import Path
from random import Random

import numpy as np
import pytest

from adversaries.deviating.hardened.vendors import ForgingVendor
from impl.folder import FILE
from impl.hardened.market import CAST, PURSE, HardenedMarket
from impl.hardened.parties.backer import Backer
from impl.hardened.phases import Phase, Stage
from impl.ledger.port import LedgerError
from impl.ledger.sqlite import Ledger
from impl.models.component import chain
from spec.bytes.encoding import encode
from tests.support.linear import linear

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

LONGEST = 1000
PARTS = [
    linear(weights, bias)
    for weights, bias in (([[1, 2], [3, -1]], [1, 0]), ([[2, 0], [1, 1]], [0, 5]))
]
DATA = np.array([[1, 2]])
WANTED = encode(chain(PARTS, DATA)[-1])


class Stopped(Exception):
    """The whole process stops."""


class Mortal(HardenedMarket):
    """A marketplace that stops after so many acts."""

    lasts: int

    def _act(self, name: str) -> bool:
        acted = super()._act(name)
        if acted and self.acts.total() == self.lasts:
            raise Stopped
        return acted


def resumed(folder: Path, chance: Random) -> HardenedMarket:
    """A marketplace that stopped again and again, until nothing was left to be done."""
    while True:
        market = Mortal.open(folder, CAST)
        Mortal.lasts = chance.randint(1, 30)
        try:
            market.run(LONGEST)
        except Stopped:
            market.close()
        else:
            return market


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_lost_or_done_twice_wherever_all_stop(tmp_path: Path, seed: int) -> None:
    with HardenedMarket.create(tmp_path, seed=seed) as market:
        version = market.deploy(PARTS)
        request = market.consumer.ask(version, encode(DATA))
    with resumed(tmp_path, Random(seed)) as market:
        assert market.consumer.asked == [request]
        assert market.consumer.output(request) == WANTED
        made = market.contract.requests[request]
        assert (made.phase, made.pots.total()) == (Phase.SETTLED, 0)
        assert not market.contract.convicted
        assert market.contract.money() == PURSE * len(CAST)
        ledger = market.around.node.ledger
        assert isinstance(ledger, Ledger)
        ledger.verify()


def test_a_folder_keeps_what_its_parties_are(tmp_path: Path) -> None:
    with HardenedMarket.create(tmp_path, seed=None) as market:
        before = {name: (m.identity, m.key) for name, m in market.members.items()}
    with HardenedMarket.open(tmp_path, CAST) as market:
        after = {name: (m.identity, m.key) for name, m in market.members.items()}
    assert before == after
    assert len({identity for identity, _ in before.values()}) == len(CAST)


def test_who_has_lost_its_key_gets_no_other(tmp_path: Path) -> None:
    with HardenedMarket.create(tmp_path) as market:
        market.members["vendor1"].storage.remove("key")
    with pytest.raises(KeyError, match="vendor1 keeps nothing under key"):
        HardenedMarket.open(tmp_path, CAST)
    with HardenedMarket.open(tmp_path, {"provider": CAST["provider"]}) as market:
        assert market.members  # and nobody holds the ledger


def test_a_folder_is_of_one_process(tmp_path: Path) -> None:
    with (
        HardenedMarket.create(tmp_path),
        pytest.raises(LedgerError, match="somebody else writes to it"),
    ):
        HardenedMarket.open(tmp_path, CAST)
    assert (tmp_path / FILE).is_file()


def test_a_vendor_is_handed_what_it_is_to_hold(tmp_path: Path) -> None:
    """Each vendor can keep, and confirms, the parts that are placed with it and no other."""
    placed = [["vendor0", "vendor2"], ["vendor1", "vendor2"]]
    with HardenedMarket.create(tmp_path) as market:
        version = market.deploy(PARTS, api="two", holders=placed, spares=1)
        market.run(LONGEST)
        terms = market.contract.versions[version].terms
        held = [[market.named(v) for v in terms.holders(step)] for step in range(len(PARTS))]
        assert (held, terms.api, terms.number) == (placed, "two", 1)
        for step, names in enumerate(placed):
            for name in CAST:
                kept = f"component/{version.hex()}/{step}"
                assert market.members[name].storage.missing(kept) is (name not in names)
        assert market.contract.versions[version].stage is Stage.ACTIVE
        later = market.deploy(PARTS, api="two")
        market.run(LONGEST)
        assert market.contract.versions[later].terms.number == 2


def test_a_bond_is_what_it_is_said_to_be(tmp_path: Path) -> None:
    """What is too much in it is taken out, and what is at stake once it is not any more."""
    with HardenedMarket.create(tmp_path) as market:
        version = market.deploy(PARTS)
        market.consumer.ask(version, encode(DATA))
        while not market.contract.requests:
            market.pass_block()
        executor = next(m for m in market.members.values() if _stakes(market, m.identity))
        assert isinstance(executor, Backer)
        executor.set_aside(7)
        market.pass_block()
        assert market.contract.bonds[executor.identity] == 0  # the stake vouches for more
        market.run(LONGEST)
        assert market.contract.bonds[executor.identity] == 7
        assert market.contract.balances[executor.identity] > PURSE - 7


def _stakes(market: HardenedMarket, party: bytes) -> int:
    made = market.contract.requests.values()
    return sum(q.pots[i] for q in made for i, v in q.executors.items() if v == party)


@pytest.mark.parametrize("name", ["provider", "consumer"])
def test_a_step_is_disputed_by_who_is_told_to(tmp_path: Path, name: str) -> None:
    """Who has the components proves even an executor wrong that stands by what it says."""
    lazy = {**CAST, **dict.fromkeys(("vendor0", "vendor1", "vendor2"), ForgingVendor)}
    with HardenedMarket.create(tmp_path, lazy) as market:
        version = market.deploy(PARTS)
        request = market.consumer.ask(version, encode(DATA))
        while market.consumer.output(request) is None:
            market.pass_block()
        assert market.consumer.output(request) != WANTED
        if name == "consumer":
            market.consumer.trust(version, market.model(version))
        else:
            market.provider.dispute(request, 1)
        market.run(LONGEST)
        made = market.contract.requests[request]
        assert (made.phase, made.by_row) == (Phase.REFUNDED, True)
        assert market.contract.convicted == {made.executors[made.disputed]}


def test_an_honest_executor_wins_against_who_is_told_to_dispute(tmp_path: Path) -> None:
    with HardenedMarket.create(tmp_path) as market:
        version = market.deploy(PARTS)
        request = market.consumer.ask(version, encode(DATA))
        while market.consumer.output(request) is None:
            market.pass_block()
        market.provider.dispute(request, 0)
        market.run(LONGEST)
        made = market.contract.requests[request]
        assert (0, market.provider.identity) in made.doubted
        assert (made.phase, market.contract.convicted) == (Phase.SETTLED, set())
        assert market.contract.treasury == made.terms.toll
