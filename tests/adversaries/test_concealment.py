"""Two real markets of one shape, with other weights, data and salts, leave ledgers that look alike.

The proof of that is about the machine; this samples the implementation. The runs agree on who does
what and when and, by their beacons, on chance.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path

import attrs
import numpy as np
import pytest
from nacl.public import PrivateKey

from impl.hardened.chance import is_audited, seed_of
from impl.hardened.charter import SHORTEST, Charter
from impl.hardened.contract import HardenedContract
from impl.hardened.digests import commitment, leaf, request_id
from impl.hardened.phases import Phase
from impl.hardened.sealing import seal
from impl.hardened.terms import Part, Terms
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Transaction
from impl.models.component import Component
from impl.models.network import Layer, network
from impl.quarrel.outline import Outline
from impl.quarrel.salts import SALT, leaf_salt
from spec.bytes.encoding import Value, encode

PROVIDER, FIRST, SECOND, CONSUMER, BEACON = (
    SigningKey.from_seed(bytes([80 + i]) * 32) for i in range(5)
)
PUBLIC = {key.public for key in (PROVIDER, FIRST, SECOND, CONSUMER, BEACON)}
HOLDERS = (FIRST, SECOND)


@attrs.frozen
class Secrets:
    """What a market is not to give away: its components, its consumer's inputs, and the salts."""

    parts: tuple[bytes, bytes]
    inputs: tuple[bytes, bytes]
    random: np.random.Generator

    @classmethod
    def make(cls, seed: int, width: int = 3) -> "Secrets":
        """Components, of two layers in all, and inputs, of a width."""
        random = np.random.default_rng(seed)
        first, second = (
            Layer(random.integers(-99, 99, (width, width)), random.integers(-9, 9, width), 4, r)
            for r in (True, False)
        )
        inputs = [encode(random.integers(-999, 999, (1, width))) for _ in range(2)]
        parts = network([first]).component.canonical(), network([second]).component.canonical()
        return cls(parts, (inputs[0], inputs[1]), random)

    def salt(self) -> bytes:
        """A fresh salt."""
        return self.random.bytes(SALT)


@attrs.define
class Market:
    """A market at work, on a real ledger."""

    ledger: Ledger
    secrets: Secrets
    concealed: set[bytes] = attrs.field(factory=set)
    """Everything that hides something: leaves, commitments and seals."""
    opened: list[bytes] = attrs.field(factory=list)
    """What they hide."""
    rounds: Iterator[int] = attrs.field(factory=count)
    """Those of the beacon that are still to come."""
    seen: Sequence[object] = ()
    said: bytes = b""

    def say(self, kind: str, author: SigningKey, /, **body: Value) -> None:
        nonce = self.ledger.next_nonce(author.public)
        said = Transaction(self.ledger.identity, kind, author.public, nonce, body)
        self.ledger.submit(said.signed(author))

    def deploy(self) -> bytes:
        """A version with two steps comes on the market."""
        salts = [self.secrets.salt() for _ in HOLDERS]
        leaves = [
            leaf(leaf_salt(salt), "api", 1, i, Outline.of(Component.parse(part), salt).digest)
            for i, (salt, part) in enumerate(zip(salts, self.secrets.parts, strict=True))
        ]
        self.concealed.update(leaves)
        self.opened += [*salts, *self.secrets.parts]
        terms = Terms(
            api="api",
            number=1,
            provider=PROVIDER.public,
            shares={PROVIDER.public: 100},
            steps=[
                Part(PROVIDER.public, (v.public,), bound)
                for v, bound in zip(HOLDERS, leaves, strict=True)
            ],
            rows=1,
            widths=[1, 1, 1],
            spares=0,
            costs=[5, 3, 2],
            stake=6,
            toll=1,
            rounds=[4, 4],
        )
        for key in (PROVIDER, *HOLDERS):
            self.say("deposit", key, amount=20)
        self.say("propose", PROVIDER, terms=terms.body())
        self.say("sign", PROVIDER, version=terms.root)
        for i, v in enumerate(HOLDERS):
            self.say("acknowledge", v, version=terms.root, step=i)
        self.say("activate", PROVIDER, version=terms.root)
        return terms.root

    def serve(self, version: bytes, nonce: int, *, publicly: bool) -> None:
        """A request is served; publicly, every hop is demanded and published on the ledger."""
        contract = self.contract
        name = request_id(
            contract.charter.suite, self.ledger.identity, CONSUMER.public, nonce, version
        )
        data = self.secrets.inputs[nonce]
        opening = self.conceal(name, 0, data)
        self.say(
            "request",
            CONSUMER,
            request=name,
            nonce=nonce,
            version=version,
            input=commitment(name, 0, opening),
        )
        self.say("route", BEACON, request=name, beacon=self._quiet(name))
        for i, (v, part) in enumerate(zip(HOLDERS, self.secrets.parts, strict=True)):
            self.say("assign", v, request=name)
            if publicly:
                self.publish(name, v, HOLDERS[0] if i else CONSUMER, opening)
            data = Component.parse(part).run_bytes(data)
            opening = self.conceal(name, i + 1, data)
            self.say("record", v, request=name, step=i, output=commitment(name, i + 1, opening))
        if publicly:
            self.publish(name, CONSUMER, HOLDERS[1], opening)
        self.say("draw_lots", BEACON, request=name, beacon=self._quiet(name))
        for _ in range(SHORTEST):
            self.say("tick", BEACON)
        self.say("settle", CONSUMER, request=name)
        for _ in range(SHORTEST):
            self.say("tick", BEACON)
        for i, v in enumerate(HOLDERS):
            self.say("collect", v, request=name, step=i)
        self.say("collect_share", PROVIDER, version=version)

    def conceal(self, name: bytes, step: int, data: bytes) -> bytes:
        """An opening for data, under a fresh salt."""
        salt = self.secrets.salt()
        self.concealed.add(commitment(name, step, salt + data))
        self.opened += [salt, data]
        return salt + data

    def publish(self, name: bytes, receiver: SigningKey, sender: SigningKey, data: bytes) -> None:
        """A receiver demands data, and its sender publishes it, sealed."""
        key = bytes(PrivateKey(self.secrets.random.bytes(32)).public_key)
        sealed = seal(key, data)
        self.concealed.add(sealed)
        self.say("demand", receiver, request=name, key=key)
        self.say("publish", sender, request=name, sealed=sealed)

    def _quiet(self, name: bytes) -> bytes:
        """A round of the beacon after which chance draws no audit."""
        suite = self.contract.charter.suite
        rounds = (number.to_bytes(8) for number in self.rounds)
        seeds = ((beacon, seed_of(suite, beacon, name)) for beacon in rounds)
        return next(b for b, seed in seeds if not any(is_audited(suite, seed, i) for i in (0, 1)))

    @property
    def contract(self) -> HardenedContract:
        """The contract's state."""
        assert isinstance(self.ledger.contract, HardenedContract)  # it was opened with one
        return self.ledger.contract

    def look(self) -> list[object]:
        """What an onlooker sees, with whatever is no public name told apart by its length only."""
        names: dict[bytes, str] = {}

        def seen(value: Value) -> object:
            if isinstance(value, bytes) and value not in PUBLIC:
                return names.setdefault(value, f"{len(names)}: {len(value)} bytes")
            if isinstance(value, Mapping):
                return {key: seen(part) for key, part in value.items()}
            return [seen(part) for part in value] if isinstance(value, list) else value

        transactions = [(n, t.kind, t.author, seen(t.body)) for n, t in self.ledger]
        made = self.contract.requests.values()
        return [
            *transactions,
            [(r.phase, r.deadline, r.executors, r.pots, r.refunded) for r in made],
            [
                (v.stage, v.revenue, v.earned, v.collected_share)
                for v in self.contract.versions.values()
            ],
            (self.contract.balances, self.contract.bonds, self.contract.treasury),
            self.contract.convicted,
        ]


def run(folder: Path, secrets: Secrets) -> Market:
    """A version comes on the market, and two requests are served, the second in public."""
    purses = dict.fromkeys(PUBLIC, 30)
    windows = dict.fromkeys(Phase, SHORTEST)
    charter = Charter(purses, BEACON.public, BEACON.public, windows)
    genesis = Genesis("concealed", BEACON.public, charter.body())
    folder.mkdir()
    market = Market(
        Ledger.create(
            folder / "ledger.db", genesis, BEACON, HardenedContract, synchronous="NORMAL"
        ),
        secrets,
    )
    with market.ledger:
        version = market.deploy()
        market.serve(version, 0, publicly=False)
        market.serve(version, 1, publicly=True)
        market.seen = market.look()
        market.said = encode([said.body for _, said in market.ledger])
    return market


@pytest.mark.parametrize("seed", range(3))
def test_markets_of_one_shape_look_alike(seed: int, tmp_path: Path) -> None:
    one, other = (
        run(tmp_path / name, Secrets.make(seed + n)) for name, n in (("one", 0), ("other", 100))
    )
    assert one.seen == other.seen
    assert len(one.concealed) == 11  # two leaves, six commitments and three seals
    assert not one.concealed & other.concealed


def test_nothing_that_is_hidden_stands_on_the_ledger(tmp_path: Path) -> None:
    market = run(tmp_path / "market", Secrets.make(0))
    assert all(name in market.said for name in market.concealed)
    assert not any(hidden in market.said for hidden in market.opened)


def test_equal_data_do_not_look_equal(tmp_path: Path) -> None:
    """Nobody can tell from the ledgers that two markets sell one component and had one input."""
    secrets = Secrets.make(0)
    again = attrs.evolve(secrets, random=np.random.default_rng(1))
    one, other = run(tmp_path / "one", secrets), run(tmp_path / "other", again)
    assert one.seen == other.seen
    assert not one.concealed & other.concealed


def test_another_shape_is_seen(tmp_path: Path) -> None:
    one, other = (run(tmp_path / str(width), Secrets.make(0, width)) for width in (3, 4))
    assert one.seen != other.seen
