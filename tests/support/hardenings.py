"""What each hardening is there for: the living market without it, and who complains of that."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import TypeAlias

import attrs
import numpy as np

from adversaries.deviating.hardened.play import LONGEST, play
from adversaries.deviating.hardened.providers import SwappingProvider
from adversaries.deviating.hardened.vendors import LazyVendor, SheddingVendor
from adversaries.script import came_to
from adversaries.strategies.hardened.world import World, sold
from impl.database import unnote
from impl.folder import FILE
from impl.hardened.chance import drawn
from impl.hardened.contract import HardenedContract
from impl.hardened.digests import commitment
from impl.hardened.market import CAST, HardenedMarket
from impl.hardened.parties.acts import Act, Submit
from impl.hardened.parties.provider import Provider
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import Phase, Stage
from impl.hardened.records import Request
from impl.hardened.terms import Terms
from impl.ledger.port import LedgerError
from impl.ledger.transaction import ROTATE, Transaction, parse_rotation
from impl.ledger.witness import EVERY
from impl.models.component import Component
from impl.models.network import Layer, network
from impl.quarrel.salts import SALT
from spec.bytes.encoding import Value, encode
from spec.hardened.state import Hardening
from tests.support.changes import Change
from tests.support.hunt import Quarry

Script: TypeAlias = Callable[[Path], Sequence[str]]
"""A market in a folder in which something goes on; what there is to complain about."""


@attrs.frozen
class Played:
    """What is missed where somebody plays what chance would not find.

    Attributes:
        changes: leave the hardening out.
        script: what is played.
    """

    changes: Sequence[Change]
    script: Script


# What there is to complain about, beside what everybody complains about


def undrawn(market: HardenedMarket, world: World) -> Iterator[str]:
    """Somebody has executed a step for which chance drew another."""
    contract = market.contract
    for made in contract.requests.values():
        for step in range(made.turn):
            terms, failed = made.terms, made.failed[step]
            due = drawn(contract.charter.suite, terms.holders(step), made.seed, step, failed)
            if made.executors[step] != due:
                yield f"{market.named(due)} was drawn for a step, and another executed it"


def uncovered(market: HardenedMarket, world: World) -> Iterator[str]:
    """Somebody's fault costs the provider more than was at stake."""
    for made in market.contract.requests.values():
        if made.uncovered:
            yield f"a fault costs the provider {made.uncovered}"


def strangers(market: HardenedMarket, world: World) -> Iterator[str]:
    """Somebody has had a step looked into that is none of its business."""
    for made in market.contract.requests.values():
        concerned = {made.consumer, made.terms.provider, *made.terms.shares}
        for step, who in made.doubted:
            if who not in concerned and not made.may_see(step, who):
                yield f"{market.named(who)} has no part in what it had looked into"


def guessed(market: HardenedMarket, world: World) -> Iterator[str]:
    """Whoever reads the ledger finds an input, of all that are likely, to be the one."""
    likely = [bytes(SALT) + encode(row) for _, row in world.asked]
    for made in market.contract.requests.values():
        if made.links[0] in [commitment(made.id, 0, opening) for opening in likely]:
            yield f"anybody can tell what {market.named(made.consumer)} asked"


def free(market: HardenedMarket, world: World) -> Iterator[str]:
    """Somebody has disputed a step, and puts up nothing for being wrong."""
    for contract, said in _retold(market):
        if said.kind == "dispute" and not _about(contract, said).toll_paid:
            yield f"{market.named(said.author)} disputes at no cost"


def early(market: HardenedMarket, world: World) -> Iterator[str]:
    """Somebody has taken its stake while others could still complain."""
    for contract, said in _retold(market):
        if said.kind == "collect" and contract.left(_about(contract, said)):
            yield f"{market.named(said.author)} takes a stake too early"


def _retold(market: HardenedMarket) -> Iterator[tuple[HardenedContract, Transaction]]:
    """All that was said on the ledger, each with the contract as it was then."""
    ledger = market.around.node.ledger
    contract = type(market.contract)(ledger.genesis)
    for _, said in ledger:
        if said.kind == ROTATE:
            contract.replace_key(said.author, parse_rotation(said)[0])
        else:
            contract.apply(said)
        yield contract, said


def _about(contract: HardenedContract, said: Transaction) -> Request:
    """The request that a transaction is about."""
    request = said.body["request"]
    assert isinstance(request, bytes)
    return contract.requests[request]


# What is played where chance would not find it

NOBODY = World(frozenset(), ("network",), 1, 0, is_disordered=False)


@attrs.define
class Naming(Provider):
    """Says that another provider contributes, and has a share."""

    def offer(self, terms: Terms) -> bytes:
        other = [*self.contract.charter.purses][-1]
        return super().offer(attrs.evolve(terms, shares={self.identity: 60, other: 40}))


def swapped(folder: Path) -> list[str]:
    """A provider hands over another component than the one that it has registered."""
    facts = play(folder, {"provider": SwappingProvider}, requests=2)
    return [*facts.lines] if came_to(facts).outcome == "F" else []


def named_unasked(folder: Path) -> list[str]:
    """A provider names another one that has agreed to nothing."""
    cast = {**CAST, "provider": Naming, "other": Provider}
    with HardenedMarket.create(folder, cast) as market:
        market.deploy(sold("network")[0])
        market.run(LONGEST)
        versions = market.contract.versions.values()
        is_sold = any(version.stage is Stage.ACTIVE for version in versions)
        return ["a version is sold that somebody in it never agreed to"] * is_sold


def replaced(folder: Path) -> list[str]:
    """A provider has a new version of its model while requests are under way; all are honest."""
    first, rows = sold("network")
    with HardenedMarket.create(folder) as market:
        version = market.deploy(first)
        market.run(LONGEST)
        market.deploy(_other())
        for _ in range(6):
            market.consumer.ask(version, encode(rows[:1]))
            market.pass_block()
        market.run(LONGEST)
        return [f"{market.named(who)} is convicted" for who in market.contract.convicted]


def _other() -> Sequence[Component]:
    """A model of the same shape, in two parts."""
    weights = np.array([[1, 0], [0, 1]], np.int64)
    return network([Layer(weights, np.array([3, 4]), 0, last) for last in (True, False)]).split()


def unseen(folder: Path) -> list[str]:
    """Vendors commit to constants, for a consumer that knows nothing better."""
    cast = dict.fromkeys(("vendor0", "vendor1", "vendor2"), LazyVendor)
    facts = play(folder, cast, requests=4, blind=True)
    return [*facts.lines] if came_to(facts).outcome == "U" else []


@attrs.define
class Disclosing(Vendor):
    """Shows the whole of each step of its that is disputed."""

    def defend(self, made: Request) -> Iterator[Act]:
        step = made.disputed
        if made.phase is Phase.DISPUTED and made.executors[step] == self.identity:
            handed = self.component(made, step)
            body: dict[str, Value] = {
                "request": made.id,
                "input": self.data(made, step),
                "output": self.opening(made, step + 1),
                "secret": handed[:SALT],
                "component": handed[SALT:],
            }
            yield Submit("open_step", body)
        yield from super().defend(made)


def disclosed(folder: Path) -> list[str]:
    """A consumer disputes each step, and vendors that are its friends show them whole."""
    cast = {**CAST, **dict.fromkeys(("vendor0", "vendor1", "vendor2"), Disclosing)}
    model, rows = sold("network")
    with HardenedMarket.create(folder, cast) as market:
        version = market.deploy(model)
        request = market.consumer.ask(version, encode(rows[:1]))
        for step in range(len(model)):
            market.consumer.dispute(request, step)
        market.run(LONGEST)
        shown = market.contract.versions[version].disclosed
        return ["the whole of a version stands on the ledger"] * (len(shown) == len(model))


def taken_back(folder: Path) -> list[str]:
    """A node takes back what was recorded last, after others have gone on from that."""
    model, rows = sold("network")
    with HardenedMarket.create(folder) as market:
        request = market.consumer.ask(market.deploy(model), encode(rows[:1]))
        for _ in range(3 * EVERY):
            market.pass_block()
        ledger = market.around.node.ledger
        last = max(position for position, said in ledger if said.kind == "record")
    with closing(connect(folder / FILE)) as file, file:
        [[height]] = file.execute("SELECT height FROM entry WHERE position = ?", (last,))
        file.execute("DELETE FROM checkpoint")
        for table in ("block", "entry"):
            file.execute(f"DELETE FROM {table} WHERE height >= ?", (height,))
    unnote(folder / FILE)
    try:
        with HardenedMarket.open(folder, CAST) as market:
            turn = market.contract.requests[request].turn
            return ["somebody has worked for a record that is gone"] * (turn < len(model))
    except LedgerError:
        return []


def shed(folder: Path) -> list[str]:
    """An executor signs second outputs, and replaces its key before anybody can show them."""
    facts = play(folder, {"vendor1": SheddingVendor}, requests=3)
    return [] if came_to(facts).evidence else ["who signed two outputs is not convicted"]


# The table

_DISPUTE = "impl.hardened.dispute:Disputing"
_EXECUTION = "impl.hardened.execution:Executing"
_STATE = "impl.hardened.state:MarketState"
_VENDOR = "impl.hardened.parties.vendor:Vendor"

_MADE = "Request(request, author, version, terms, price, price, [input])"

WITHOUT: dict[Hardening, Quarry | Played] = {
    Hardening.ACKNOWLEDGEMENT: Played(
        [
            Change(
                f"{_VENDOR}.take_over",
                "is_registered and is_sound(handed[SALT:], terms, step)",
                "True",
            ),
            Change(f"{_VENDOR}.component", "self.is_registered(made.terms, step, handed)", "True"),
        ],
        swapped,
    ),
    Hardening.JOINT_SIGNATURE: Played(
        [
            Change(
                "impl.hardened.registration:Registering.activate",
                "found.signed >= terms.shares.keys()",
                "True",
            ),
            Change(
                "impl.hardened.parties.provider:Provider.deploy",
                "version.signed >= terms.shares.keys()",
                "True",
            ),
        ],
        named_unasked,
    ),
    Hardening.VERSION_PIN: Played(
        [
            Change(
                "impl.hardened.registration:Registering.activate",
                "self.current[terms.provider, terms.api] = version",
                "pinned = self.current.get((terms.provider, terms.api))\n"
                "        self.current[terms.provider, terms.api] = version\n"
                "        for made in self.requests.values():\n"
                "            if made.version == pinned and not made.is_over:\n"
                "                made.version, made.terms = version, terms",
            )
        ],
        replaced,
    ),
    Hardening.ESCROW: Quarry(
        [
            Change(f"{_EXECUTION}.request", "self.balances[author] -= price", "pass"),
            Change(f"{_EXECUTION}.request", _MADE, _MADE.replace("price, price", "0, price")),
            Change(f"{_EXECUTION}.record", "terms.wage(turn)", "0"),
            Change(f"{_STATE}._refund", "price = made.terms.price", "price = 0"),
            Change(f"{_STATE}._fail", "made.terms.price - made.escrow, ", "0, "),
        ],
        "is owed",
        worlds=1,
    ),
    Hardening.SURETY: Quarry(
        [
            Change(f"{_EXECUTION}.request", "self.bonds[terms.provider] -= price", "pass"),
            Change(f"{_EXECUTION}.request", _MADE, _MADE.replace("price, price", "price, 0")),
            Change(f"{_STATE}._refund", "price = made.terms.price", "price = made.escrow"),
            Change(f"{_STATE}._fail", "made.terms.price - made.escrow, ", "0, "),
        ],
        "is paid for nothing",
        worlds=15,
    ),
    Hardening.STAKE: Quarry(
        [Change(f"{_EXECUTION}.assign", "stake = made.terms.stake", "stake = 0")],
        "a fault costs the provider",
        uncovered,
    ),
    Hardening.BEACON: Quarry(
        [
            Change(
                f"{_EXECUTION}.assign",
                "author == self.executor_due(made)",
                "author in made.terms.holders(made.turn)",
            )
        ],
        "and another executed it",
        undrawn,
    ),
    Hardening.SIGNED_HOPS: Quarry(
        [
            Change(
                f"{_EXECUTION}._with_bad_data",
                "if made.published is None",
                "if True or made.published is None",
            )
        ],
        "is convicted",
    ),
    Hardening.DEADLINES: Quarry(
        [
            Change(
                f"{_STATE}._require_overdue",
                "self.now >= made.deadline",
                "made.phase is Phase.WINDOW and self.now >= made.deadline",
            ),
            Change(
                "impl.hardened.parties.public:Watcher.advance",
                "kind is not None",
                'kind == "settle"',
            ),
        ],
        "a request stays",
    ),
    Hardening.FINALITY: Played(
        [
            Change(
                "impl.hardened.market:followed",
                "found += Followed.of(name, storage)",
                "Followed.of(name, storage)",
            )
        ],
        taken_back,
    ),
    Hardening.SALT: Quarry(
        [
            Change(
                "impl.hardened.parties.consumer:Consumer.ask",
                "self.around.randomness(SALT)",
                "bytes(SALT)",
            )
        ],
        "anybody can tell",
        guessed,
        worlds=1,
    ),
    Hardening.EXACTNESS: Quarry(
        [
            Change(
                "impl.quarrel.run:rerun",
                "held.run_bytes(data) if",
                "held.run_bytes(data)[:-1] + bytes([held.run_bytes(data)[-1] ^ 1]) if",
            )
        ],
        "is convicted",
    ),
    Hardening.DISPUTE_TOLL: Quarry(
        [Change(f"{_DISPUTE}.dispute", "tolls = 2 * terms.toll", "tolls = 0")],
        "disputes at no cost",
        free,
        worlds=8,
    ),
    Hardening.AUDITS: Played(
        [Change(f"{_STATE}.is_audited", "return ", "return False and ")], unseen
    ),
    Hardening.DISCLOSURE_CAP: Played(
        [Change(f"{_DISPUTE}.open_step", "not others <= version.disclosed", "True")], disclosed
    ),
    Hardening.LOCK: Quarry(
        [Change("impl.hardened.money:Paying.collect", "self.left(made) == 0", "True")],
        "takes a stake too early",
        early,
    ),
    Hardening.STANDING: Quarry(
        [Change(f"{_DISPUTE}.dispute", "require(concerned", "require(True")],
        "has no part in what it had looked into",
        strangers,
        worlds=4,
    ),
    Hardening.COMPLAINT: Quarry(
        [Change(f"{_DISPUTE}.complain", "require(lacks", "require(False")],
        "is owed",
    ),
    Hardening.KEY_PIN: Played(
        [
            Change(
                f"{_DISPUTE}.counts",
                "self.numbers.get((holder, claim.key), 0) >= since",
                "claim.key == self.keys.get(holder, holder)",
            )
        ],
        shed,
    ),
}
