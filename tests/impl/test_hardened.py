"""The living parties of the hardened protocol, over a bad network, with crashes at any moment.

What is promised holds as long as everybody gets through to the ledger in time: a party is down for
at most `DOWN` blocks, and what it says anew in every block arrives within `PATIENCE`. Half of a
deadline is longer than twice that: once to demand what did not arrive, and once to answer.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import ClassVar, Self

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import impl.hardened.market
from adversaries.deviating.hardened.consumers import FrivolousConsumer, NeverSendingConsumer
from adversaries.deviating.hardened.play import served, worth
from adversaries.deviating.hardened.providers import ShamProvider, SwappingProvider
from adversaries.deviating.hardened.vendors import (
    DenyingVendor,
    EquivocatingVendor,
    FleeingVendor,
    ForgingVendor,
    GarbageVendor,
    LazyVendor,
    SecretiveVendor,
    SilentVendor,
    SwappingVendor,
    WithholdingVendor,
)
from checkers.market.audit.hardened import HardenedTale
from checkers.market.audit.retelling import Departure, retell
from impl.database import Synchronous, unnote
from impl.folder import NODE
from impl.hardened.chance import is_audited
from impl.hardened.contract import HardenedContract
from impl.hardened.mail import Mailbox, Message
from impl.hardened.market import (
    CAST,
    NO_FAULTS,
    PURSE,
    TOLL,
    Cast,
    Crash,
    HardenedMarket,
)
from impl.hardened.network import Faults, Network
from impl.hardened.parties.acts import Act, Submit
from impl.hardened.parties.correspondent import place
from impl.hardened.parties.memory import Memory
from impl.hardened.parties.public import Watcher
from impl.hardened.parties.shown import LEDGER
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import OVER, Phase
from impl.hardened.records import Request
from impl.hardened.sealing import seal, unseal
from impl.ledger.block import SignedBlock
from impl.ledger.keys import SigningKey, lock
from impl.ledger.port import Begin, KeptLedger, OpenContract
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Refused
from impl.models.component import chain
from spec.bytes.encoding import Value, decode, encode
from spec.bytes.suite import BLAKE3
from tests.support.linear import linear
from tests.support.selection import some_full

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

DOWN, PATIENCE = 3, 4
WINDOW = 2 * (2 * (PATIENCE + DOWN) + 1)
LONGEST = 1000

PARTS = [
    linear(weights, bias)
    for weights, bias in (([[1, 2], [3, -1]], [1, 0]), ([[2, 0], [1, 1]], [0, 5]))
]
INPUTS = [np.array([[1, 2]]), np.array([[-3, 4]])]
WANTED = [encode(chain(PARTS, values)[-1]) for values in INPUTS]

SEEDS = st.integers(0, 1 << 32)
FAULTS = st.builds(
    Faults,
    loss=st.sampled_from([0, 30, 60]),
    losses=st.integers(0, 2),
    duplication=st.sampled_from([0, 30]),
    delay=st.integers(0, 2),
    disorder=st.booleans(),
)
BAD = Faults(loss=50, losses=2, duplication=30, delay=2, disorder=True)
VENDORS = ("vendor0", "vendor1", "vendor2")
DEVIATIONS: Sequence[Cast] = [
    *(
        dict.fromkeys(vendors, role)
        for role in (
            LazyVendor,
            ForgingVendor,
            SilentVendor,
            GarbageVendor,
            SwappingVendor,
            WithholdingVendor,
            DenyingVendor,
            EquivocatingVendor,
            FleeingVendor,
        )
        for vendors in (VENDORS[:1], VENDORS[:2])
    ),
    {"vendor0": LazyVendor, "vendor1": GarbageVendor, "provider": ShamProvider},
    {"vendor0": SilentVendor, "vendor1": EquivocatingVendor, "consumer": FrivolousConsumer},
    {"consumer": NeverSendingConsumer},
    {"consumer": FrivolousConsumer},
    {"provider": SwappingProvider},
]


class RememberedLedger(Ledger):
    """A ledger of which somebody else remembers what it has acknowledged."""

    acknowledged: ClassVar[defaultdict[Path, dict[int, bytes]]] = defaultdict(dict)

    def append(self, batch: Sequence[bytes]) -> list[int | Refused]:
        outcomes = super().append(batch)
        for data, outcome in zip(batch, outcomes, strict=True):
            if not isinstance(outcome, Refused):
                assert outcome not in self.acknowledged[self.path], "it was acknowledged before"
                self.acknowledged[self.path][outcome] = data
        return outcomes


class Killed(BaseException):
    """A process ends, at once and with nothing tidied up."""


class Mortal(HardenedMarket):
    """A marketplace whose processes are killed next to a write, and then begin again.

    Moments are before and after each write of a storage, and of the ledger.
    """

    dies: ClassVar[Callable[[int], bool]] = staticmethod(lambda moment: False)
    moment: ClassVar[int] = 0
    block: ClassVar[int] = -1

    @classmethod
    def pass_moment(cls) -> None:
        """It may be the last one of a process."""
        cls.moment += 1
        if cls.dies(cls.moment):
            raise Killed

    def pass_block(self) -> bool:
        before = self.contract.now
        is_another, Mortal.block = before != self.block, before
        try:
            return super().pass_block() or not is_another  # nobody says a thing twice in a block
        except Killed:  # in between, when only the ledger is written
            self._begin_again(NODE)
            return True

    def _act(self, name: str) -> bool:
        try:
            return super()._act(name)
        except Killed:
            self._begin_again(name)
            return True


@attrs.frozen
class MortalMemory(Memory):
    """A storage next to whose writes its party may be killed.

    What is made by chance is made once: whoever has said it must not say another.
    """

    made: ClassVar[dict[tuple[str, str], bytes]] = {}

    def put(self, name: str, data: bytes) -> None:
        Mortal.pass_moment()
        super().put(name, data)
        if name.startswith(("opening/", "demand/", "secret")):
            assert self.made.setdefault((self.folder.name, name), data) == data
        Mortal.pass_moment()

    def jot(self, name: str, data: bytes) -> None:
        Mortal.pass_moment()
        super().jot(name, data)
        Mortal.pass_moment()


class MortalLedger(RememberedLedger):
    """A ledger next to whose writes its node may be killed."""

    def append(self, batch: Sequence[bytes]) -> list[int | Refused]:
        Mortal.pass_moment()
        outcomes = super().append(batch)
        Mortal.pass_moment()
        return outcomes


@contextmanager
def opened(
    seed: int,
    faults: Faults = NO_FAULTS,
    crashes: Sequence[Crash] = (),
    cast: Cast = CAST,
    contract: type[HardenedContract] = HardenedContract,
    ledger: type[Ledger] = RememberedLedger,
    knowing: bool = True,
    market: type[HardenedMarket] = HardenedMarket,
    windows: int = WINDOW,
) -> Iterator[HardenedMarket]:
    """A marketplace with a version on offer, and a consumer that wants an output for each input.

    The consumer knows from elsewhere what is right, or it does not.
    """
    with (
        TemporaryDirectory() as folder,
        market.create(
            Path(folder) / "market",
            cast,
            windows=windows,
            seed=seed,
            faults=faults,
            crashes=crashes,
            contract=contract,
            ledger=ledger,
        ) as made,
    ):
        version = made.deploy(PARTS)
        if knowing:
            made.consumer.trust(version, made.model(version))
        for values in INPUTS:
            made.consumer.ask(version, encode(values))
        yield made


@contextmanager
def in_trouble(seed: int, cast: Cast = CAST) -> Iterator[HardenedMarket]:
    """The same with faults and crashes that follow from a seed."""
    chance = Random(seed)
    faults = Faults(
        loss=chance.choice([0, 30, 60]),
        losses=chance.randint(0, 2),
        duplication=chance.choice([0, 30]),
        delay=chance.randint(0, 2),
        disorder=chance.choice([False, True]),
    )
    crashes = [
        Crash(chance.choice([NODE, *CAST]), chance.randint(1, 60), chance.randint(0, DOWN))
        for _ in range(chance.randint(0, 12))
    ]
    with opened(seed, faults, crashes, cast) as market:
        sever(market, chance.choice([0, 30, 100]))
        yield market


def sever(market: HardenedMarket, percent: int) -> None:
    """So many in a hundred do not hear from so many others; the ledger hears from all.

    Only providers are heard by everybody: without a component nobody can begin.
    """
    chance, members = Random(percent), [member.identity for member in market.members.values()]
    pairs = [(a, b) for a in members for b in members if a != market.provider.identity]
    market.around.network.severed |= {p for p in pairs if chance.randrange(100) < percent}


def ends(market: HardenedMarket) -> list[str]:
    """What each request came to."""
    return [served(market, *each) for each in zip(market.consumer.asked, WANTED, strict=True)]


def see_that_all_is_well(market: HardenedMarket, deviating: Collection[str] = ()) -> None:
    """All that is promised to those who do not deviate."""
    contract, honest = market.contract, market.members.keys() - set(deviating)
    assert all(made.phase in OVER for made in contract.requests.values())
    assert {market.named(party) for party in contract.convicted} <= set(deviating)
    assert contract.money() == PURSE * len(market.members)
    see_that_nothing_is_forgotten(market.around.node.ledger)
    for name in honest:
        see_that_work_is_paid(market, name)
    if "consumer" in honest:
        assert set(ends(market)) <= {"answered", "refunded", "never made"}
    assert departure(market) is None


def departure(market: HardenedMarket) -> Departure | None:
    """Where the ledger, or its contract, leaves the specification."""
    ledger = market.around.node.ledger
    said = [transaction for _, transaction in ledger]
    return retell(HardenedTale(ledger.genesis, said, type(market.contract))).departure


def see_that_nothing_is_forgotten(ledger: KeptLedger) -> None:
    """What the ledger has acknowledged is on it, and nothing else."""
    acknowledged = RememberedLedger.acknowledged[ledger.path]
    with closing(sqlite3.connect(ledger.path)) as file:
        assert dict(file.execute("SELECT position, data FROM entry")) == acknowledged


def see_that_work_is_paid(market: HardenedMarket, name: str) -> None:
    """Whoever recorded steps has the wages for them, less what it paid to demand data."""
    party, made = market.members[name].identity, market.contract.requests.values()
    steps = [(q, i) for q in made for i in range(q.turn) if q.executors[i] == party]
    assert not any(q.pots[i] for q, i in steps)
    said = [each for _, each in market.around.node.ledger if each.author == party]
    tolls = TOLL * sum({"demand": 1, "dispute": 2}.get(each.kind, 0) for each in said)
    paid = sum(q.terms.price - q.refunded for q in made if q.consumer == party)
    wages = sum(q.terms.wage(i) for q, i in steps)
    assert worth(market, name) >= PURSE + wages - paid - tolls


# Honest parties


@pytest.mark.parametrize("seed", range(6))
def test_honest_parties_are_served_and_paid(seed: int) -> None:
    with in_trouble(seed) as market:
        market.run(LONGEST)
        see_that_all_is_well(market)
        assert ends(market) == ["answered"] * len(INPUTS)


@pytest.mark.full
def test_everybody_can_stop_after_everything_it_does() -> None:
    crashes = [Crash(name, acts) for name in (NODE, *CAST) for acts in range(1, 400)]
    with opened(5, BAD, crashes) as market:
        market.run(LONGEST)
        see_that_all_is_well(market)
        assert ends(market) == ["answered"] * len(INPUTS)


def killed(
    monkeypatch: pytest.MonkeyPatch, seed: int, dies: Callable[[int], bool], cast: Cast = CAST
) -> int:
    """Play while processes are killed at some moments; how many moments there were."""
    monkeypatch.setattr(impl.hardened.market, "Memory", MortalMemory)
    monkeypatch.setattr(MortalMemory, "made", {})
    with opened(seed, cast=cast, ledger=MortalLedger, market=Mortal) as market:
        monkeypatch.setattr(Mortal, "moment", 0)
        monkeypatch.setattr(Mortal, "dies", staticmethod(dies))
        market.run(LONGEST)
        see_that_all_is_well(market)
        assert ends(market) == ["answered"] * len(INPUTS)
        assert MortalMemory.made
    return Mortal.moment


@pytest.mark.parametrize("first", some_full(range(20), range(1, 20)))
def test_everybody_can_be_killed_next_to_any_write(
    monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    """Once in a run, at each of its moments."""
    moment, moments = first + 1, 10_000
    while moment <= moments:
        moments = killed(monkeypatch, 5, moment.__eq__)
        moment += 20


@pytest.mark.parametrize("seed", some_full(range(8), range(2, 8)))
def test_everybody_can_be_killed_again_and_again(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Also one that demands what it has, so that there are secrets to be forgotten."""
    chance, cast = Random(seed), {**CAST, "vendor1": DenyingVendor}
    killed(monkeypatch, seed, lambda _: chance.random() < 0.3, cast)


def test_a_run_follows_from_its_seed() -> None:
    """The same transactions are said in the same order, whatever is sealed in them."""
    crashes = [Crash("vendor0", 7, 2), Crash(NODE, 20)]
    stories = []
    for seed in (1, 1, 2):
        with opened(seed, BAD, crashes) as market:
            market.run(LONGEST)
            said = [transaction for _, transaction in market.around.node.ledger]
            stories.append([(each.kind, each.author) for each in said])
    assert stories[0] == stories[1] != stories[2]


# Parties that deviate


@pytest.mark.parametrize(
    ("seed", "deviating"), some_full(enumerate(DEVIATIONS), [*enumerate(DEVIATIONS)][6:])
)
def test_who_deviates_harms_nobody_else(seed: int, deviating: Cast) -> None:
    with in_trouble(seed, {**CAST, **deviating}) as market:
        market.run(LONGEST)
        see_that_all_is_well(market, deviating)


def test_other_data_than_was_committed_to_has_not_arrived() -> None:
    """Whoever gets it demands the right data, on the ledger."""
    with opened(0, cast={**CAST, **dict.fromkeys(VENDORS, SwappingVendor)}) as market:
        market.run(LONGEST)
        see_that_all_is_well(market)
        assert ends(market) == ["answered"] * len(INPUTS)
        assert "demand" in {each.kind for _, each in market.around.node.ledger}


@pytest.mark.full
def test_auditors_find_what_no_consumer_sees() -> None:
    """A constant in place of an output settles where chance drew no audit, and nowhere else."""
    found: set[tuple[bool, Phase]] = set()
    for seed in range(30):
        with opened(seed, cast={**CAST, "vendor0": LazyVendor}, knowing=False) as market:
            market.run(LONGEST)
            see_that_all_is_well(market, ["vendor0", "consumer"])
            lazy = market.members["vendor0"].identity
            for made in market.contract.requests.values():
                steps = [step for step, executor in made.executors.items() if executor == lazy]
                if steps:
                    audited = any(is_audited(BLAKE3, made.lot, step) for step in steps)
                    found.add((audited, made.phase))
        if len(found) > 1:
            break
    assert found == {(True, Phase.REFUNDED), (False, Phase.SETTLED)}


def audited_within(market: HardenedMarket, league: Collection[str]) -> list[Request]:
    """Requests of which a step was audited whose input nobody but a league had."""
    members = {market.members[name].identity for name in league}
    return [
        made
        for made in market.contract.requests.values()
        for step in range(1, made.turn)
        if is_audited(BLAKE3, made.lot, step)
        and {made.executors[step - 1], made.executors[step]} <= members
    ]


@pytest.mark.parametrize(
    ("vendor", "shown_by"), [(ForgingVendor, "uphold"), (SecretiveVendor, "complain")]
)
@pytest.mark.full
def test_an_auditor_needs_nobody_but_the_executor(vendor: type[Vendor], shown_by: str) -> None:
    """The author of the input and the executor are in league, and the auditor is told by neither.

    Then that is what it shows.
    """
    league = dict.fromkeys(VENDORS[:2], vendor)
    phases: set[Phase] = set()
    kinds: set[str] = set()
    for seed in range(24):  # so that an audit is drawn of a step of theirs
        with opened(seed, cast={**CAST, **league}, knowing=False) as market:
            market.run(LONGEST)
            see_that_all_is_well(market, [*league, "consumer"])
            phases |= {made.phase for made in audited_within(market, league)}
            kinds |= {transaction.kind for _, transaction in market.around.node.ledger}
    assert phases == {Phase.REFUNDED}
    assert shown_by in kinds


@attrs.define
class CarelessVendor(Vendor):
    """Checks nothing that chance draws it for, and sends nothing when the window is over."""

    def audit(self, made: Request) -> Iterator[Act]:
        yield from ()

    def give(self, made: Request) -> Iterator[Act]:
        if made.phase is not Phase.WINDOW or self.contract.left(made):
            yield from super().give(made)


def test_an_auditor_that_does_nothing_stops_nobody() -> None:
    """Once it had its time, anybody begins the audit for it, and it loses that."""
    careless, authors = dict.fromkeys(VENDORS, CarelessVendor), set[str]()
    for seed in range(8):  # so that audits are drawn, also of what ends last
        cast, windows = {**CAST, **careless}, 3 * WINDOW  # so that nothing else happens meanwhile
        with opened(seed, cast=cast, knowing=False, windows=windows) as market:
            market.run(LONGEST)
            see_that_all_is_well(market, VENDORS)
            assert set(ends(market)) == {"answered"}
            said = [transaction for _, transaction in market.around.node.ledger]
            authors |= {market.named(each.author) for each in said if each.kind == "audit"}
    assert authors == {"watcher"}


@attrs.define
class UnhurriedVendor(Vendor):
    """Begins an audit when the window is over, and no sooner."""

    def audit(self, made: Request) -> Iterator[Act]:
        if self.contract.left(made) == 0:
            yield from super().audit(made)


def test_an_auditor_has_time_of_its_own_to_begin() -> None:
    """However late lots are drawn. Whoever began for it would keep from it what went in."""
    unhurried = dict.fromkeys(VENDORS, UnhurriedVendor)
    for seed in range(8):  # so that an audit is drawn
        with opened(seed, cast={**CAST, **unhurried}, knowing=False) as market:
            market.run(LONGEST)
            see_that_all_is_well(market)
            said = [transaction for _, transaction in market.around.node.ledger]
            authors = {market.named(each.author) for each in said if each.kind == "audit"}
            if authors:
                break
    assert authors
    assert authors <= {*VENDORS}


# Where the assumption ends


def first_at_work(market: HardenedMarket) -> str:
    """Let blocks pass until somebody is to record; who."""
    for _ in range(LONGEST):
        market.pass_block()
        for made in market.contract.requests.values():
            if made.phase is Phase.WORK:
                return market.named(made.executors[made.turn])
    pytest.fail("nobody was ever drawn")


def test_who_is_cut_off_for_longer_than_a_deadline_is_convicted_without_fault() -> None:
    """No ledger can tell a party that is not heard from one that is silent."""
    with opened(4, Faults(delay=1)) as market:
        name = first_at_work(market)
        party = market.members[name].identity
        market.around.network.severed.add((party, LEDGER))
        for _ in range(WINDOW + PATIENCE):
            market.pass_block()
        market.around.network.severed.clear()
        market.run(LONGEST)
        assert market.contract.convicted == {party}
        assert set(ends(market)) == {"answered"}


def test_who_is_cut_off_for_less_is_not() -> None:
    with opened(1, Faults(delay=1)) as market:
        party = market.members[first_at_work(market)].identity
        market.around.network.severed.add((party, LEDGER))
        for _ in range(WINDOW // 2 - PATIENCE):
            market.pass_block()
        market.around.network.severed.clear()
        market.run(LONGEST)
        see_that_all_is_well(market)


# Faults that are planted, and seen


@attrs.define
class ForgetfulVendor(Vendor):
    """Has lost the salts of the steps under way whenever it begins again."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        for made in self.contract.requests.values():
            self.storage.remove(place("opening", made, made.turn + 1))


class ForgetfulLedger(RememberedLedger):
    """Has lost its last block whenever it is opened again."""

    @classmethod
    def open(
        cls,
        path: Path,
        key: SigningKey,
        contract: Begin = OpenContract,
        *,
        known: SignedBlock | None = None,
        in_full: bool = False,
        synchronous: Synchronous = "NORMAL",
    ) -> Self:
        with closing(sqlite3.connect(path)) as file, file:
            last = "(SELECT max(height) FROM block)"
            file.execute(f"DELETE FROM entry WHERE height = {last}")
            file.execute(f"DELETE FROM block WHERE height = {last}")
        unnote(path)
        return super().open(
            path, key, contract, known=known, in_full=in_full, synchronous=synchronous
        )


class MintingContract(HardenedContract):
    """Makes a unit of money whenever it begins again."""

    made: ClassVar = 0

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.treasury += self.made


RESTARTS = [Crash(name, acts) for name in CAST for acts in range(1, 400, 3)]


def test_a_salt_that_is_lost_is_made_again() -> None:
    """Who made another would have signed two outputs, or could not open the one that counts."""
    forgetful = dict.fromkeys(VENDORS, ForgetfulVendor)
    with opened(1, BAD, RESTARTS, {**CAST, **forgetful}) as market:
        market.run(LONGEST)
        see_that_all_is_well(market)


def test_a_lost_block_is_seen() -> None:
    with (
        opened(5, crashes=[Crash(NODE, 12)], ledger=ForgetfulLedger) as market,
        pytest.raises(AssertionError, match="acknowledged before"),
    ):
        market.run(LONGEST)


def test_money_that_is_made_on_replay_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(5, crashes=[Crash(NODE, 12)], contract=MintingContract) as market:
        monkeypatch.setattr(MintingContract, "made", 1)
        market.run(LONGEST)
        with pytest.raises(AssertionError):
            see_that_all_is_well(market)


# Is a ledger a behaviour of the specification?


class TollFreeContract(HardenedContract):
    """Gives back the toll of a demand."""

    def demand(self, author: bytes, request: bytes, key: bytes) -> None:
        super().demand(author, request, key)
        made = self.requests[request]
        self.balances[author] += made.toll_paid
        made.toll_paid = 0


class HastyContract(HardenedContract):
    """Waits for no deadline."""

    def _require_overdue(self, made: Request) -> None:
        """Require nothing."""


class PartialContract(HardenedContract):
    """Convicts whoever disputes a step that is right."""

    def dismiss(self, author: bytes, request: bytes) -> None:
        super().dismiss(author, request)
        self.convicted.add(self.requests[request].opponent)


@attrs.define
class HastyWatcher(Watcher):
    """Has done at once what is due after a deadline."""

    def attend(self, made: Request) -> Iterator[Act]:
        if made.phase is Phase.WINDOW and made.lot and not self.contract.audits_left(made):
            yield Submit("settle", {"request": made.id})
        yield from super().attend(made)


@pytest.mark.parametrize(
    ("contract", "cast", "kind", "problem"),
    [
        (TollFreeContract, dict.fromkeys(VENDORS, DenyingVendor), "demand", "toll_paid"),
        (HastyContract, {"watcher": HastyWatcher}, "settle", "deadline has passed"),
        (PartialContract, {"consumer": FrivolousConsumer}, "dismiss", "convicted"),
    ],
)
def test_a_contract_that_leaves_the_specification_is_seen(
    contract: type[HardenedContract], cast: Cast, kind: str, problem: str
) -> None:
    with opened(1, cast={**CAST, **cast}, contract=contract) as market:
        market.run(LONGEST)
        found = departure(market)
        assert found is not None
        assert found.action == kind
        assert problem in found.problem


# Messages


KEY, OTHER = (SigningKey.from_seed(bytes([n]) * 32) for n in (1, 2))


BOX = Mailbox(bytes(32), OTHER.public, [OTHER])
MESSAGE = Message(bytes(32), "data", KEY.public, OTHER.public, b"request", 1, b"content")
SEALED = MESSAGE.sealed(KEY, OTHER.public)


def itself(party: bytes) -> bytes:
    """The key in force of a party that never had another."""
    return party


def test_a_message_is_read_by_its_receiver_and_nobody_else() -> None:
    assert BOX.open(SEALED, itself) == MESSAGE
    assert attrs.evolve(BOX, keys=[KEY]).open(SEALED, itself) is None


def test_a_message_counts_only_with_its_senders_key_in_force() -> None:
    forged = MESSAGE.sealed(OTHER, OTHER.public)
    assert BOX.open(forged, itself) is None
    assert BOX.open(SEALED, lambda _: OTHER.public) is None
    assert BOX.open(forged, lambda _: OTHER.public) == MESSAGE


def test_foreign_messages_are_dropped() -> None:
    assert attrs.evolve(BOX, ledger=bytes(1)).open(SEALED, itself) is None
    assert attrs.evolve(BOX, owner=KEY.public).open(SEALED, itself) is None


@pytest.mark.parametrize("name", [*attrs.fields_dict(Message), "signature", "more"])
def test_no_part_of_a_signed_message_can_be_changed(name: str) -> None:
    fields = decode(unseal(OTHER.opener, SEALED) or b"")
    assert isinstance(fields, dict)
    others: list[Value] = ["other", 7, b"other"]
    [other] = [value for value in others if type(value) is type(fields.get(name, 0))]
    forged = seal(lock(OTHER.public), encode({**fields, name: other}))
    assert BOX.open(forged, itself) is None


@given(st.binary(max_size=200))
def test_junk_is_no_message(junk: bytes) -> None:
    assert BOX.open(junk, itself) is None
    assert BOX.open(seal(lock(OTHER.public), junk), itself) is None


# The network


@given(SEEDS, FAULTS)
def test_what_is_sent_anew_in_every_block_arrives_in_time(seed: int, faults: Faults) -> None:
    network = Network(faults, Random(seed))
    for block in range(faults.patience + 1):
        network.send(b"a", b"b", encode(block), "the same")
        network.send(b"a", b"b", b"something else")
        network.pass_block()
    arrived = iter(lambda: network.receive(b"b"), None)
    assert any(data != b"something else" for data in arrived)


@given(SEEDS, FAULTS)
def test_a_network_makes_nothing_up(seed: int, faults: Faults) -> None:
    """What arrives was sent, at most twice, and no earlier."""
    network = Network(faults, Random(seed))
    arrived: list[int] = []
    for block in range(20):
        network.send(b"a", b"b", encode(block))
        while (data := network.receive(b"b")) is not None:
            number = decode(data)
            assert isinstance(number, int)
            assert block - faults.delay <= number <= block
            arrived.append(number)
        network.pass_block()
    assert max(Counter(arrived).values(), default=0) <= 2
    if faults == NO_FAULTS:
        assert arrived == list(range(20))


def test_every_fault_happens() -> None:
    """Or else the runs above would show nothing."""
    network = Network(BAD, Random(0))
    arrived: list[bytes] = []
    for block in range(200):
        network.send(b"a", b"b", block.to_bytes(2))
        while (data := network.receive(b"b")) is not None:
            arrived.append(data)
        network.pass_block()
    assert len(set(arrived)) < 200 - PATIENCE, "some are lost"
    assert len(set(arrived)) < len(arrived), "some come twice"
    assert arrived != sorted(arrived), "some overtake others"
