"""What is said to a party or to the node causes no more work than what comes of it.

Counted are calls of what takes long: anybody can send letters, and they cost nothing.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from impl.hardened import mail
from impl.hardened.mail import Mailbox, Message
from impl.hardened.market import CAST, HardenedMarket
from impl.hardened.parties import vendor
from impl.hardened.parties.acts import Act
from impl.hardened.parties.computing import outline_digest
from impl.hardened.parties.member import Member
from impl.hardened.parties.node import AT_ONCE, Node
from impl.hardened.parties.provider import Provider
from impl.hardened.parties.shown import HEADS, LEDGER
from impl.hardened.records import Version
from impl.ledger.block import SignedBlock
from impl.ledger.keys import SigningKey
from impl.ledger.limits import VALUES
from impl.ledger.transaction import Transaction
from impl.ledger.witness import EVERY, Head
from impl.models.component import Component
from impl.quarrel.salts import SALT
from spec.bytes.encoding import encode
from tests.support.linear import linear
from tests.support.quiet import quiet

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

PARTS = [linear([[1, 2], [3, -1]], [1, 0]), linear([[2, 0], [1, 1]], [0, 5])]
LEDGERS = bytes(32)
STRANGER = SigningKey.from_seed(b"stranger".ljust(32))
MANY = 8


def counted(patch: pytest.MonkeyPatch, owner: object, name: str) -> list[tuple[Any, ...]]:
    """What something is called with from now on."""
    was, calls = getattr(owner, name), list[tuple[Any, ...]]()  # whatever it takes

    def counting(*args: object) -> object:
        calls.append(args)
        return was(*args)

    patch.setattr(owner, name, counting)
    return calls


def letter(market: HardenedMarket, key: SigningKey, to: Member, **fields: object) -> None:
    """Somebody sends a party a letter."""
    about = {"kind": "hello", "subject": b"x", "step": 0, "content": b"", **fields}
    identity = market.around.node.ledger.identity
    message = Message(ledger=identity, sender=key.public, receiver=to.identity, **about)  # type: ignore[arg-type]  # junk is sent as well
    market.around.network.send(key.public, to.identity, message.sealed(key, to.identity))


# Strangers


def to_parties(market: HardenedMarket, number: int) -> None:
    requests = [*market.contract.requests]
    for to in market.members.values():
        for kind in ("hello", "data", "component"):
            subject = requests[number % len(requests)]
            letter(market, STRANGER, to, kind=kind, subject=subject, content=bytes(number))


def to_the_ledger(market: HardenedMarket, number: int) -> None:
    identity = market.around.node.ledger.identity
    said = Transaction(identity, "tick", STRANGER.public, number, {}).signed(STRANGER)
    market.around.network.send(STRANGER.public, LEDGER, said)


def to_where_heads_are_gathered(market: HardenedMarket, number: int) -> None:
    last = market.around.node.announced
    assert last is not None
    head = Head(last, {STRANGER.public: bytes(64), bytes(number): b""})
    market.around.network.send(STRANGER.public, HEADS, head.canonical())


@pytest.mark.parametrize("say", [to_parties, to_the_ledger, to_where_heads_are_gathered])
def test_what_strangers_say_has_nobody_look_at_its_duties(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    say: Callable[[HardenedMarket, int], None],
) -> None:
    with HardenedMarket.create(tmp_path, windows=40) as market:
        version = market.deploy(PARTS)
        market.run(EVERY + 20)
        for number in range(3):
            market.consumer.ask(version, encode(np.array([[1, number]])))
        market.pass_block()
        everybody: list[Member | Node] = [market.around.node, *market.members.values()]
        for _ in range(2):  # what somebody kept at the end of one look it sees in another
            quiet(*everybody)
        looked = counted(monkeypatch, Member, "_do_what_is_due")
        judged = counted(monkeypatch, Node, "_stands")
        for number in range(MANY):
            say(market, number)
            quiet(*everybody)
        assert not market.around.network.is_busy
        assert len(market.contract.requests) == 3
        assert (looked, judged) == ([], [])


def test_a_letter_that_is_said_again_is_sealed_once_and_opened_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last output is said in every block, as its consumer says nothing of having it."""
    with HardenedMarket.create(tmp_path, windows=40) as market:
        version = market.deploy(PARTS)
        market.run(EVERY)
        market.consumer.ask(version, encode(np.array([[1, 2]])))
        market.pass_block()
        sent = counted(monkeypatch, type(market.around.network), "send")
        dear = [counted(monkeypatch, mail, name) for name in ("seal", "unseal")]
        for _ in range(MANY):
            market.pass_block()
        said = [call[3] for call in sent if call[2] == market.consumer.identity]
        assert len(said) >= MANY
        assert len({*said}) == 1
        assert max(map(len, dear)) <= 1


def test_what_was_opened_counts_no_longer_than_its_senders_key() -> None:
    old, new, owner = (SigningKey.from_seed(name.ljust(32)) for name in (b"old", b"new", b"owner"))
    mailbox = Mailbox(LEDGERS, owner.public, [owner])
    message = Message(LEDGERS, "hello", old.public, owner.public, b"x", 0, b"said")
    both = by_old, by_new = [message.sealed(key, owner.public) for key in (old, new)]
    for _ in range(2):  # also of what was opened before
        for key, taken in ((old, by_old), (new, by_new)):
            opened = [mailbox.open(data, {old.public: key.public}.__getitem__) for data in both]
            assert opened == [message if data == taken else None for data in both]


# What a witness has signed


def test_what_a_witness_has_signed_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it says so, and also if it has replaced its key meanwhile."""
    with HardenedMarket.create(tmp_path) as market:
        node, network = market.around.node, market.around.network
        away = [member for name, member in market.members.items() if name.startswith("vendor")]
        network.severed |= {(member.identity, HEADS) for member in away}
        for _ in range(EVERY):
            market.pass_block()
        judged = counted(monkeypatch, Node, "_stands")
        for _ in range(MANY):
            market.pass_block()
        assert node.head is None
        assert len(judged) <= 2  # of the two who are there
        market.provider.replace_key()
        for _ in range(4):
            market.pass_block()
        network.severed.clear()
        for _ in range(4):
            market.pass_block()
        assert node.head is not None


def test_what_witnesses_have_signed_is_shown_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each head that is shown, all parties take notice, and keep it."""
    with HardenedMarket.create(tmp_path) as market:
        node = market.around.node
        for _ in range(EVERY):
            market.pass_block()
        assert node.announced is not None
        heads = [witnessed(node.announced, member) for member in market.members.values()]
        judged, shown = counted(monkeypatch, Node, "_stands"), node.shown
        node.gather(heads)
        assert node.head is not None
        assert {*node.head.witnessed} == {*market.contract.charter.witnesses}
        assert (len(judged), node.shown) == (1, shown + 1)


def witnessed(announced: SignedBlock, member: Member) -> bytes:
    """What somebody says who has signed what is announced."""
    made = announced.block.signed(member.key).signature
    return Head(announced, {member.identity: made}).canonical()


def test_what_is_no_word_of_a_witness_costs_the_node_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not read if it is large, and in one act no more of it is than of transactions."""
    with HardenedMarket.create(tmp_path) as market:
        for _ in range(EVERY + 1):
            market.pass_block()
        node, network = market.around.node, market.around.network
        assert node.announced is not None
        quiet(node, *market.members.values())
        read = counted(monkeypatch, Head, "parse")
        many = {number.to_bytes(4): b"" for number in range(5000)}
        network.send(b"", HEADS, Head(node.announced, many).canonical())
        node.act()
        assert not read
        forged = Head(node.announced, {market.provider.identity: bytes(64)}).canonical()
        for _ in range(AT_ONCE + 1):
            network.send(b"", HEADS, forged)
        node.act()
        assert len(read) == AT_ONCE
        assert network.is_busy
        node.act()
        assert len(read) == AT_ONCE + 1


# Components


@attrs.define
class Mailing(Provider):
    """Proposes what it offers, and hands over nothing by itself."""

    def deploy(self, root: bytes, version: Version) -> Iterator[Act]:
        yield from ()


@pytest.fixture
def market(tmp_path: Path) -> Iterator[HardenedMarket]:
    """A marketplace in which a version is proposed, and none of its parts handed over."""
    with HardenedMarket.create(tmp_path, {**CAST, "provider": Mailing}) as market:
        market.deploy(PARTS)
        market.run(4)
        yield market


def hand_over(market: HardenedMarket, content: bytes) -> Member:
    """A vendor is handed something for the first step; that vendor."""
    to, [version] = market.members["vendor0"], [*market.contract.versions]
    about = {"kind": "component", "subject": version, "content": content}
    letter(market, market.provider.key, to, **about)
    return to


def good(market: HardenedMarket) -> bytes:
    [version] = market.contract.versions.values()
    return market.provider.handed(version.terms, 0)


def test_of_what_is_unfit_for_a_step_one_is_looked_at(
    market: HardenedMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = counted(monkeypatch, vendor, "is_bound")
    for number in range(MANY):
        quiet(hand_over(market, bytes(number)))
    assert len(looked) == 1
    market.run(4)
    assert "reject" in {said.kind for _, said in market.around.node.ledger}


def test_what_a_vendor_has_is_not_looked_at_again_and_answered_all_the_same(
    market: HardenedMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it has forgotten that it owes an answer, and no block passes."""
    looked = counted(monkeypatch, vendor, "is_bound")
    to = hand_over(market, good(market))
    quiet(to)
    assert len(looked) == 1
    market.around.network.forget(LEDGER)
    market._begin_again("vendor0")
    quiet(market.members["vendor0"])
    for _ in range(MANY):
        hand_over(market, good(market))
    quiet(market.members["vendor0"], market.around.node)
    [version] = market.contract.versions.values()
    assert version.acknowledged == {(0, to.identity)}
    assert len(looked) == 1


def test_what_a_vendor_has_no_room_for_is_not_looked_at(
    market: HardenedMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = counted(monkeypatch, vendor, "is_bound")
    monkeypatch.setattr("impl.hardened.parties.shelf.SHARE", 0)
    for _ in range(MANY):
        quiet(hand_over(market, good(market)))
    assert looked == []


def test_what_has_more_values_than_can_be_stated_is_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = counted(monkeypatch, Component, "parse")
    assert outline_digest(bytes(SALT) + encode([0] * (VALUES + 1))) == b""
    assert read == []
