"""Whatever somebody says to the hardened parties, or does to what one has kept, the others go on.

Nobody is convicted who did as it should, and every request of theirs comes to a good end.
"""

import errno
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from typing import ClassVar

import attrs
import numpy as np
import pytest

import impl.hardened.market
from adversaries.deviating.hardened.play import FINE, served
from impl.hardened.mail import Message
from impl.hardened.market import CAST, WINDOW, Cast, HardenedMarket
from impl.hardened.parties.acts import Act, Send
from impl.hardened.parties.correspondent import place
from impl.hardened.parties.member import REASONS, Member
from impl.hardened.parties.memory import Memory
from impl.hardened.parties.provider import Provider
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import OVER, Stage
from impl.hardened.records import Request
from impl.hardened.terms import Terms
from impl.ledger.keys import SigningKey
from impl.ledger.port import LedgerError
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Refused, rotation
from impl.models.component import chain
from impl.storage import Storage
from spec.bytes.encoding import Value, encode
from tests.support.linear import linear
from tests.support.selection import some_full

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

LONGEST = 1000
VENDORS = ("vendor0", "vendor1", "vendor2")
PARTS = [
    linear(weights, bias)
    for weights, bias in (([[1, 2], [3, -1]], [1, 0]), ([[2, 0], [1, 1]], [0, 5]))
]
INPUTS = [np.array([[1, 2]]), np.array([[-3, 4]]), np.array([[5, 0]])]
"""One of the requests is audited."""
WANTED = [encode(chain(PARTS, values)[-1]) for values in INPUTS]
JUNK = [b"", b"\xff", bytes(32), encode(7), encode(["x"]), encode({}), PARTS[0].canonical()]
"""What is not of the kind that is expected, and some that is."""


@contextmanager
def opened(folder: Path, cast: Cast = CAST) -> Iterator[HardenedMarket]:
    """A marketplace with a version on the market, and a consumer who knows what is right."""
    with HardenedMarket.create(folder, cast) as market:
        version = market.deploy(PARTS)
        market.consumer.trust(version, market.model(version))
        market.run(LONGEST)
        yield market


def ask(market: HardenedMarket) -> None:
    [version] = market.contract.versions
    for values in INPUTS:
        market.consumer.ask(version, encode(values))


def ends(market: HardenedMarket) -> list[str]:
    """What each request came to."""
    return [served(market, *each) for each in zip(market.consumer.asked, WANTED, strict=True)]


def see_that_others_are_served(market: HardenedMarket, affected: Collection[str] = ()) -> None:
    """Of the others nobody is convicted, and no request stays open or costs its consumer."""
    contract = market.contract
    assert {market.named(party) for party in contract.convicted} <= set(affected)
    assert all(made.phase in OVER for made in contract.requests.values())
    if "consumer" not in affected:
        assert set(ends(market)) <= FINE


# Keys


NO_KEYS = [
    bytes(32),
    (1).to_bytes(32, "little"),
    (2**255 - 20).to_bytes(32, "little"),
]
"""What is no key of Ed25519, or one with which every secret agrees on the same (RFC 8032, 5.1)."""


@pytest.mark.parametrize("junk", NO_KEYS, ids=repr)
def test_a_holder_that_has_no_key_gets_no_letters_and_harms_nobody(
    tmp_path: Path, junk: bytes
) -> None:
    with opened(tmp_path) as market:
        [version] = market.contract.versions.values()
        terms = attrs.evolve(version.terms, api="other")
        bound = [
            market.provider.contribute("other", terms.number, step, part.canonical())
            for step, part in enumerate(PARTS)
        ]
        steps = [
            attrs.evolve(part, holders=(*part.holders, junk), bound=leaf)
            for part, leaf in zip(terms.steps, bound, strict=True)
        ]
        market.provider.offer(attrs.evolve(terms, steps=steps))
        ask(market)
        noted: set[str] = set()
        for _ in range(LONGEST):
            if not market.pass_block():
                break
            noted |= {*market.provider.refused.values()}
        assert f"{junk.hex()} is a key for which to seal" in noted
        see_that_others_are_served(market)
        assert ends(market) == ["answered"] * len(INPUTS)


# Messages


def babble(member: Member, act: Send) -> None:
    """Send with a message others, of which each has junk in one of its fields."""
    about = act.kind, member.identity, act.receiver, act.subject, act.step, act.content
    parties = [*member.contract.charter.purses]
    for wrong in varied(Message(member.ledger.identity, *about), parties):
        reader = wrong.receiver if wrong.receiver in parties else act.receiver
        sealed = wrong.sealed(member.key, reader)
        member.around.network.send(member.identity, act.receiver, sealed)


@attrs.define
class BabblingVendor(Vendor):
    """Sends junk with each message, and to each holder as if it were a provider."""

    def _send(self, act: Send) -> bool:
        sent = super()._send(act)
        if sent:
            babble(self, act)
        return sent

    def back(self) -> Iterator[Act]:
        yield from super().back()
        for root, version in self.contract.versions.items():
            if version.stage is Stage.PROPOSED:
                for step, holder in product(range(len(PARTS)), version.terms.holders(0)):
                    yield Send("component", holder, root, step, b"junk")


@attrs.define
class BabblingProvider(Provider):
    """Sends junk with each message, but no other component."""

    def _send(self, act: Send) -> bool:
        sent = super()._send(act)
        if sent and act.receiver != self.identity:
            babble(self, attrs.evolve(act, kind="data"))
            for step in (-1, len(PARTS), 2**63):
                super()._send(attrs.evolve(act, step=step))
        return sent


def varied(right: Message, parties: Sequence[bytes]) -> Iterator[Message]:
    """Messages that differ from one in one field."""
    values: dict[str, Sequence[Value]] = {
        "ledger": JUNK,
        "kind": ["", "data", "component", "x" * 1000],
        "sender": [*JUNK, *parties],
        "receiver": [*JUNK, *parties],
        "subject": JUNK,
        "step": [-1, 0, 1, 2, 3, 2**63, -(2**63)],
        "content": [*JUNK, bytes(16), bytes(16) + PARTS[1].canonical(), bytes(2**16)],
    }
    for name, others in values.items():
        for value in others:
            yield Message(**{**attrs.asdict(right), name: value})


@pytest.mark.parametrize(
    "cast",
    [{"provider": BabblingProvider}, {"vendor0": BabblingVendor, "vendor1": BabblingVendor}],
    ids=lambda cast: "-".join(cast),
)
def test_messages_with_junk_in_any_field_change_nothing(tmp_path: Path, cast: Cast) -> None:
    with opened(tmp_path, {**CAST, **cast}) as market:
        ask(market)
        market.run(LONGEST)
        see_that_others_are_served(market)
        assert ends(market) == ["answered"] * len(INPUTS)


@attrs.define
class Dumping(Provider):
    """Hands over junk in place of each component, and each component for another step."""

    def handed(self, terms: Terms, step: int) -> bytes:
        junk = [*JUNK, super().handed(terms, 1 - step)]
        return junk[self.contract.now % len(junk)]


def test_junk_that_is_handed_over_is_rejected(tmp_path: Path) -> None:
    with opened(tmp_path, {**CAST, "provider": Dumping}) as market:
        assert "reject" in {each.kind for _, each in market.around.node.ledger}
        assert not market.contract.convicted


# What is kept


@attrs.frozen
class Rotting(Memory):
    """A storage of which something turns to junk as soon as it is kept for the first time.

    Attributes:
        owner, kind: whose it is, and what, by the beginnings of their names.
        junk: what it turns to; None if it is gone.
        rotten: whose did, of those that can.
    """

    owner: ClassVar[str] = ""
    kind: ClassVar[str] = ""
    junk: ClassVar[bytes | None] = None
    rotten: ClassVar[list[str]] = []

    def put(self, name: str, data: bytes) -> None:
        super().put(name, data)
        self.rot(name)

    def jot(self, name: str, data: bytes) -> None:
        super().jot(name, data)
        self.rot(name)

    def rot(self, name: str) -> None:
        """What has a name turns to junk, if it is the first of its kind."""
        party = self.folder.name
        if not self.rotten and party.startswith(self.owner) and name.startswith(self.kind):
            self.rotten.append(party)
            self.spoil(name)

    def spoil(self, name: str) -> None:
        """Something turns to junk."""
        if self.junk is None:
            super().remove(name)
        else:
            super().put(name, self.junk)


def played(market: HardenedMarket) -> Sequence[str]:
    """Play to the end; the reasons for which somebody did not do something."""
    version = market.deploy(PARTS)
    with suppress(Refused):  # whose parts rot cannot tell of them
        market.consumer.trust(version, market.model(version))
    for values in INPUTS:
        market.consumer.ask(version, encode(values))
    noted: set[str] = set()
    for _ in range(LONGEST):
        goes_on = market.pass_block()
        noted |= {r for member in market.members.values() for r in member.refused.values()}
        if not goes_on:
            break
    return [*noted]


KEPT = [
    ("consumer", "order/"),
    ("consumer", "opening/"),
    ("consumer", "data/"),
    ("consumer", "model/"),
    ("vendor", "quarrel/"),
    ("provider", "agreed/"),
    ("provider", "terms/"),
    ("provider", "part/"),
    ("provider", "bond"),
    ("vendor", "component/"),
    ("vendor", "data/"),
    ("vendor", "opening/"),
    ("vendor", "bond"),
    *(
        (party, name)
        for party in ("consumer", "provider", "vendor", "beacon", "watcher")
        for name in ("head", "seen")
    ),
]
"""Whose storage has what, but for keys, and for what is only kept if somebody deviates."""


LOUD = ("order/", "agreed/", "terms/", "part/", "bond")
"""What cannot be had again, and is asked for until it is."""


@pytest.mark.parametrize(("owner", "kind"), KEPT)
@pytest.mark.parametrize(
    "junk",
    some_full([None, *JUNK], [junk for junk in JUNK if junk not in (b"\xff", encode(7))]),
    ids=lambda junk: repr(junk)[:12],
)
def test_what_rots_harms_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: str, kind: str, junk: bytes | None
) -> None:
    monkeypatch.setattr(impl.hardened.market, "Memory", Rotting)
    fields: dict[str, object] = {"owner": owner, "kind": kind, "junk": junk, "rotten": []}
    for field, value in fields.items():
        monkeypatch.setattr(Rotting, field, value)
    with HardenedMarket.create(tmp_path) as market:
        noted = played(market)
        assert Rotting.rotten
        see_that_others_are_served(market, Rotting.rotten)
        if owner == "vendor":  # another holder takes its part
            assert "answered" in ends(market)
        if kind == "data/":  # it is had again
            assert not market.contract.convicted
        if kind in LOUD and junk not in (None, encode(7)):
            assert noted


@pytest.mark.parametrize("name", CAST)
@pytest.mark.parametrize("junk", [None, *JUNK[:2]], ids=repr)
def test_whoever_lost_all_but_its_key_harms_nobody_else(
    tmp_path: Path, name: str, junk: bytes | None
) -> None:
    with opened(tmp_path) as market:
        ask(market)
        while not any(made.turn for made in market.contract.requests.values()):
            market.pass_block()
        storage = Storage(tmp_path / name)
        key = storage.get("key")
        for file in storage.folder.iterdir():
            file.unlink()
            if junk is not None:
                file.write_bytes(junk)
        storage.put("key", key)
        try:
            market._begin_again(name)
        except OSError as told:
            if "or remove kept" not in str(told):
                raise
            for left in storage.folder.glob("kept.db*"):
                left.unlink()
            market._begin_again(name)
        market.run(LONGEST)
        see_that_others_are_served(market, [name])


def test_everything_that_is_kept_rots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or else it is in the list, or one of these."""
    kept: set[tuple[str, str]] = set()

    def noted(way: str) -> Callable[[Storage, str, bytes], None]:
        before: Callable[[Storage, str, bytes], None] = getattr(Storage, way)

        def keep(self: Storage, name: str, data: bytes) -> None:
            kept.add((self.folder.name, name))
            before(self, name, data)

        return keep

    for way in ("put", "jot"):
        monkeypatch.setattr(Storage, way, noted(way))
    with HardenedMarket.create(tmp_path) as market:
        played(market)
    others = ("key", "secret", "witnessed", "order", "agreed")  # what all lose below, but for keys
    assert not [
        (party, name)
        for party, name in kept
        if party in CAST
        and name not in others
        and not any(party.startswith(o) and name.startswith(k) for o, k in KEPT)
    ]


@pytest.mark.parametrize(("lost", "left"), [("order/0", 5), ("order/1", 5), ("order", 6)])
def test_a_number_is_given_to_one_order(tmp_path: Path, lost: str, left: int) -> None:
    """Also after an order, or how many there were, is lost."""
    with opened(tmp_path) as market:
        ask(market)
        market.run(LONGEST)
        market.consumer.storage.remove(lost)
        market._begin_again("consumer")
        ask(market)
        market.run(LONGEST)
        requests = market.contract.requests
        assert len(requests) == 2 * len(INPUTS)
        assert len(market.consumer.asked) == left
        assert requests.keys() >= {*market.consumer.asked}


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_an_order_is_refused_or_carried_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    """Whoever is told that there is no room asks again, and would pay twice."""
    with opened(tmp_path) as market:
        put, room = Memory.put, iter(range(kept))

        def fill(memory: Memory, name: str, data: bytes) -> None:
            if next(room, None) is None:
                raise NO_ROOM
            put(memory, name, data)

        told = 0
        with monkeypatch.context() as patch, suppress(OSError):
            patch.setattr(Memory, "put", fill)
            [version] = market.contract.versions
            market.consumer.ask(version, encode(INPUTS[0]))
            told = 1
        market._begin_again("consumer")
        market.run(LONGEST)
        assert len(market.contract.requests) == told == min(kept, 1)


def test_who_has_lost_its_components_is_passed_over(tmp_path: Path) -> None:
    with opened(tmp_path) as market:
        [version] = market.contract.versions
        for name in ("vendor0", "vendor1"):
            storage = market.members[name].storage
            storage.remove(f"component/{version.hex()}/0")
            storage.put(f"component/{version.hex()}/1", b"junk")
        ask(market)
        market.run(LONGEST)
        see_that_others_are_served(market)
        assert "pass_over" in {each.kind for _, each in market.around.node.ledger}


@attrs.define
class ForgetfulVendor(Vendor):
    """Has lost each output by the time that it is to pass it on."""

    def give(self, made: Request) -> Iterator[Act]:
        if made.sender == self.identity:
            self.storage.remove(place("opening", made, made.turn))
        yield from super().give(made)


def test_who_has_lost_its_output_makes_it_again(tmp_path: Path) -> None:
    with opened(tmp_path, {**CAST, **dict.fromkeys(VENDORS, ForgetfulVendor)}) as market:
        ask(market)
        market.run(LONGEST)
        see_that_others_are_served(market)
        assert ends(market) == ["answered"] * len(INPUTS)


# A disk that is full


NO_ROOM = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@attrs.frozen
class Full(Memory):
    """A storage that may have no room."""

    parties: ClassVar[set[str]] = set()

    def put(self, name: str, data: bytes) -> None:
        if self.folder.name in self.parties:
            raise NO_ROOM
        super().put(name, data)

    def jot(self, name: str, data: bytes) -> None:
        if self.folder.name in self.parties:
            raise NO_ROOM
        super().jot(name, data)


@pytest.mark.parametrize("role", ["consumer", "vendor"])
def test_who_has_no_room_says_so_and_goes_on_when_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    monkeypatch.setattr(impl.hardened.market, "Memory", Full)
    monkeypatch.setattr(Full, "parties", set())
    with opened(tmp_path) as market:

        def reasons() -> set[str]:
            return {reason for m in market.members.values() for reason in m.refused.values()}

        ask(market)
        Full.parties.update(name for name in market.members if name.startswith(role))
        while not reasons():
            market.pass_block()
        assert reasons() == {str(NO_ROOM)}
        Full.parties.clear()
        market.run(LONGEST)
        assert not reasons()
        see_that_others_are_served(market)
        assert ends(market) == ["answered"] * len(INPUTS)


def test_a_ledger_without_room_stops_the_time_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise LedgerError("no room")

    with opened(tmp_path) as market:
        ask(market)
        before, height = market.contract.now, market.around.node.ledger.height
        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "_write", full)
            market.run(2 * WINDOW)
            assert market.around.node.failure == "no room"
        assert (market.contract.now, market.around.node.ledger.height) == (before, height)
        market.run(LONGEST)
        assert not market.around.node.failure
        see_that_others_are_served(market)
        assert ends(market) == ["answered"] * len(INPUTS)


def test_a_node_whose_clock_is_refused_says_so(tmp_path: Path) -> None:
    """A thief of its key has replaced that: nobody hears the node, and no block passes."""
    with opened(tmp_path) as market:
        market.pass_block()
        node, ledger = market.around.node, market.around.node.ledger
        assert not node.failure
        nonce, new = ledger.next_nonce(node.key.public), SigningKey()
        ledger.submit(rotation(ledger.identity, node.key.public, nonce, new).signed(node.key))
        before = market.contract.now
        market.run(2)
        assert market.contract.now == before
        assert "no block passes" in node.failure
        assert "signature is the author's" in node.failure


def test_what_cannot_be_kept_leaves_what_was(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    storage.put("name", b"before")
    [connection] = (opened.connection for opened in storage._opened)
    [pages] = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OSError, match="No space left") as told:
        storage.put("name", bytes(10**5))
    assert told.value.filename == str(storage.file)
    assert storage.get("name") == b"before"
    connection.execute("PRAGMA max_page_count = 1000")
    storage.put("name", b"after")
    assert storage.get("name") == b"after"


def test_a_key_that_cannot_be_kept_leaves_what_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = Storage(tmp_path)
    storage.put("key", b"before")

    def full(_: int) -> None:
        raise NO_ROOM

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        storage.put("key", b"after")
    assert storage.get("key") == b"before"
    assert len([*tmp_path.iterdir()]) == 1


def test_only_the_last_reasons_are_remembered(tmp_path: Path) -> None:
    with opened(tmp_path) as market:
        for number in range(2 * REASONS):
            market.consumer._refuse(str(number), "no reason")
        assert [*market.consumer.refused] == [*map(str, range(REASONS, 2 * REASONS))]
