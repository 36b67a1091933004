"""A market with corrupted parties in it, and what came of it for the others."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random

import attrs
import numpy as np

from adversaries.deviating.hardened.play import FINE, LONGEST, names, served, worth
from adversaries.strategies.hardened.around import NETWORK, NODE, PATIENCE, surround
from adversaries.strategies.hardened.missed import Missed, Missing
from adversaries.strategies.hardened.owed import Account
from adversaries.strategies.hardened.wild import Coalition, corrupted
from adversaries.strategies.will import Will
from impl.hardened.market import CAST, PURSE, Cast, HardenedMarket
from impl.hardened.network import Faults
from impl.hardened.parties.consumer import Consumer
from impl.hardened.parties.provider import Provider
from impl.hardened.parties.public import Watcher
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import OVER
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Refused, Transaction
from impl.models.component import Component, chain
from impl.models.fixedpoint import Integers
from impl.models.importing.formula import formula
from impl.models.network import Layer, network
from spec.bytes.encoding import encode

EVERYBODY: Cast = {**CAST, "client": Consumer, "outsider": Watcher}
"""Who takes part: two consumers, so that one can be honest where the other is not."""
VENDORS = tuple(name for name, role in CAST.items() if issubclass(role, Vendor))
PARTNER = "partner"
"""A second provider, where what is earned is shared."""
SHARES = (None, None, 0, 40)
"""Hundredths of what is earned that a partner has, of which each world has one."""
CORRUPTIBLE = {
    "vendor0": 50,
    "vendor1": 50,
    "vendor2": 50,
    "consumer": 40,
    "client": 40,
    "provider": 20,
    PARTNER: 60,
    "beacon": 15,
    "outsider": 30,
    NODE: 40,
    NETWORK: 40,
}
"""Of a hundred worlds, in how many each is corrupted.

The watcher never is: that somebody has done what anybody may is an assumption.
"""


@attrs.frozen
class World:
    """Who is corrupted in a market, what is sold there, and what is asked.

    Attributes:
        corrupted: those who belong to the coalition, by name.
        apis: what is sold.
        requests: how many rows each consumer asks for, of each of these.
        seed: what everything else follows from that is left to chance.
        is_disordered: whether what parties say arrives in any order, and some of it twice.
        patience: for how many blocks the node leaves out what is said again in each, if it is
            corrupted; with more, an assumption fails.
        holders: how many vendors hold each part, and are drawn to check each other's work.
        share: hundredths of what is earned that a partner has, if there is one. It can dispute,
            and with more than none of them the last part is its own.
    """

    corrupted: frozenset[str]
    apis: tuple[str, ...]
    requests: int
    seed: int
    is_disordered: bool
    patience: int = PATIENCE
    holders: int = len(VENDORS)
    share: int | None = None

    @classmethod
    def of(cls, chance: Random) -> "World":
        """Any world."""
        some = {name for name, often in CORRUPTIBLE.items() if chance.randrange(100) < often}
        share = chance.choice(SHARES)
        if share is None:
            some.discard(PARTNER)
        apis = tuple(chance.sample(APIS, chance.randint(1, len(APIS))))
        seed, is_disordered = chance.randrange(2**32), chance.random() < 0.5
        requests, holders = chance.randint(1, 2), chance.randint(1, len(VENDORS))
        return cls(
            frozenset(some), apis, requests, seed, is_disordered, holders=holders, share=share
        )

    @property
    def cast(self) -> Cast:
        """Who takes part, by name."""
        return EVERYBODY if self.share is None else {**EVERYBODY, PARTNER: Provider}

    @property
    def owners(self) -> list[str]:
        """Whose each part is, by name."""
        return ["provider", PARTNER if self.share else "provider"]

    @property
    def is_told(self) -> bool:
        """Whether those whose the parts are tell consumers what these are."""
        return self.corrupted.isdisjoint(self.owners)

    @property
    def asked(self) -> list[tuple[str, Integers]]:
        """What each consumer asks for, in order: of which API, and a row, (1, 2)."""
        return [
            (api, row.reshape(1, -1)) for api in self.apis for row in sold(api)[1][: self.requests]
        ]


APIS = ("network", "formula")
"""Models of these kinds are sold, each in two parts."""


@cache
def sold(api: str) -> tuple[Sequence[Component], Integers]:
    """A small model in two parts, and rows that it takes, (rows, 2)."""
    if api == "formula":
        ranges = {"a": (0, 10), "b": (1, 5)}
        made = formula("0.5 * min(a, 3) / b + (1 if a < 2 else 0)", ranges=ranges, bits=8)
        return made.split(2), made.encode([[1.5, 2.0], [7.0, 3.0]])
    layers = [
        Layer(np.array(weights, np.int64), np.array(bias, np.int64), 0, rectified)
        for weights, bias, rectified in (
            ([[1, 2], [3, -1]], [1, 0], True),
            ([[2, 0], [1, 1]], [0, 5], False),
        )
    ]
    return network(layers).split(), np.array([[1, 2], [-3, 4]])


@contextmanager
def lived(
    folder: Path, world: World, will: Will, refused: Counter[str] | None = None
) -> Iterator[HardenedMarket]:
    """A world, from its beginning until nothing happens any more.

    Args:
        folder: where the market is to be.
        world: who is corrupted, and what is asked.
        will: what decides for those who are.
        refused: counts for what reasons the ledger refused something.
    """
    coalition = Coalition(will)
    cast = {
        name: corrupted(role, coalition) if name in world.corrupted else role
        for name, role in world.cast.items()
    }
    faults = Faults(duplication=20, disorder=True) if world.is_disordered else Faults()
    ledger = _counting(Counter() if refused is None else refused)
    created = HardenedMarket.create(folder, cast, seed=world.seed, faults=faults, ledger=ledger)
    with created as market:
        coalition.names |= names(market)
        coalition.keys |= {name: _key(market, name) for name in sorted(world.corrupted - {NETWORK})}
        surround(market, world.corrupted, coalition, world.patience)
        versions = {api: _deployed(market, world, api) for api in world.apis}
        for consumer in consumers(market):
            for version in versions.values():
                if world.is_told:
                    consumer.trust(version, market.model(version))
            for api, row in world.asked:
                consumer.ask(versions[api], encode(row))
        market.run(LONGEST)
        yield market


def _deployed(market: HardenedMarket, world: World, api: str) -> bytes:
    """What is sold is offered; the version's root. Vendors hold neighbouring parts, in a circle."""
    parts, of = sold(api)[0], len(VENDORS)
    held = [
        [vendor for n, vendor in enumerate(VENDORS) if (n - part) % of < world.holders]
        for part in range(len(parts))
    ]
    share = world.share or 0
    shares = {"provider": 100 - share, **({} if world.share is None else {PARTNER: share})}
    spares = min(1, world.holders - 1)
    return market.deploy(
        parts, api=api, holders=held, contributors=world.owners, shares=shares, spares=spares
    )


def _counting(refused: Counter[str]) -> type[Ledger]:
    """A ledger that does as every other, and counts why it refuses."""

    class Counting(Ledger):
        def append(self, batch: Sequence[bytes]) -> list[int | Refused]:
            outcomes = super().append(batch)
            refused.update(each.reason for each in outcomes if isinstance(each, Refused))
            return outcomes

    return Counting


def _key(market: HardenedMarket, name: str) -> SigningKey:
    """What somebody signs with."""
    return market.around.node.key if name == NODE else market.members[name].key


def consumers(market: HardenedMarket) -> list[Consumer]:
    """Those who ask."""
    return [member for member in market.members.values() if isinstance(member, Consumer)]


def complaints(market: HardenedMarket, world: World) -> list[str]:
    """What honest parties have to complain about; nothing, if the market keeps its promises.

    Nobody honest is convicted, or short of money that it is owed; who pays has the right output, if
    it can know that, or its money back; who asks is served, unless something excuses that;
    everything ends; and no money is made.
    """
    due = Account.of(said(market)).due
    return [
        *_about_ends(market),
        *_about_node(market, world),
        *(told for name in honest(market, world) for told in _of(market, name, due)),
        *_about_service(market, world),
        *(each.complaint for each in missed(market, world) if not each.excuse),
    ]


def missed(market: HardenedMarket, world: World) -> Iterator[Missed]:
    """What the market has not done for honest parties, excused or not."""
    return Missing(market, said(market), world.corrupted).found()


def said(market: HardenedMarket) -> list[Transaction]:
    """All that was said on the ledger."""
    return [each for _, each in market.around.node.ledger]


def honest(market: HardenedMarket, world: World) -> list[str]:
    """The parties that are not corrupted, by name."""
    return [name for name in market.members if name not in world.corrupted]


def _about_ends(market: HardenedMarket) -> Iterator[str]:
    """What is against everybody's interest."""
    contract = market.contract
    for made in contract.requests.values():
        if made.phase not in OVER:
            yield f"a request stays {made.phase.name}"
    if contract.money() != PURSE * len(contract.charter.purses):
        yield f"there is {contract.money()} of money"


def _about_node(market: HardenedMarket, world: World) -> Iterator[str]:
    """What who keeps the ledger has to complain about: it has no money in it."""
    if NODE not in world.corrupted and market.around.node.key.public in market.contract.convicted:
        yield f"{NODE} is convicted"


def _of(market: HardenedMarket, name: str, due: Mapping[bytes, int]) -> Iterator[str]:
    """What somebody honest has to complain about, as anybody has.

    Who neither asks nor guarantees has never less than in the beginning, whatever it is owed.
    """
    member = market.members[name]
    if member.identity in market.contract.convicted:
        yield f"{name} is convicted"
    has, owed = worth(market, name), PURSE + due[member.identity]
    if not isinstance(member, Consumer | Provider):
        owed = max(owed, PURSE)
    if has < owed:
        yield f"{name} has {has}, and is owed {owed}"


def _about_service(market: HardenedMarket, world: World) -> Iterator[str]:
    """What honest consumers have to complain about: they were not served, and have paid.

    Whether an output is right only those know whom honest providers have told of the model.
    """
    fine = FINE if world.is_told else {*FINE, "answered wrongly"}
    for consumer in consumers(market):
        if consumer.name not in world.corrupted:
            for request, (api, row) in zip(consumer.asked, world.asked, strict=True):
                end = served(market, request, encode(chain(sold(api)[0], row)[-1]))
                if end not in fine:
                    yield f"{consumer.name} is {end}"
