"""What a version states: what it takes, whose parts it is made of, and who holds which."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import numpy as np
import pytest

from checkers.market.audit.hardened import HardenedTale
from checkers.market.audit.retelling import retell
from impl.hardened.contract import HardenedContract
from impl.hardened.market import CAST, PURSE, TOLL, HardenedMarket
from impl.hardened.parties.acts import Act, Send
from impl.hardened.parties.backer import Backer
from impl.hardened.parties.member import Member
from impl.hardened.parties.provider import Provider
from impl.hardened.records import Version
from impl.hardened.terms import Part, Terms
from impl.ledger.chain import Chain
from impl.ledger.codec import Codec
from impl.ledger.transaction import Refused
from impl.models.component import chain
from impl.quarrel.plan import Plan
from spec.bytes.encoding import encode
from tests.support.linear import linear

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

LONGEST = 1000
PARTS = [
    linear(weights, bias)
    for weights, bias in (([[1, 2], [3, -1]], [1, 0]), ([[2, 0], [1, 1]], [0, 5]))
]
INPUTS = [np.array([[1, 2]]), np.array([[-3, 4]])]
VENDORS = ("vendor0", "vendor1", "vendor2")
HOLDERS = (VENDORS[:2], VENDORS[1:])
SHARE = 5
"""What each of two providers has of a request."""


# What a version takes


@pytest.mark.parametrize(
    "data",
    [
        encode(np.zeros((2, 2), np.int64)),
        encode(np.zeros((0, 2), np.int64)),
        encode(np.zeros((1, 3), np.int64)),
        encode(np.zeros(2, np.int64)),
        encode("junk"),
        b"",
    ],
)
def test_what_a_version_does_not_take_is_refused_before_it_is_paid(
    tmp_path: Path, data: bytes
) -> None:
    with HardenedMarket.create(tmp_path) as market:
        version = market.deploy(PARTS)
        early = market.consumer.ask(version, data)  # nobody knows yet what the version takes
        market.run(LONGEST)
        with pytest.raises(Refused, match=r"rows of 2 numbers, at most 1 at once"):
            market.consumer.ask(version, data)
        market.run(LONGEST)
        assert market.consumer.asked == [early]
        assert not market.contract.requests
        assert market.contract.balances[market.consumer.identity] == PURSE


# Whose parts it is made of


@contextmanager
def joint(folder: Path, first: type[Provider] = Provider) -> Iterator[tuple[HardenedMarket, Terms]]:
    """A marketplace in which each of two providers has a part; the first offers the version."""
    cast = {**CAST, "provider": first, "second": Provider}
    with HardenedMarket.create(folder, cast) as market:
        providers = [market.members[name] for name in ("provider", "second")]
        for member in market.members.values():
            if isinstance(member, Backer):
                member.set_aside(PURSE // 2)
        terms = Terms(
            api="joint",
            number=1,
            provider=market.provider.identity,
            shares={provider.identity: 50 for provider in providers},
            steps=[*map(contributed, providers, range(2), [held_by(market, i) for i in range(2)])],
            rows=1,
            widths=[2, 2, 2],
            spares=1,
            costs=[30, 20, 2 * SHARE],
            stake=30 + TOLL,
            toll=TOLL,
            rounds=[Plan(part.program).halvings(1) for part in PARTS],
        )
        for provider in providers:
            assert isinstance(provider, Provider)
            provider.agree(terms.root)
        market.provider.offer(terms)
        yield market, terms


def held_by(market: HardenedMarket, step: int) -> tuple[bytes, ...]:
    return tuple(market.members[name].identity for name in HOLDERS[step])


def contributed(provider: Member, step: int, holders: tuple[bytes, ...]) -> Part:
    assert isinstance(provider, Provider)
    bound = provider.contribute("joint", 1, step, PARTS[step].canonical())
    return Part(provider.identity, holders, bound)


def test_each_provider_shows_its_part_to_its_holders_and_to_nobody_else(tmp_path: Path) -> None:
    with joint(tmp_path) as (market, terms):
        for values in INPUTS:
            market.consumer.ask(terms.root, encode(values))
        market.run(LONGEST)
        found = [market.consumer.output(name) for name in market.consumer.asked]
        assert found == [encode(chain(PARTS, values)[-1]) for values in INPUTS]
        kept = {name: everything_kept(member) for name, member in market.members.items()}
        for step, provider in enumerate(("provider", "second")):
            knows = {name for name in kept if PARTS[step].canonical() in kept[name]}
            assert knows == {provider, *HOLDERS[step]}
        shares = market.contract.versions[terms.root].collected_share
        assert [*shares.values()] == [SHARE * len(INPUTS)] * 2
        ledger = market.around.node.ledger
        said = [transaction for _, transaction in ledger]
        assert retell(HardenedTale(ledger.genesis, said, HardenedContract)).departure is None


def test_each_provider_has_its_own_api_of_a_name(tmp_path: Path) -> None:
    """Whoever offers versions under a name that another has taken replaces none of its versions."""
    with HardenedMarket.create(tmp_path, {**CAST, "second": Provider}) as market:
        first, second = market.provider, market.members["second"]
        assert isinstance(second, Provider)
        root = market.deploy(PARTS)
        market.run(LONGEST)
        terms = market.contract.versions[root].terms
        steps = [
            Part(
                second.identity,
                part.holders,
                second.contribute(terms.api, terms.number, i, PARTS[i].canonical()),
            )
            for i, part in enumerate(terms.steps)
        ]
        other = second.offer(
            attrs.evolve(
                terms, provider=second.identity, shares={second.identity: 100}, steps=steps
            )
        )
        market.run(LONGEST)
        taken = {(first.identity, terms.api): root, (second.identity, terms.api): other}
        assert market.contract.current == taken
        said = [transaction for _, transaction in market.around.node.ledger]
        genesis = market.around.node.ledger.genesis
        assert retell(HardenedTale(genesis, said, HardenedContract)).departure is None


def everything_kept(member: Member) -> bytes:
    """All that a party has on its disk."""
    return b"".join(path.read_bytes() for path in member.storage.folder.iterdir())


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_what_is_offered_later_stays_on_the_market(tmp_path: Path, is_forgotten: bool) -> None:
    """Also where a holder of the earlier version could agree to it only after that."""
    with HardenedMarket.create(tmp_path) as market:
        contract, offered = market.contract, (market.provider.identity, "api")
        late = 10 + contract.charter.agreeing * is_forgotten
        market.down["vendor0"] = late
        earlier = market.deploy(PARTS)
        for _ in range(3):
            market.pass_block()
        assert earlier in contract.versions
        later = market.deploy(PARTS, holders=[VENDORS[1:]] * len(PARTS))
        for _ in range(3):
            market.pass_block()
        assert contract.current == {offered: later}
        for _ in range(late):
            market.pass_block()
        assert not market.down
        assert contract.current == {offered: later}
        assert is_forgotten == (earlier not in contract.versions)


@attrs.define
class BoldProvider(Provider):
    """Hands over the second provider's part, which it has got hold of, as if it were its own."""

    stolen: bytes = b""

    def deploy(self, root: bytes, version: Version) -> Iterator[Act]:
        yield from super().deploy(root, version)
        for holder in version.terms.holders(1):
            yield Send("component", holder, root, 1, self.stolen)


def test_a_part_counts_only_from_whose_it_is(tmp_path: Path) -> None:
    with joint(tmp_path, BoldProvider) as (market, terms):
        second = market.members["second"]
        market.around.network.severed |= {
            (second.identity, market.members[name].identity) for name in VENDORS
        }
        assert isinstance(second, Provider)
        assert isinstance(market.provider, BoldProvider)
        market.provider.stolen = second.handed(terms, 1)
        market.run(20)
        assert {step for step, _ in market.contract.versions[terms.root].acknowledged} == {0}


def test_a_version_that_is_proposed_again_has_all_its_time_again(tmp_path: Path) -> None:
    """It stands in one place, also where a ledger goes on from its state."""
    with joint(tmp_path) as (market, terms):
        market.run(20)
        contract, genesis = market.contract, market.around.node.ledger.genesis
        root, holder = terms.root, terms.holders(0)[0]
        begun = HardenedContract(genesis)
        ledger = Chain.begin(genesis, lambda _: begun)

        def tick(blocks: int) -> None:
            for _ in range(blocks):
                begun.tick(contract.charter.clock)

        def propose() -> None:
            begun.propose(terms.provider, terms.body())
            Codec(begun).write(ledger)

        propose()
        tick(3)
        begun.reject(holder, root, 0)
        propose()
        tick(contract.charter.agreeing - 1)
        assert [*begun.versions] == [root]
        begun.reject(holder, root, 0)
        tick(1)
        assert (begun.drafts, [*begun.versions]) == ({}, [])
