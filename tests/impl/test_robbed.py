"""What honest parties were robbed by, or convicted of, though every theorem held: never again."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adversaries.deviating.hardened.coalitions import DelayingProvider
from adversaries.deviating.hardened.node import OrderingNode, keep
from adversaries.deviating.hardened.play import worth
from adversaries.deviating.hardened.vendors import ForgingVendor, GarbageVendor, MissaltingVendor
from impl.hardened import dispute
from impl.hardened.charter import QUOTA
from impl.hardened.contract import HardenedContract
from impl.hardened.digests import DIGEST
from impl.hardened.market import CAST, PURSE, TOLL, WAGE, WINDOW, Cast, Crash, HardenedMarket
from impl.hardened.network import Faults
from impl.hardened.parties import pool, shelf, vendor
from impl.hardened.parties.acts import Act, Duty, Send, Submit
from impl.hardened.parties.backer import Backer
from impl.hardened.parties.consumer import Consumer
from impl.hardened.parties.hearing import Hearing
from impl.hardened.parties.member import Member
from impl.hardened.parties.outbox import RECENT
from impl.hardened.parties.pool import POOLED, POOLED_BYTES, Queue
from impl.hardened.parties.provider import Provider
from impl.hardened.parties.shown import LEDGER
from impl.hardened.parties.vendor import MOST_STAKE, Vendor
from impl.hardened.phases import OVER, Phase, Stage
from impl.hardened.records import Request, Version
from impl.hardened.terms import Part, Terms
from impl.ledger import admission
from impl.ledger.block import Stretch
from impl.ledger.keys import SigningKey, verify
from impl.ledger.limits import HANDFUL
from impl.ledger.transaction import Transaction, Unread, glance, parse, rotation
from impl.models.network import Layer, network
from impl.quarrel.run import Run
from impl.storage import Storage
from spec.bytes.encoding import Value, encode
from tests.support.linear import linear
from tests.support.quiet import quiet

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

LONGEST = 600
VENDORS = ("vendor0", "vendor1", "vendor2")
PARTS = [
    linear(weights, bias)
    for weights, bias in (([[1, 2], [3, -1]], [1, 0]), ([[2, 0], [1, 1]], [0, 5]))
]


def data(number: int) -> bytes:
    return encode(np.array([[1, number]]))


def convicted(market: HardenedMarket) -> set[str]:
    return {market.named(party) for party in market.contract.convicted}


# Tolls


@attrs.define
class DearProvider(Provider):
    """Asks as much for a demand as for a request: whoever is sent nothing pays that."""

    def offer(self, terms: Terms) -> bytes:
        dear = attrs.evolve(terms, toll=terms.price, stake=2 * terms.price)
        return super().offer(dear)


def test_a_vendor_takes_no_step_whose_toll_is_above_its_wage(tmp_path: Path) -> None:
    with HardenedMarket.create(tmp_path, {**CAST, "provider": DearProvider}) as market:
        market.deploy(PARTS)
        market.run(100)
        assert not any(version.acknowledged for version in market.contract.versions.values())


@attrs.define
class BindingProvider(Provider):
    """Has vendors put up all they have for a request that costs next to nothing."""

    def offer(self, terms: Terms) -> bytes:
        lasts = terms.rounds[0] + 1
        return super().offer(attrs.evolve(terms, stake=(1 + MOST_STAKE // lasts) * terms.wage(0)))


@pytest.mark.parametrize("rows", [1, 1 << 15])
def test_a_vendor_puts_up_no_stake_out_of_proportion_to_its_wage(tmp_path: Path, rows: int) -> None:
    """Nor for as long as a quarrel about many rows can take: others need its bond meanwhile."""
    with HardenedMarket.create(tmp_path, {**CAST, "provider": BindingProvider}) as market:
        market.deploy(PARTS, rows)
        market.run(100)
        assert not any(version.acknowledged for version in market.contract.versions.values())


def test_a_vendor_takes_no_component_that_it_could_not_state_beside_its_input(
    tmp_path: Path,
) -> None:
    """Else whoever asks for the most that can be passed on has it convicted of silence."""
    layer = Layer(np.array([[1]]), np.array([0]), 0, rectified=False)
    for layers, taken in ((500, True), (1000, False)):
        with HardenedMarket.create(tmp_path / f"{layers}") as market:
            market.deploy([network([layer] * layers).component])
            market.run(100)
            [version] = market.contract.versions.values()
            assert bool(version.acknowledged) is taken


@attrs.define
class MailingNothing(Consumer):
    """Gives its input only when it is demanded, and paid for."""

    def give(self, made: Request) -> Iterator[Act]:
        yield from (act for act in super().give(made) if isinstance(act, Submit))


@pytest.mark.parametrize("cast", [{"consumer": MailingNothing}, {}])
def test_a_vendor_that_put_all_it_has_into_its_bond_can_still_demand(
    tmp_path: Path, cast: Cast
) -> None:
    with HardenedMarket.create(tmp_path, {**CAST, **cast}) as market:
        for name in VENDORS:
            vendor = market.members[name]
            assert isinstance(vendor, Backer)
            vendor.set_aside(PURSE)
        version = market.deploy(PARTS)
        for number in range(3):
            market.consumer.ask(version, data(number))
        market.run(LONGEST)
        assert convicted(market) == set()
        assert len(market.contract.requests) == 3
        assert all(worth(market, name) >= PURSE for name in VENDORS)


def test_who_demands_what_turns_out_to_be_junk_has_its_toll_back(tmp_path: Path) -> None:
    with HardenedMarket.create(
        tmp_path, {**CAST, **dict.fromkeys(VENDORS, GarbageVendor)}
    ) as market:
        market.consumer.ask(market.deploy(PARTS[:1]), data(1))
        market.run(LONGEST)
        assert "show_bad" in {each.kind for _, each in market.around.node.ledger}
        assert worth(market, "consumer") == PURSE


def test_a_consumer_keeps_what_it_may_have_to_pay_beside_the_price(tmp_path: Path) -> None:
    with HardenedMarket.create(tmp_path) as market:
        version = market.deploy(PARTS)
        orders = [market.consumer.ask(version, data(number)) for number in range(40)]
        for _ in range(LONGEST):
            if not market.pass_block():
                break
            mine = [q for q in market.contract.requests.values() if not q.is_over]
            purse = market.contract.balances[market.consumer.identity]
            assert purse >= 3 * TOLL * len(mine)
        assert 0 < len(market.contract.requests) < len(orders)


# Letters


@attrs.define
class FloodingProvider(Provider):
    """Has vendors say that they hold each of the many steps of a version that nobody needs."""

    flood: Terms | None = None

    def duties(self) -> Iterator[Duty]:
        yield from super().duties()
        if self.flood is not None:
            yield "flood", self.pour(self.flood)

    def pour(self, terms: Terms) -> Iterator[Act]:
        """Hand over every component that is not acknowledged, in every block."""
        version = self.contract.versions.get(terms.root)
        if version is None:
            yield Submit("propose", {"terms": terms.body()})
            return
        for step in range(len(terms.steps)):
            for holder in terms.holders(step):
                if (step, holder) not in version.acknowledged:
                    yield Send("component", holder, terms.root, step, self.handed(terms, step))

    def deploy(self, root: bytes, version: Version) -> Iterator[Act]:
        yield from ()


@pytest.mark.parametrize("order", [("evil", "provider"), ("provider", "evil")])
def test_whoever_floods_vendors_keeps_no_other_version_from_the_market(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: tuple[str, str]
) -> None:
    """Whether it hands over more than they can answer in a block before others do, or after."""
    monkeypatch.setattr(vendor, "ANSWERS", 8)
    with HardenedMarket.create(tmp_path, {**CAST, "evil": FloodingProvider}) as market:
        let_flood(market, 12)
        version, node = market.deploy(PARTS), market.around.node
        for name in order:
            quiet(market.members[name], node)
        quiet(*(market.members[name] for name in VENDORS), node)
        assert len(market.contract.versions[version].acknowledged) == len(VENDORS) * len(PARTS)


def let_flood(market: HardenedMarket, steps: int) -> Terms:
    """Have vendors flooded with a version of so many steps; its terms."""
    evil = market.members["evil"]
    assert isinstance(evil, FloodingProvider)
    evil.flood = flooding(market, evil, steps)
    return evil.flood


def flooding(market: HardenedMarket, provider: FloodingProvider, steps: int) -> Terms:
    part = linear([[1]], [0])
    holders = tuple(market.members[name].identity for name in VENDORS)
    return Terms(
        api="flood",
        number=1,
        provider=provider.identity,
        shares={},
        steps=[
            Part(
                provider.identity,
                holders,
                provider.contribute("flood", 1, step, part.canonical()),
            )
            for step in range(steps)
        ],
        rows=1,
        widths=[1] * (steps + 1),
        spares=0,
        costs=[*range(2 * steps, -1, -2)],
        stake=2 * steps + 1,
        toll=1,
        rounds=[2] * steps,
    )


@pytest.mark.parametrize("seed", range(1))
def test_whoever_floods_vendors_with_components_keeps_none_from_its_work(
    tmp_path: Path, seed: int
) -> None:
    """Though each transaction takes up to two blocks."""
    cast = {**CAST, "evil": FloodingProvider}
    with HardenedMarket.create(tmp_path, cast, faults=Faults(delay=2), seed=seed) as market:
        version = market.deploy(PARTS)
        market.run(200)
        let_flood(market, 12)
        for number in range(3):
            market.consumer.ask(version, data(number))
        for _ in range(80):
            market.pass_block()
        [terms] = [v for v in market.contract.versions.values() if v.terms.api == "flood"]
        assert terms.acknowledged
        assert convicted(market) == set()
        assert len(market.contract.requests) == 3
        assert all(made.phase in OVER for made in market.contract.requests.values())


# Evidence


def test_a_node_that_has_replaced_its_key_is_still_held_to_its_blocks(tmp_path: Path) -> None:
    """Blocks are signed with the key that the genesis names, and no other."""
    with HardenedMarket.create(tmp_path) as market:
        market.run(3)
        ledger, node = market.around.node.ledger, market.around.node.key
        nonce, new = ledger.next_nonce(node.public), SigningKey.from_seed(bytes(32))
        ledger.submit(rotation(ledger.identity, node.public, nonce, new).signed(node))
        [block] = ledger.blocks(1, 1)
        other = attrs.evolve(block.block, root=bytes(32))
        first, second, forged = (
            Stretch.of([each]).canonical()
            for each in (block, other.signed(node), other.signed(new))
        )
        assert market.contract.has_forked(node.public, first, second)
        assert not market.contract.has_forked(node.public, first, forged)


# Lies


@attrs.define
class LateForger(ForgingVendor):
    """Stands by a constant that it gives for the fourth step, and does the others."""

    def work(self, made: Request, step: int) -> bytes:
        return super().work(made, step) if step == 3 else Vendor.work(self, made, step)

    def run(self, made: Request, step: int) -> Run | None:
        return super().run(made, step) if step == 3 else Vendor.run(self, made, step)


def test_who_knows_all_disputes_the_one_step_that_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If it had to dispute one step after the other, tolls would cost it more than it gets back."""
    monkeypatch.setattr(HardenedContract, "is_audited", lambda *_: False)
    with HardenedMarket.create(tmp_path, {**CAST, **dict.fromkeys(VENDORS, LateForger)}) as market:
        version = market.deploy([*PARTS, *PARTS, *PARTS])
        market.consumer.trust(version, market.model(version))
        request = market.consumer.ask(version, data(1))
        market.run(LONGEST)
        made = market.contract.requests[request]
        assert (made.phase, made.disputed, len(made.doubted)) == (Phase.REFUNDED, 3, 1)
        assert market.contract.convicted == {made.executors[3]}
        assert worth(market, "consumer") >= PURSE


@attrs.define
class ConcedingProvider(Provider):
    """Disputes each step before anybody else can, and then says nothing, so that it loses."""

    def doubtful(self, made: Request) -> Iterator[int]:
        yield from range(made.turn)

    def oppose(self, made: Request) -> Iterator[Act]:
        yield from ()


def test_who_disputes_for_a_friend_keeps_nobody_else_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HardenedContract, "is_audited", lambda *_: False)
    league: Cast = {"provider": ConcedingProvider, **dict.fromkeys(VENDORS, ForgingVendor)}
    with HardenedMarket.create(tmp_path, {**CAST, **league}) as market:
        version = market.deploy(PARTS)
        market.consumer.trust(version, market.model(version))
        request = market.consumer.ask(version, data(1))
        market.run(LONGEST)
        made = market.contract.requests[request]
        said = [each for _, each in market.around.node.ledger if each.kind == "dispute"]
        assert (market.named(said[0].author), said[0].body["step"]) == ("provider", 0)
        assert made.phase is Phase.REFUNDED
        assert market.contract.convicted == {made.executors[0]}
        assert worth(market, "consumer") >= PURSE


def test_who_is_dismissed_gives_the_window_no_time_back(tmp_path: Path) -> None:
    """Or whoever disputes one step after the other, each in the last block, holds up all wages."""
    cast, left = {**CAST, "provider": DelayingProvider}, WINDOW // 2
    with HardenedMarket.create(tmp_path, cast, windows=left) as market:
        request = market.consumer.ask(market.deploy(PARTS), data(1))
        for _ in range(LONGEST):
            if not market.pass_block():
                break
            made = market.contract.requests.get(request)
            if made is not None and made.phase is Phase.WINDOW:
                assert market.contract.left(made) <= left
                left = market.contract.left(made)
        made = market.contract.requests[request]
        assert made.phase is Phase.SETTLED
        assert {step for step, who in made.doubted if who == market.provider.identity} == {0, 1}


# Too much at once


@pytest.mark.parametrize(
    ("quota", "windows", "delay"), [(QUOTA, WINDOW, 2), (2, 4, 0), (2, WINDOW, 1)]
)
def test_nobody_is_convicted_of_having_too_much_to_do(
    tmp_path: Path, quota: int, windows: int, delay: int
) -> None:
    """Though three consumers have all demanded that they are to be sent."""
    cast = {**CAST, **dict.fromkeys(("consumer", "consumer1", "consumer2"), MailingNothing)}
    with HardenedMarket.create(
        tmp_path, cast, purse=10**5, windows=windows, quota=quota, faults=Faults(delay=delay)
    ) as market:
        version = market.deploy(PARTS)
        for consumer in market.members.values():
            for number in range(10):
                if isinstance(consumer, Consumer):
                    consumer.ask(version, data(number))
        market.run(LONGEST)
        made = [*market.contract.requests.values()]
        assert convicted(market) == set()
        assert len(made) == 30
        assert any(each.phase is Phase.SETTLED for each in made)


@attrs.define
class Busy(Vendor):
    """Has more to say than a block has room for, all of which can wait."""

    def duties(self) -> Iterator[Duty]:
        yield from super().duties()
        for number in range(8):
            yield f"{number}", iter([Submit("deposit", {"amount": 0})])


def test_half_of_what_a_party_can_say_is_for_what_cannot_wait(tmp_path: Path) -> None:
    cast = {**CAST, "vendor0": Busy}
    with HardenedMarket.create(tmp_path, cast, quota=5) as market:
        for _ in range(5):
            market.pass_block()
        author = market.members["vendor0"].identity
        said = [each for _, each in market.around.node.ledger if each.author == author]
        assert len(said) == 5 * 2


def test_a_provider_guarantees_no_more_requests_than_can_be_served_in_time(tmp_path: Path) -> None:
    with HardenedMarket.create(tmp_path, purse=10**4, windows=4, quota=4) as market:
        version = market.deploy(PARTS)
        for number in range(20):
            market.consumer.ask(version, data(number))
        provider, terms = market.provider, None
        for _ in range(LONGEST):
            if not market.pass_block():
                break
            found = market.contract.versions.get(version)
            if found is not None and found.stage is Stage.ACTIVE:
                terms = found.terms
                vouched = market.contract.bonds[provider.identity] + sum(
                    made.surety for made in market.contract.requests.values()
                )
                assert vouched <= provider.capacity * terms.price < PURSE
        assert terms is not None
        assert len(market.contract.requests) == 20


def test_who_sees_that_the_ledger_is_slow_takes_nothing_on_for_a_while(tmp_path: Path) -> None:
    with HardenedMarket.create(tmp_path) as market:
        version = market.deploy(PARTS)
        market.run(5)
        vendors = [market.members[name] for name in VENDORS]
        ways = {(vendor.identity, LEDGER) for vendor in vendors}
        market.around.network.severed |= ways
        for vendor in vendors:
            assert isinstance(vendor, Vendor)
            vendor.set_aside(PURSE // 3)
        for _ in range(WINDOW):
            market.pass_block()
        market.around.network.severed -= ways
        phases = []
        for number in range(2):
            market.consumer.ask(version, data(number))
            for _ in range(RECENT + WINDOW):
                market.pass_block()
            phases.append([*market.contract.requests.values()][-1].phase)
        assert phases == [Phase.REFUNDED, Phase.SETTLED]
        assert convicted(market) == set()


@attrs.define
class Mistaken(Vendor):
    """Says first of all, in every block, what is refused."""

    def duties(self) -> Iterator[Duty]:
        yield "mistake", iter([Submit("deposit", {"amount": 10**9})])
        yield from super().duties()


@pytest.mark.parametrize(
    ("quota", "faults"), [(QUOTA, Faults()), (QUOTA, Faults(delay=2, disorder=True)), (4, Faults())]
)
def test_what_is_refused_keeps_nothing_back_that_was_said_after_it(
    tmp_path: Path, quota: int, faults: Faults
) -> None:
    cast = {**CAST, **dict.fromkeys(VENDORS, Mistaken)}
    with HardenedMarket.create(tmp_path, cast, quota=quota, faults=faults) as market:
        version = market.deploy(PARTS)
        for number in range(3):
            market.consumer.ask(version, data(number))
        for _ in range(90):
            market.pass_block()
        assert convicted(market) == set()
        assert [made.phase for made in market.contract.requests.values()] == [Phase.SETTLED] * 3


@attrs.define
class OnceMistaken(Vendor):
    """Says once, while it serves, what is refused."""

    mistakes: int = 1

    def duties(self) -> Iterator[Duty]:
        if self.mistakes and self.contract.requests:
            yield "mistake", self.mistake()
        yield from super().duties()

    def mistake(self) -> Iterator[Act]:
        self.mistakes -= 1
        yield Submit("deposit", {"amount": 10**9})


def test_what_a_node_never_declines_keeps_nothing_back_for_long(tmp_path: Path) -> None:
    """Everything that a party says later waits for it: it comes to an end with patience."""
    cast = {**CAST, **dict.fromkeys(VENDORS, OnceMistaken)}
    with HardenedMarket.create(tmp_path, cast) as market:
        keep(OrderingNode, market)
        version = market.deploy(PARTS)
        for number in range(3):
            market.consumer.ask(version, data(number))
        patience = market.contract.charter.patience
        for _ in range(RECENT + 3 * WINDOW):
            market.pass_block()
            waiting = [member._outbox.delay for member in market.members.values()]
            assert max(waiting) <= patience + 1  # what is numbered after it is heard one later
        assert not any(market.members[name]._outbox.pieces for name in VENDORS)
        market.consumer.ask(version, data(3))  # whom the ledger was too slow for takes it on
        market.run(LONGEST)
        assert convicted(market) == set()
        *_, last = market.contract.requests.values()
        assert len(market.contract.requests) == 4
        assert last.phase is Phase.SETTLED


def early(market: HardenedMarket, name: str, number: int, room: int = 1) -> bytes:
    """What a party says with a running number that is not its next, in so many bytes and more."""
    member = market.members[name]
    body: dict[str, Value] = {"amount": 0, "room": bytes(room)}
    said = Transaction(member.ledger.identity, "deposit", member.identity, number, body)
    return said.signed(member.key)


def test_nobody_fills_the_nodes_memory_with_what_is_numbered_too_high(tmp_path: Path) -> None:
    with HardenedMarket.create(tmp_path) as market:
        hearing = Hearing(market.around.node.ledger, market.contract)
        identity = market.contract.genesis.identity
        vendor, other = (market.members[name] for name in ("vendor0", "vendor1"))

        def holds(data: bytes) -> bool:
            """Whether something waits, now that it has arrived, and is not to be appended."""
            said = glance(data, identity)
            assert said is not None
            hearing.hear(data)
            return not hearing.take() and hearing._pool.waiting(said) == data

        assert not holds(early(market, "vendor0", 0))  # its turn has come
        stranger = SigningKey()
        unknown = Transaction(identity, "deposit", stranger.public, 1, {"amount": 0})
        assert not holds(unknown.signed(stranger))
        forged = Transaction(identity, "deposit", vendor.identity, 1, {"amount": 0})
        assert not holds(forged.signed(other.key))
        held = [holds(early(market, "vendor0", n + 1)) for n in range(1100)]
        assert held == [True] * POOLED + [False] * (1100 - POOLED)
        large = [holds(early(market, "vendor1", n + 1, 10**6)) for n in range(20)]
        assert large == [True] * (POOLED_BYTES // 10**6) + [False] * (20 - POOLED_BYTES // 10**6)


Say: TypeAlias = Callable[[int, int], bytes]
"""Signs that a vendor takes out so much money, under a number that comes so long after its next."""


def say(market: HardenedMarket, name: str, key: SigningKey | None = None) -> Say:
    """Has a vendor, or who has another key, speak in the vendor's name."""
    member, begun = market.members[name], market.around.node.ledger.next_nonce

    def signed(amount: int, after: int = 0) -> bytes:
        body: dict[str, Value] = {"amount": amount}
        number = begun(member.identity) + after
        said = Transaction(member.ledger.identity, "withdraw", member.identity, number, body)
        return said.signed(key or member.key)

    return signed


def looked_at(market: HardenedMarket, batch: Sequence[bytes]) -> int:
    """How many of some transactions the node of a market looks at, as they come together."""
    return work(market, batch)["heard"]


def work(market: HardenedMarket, batch: Sequence[bytes]) -> Counter[str]:
    """What a market's node does about some transactions, as they come together.

    How many it hears, how many signatures it verifies, and how often it reads one: twice, if it may
    be a record.
    """
    done = Counter[str]()

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: object) -> object:
            done[name] += 1
            return function(*args)

        return call

    for data in batch:
        market.around.network.send(b"anybody", LEDGER, data)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Unread, "is_signed_with", counted("heard", Unread.is_signed_with))
        patched.setattr("impl.ledger.transaction._verified", counted("verified", verify))
        for module in (admission, dispute):
            patched.setattr(module, "parse", counted("read", parse))
        while market.around.node.act():
            pass
    return done


def test_what_waits_behind_what_is_refused_costs_nothing_more(tmp_path: Path) -> None:
    """Each is looked at twice, however often the number before it is: as it comes, and in turn."""
    many, rounds = 60, 20
    with HardenedMarket.create(tmp_path) as market:
        said = say(market, "vendor0")
        assert work(market, [said(n, n) for n in range(1, many)])["verified"] == many - 1
        for number in range(1, rounds):
            done = work(market, [said(PURSE + number, 0)])  # more than it has
            assert (done["verified"], done["read"]) == (2, 2)
        done = work(market, [said(0, 0)])  # which all that waits has waited for
        assert done["verified"] <= 2 + many
        assert done["read"] <= 2 + many


def test_no_more_is_read_of_an_author_at_once_than_its_quota(tmp_path: Path) -> None:
    """A large one counts as it will for the contract; what is no transaction counts as well."""
    with HardenedMarket.create(tmp_path, quota=8) as market:
        said = say(market, "vendor0")
        assert work(market, [said(PURSE + n, 0) for n in range(1, 50)])["read"] == 2 * 8
        market.around.node.pass_block()
        vendor, identity = market.members["vendor0"], market.contract.genesis.identity
        values = range(3 * HANDFUL)
        large = [
            Transaction(identity, "deposit", vendor.identity, 0, {"n": n, "x": [*values]})
            for n in range(50)
        ]
        assert work(market, [each.signed(vendor.key) for each in large])["read"] == 2


def test_what_nobody_can_answer_for_is_not_read(tmp_path: Path) -> None:
    """Whatever is in it: by who has no account, forged, of a number that is past, or junk."""
    with HardenedMarket.create(tmp_path) as market:
        vendor, stranger = market.members["vendor0"], SigningKey()
        identity, room = market.contract.genesis.identity, bytes(10**4)
        assert work(market, [say(market, "vendor0")(0, 0)])["read"] == 1

        def saying(author: bytes, key: SigningKey, number: int, ledger: bytes = identity) -> bytes:
            return Transaction(ledger, "deposit", author, number, {"x": room}).signed(key)

        own, key = vendor.identity, vendor.key
        unread = [
            saying(stranger.public, stranger, 0),
            saying(own, stranger, 1),
            saying(own, stranger, 2),
            saying(own, key, 0),
            saying(own, key, 1, ledger=bytes(DIGEST)),
            b"\0" + saying(own, key, 1)[1:],
            saying(own, key, 1)[:-1],
            room,
            b"",
        ]
        assert work(market, unread) == {"heard": 2, "verified": 2}
        assert not market.around.node.declined


@pytest.mark.parametrize(
    "refused",
    [
        lambda said, number: [said(number, 0)],
        lambda said, number: [said(number, 0), said(0, 0)],  # which is none, and makes it stale
        lambda said, number: [said(number, 5), said(number + 10**6, 5)],  # one of which waits
    ],
    ids=["alone", "before what is appended", "in place of what waits"],
)
def test_what_is_refused_uses_up_its_authors_quota(
    tmp_path: Path, refused: Callable[[Say, int], Sequence[bytes]]
) -> None:
    """And nobody else's: there is room for as much again in the next block."""
    with HardenedMarket.create(tmp_path, quota=20) as market:
        said, other = say(market, "vendor0"), say(market, "vendor1")
        for begun in (1, 101):
            seen = [looked_at(market, refused(said, n)) > 0 for n in range(begun, begun + 40)]
            assert 10 <= sum(seen) <= 21
            assert seen == sorted(seen, reverse=True)
            assert looked_at(market, [other(0, 0)]) == 1
            market.around.node.pass_block()


def test_nobody_uses_up_somebody_elses_quota(tmp_path: Path) -> None:
    """Not by what bears its name, and not by saying again what it had said itself."""
    quota = 4
    with HardenedMarket.create(tmp_path, quota=quota) as market:
        said, thief = (
            say(market, "vendor0"),
            say(market, "vendor0", SigningKey.from_seed(bytes(32))),
        )
        appended, refused = [said(0, 0)], [said(number, 1) for number in range(1, quota)]
        assert [looked_at(market, batch) for batch in (appended, refused)] == [1, quota - 1]
        for _ in range(3):
            market.around.node.pass_block()
            forged = [thief(number, 0) for number in range(3 * quota)]
            for batch in (forged, appended, refused):
                looked_at(market, batch)
            assert [looked_at(market, [said(0, 0)]) for _ in range(quota)] == [1] * quota
            assert market.contract.said[market.members["vendor0"].identity] == quota
            refused = [said(number, 0) for number in range(1, quota)]
            market.around.node.pass_block()
            assert looked_at(market, refused) == quota - 1


@given(
    st.lists(
        st.one_of(
            st.tuples(st.integers(1, 6), st.integers(1, 5)), st.integers(0, 7).map(lambda n: (n,))
        ),
        max_size=30,
    )
)
def test_what_waits_is_reckoned_as_if_all_of_it_were_counted_anew(
    steps: Sequence[tuple[int, ...]],
) -> None:
    """Whatever comes under which number, and is taken: by a plain reckoning."""
    queue, waiting, most, room = Queue(), dict[int, bytes](), 4, 11
    following = 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pool, "POOLED", most)
        patched.setattr(pool, "POOLED_BYTES", room)
        for step in steps:
            match step:
                case ahead, size:
                    number = following + ahead
                    data, then = bytes(size), {**waiting, number: bytes(size)}
                    has_room = len(then) <= most and sum(map(len, then.values())) <= room
                    assert queue.has_room(number, data) is has_room
                    if has_room:
                        queue.put(number, data)
                        waiting = then
                case (passed,):
                    following += passed
                    waiting = {n: data for n, data in waiting.items() if n >= following}
                    assert queue.take(following) == waiting.pop(following, b"")
            assert queue.size == sum(map(len, waiting.values()))
            assert bool(queue) is bool(waiting)


class Weighed(bytes):
    """Bytes of which it is counted how often somebody asks how many they are."""

    asked = 0

    def __len__(self) -> int:
        Weighed.asked += 1
        return super().__len__()


def test_to_hold_one_more_looks_at_none_of_those_that_wait() -> None:
    queue = Queue()
    for number in range(1, POOLED):
        queue.put(number, Weighed(b"x"))
    Weighed.asked = 0
    assert queue.has_room(POOLED, b"x")
    queue.put(POOLED, b"x")
    assert Weighed.asked == 0


@pytest.mark.parametrize(("size", "remembered"), [(DIGEST, 2), (DIGEST + 1, 0), (10**6, 0)])
def test_nobody_fills_the_nodes_memory_with_records_that_are_refused(
    tmp_path: Path, size: int, remembered: int
) -> None:
    """Of each step two are remembered, which are free: a version can have thousands."""
    with HardenedMarket.create(tmp_path) as market:
        request = market.consumer.ask(market.deploy(PARTS), data(0))
        while request not in market.contract.requests:
            market.pass_block()
        node, vendor = market.around.node, market.members["vendor0"]
        number = node.ledger.next_nonce(vendor.identity)
        for output in (bytes(size), b"\1" * size, b"\2" * size):
            body: dict[str, Value] = {"request": request, "step": 1, "output": output}
            said = Transaction(node.ledger.identity, "record", vendor.identity, number, body)
            market.around.network.send(vendor.identity, LEDGER, said.signed(vendor.key))
        node.act()
        assert len(node.refused.get(request, ())) == remembered


@pytest.fixture
def engaged(tmp_path: Path) -> Iterator[tuple[HardenedMarket, Request]]:
    """A market, and a request in it whose first step was just assigned."""
    with HardenedMarket.create(tmp_path) as market:
        name = market.consumer.ask(market.deploy(PARTS), data(0))
        while name not in market.contract.requests or 0 not in market.contract.requests[name].since:
            market.pass_block()
        yield market, market.contract.requests[name]


def record(market: HardenedMarket, made: Request, who: bytes, key: SigningKey, y: int) -> bytes:
    """A holder's record of the first step, of any output, under a number that is used up."""
    body: dict[str, Value] = {"request": made.id, "step": 0, "output": bytes([y]) * DIGEST}
    identity = market.around.node.ledger.identity
    return Transaction(identity, "record", who, 0, body).signed(key)


def renewed(market: HardenedMarket, who: Member, *keys: SigningKey) -> list[bytes]:
    """What brings one key after the other into force."""
    ledger, signing, said = market.around.node.ledger, who.key, list[bytes]()
    for number, new in enumerate(keys, start=ledger.next_nonce(who.identity)):
        said.append(rotation(ledger.identity, who.identity, number, new).signed(signing))
        signing = new
    return said


def remembered(market: HardenedMarket, made: Request, *blocks: Sequence[bytes]) -> list[bytes]:
    """Which records of a request the node remembers after some blocks of transactions."""
    for block in blocks:
        for data in block:
            market.around.network.send(b"anybody", LEDGER, data)
        market.around.node.act()
    return [claim.evidence for claim in market.around.node.refused.get(made.id, ())]


def test_a_record_is_remembered_whose_key_is_replaced_in_the_same_block(
    engaged: tuple[HardenedMarket, Request],
) -> None:
    market, made = engaged
    executor = market.members[market.named(made.executors[0])]
    second = record(market, made, executor.identity, executor.key, 0)
    replaced = renewed(market, executor, SigningKey())
    assert remembered(market, made, [second, *replaced]) == [second]
    assert market.contract.newest(executor.identity) == len(replaced)


def test_an_output_that_is_signed_with_two_keys_keeps_no_second_one_from_being_remembered(
    engaged: tuple[HardenedMarket, Request],
) -> None:
    """Or who signs the right one with each of its keys could sign another, and lose nothing."""
    market, made = engaged
    executor, new = market.members[market.named(made.executors[0])], SigningKey()
    old, again, second = (
        record(market, made, executor.identity, key, y)
        for key, y in ((executor.key, 0), (new, 0), (new, 1))
    )
    replaced = renewed(market, executor, new)
    assert remembered(market, made, [old], replaced, [again], [second]) == [old, second]


def test_records_that_count_no_more_keep_no_others_from_being_remembered(
    engaged: tuple[HardenedMarket, Request],
) -> None:
    """Whoever holds a step could sign two before it is drawn, and then replace its key."""
    market, made = engaged
    [holder, *_] = {*made.terms.holders(0)} - {made.executors[0]}
    other, new = market.members[market.named(holder)], SigningKey()
    old = [record(market, made, holder, other.key, y) for y in range(2)]
    assert remembered(market, made, old) == old
    newer = [record(market, made, holder, new, 2)]
    assert remembered(market, made, renewed(market, other, new), newer) == newer


@given(
    st.integers(-(2**63), 2**64 - 1),
    st.text(max_size=20) | st.just("enonce") | st.just("fauthor"),
    st.binary(max_size=40) | st.just(b"enonce"),
)
def test_who_speaks_under_which_number_is_told_without_reading_the_rest(
    number: int, kind: str, content: bytes
) -> None:
    """Whatever the rest is: the same as if all was read."""
    key, ledger = SigningKey.from_seed(bytes(32)), b"enonce".ljust(DIGEST)
    data = Transaction(ledger, kind, key.public, number, {"x": content}).signed(key)
    said, whole = glance(data, ledger), parse(data)
    assert said is not None
    assert (said.author, said.nonce) == (whole.transaction.author, whole.transaction.nonce)
    assert said.is_signed_with(key.public)
    assert not said.is_signed_with(ledger)
    assert glance(data, key.public) is None
    assert glance(data[1:], ledger) is None


@attrs.define
class Unaudited(Vendor):
    """Begins none of the audits that it is drawn for."""

    def audit(self, made: Request) -> Iterator[Act]:
        yield from ()


def test_nobody_has_the_ledger_refuse_what_is_sure_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request with a drawn audit ends once that is held; to ask for it before uses up a quota."""
    monkeypatch.setattr(HardenedContract, "is_audited", lambda *_: True)
    with HardenedMarket.create(tmp_path, {**CAST, **dict.fromkeys(VENDORS, Unaudited)}) as market:
        name = market.consumer.ask(market.deploy(PARTS), data(1))
        watcher, waited = market.members["watcher"], 0
        for _ in range(LONGEST):
            if not market.pass_block():
                break
            made = market.contract.requests.get(name)
            waited += (
                made is not None and made.phase is Phase.WINDOW and not market.contract.left(made)
            )
            assert not watcher._outbox.refusals
        assert waited
        assert market.contract.requests[name].phase is Phase.SETTLED


# Losses


@attrs.define
class Abandoning(Vendor):
    """Does every step but the last, for which it puts up no stake."""

    def execute(self, made: Request) -> Iterator[Act]:
        if made.turn + 1 < len(made.terms.steps):
            yield from super().execute(made)


def test_a_provider_takes_a_version_off_the_market_that_costs_it_too_much(tmp_path: Path) -> None:
    """Its vendors are paid for the steps before the one that they leave undone."""
    cast = {**CAST, **dict.fromkeys(VENDORS, Abandoning)}
    with HardenedMarket.create(tmp_path, cast) as market:
        version = market.deploy(PARTS)
        market.provider.tolerate(5 * WAGE)
        for number in range(60):
            market.consumer.ask(version, data(number))
            for _ in range(WINDOW if number < 40 else 1):
                market.pass_block()
        market.run(LONGEST)
        assert market.contract.versions[version].stage is Stage.RETIRED
        under_way = 4  # when it was retired: of each, the loss came later
        assert worth(market, "provider") >= PURSE - (6 + under_way) * WAGE


def test_a_version_that_costs_less_than_it_brings_stays_on_the_market(tmp_path: Path) -> None:
    cast = {**CAST, "vendor0": Abandoning, "vendor1": Abandoning}
    with HardenedMarket.create(tmp_path, cast) as market:
        version = market.deploy(PARTS)
        market.provider.tolerate(0)
        losses = 0
        for number in range(12):
            request = market.consumer.ask(version, data(number))
            market.run(LONGEST)
            if request in market.contract.requests:
                losses += market.provider.lost(market.contract.requests[request])
            earned = market.contract.versions[version].earned
            is_off = market.contract.versions[version].stage is Stage.RETIRED
            assert is_off == (losses > earned)
            assert worth(market, "provider") == PURSE + earned - losses
        assert losses > 0


# Room


def kept_by(market: HardenedMarket, name: str, version: bytes, steps: int = len(PARTS)) -> int:
    """How many components of a version a party keeps."""
    storage = Storage(market.folder / name)
    return sum(not storage.missing(f"component/{version.hex()}/{step}") for step in range(steps))


@pytest.mark.parametrize("begins_again", [False, True])
def test_nobody_fills_a_vendors_disk_with_components(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begins_again: bool
) -> None:
    monkeypatch.setattr(shelf, "SHARE", 4 * shelf.LEAST)
    crashes = [Crash("vendor0", acts) for acts in range(6, 60, 2)] if begins_again else []
    with HardenedMarket.create(
        tmp_path, {**CAST, "evil": FloodingProvider}, crashes=crashes
    ) as market:
        flood = let_flood(market, 8)
        for _ in range(10):
            market.pass_block()
        version = market.deploy(PARTS)
        market.run(20)
        assert 0 < kept_by(market, "vendor0", flood.root, 8) <= 4
        assert kept_by(market, "vendor0", version) == len(PARTS)


@attrs.define
class Fickle(Provider):
    """Has all hold its components once, and never puts the version on the market."""

    def propose(self, root: bytes) -> Iterator[Act]:
        if self.contract.now < WINDOW:
            yield from super().propose(root)

    def deploy(self, root: bytes, version: Version) -> Iterator[Act]:
        for act in super().deploy(root, version):
            if not isinstance(act, Submit) or act.kind != "activate":
                yield act


@pytest.mark.parametrize(("provider", "is_kept"), [(Fickle, False), (Provider, True)])
def test_a_component_that_nobody_can_ask_for_is_dropped(
    tmp_path: Path, provider: type[Provider], is_kept: bool
) -> None:
    """Neither is the version itself, which nobody takes up."""
    with HardenedMarket.create(tmp_path, {**CAST, "provider": provider}) as market:
        version = market.deploy(PARTS)
        for _ in range(market.contract.charter.agreeing):
            market.pass_block()
        assert kept_by(market, "vendor0", version) == len(PARTS)
        for _ in range(5):
            market.pass_block()
        assert kept_by(market, "vendor0", version) == is_kept * len(PARTS)
        assert (version in market.contract.versions) is is_kept
        assert not market.contract.drafts


def test_what_was_forgotten_while_its_holder_was_down_is_dropped(tmp_path: Path) -> None:
    """Or whoever offers versions to one that stops now and then would fill its disk."""
    with HardenedMarket.create(tmp_path, {**CAST, "provider": Fickle}) as market:
        version = market.deploy(PARTS)
        for _ in range(4):
            market.pass_block()
        assert kept_by(market, "vendor0", version) == len(PARTS)
        market.down["vendor0"] = market.contract.charter.agreeing + 5
        for _ in range(market.contract.charter.agreeing + 6):
            market.pass_block()
        assert version not in market.contract.versions
        assert kept_by(market, "vendor0", version) == 0


@attrs.define
class Late(Provider):
    """Hands its components over in the last block before a version is forgotten."""

    def deploy(self, root: bytes, version: Version) -> Iterator[Act]:
        if version.deadline - self.contract.now == 1:
            yield from super().deploy(root, version)


@pytest.mark.parametrize("seed", [5, 9, 12])  # by which it tidies up between the two
def test_who_has_acknowledged_a_component_keeps_it(tmp_path: Path, seed: int) -> None:
    """Also where that arrives once the version was forgotten, and is proposed again."""
    with HardenedMarket.create(tmp_path, {**CAST, "provider": Late}, seed=seed) as market:
        version, holder = market.deploy(PARTS), market.members["vendor0"]
        severed, agreeing = market.around.network.severed, market.contract.charter.agreeing
        for _ in range(agreeing):
            market.pass_block()
            if holder._outbox.has_any(["acknowledge"]) or kept_by(market, "vendor0", version):
                break
            severed.add((holder.identity, LEDGER))
        for _ in range(3):
            market.pass_block()
        severed.clear()
        for _ in range(3):
            market.pass_block()
        found = market.contract.versions[version]
        assert found.deadline > agreeing + 1
        acknowledged = {step for step, who in found.acknowledged if who == holder.identity}
        assert acknowledged
        for step in acknowledged:
            assert not holder.storage.missing(f"component/{version.hex()}/{step}")


@attrs.define
class Leaving(Provider):
    """Takes its version off the market as soon as somebody has asked for it."""

    def duties(self) -> Iterator[Duty]:
        yield from super().duties()
        for made in self.pressing:
            if self.contract.versions[made.version].stage is Stage.ACTIVE:
                yield "leave", iter([Submit("retire", {"version": made.version})])


def test_components_are_kept_until_the_last_request_of_a_retired_version_is_over(
    tmp_path: Path,
) -> None:
    with HardenedMarket.create(tmp_path, {**CAST, "provider": Leaving}) as market:
        version = market.deploy(PARTS)
        request = market.consumer.ask(version, data(1))
        for _ in range(LONGEST):
            market.pass_block()
            made = market.contract.requests.get(request)
            if made is not None and made.is_over:
                break
            is_retired = version in market.contract.versions and (
                market.contract.versions[version].stage is Stage.RETIRED
            )
            assert not is_retired or kept_by(market, "vendor0", version) == len(PARTS)
        market.run(LONGEST)
        assert market.contract.requests[request].phase is Phase.SETTLED
        assert market.contract.versions[version].stage is Stage.RETIRED
        assert kept_by(market, "vendor0", version) == 0


def test_who_salts_its_output_as_it_likes_is_convicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers are right, so all that a referee is shown is, and whoever disputed would lose."""
    monkeypatch.setattr(HardenedContract, "is_audited", lambda *_: False)
    cast = {**CAST, **dict.fromkeys(VENDORS, MissaltingVendor)}
    with HardenedMarket.create(tmp_path, cast) as market:
        version = market.deploy(PARTS)
        market.consumer.trust(version, market.model(version))
        request = market.consumer.ask(version, data(1))
        market.run(LONGEST)
        made = market.contract.requests[request]
        assert (made.phase, made.disputed) == (Phase.REFUNDED, 0)
        assert market.contract.convicted == {made.executors[0]}
        assert "complain" in {said.kind for _, said in market.around.node.ledger}
        assert worth(market, "consumer") >= PURSE


@attrs.define
class LateHolder(Vendor):
    """Confirms what it was handed only once others have waited for that."""

    late: ClassVar[int]

    def answer(self, root: bytes, step: int) -> Iterator[Act]:
        if self.contract.now > self.late:
            yield from super().answer(root, step)


@pytest.mark.parametrize("late", [30, 110])
def test_no_version_is_sold_without_what_its_holders_have_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    """Or who confirms last would be paid for its step, and the provider pay for all the others.

    If that is too late, it is offered to all anew.
    """
    monkeypatch.setattr(LateHolder, "late", late, raising=False)
    with HardenedMarket.create(tmp_path, {**CAST, "vendor0": LateHolder}) as market:
        assert 30 < market.contract.charter.agreeing < 110
        version = market.deploy(PARTS, holders=[["vendor0"], ["vendor1", "vendor2"]], spares=0)
        for _ in range(late + 20):
            market.pass_block()
        assert market.contract.versions[version].stage is Stage.ACTIVE
        kept = [kept_by(market, f"vendor{number}", version) for number in range(3)]
        assert kept == [1, 1, 1]


@attrs.define
class OfferingProvider(FloodingProvider):
    """Offers many versions that pay nothing to three vendors, and each anew when one refuses it."""

    offers: tuple[Terms, ...] = ()

    def duties(self) -> Iterator[Duty]:
        yield from super().duties()
        for terms in self.offers:
            yield terms.root.hex(), self.press(terms)

    def press(self, terms: Terms) -> Iterator[Act]:
        version = self.contract.versions.get(terms.root)
        if version is None or version.stage is Stage.DRAFT:
            yield Submit("propose", {"terms": terms.body()})
        else:
            for holder in terms.holders(0):
                yield Send("component", holder, terms.root, 0, self.handed(terms, 0))


def test_offers_that_are_refused_hold_up_nothing_else(tmp_path: Path) -> None:
    """One answer is under way at a time: what is too late is refused, and all else waits for it."""
    late = Faults(delay=2)
    cast = {**CAST, "evil": OfferingProvider}
    with HardenedMarket.create(tmp_path, cast, seed=1, faults=late, purse=3000) as market:
        version = market.deploy(PARTS)
        market.run(40)
        for number in range(12):
            market.consumer.ask(version, data(number))
        for _ in range(4):
            market.pass_block()
        evil = market.members["evil"]
        assert isinstance(evil, OfferingProvider)
        unpaid = attrs.evolve(flooding(market, evil, 1), costs=[1, 0], stake=5)
        evil.offers = tuple(
            attrs.evolve(unpaid, api=f"{n}", steps=_parts(evil, unpaid, n)) for n in range(32)
        )
        answers = {"reject", "acknowledge"}
        for _ in range(50):
            market.pass_block()
            for name in VENDORS:
                pending = [each.act.kind for each in market.members[name]._outbox._pending.values()]
                assert sum(kind in answers for kind in pending) <= 1
        assert convicted(market) == set()
        assert {made.phase for made in market.contract.requests.values()} == {Phase.SETTLED}


def _parts(evil: Provider, terms: Terms, number: int) -> list[Part]:
    part = linear([[1]], [0]).canonical()
    return [attrs.evolve(terms.steps[0], bound=evil.contribute(f"{number}", 1, 0, part))]
