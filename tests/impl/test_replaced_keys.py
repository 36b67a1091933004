"""Parties that replace their keys, at any moment, again and again: all goes on but for the thief.

Every party of every variant can, and so can who keeps a hardened ledger.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adversaries.deviating.hardened.play import served, worth
from adversaries.deviating.thieves import UNSIGNED, contradict
from adversaries.passing import convictions
from checkers.market.audit.judge import audit
from impl.folder import FILE, NODE, kept_key
from impl.hardened.mail import Mailbox, Message
from impl.hardened.market import CAST, PURSE, Crash, HardenedMarket
from impl.hardened.network import Faults
from impl.hardened.parties.member import Member
from impl.hardened.parties.node import Node
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import OVER, Phase
from impl.keyring import Keyring
from impl.ledger import sqlite
from impl.ledger.keys import SigningKey
from impl.ledger.port import Ledger
from impl.ledger.transaction import Refused, Transaction, rotation
from impl.ledger.witness import EVERY
from impl.models.component import chain
from impl.paper.basic.market import CAST as BASIC
from impl.paper.basic.market import BasicMarket
from impl.paper.basic.parties import BasicMember
from impl.paper.market import PaperMarket
from impl.paper.orchestrated.market import CAST as ORCHESTRATED
from impl.paper.orchestrated.market import OrchestratedMarket
from impl.storage import Storage
from spec.bytes.encoding import encode
from tests.support.linear import linear
from tests.support.quiet import quiet
from tests.support.selection import some_full
from tests.support.stopping import Stopped, stop_at

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

DOWN, PATIENCE = 3, 4
LONG = 2 * (4 * (PATIENCE + DOWN) + 1)
"""A window so long that the key and what waits behind it can be lost and sent again."""
SHORT = 2
"""The shortest window there is."""
LONGEST = 1000
API = "api"
NOT_ITS_OWN = "party has kept its key in force"

PARTS = [
    linear(weights, bias)
    for weights, bias in (([[1, 2], [3, -1]], [1, 0]), ([[2, 0], [1, 1]], [0, 5]))
]
INPUTS = [np.array([[1, number]]) for number in range(2)]
WANTED = [encode(chain(PARTS, values)[-1]) for values in INPUTS]

Change: TypeAlias = tuple[str, int]
"""Who replaces its key, and after how many acts of all."""
CHANGES = st.lists(st.tuples(st.sampled_from([NODE, *CAST]), st.integers(1, 250)), max_size=12)
SEEDS = st.integers(0, 1 << 32)


class Renewing(HardenedMarket):
    """A marketplace in which parties replace their keys now and then."""

    changes: ClassVar[Sequence[Change]] = ()

    def _act(self, name: str) -> bool:
        acted = super()._act(name)
        for who, acts in self.changes:
            if acted and acts == self.acts.total() and who not in self.down:
                self.process(who).replace_key()
        return acted

    def process(self, name: str) -> Member | Node:
        """Who is called so."""
        return self.around.node if name == NODE else self.members[name]


def asked(folder: Path, **given: object) -> Renewing:
    """A market that sells a model, and whose consumer wants an output for each input."""
    market: Renewing = Renewing.create(folder / "market", **given)  # type: ignore[arg-type]
    version = market.deploy(PARTS)
    market.consumer.trust(version, market.model(version))
    for values in INPUTS:
        market.consumer.ask(version, encode(values))
    return market


def had(market: HardenedMarket, name: str) -> Sequence[bytes]:
    """The keys that somebody has had on the ledger."""
    node = market.around.node
    party = node.key.public if name == NODE else market.members[name].identity
    return node.ledger.keys_of(party)


def see_that_all_is_well(market: HardenedMarket) -> None:
    """Everything is settled, nobody is convicted, all money is there, and the judge agrees."""
    contract, folder = market.contract, market.folder
    assert all(made.phase in OVER for made in contract.requests.values())
    assert contract.convicted == set()
    assert contract.money() == PURSE * len(market.members)
    ends = [served(market, *each) for each in zip(market.consumer.asked, WANTED, strict=True)]
    assert set(ends) == {"answered"}
    assert all(worth(market, name) >= PURSE for name in CAST if name != "consumer")
    see_that_the_judge_agrees(folder)
    for name in (NODE, *CAST):
        assert had(market, name)[-1] == next(iter(kept(folder / name))).public


def see_that_the_judge_agrees(folder: Path) -> None:
    judged = audit(folder / FILE)
    assert not judged.failed
    assert not judged.convictions


def kept(folder: Path) -> Keyring:
    return Keyring(kept_key(Storage(folder)), Storage(folder))


# A running market


@settings(max_examples=4)
@given(CHANGES, SEEDS)
def test_keys_are_replaced_at_any_moment(changes: Sequence[Change], seed: int) -> None:
    """In the shortest windows there are, and nobody has to demand what it is sent in time."""
    with running(changes, seed=seed, windows=SHORT) as market:
        kinds = {each.kind for _, each in market.around.node.ledger}
        assert "demand" not in kinds


@pytest.mark.parametrize(("quota", "windows"), [(2, SHORT), (3, SHORT), (2, 3)])
@pytest.mark.parametrize("rotating", [(block,) for block in range(5, 20)] + [range(200)])
def test_a_new_key_uses_up_nothing_but_what_it_takes_to_replace_one(
    tmp_path: Path, rotating: Sequence[int], quota: int, windows: int
) -> None:
    """In whichever block, and in each: what an honest party says is not refused for its key."""
    refused = Counter[str]()
    with asked(tmp_path, quota=quota, windows=windows) as market:
        append = market.around.node.ledger.append

        def noted(batch: Sequence[bytes]) -> Sequence[int | Refused]:
            outcomes = append(batch)
            refused.update(each.reason for each in outcomes if isinstance(each, Refused))
            return outcomes

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(market.around.node.ledger, "append", noted)
            for _ in range(LONGEST):
                if market.contract.now in rotating:
                    for member in market.members.values():
                        member.replace_key()
                if not market.pass_block():
                    break
        assert "signature is the author's" not in refused
        see_that_all_is_well(market)


def test_who_replaces_its_key_while_it_defends_itself_is_not_convicted(tmp_path: Path) -> None:
    """In the last whole block that there is for its answer, at the smallest quota there is."""
    with HardenedMarket.create(tmp_path, windows=SHORT, quota=2, seed=1) as market:
        root = market.deploy(PARTS, rows=8)
        market.run(60)
        name = market.consumer.ask(root, encode(np.array([[1, i] for i in range(8)])))
        market.consumer.dispute(name, 0)
        has_renewed = False
        while market.pass_block():
            made = market.contract.requests.get(name)
            is_last = made and made.phase is Phase.DISPUTED and market.contract.left(made) == 1
            if made and is_last and not has_renewed:
                market.members[market.named(made.executors[0])].replace_key()
                has_renewed = True
        assert has_renewed
        assert market.contract.convicted == set()


@pytest.mark.full
@settings(max_examples=40)
@given(CHANGES, SEEDS)
def test_keys_are_replaced_whatever_else_happens(changes: Sequence[Change], seed: int) -> None:
    """However bad the network is, and whoever crashes."""
    chance = Random(seed)
    faults = Faults(
        60, chance.randint(0, 2), 30, chance.randint(0, 2), chance.choice([False, True])
    )
    crashes = [
        Crash(chance.choice([NODE, *CAST]), chance.randint(1, 60), chance.randint(0, DOWN))
        for _ in range(6)
    ]
    with running(changes, seed=seed, faults=faults, crashes=crashes, windows=LONG):
        pass


@contextmanager
def running(changes: Sequence[Change], **given: object) -> Iterator[Renewing]:
    """A market in which keys are replaced, when all is settled, and as it should be."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Renewing, "changes", changes)
        with asked(Path(folder), **given) as market:
            market.run(LONGEST)
            see_that_all_is_well(market)
            yield market


def test_everybody_replaces_its_key_again_and_again(tmp_path: Path) -> None:
    with asked(tmp_path) as market:
        for _ in range(4):
            for name in (NODE, *CAST):
                market.process(name).replace_key()
            market.pass_block()
        market.run(LONGEST)
        see_that_all_is_well(market)
        assert {len(had(market, name)) for name in (NODE, *CAST)} == {5}


def test_a_key_that_is_not_in_force_yet_serves_as_the_next_one(tmp_path: Path) -> None:
    with asked(tmp_path) as market:
        for name in (NODE, *CAST):
            for _ in range(3):
                market.process(name).replace_key()
        market.run(LONGEST)
        see_that_all_is_well(market)
        assert {len(had(market, name)) for name in (NODE, *CAST)} == {2}


def test_witnesses_sign_with_the_keys_in_force(tmp_path: Path) -> None:
    """What some have signed with another key counts no more, and they sign it again."""
    with asked(tmp_path) as market:
        market.run(EVERY + 1)
        head = market.around.node.head
        for name in CAST:
            market.members[name].replace_key()
        for _ in range(2 * EVERY):
            market.pass_block()
        node = market.around.node
        assert node.head is not None
        assert node.head != head
        in_force = {p: node.ledger.keys_of(p)[-1] for p in market.contract.charter.witnesses}
        assert node.head.stands(node.key.public, in_force, market.contract.charter.quorum)


def test_what_waits_behind_a_new_key_is_signed_with_it_at_once(tmp_path: Path) -> None:
    """It was sent before the key was in force, and is on the ledger before a block passes."""
    with HardenedMarket.create(tmp_path) as market:
        version, consumer = market.deploy(PARTS), market.consumer
        market.run(LONGEST)
        consumer.replace_key()
        for values in INPUTS:
            consumer.ask(version, encode(values))
        quiet(consumer)
        quiet(market.around.node)
        assert [*market.contract.requests] == []
        quiet(consumer, market.around.node)
        assert [*market.contract.requests] == [*consumer.asked]


def test_a_letter_that_a_replaced_key_has_signed_is_sent_again_at_once(tmp_path: Path) -> None:
    with HardenedMarket.create(tmp_path) as market:
        version, consumer, node = market.deploy(PARTS), market.consumer, market.around.node
        market.run(LONGEST)
        consumer.ask(version, encode(INPUTS[0]))
        quiet(consumer, node)
        quiet(market.members["beacon"], node)
        [made] = market.contract.requests.values()
        executor = market.members[market.named(market.contract.executor_due(made))]
        assert isinstance(executor, Vendor)
        quiet(executor, node)
        quiet(consumer)
        consumer.replace_key()
        quiet(consumer)
        quiet(node)
        quiet(executor)
        assert not executor.has(made)
        quiet(consumer)
        quiet(executor)
        assert executor.has(made)


def test_letters_under_way_are_opened_with_the_key_they_were_sealed_for(tmp_path: Path) -> None:
    keys = Keyring(SigningKey.from_seed(bytes(32)), Storage(tmp_path))
    sender, owner = SigningKey.from_seed(bytes([1]) * 32), keys.first.public
    box = Mailbox(bytes(32), owner, keys)
    said = Message(bytes(32), "data", sender.public, owner, b"request", 0, b"content")
    sealed = []
    for number in range(3):
        sealed.append(said.sealed(sender, next(iter(keys)).public))
        assert all(box.open(each, lambda party: party) == said for each in sealed)
        keys.add(bytes([2 + number]) * 32)


# The ledger's node


def test_whoever_has_a_replaced_key_of_the_node_passes_no_block(tmp_path: Path) -> None:
    """It signs blocks with that key, and no transaction any more, whoever stops meanwhile."""
    with HardenedMarket.create(tmp_path) as market:
        market.run(3)
        market.around.node.replace_key()
        market.around.node = market.around.node.restart()
        market.pass_block()
        node, now = market.around.node, market.contract.now
        ledger, party = node.ledger, node.key.public
        tick = Transaction(ledger.identity, "tick", party, ledger.next_nonce(party), {})
        [outcome] = ledger.append([tick.signed(node.key)])
        assert isinstance(outcome, Refused)
        assert outcome.reason == UNSIGNED
        for passed in range(3):
            assert market.contract.now == now + passed
            market.pass_block()
        assert ledger.last is not None
        assert ledger.last.is_signed_with(node.key.public)


# Stopped at any write


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    return stop_at(monkeypatch)


KILLS = range(1, 60)
QUICK = (2, 8, 9, 12, 20)


@pytest.mark.parametrize("last", some_full(KILLS, {*KILLS} - {*QUICK}))
def test_a_hardened_market_that_stops_goes_on(
    tmp_path: Path, stopping: list[int], last: int
) -> None:
    """Whoever has kept a new key has it in force, and whoever has not signs with the first."""
    with asked(tmp_path) as market:
        market.run(4)
        stopping.append(last)
        with suppress(Stopped):
            for name in (NODE, *CAST):
                market.process(name).replace_key()
            market.run(LONGEST)
        stopping.clear()
    made = {name: len([*kept(market.folder / name)]) for name in (NODE, *CAST)}
    assert sum(made.values()) - len(made) == min(last - 1, len(made))
    with Renewing.open(market.folder, CAST) as market:
        market.run(LONGEST)
        see_that_all_is_well(market)
        assert {name: len(had(market, name)) for name in made} == made


# The paper's markets

INPUT = np.array([[1, 2]])
OUTPUT = encode(chain(PARTS, INPUT)[-1])

MOMENTS = st.integers(0, 12)


@settings(max_examples=3)
@given(st.sets(st.tuples(st.sampled_from([*BASIC]), MOMENTS), max_size=12))
def test_keys_are_replaced_at_any_moment_of_a_basic_market(changes: set[Change]) -> None:
    with TemporaryDirectory() as folder, BasicMarket.create(Path(folder)) as market:
        market.provider.deploy(API, PARTS, market.vendors[:2])
        renew, replaced = renewing(market, changes)
        for request in range(2):
            renew()
            market.consumer.request(API, encode(INPUT))
            for vendor in market.vendors:
                renew()
                vendor.work()
            renew()
            assert market.consumer.take(request) == OUTPUT
            renew()
            assert market.arbitrator.judge(request, market.provider).executed == 2
        see_that_keys_are_in_force(market, replaced)
        see_that_the_judge_agrees(Path(folder))


@settings(max_examples=3)
@given(st.sets(st.tuples(st.sampled_from([*ORCHESTRATED]), MOMENTS), max_size=12))
def test_keys_are_replaced_at_any_moment_of_an_orchestrated_market(changes: set[Change]) -> None:
    with TemporaryDirectory() as folder, OrchestratedMarket.create(Path(folder)) as market:
        held = [vendor.identity for vendor in market.vendors]
        market.provider.deploy(API, PARTS, [held] * 2, market.orchestrator.identity)
        renew, replaced = renewing(market, changes)
        for request in range(2):
            market.consumer.request(API, encode(INPUT))
            renew()
            while any(member.act(request) for member in market.members.values()):
                renew()
            assert market.consumer.data(request) == OUTPUT
            assert market.orchestrator.judge(request).executed == 2
        see_that_keys_are_in_force(market, replaced)
        see_that_the_judge_agrees(Path(folder))


def renewing(
    market: PaperMarket[Any], changes: set[Change]
) -> tuple[Callable[[], None], Counter[str]]:
    """What has those replace their keys whose moment it is, call by call; how often each has."""
    moments, replaced = count(), Counter[str]()

    def renew() -> None:
        now = next(moments)
        for name in [name for name, moment in changes if moment == now]:
            market.members[name].replace_key()
            replaced[name] += 1

    return renew, replaced


def see_that_keys_are_in_force(market: PaperMarket[Any], replaced: Counter[str]) -> None:
    """Nobody is convicted, and everybody signs with the last of its keys."""
    assert market.members["provider"].contract.convicted == set()
    for name, member in market.members.items():
        keys = market.ledger.keys_of(member.identity)
        assert len(keys) == 1 + replaced[name]
        assert keys[-1] == member.key.public


@pytest.mark.parametrize("last", range(1, 45, 3))
def test_a_basic_market_that_stops_goes_on(tmp_path: Path, stopping: list[int], last: int) -> None:
    with BasicMarket.create(tmp_path) as market:
        market.provider.deploy(API, PARTS, market.vendors[:2])
        stopping.append(last)
        with suppress(Stopped):
            for member in market.members.values():
                member.replace_key()
            market.consumer.request(API, encode(INPUT))
            market.work()
        stopping.clear()
    made = {name: len([*kept(tmp_path / name)]) for name in BASIC}
    assert sum(made.values()) - len(made) == min(last // 2, len(made))
    with BasicMarket.open(tmp_path, BASIC) as market:
        keys = {name: market.ledger.keys_of(m.identity) for name, m in market.members.items()}
        assert {name: len(had) for name, had in keys.items()} == made
        if not market.consumer.contract.requests:
            market.consumer.request(API, encode(INPUT))
        market.work()
        assert market.consumer.take(0) == OUTPUT
        assert market.arbitrator.judge(0, market.provider).executed == 2
        see_that_the_judge_agrees(tmp_path)


# Thieves


def test_what_a_thief_signs_counts_for_what_was_assigned_before_the_key_was_replaced(
    tmp_path: Path,
) -> None:
    """And for nothing that was assigned later."""
    outcomes = []
    for blocks in (0, 6, 40):
        with asked(tmp_path / f"{blocks}") as market:
            robbed = market.members["vendor1"]
            stolen = robbed.key
            for now in range(LONGEST):
                if now == blocks:
                    robbed.replace_key()
                if not market.pass_block():
                    break
                contradict(market, robbed.identity, stolen)
            found = convictions(market.around.node.ledger)
            taken = {
                made.since[step]  # with which of its keys
                for made in market.contract.requests.values()
                for step, executor in made.executors.items()
                if executor == robbed.identity
            }
            assert found.keys() == {robbed.identity for since in taken if since == 0}
            outcomes.append(bool(found))
    assert {*outcomes} == {False, True}


def taken_over(ledger: Ledger, robbed: Member | BasicMember) -> None:
    """A thief is first to replace somebody's key."""
    nonce, thiefs = ledger.next_nonce(robbed.identity), SigningKey.from_seed(bytes(32))
    said = rotation(ledger.identity, robbed.identity, nonce, thiefs)
    ledger.submit(said.signed(robbed.key))


def test_whoever_a_thief_was_first_for_is_told_and_all_others_go_on(tmp_path: Path) -> None:
    with HardenedMarket.create(tmp_path) as market:
        version, robbed = market.deploy(PARTS), market.members["vendor1"]
        market.run(LONGEST)
        taken_over(market.around.node.ledger, robbed)
        robbed.replace_key()
        for values in INPUTS:
            market.consumer.ask(version, encode(values))
        market.run(LONGEST)
        assert robbed.refused["key"] == NOT_ITS_OWN
        assert len(had(market, "vendor1")) == 2
        assert [*map(market.consumer.output, market.consumer.asked)] == WANTED
        assert market.contract.convicted == set()


def test_a_paper_market_goes_on_without_whoever_a_thief_was_first_for(tmp_path: Path) -> None:
    with BasicMarket.create(tmp_path) as market:
        taken_over(market.ledger, market.arbitrator)
        with pytest.raises(Refused, match=NOT_ITS_OWN):
            market.arbitrator.replace_key()
    with BasicMarket.open(tmp_path, BASIC) as market:
        market.provider.deploy(API, PARTS, market.vendors[:2])
        market.consumer.request(API, encode(INPUT))
        market.work()
        assert market.consumer.take(0) == OUTPUT


def test_what_a_thief_says_under_a_number_is_not_taken_for_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(ledger: Ledger, data: bytes) -> int:
        raise Stopped

    with BasicMarket.create(tmp_path) as market:
        market.provider.deploy(API, PARTS, market.vendors[:2])
        market.consumer.request(API, encode(INPUT))
        robbed, ledger = market.vendors[0], market.ledger
        with monkeypatch.context() as patch:
            patch.setattr(sqlite.Ledger, "submit", stop)
            with pytest.raises(Stopped):
                robbed.work()
        body = {"received": bytes(32), "produced": bytes(32), "claimed": bytes(32)}
        nonce = ledger.next_nonce(robbed.identity)
        said = Transaction(ledger.identity, "record", robbed.identity, nonce, {**body})
        ledger.submit(said.signed(robbed.key))
    with BasicMarket.open(tmp_path, BASIC) as market:
        market.work()
        assert market.consumer.take(0) == OUTPUT


def test_a_key_that_is_damaged_is_named(tmp_path: Path) -> None:
    Storage(tmp_path).put("key/1", b"short")
    with pytest.raises(Refused, match="can read its key/1: "):
        Keyring(SigningKey(), Storage(tmp_path))
