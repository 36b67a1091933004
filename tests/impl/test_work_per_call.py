"""What a call takes of the parties does not grow with what was before it.

What is counted is the lines of the implementation that run: no clock, and no room for chance.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import attrs
import pytest

import impl
from adversaries.victim import API, parts, victim
from impl.hardened.contract import HardenedContract
from impl.hardened.market import CAST, HardenedMarket
from impl.hardened.parties import memory, node
from impl.hardened.parties.acts import Act, Wait
from impl.hardened.parties.correspondent import Correspondent
from impl.hardened.parties.public import Watcher
from impl.hardened.parties.shown import LEDGER
from impl.hardened.records import Request
from impl.hardened.terms import Part, Terms
from impl.ledger import sqlite
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Transaction, rotation
from impl.ledger.witness import EVERY
from impl.paper.basic.market import BasicMarket
from impl.paper.orchestrated.market import OrchestratedMarket
from impl.quarrel import run
from spec.bytes.encoding import Value, encode

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

IMPL = str(Path(str(impl.__file__)).parent)
FEW, MANY = 80, 160  # numbers that take as many bytes, whoever of them counts what
FEWEST, MORE = 26, 60  # likewise where a call is several transactions of everybody's
LONGEST = 1000


def lines(work: Callable[[], object]) -> int:
    """How many lines of the implementation run."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:  # itself, for the lines within
        nonlocal count
        count += event == "line"
        return trace if frame.f_code.co_filename.startswith(IMPL) else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def data(number: int) -> bytes:
    return encode(victim()[1][number].reshape(1, -1))


def after(
    past: Callable[[int], object],
    call: Callable[[int], object],
    numbers: tuple[int, int] = (FEW, MANY),
) -> tuple[int, int]:
    """What a call takes after a few of what is past, and after many."""
    few, many = numbers
    for number in range(few):
        past(number)
    first = lines(lambda: call(few))
    for number in range(few + 1, many):
        past(number)
    return first, lines(lambda: call(many))


@pytest.mark.parametrize("past", ["served", "not taken"])
def test_basic(tmp_path: Path, past: str) -> None:
    with BasicMarket.create(tmp_path) as market:
        market.provider.deploy(API, parts(), market.vendors)

        def serve(number: int) -> int:
            request = market.consumer.request(API, data(number))
            market.work()
            return request

        def call(number: int) -> None:
            assert market.consumer.take(serve(number))

        few, many = after({"served": call, "not taken": serve}[past], call)
        assert few == many > 100


@pytest.mark.parametrize("what", ["call", "component"])
def test_orchestrated(tmp_path: Path, what: str) -> None:
    with OrchestratedMarket.create(tmp_path) as market:
        vendor, *_ = held = [vendor.identity for vendor in market.vendors]
        market.provider.deploy(API, parts(), [held] * 3, market.orchestrator.identity)
        signature = market.consumer.contract.apis[API].signature

        def call(number: int) -> None:
            assert market.serve(market.consumer.request(API, data(number)))

        def hand_over(number: int) -> None:
            market.provider.hand_over(signature, 0, vendor, parts()[0].canonical())

        few, many = after(call, {"call": call, "component": hand_over}[what])
        assert few == many > 10


# The hardened marketplace


class Unvarying(HardenedContract):
    """Chance draws each step another holder, always the same, and nothing for an audit."""

    def executor_due(self, made: Request) -> bytes:
        return made.terms.holders(made.turn)[made.turn]

    def is_audited(self, made: Request, step: int) -> bool:
        return False


STRANGER = SigningKey.from_seed(b"stranger".ljust(32))


def said(market: HardenedMarket, key: SigningKey, kind: str, nonce: int, **body: Value) -> bytes:
    """What somebody says to the ledger."""
    identity = market.around.node.ledger.identity
    return Transaction(identity, kind, key.public, nonce, body).signed(key)


def propose(market: HardenedMarket, terms: Terms, number: int) -> None:
    """Propose a version by which everybody would have a part, for nothing."""
    watcher = market.members["watcher"].key
    everybody = tuple(member.identity for member in market.members.values())
    bogus = attrs.evolve(
        terms,
        number=number,
        provider=watcher.public,
        shares=dict.fromkeys(everybody, 0),
        steps=[Part(watcher.public, everybody, bytes(32))] * len(terms.steps),
    )
    ledger = market.around.node.ledger
    nonce = ledger.next_nonce(watcher.public)
    ledger.submit(said(market, watcher, "propose", nonce, terms=bogus.body()))


def bother(market: HardenedMarket, number: int) -> None:
    """Say what is refused, to the ledger and to everybody."""
    for made in market.contract.requests:
        body: dict[str, Value] = {"request": made, "step": 0, "output": number.to_bytes(32)}
        for key in (STRANGER, market.members["vendor0"].key):
            again = said(market, key, "record", 0, **body)
            market.around.network.send(STRANGER.public, LEDGER, again)
    for member in market.members.values():
        market.around.network.send(STRANGER.public, member.identity, bytes(number))


PASTS = ("served", "proposed", "refused")


@pytest.mark.parametrize("past", PASTS)
def test_hardened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, past: str) -> None:
    monkeypatch.setattr(memory, "ROOM", 1 << 15)  # so that few calls fill it, as many would
    monkeypatch.setattr(sqlite, "_FEW", 1 << 62)  # a checkpoint is the ledger's, and no call's
    monkeypatch.setattr(node, "EVERY", 1 << 60)  # so that no head falls into just one of the calls
    with HardenedMarket.create(tmp_path, purse=10**6, contract=Unvarying) as market:
        version = market.deploy(parts())
        market.run(LONGEST)
        terms = market.contract.versions[version].terms
        market.consumer.trust(version, market.model(version))

        def call(number: int) -> None:
            for chance in (market.chance, market.around.network.chance):
                chance.seed(0)
            # What another test had computed, nobody would compute again.
            request = market.consumer.ask(version, data(number + MORE * PASTS.index(past) + 1))
            market.run(LONGEST)
            assert market.consumer.output(request)

        def happen(number: int) -> None:
            if past == "proposed":
                propose(market, terms, number)
            if past == "refused":
                bother(market, number)
            if past != "served":
                market.run(LONGEST)
            if number + 1 in (FEWEST, MORE):  # what was proposed is forgotten, and no call's work
                for _ in range(market.contract.charter.agreeing):
                    market.pass_block()
            if past == "served" or number < FEWEST:
                call(number)

        few, many = after(happen, call, (FEWEST, MORE))
        assert few == many > 10_000


def test_of_many_requests_at_once_each_step_is_run_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often its consumer looks at what should have come of it."""
    at_once, really, ran = 80, run.rerun, Counter[tuple[bytes, bytes]]()

    def rerun(component: bytes, data: bytes, rounds: int) -> bytes:
        ran[component, data] += 1
        return really(component, data, rounds)

    monkeypatch.setattr(run, "rerun", rerun)
    with HardenedMarket.create(tmp_path, purse=10**9, windows=60, contract=Unvarying) as market:
        version = market.deploy(parts())
        market.run(LONGEST)
        market.consumer.trust(version, market.model(version))
        for number in range(at_once):
            market.consumer.ask(version, data(number))
        market.run(LONGEST)
    assert set(ran.values()) == {1}
    assert len(ran) == at_once * len(parts())


def test_a_rotation(tmp_path: Path) -> None:
    """Whoever replaces its key in every transaction takes no more of the ledger's time."""
    with HardenedMarket.create(tmp_path) as market:
        ledger, author = market.around.node.ledger, market.consumer.identity
        keys = [market.consumer.key, *(SigningKey() for _ in range(MANY + 1))]

        def rotate(number: int) -> None:
            said = rotation(ledger.identity, author, number, keys[number + 1])
            ledger.submit(said.signed(keys[number]))

        few, many = after(rotate, rotate)
        assert few == many > 10


def test_what_is_asked_of_a_hardened_ledgers_file_does_not_grow(tmp_path: Path) -> None:
    """Counted in steps of SQLite's machine, over as many calls as heads come from."""
    steps = [0]

    def step() -> int:
        steps[-1] += 1
        return 0

    with HardenedMarket.create(tmp_path, purse=10**6, contract=Unvarying) as market:
        version = market.deploy(parts())
        market.run(LONGEST)
        ledger = market.around.node.ledger
        assert isinstance(ledger, Ledger)
        ledger._connection.set_progress_handler(step, 10)
        for number in range(4 * EVERY):
            if number % EVERY == 0:
                steps.append(0)
            market.consumer.ask(version, data(number))
            market.run(LONGEST)
    _, first, *_, last = steps
    assert 0 < last < 1.1 * first


def test_how_often_a_request_is_looked_at_does_not_grow_with_those_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is looked at when something is new about it, and not about another."""
    looked: Counter[bytes] = Counter()
    oppose = Correspondent.oppose

    def looking(self: Correspondent, made: Request) -> Iterator[Act]:
        looked[made.id] += 1
        return oppose(self, made)

    monkeypatch.setattr(Correspondent, "oppose", looking)
    often = []
    for requests in (5, 20):
        looked.clear()
        with HardenedMarket.create(
            tmp_path / f"{requests}", purse=10**6, windows=40, contract=Unvarying
        ) as market:
            version = market.deploy(parts())
            market.run(LONGEST)
            for number in range(requests):
                market.consumer.ask(version, data(number))
            market.run(LONGEST)
            assert len(looked) == requests
        often.append(looked.total() / requests)
    few, many = often
    assert many < 1.5 * few


@pytest.mark.parametrize("waits", [False, True])
def test_who_waits_for_money_or_room_looks_again_whatever_is_new(
    tmp_path: Path, waits: bool
) -> None:
    """A transaction about another request may have brought it."""
    looked = set[tuple[int, bytes, int, int]]()

    class Looking(Watcher):
        def attend(self, made: Request) -> Iterator[Act]:
            in_all = sum(each.news for each in self.contract.requests.values())
            looked.add((self.contract.now, made.id, made.news, in_all))
            if waits:
                yield Wait()

    cast = {**CAST, "watcher": Looking}
    with HardenedMarket.create(tmp_path, cast, purse=10**6) as market:
        version = market.deploy(parts())
        market.run(LONGEST)
        for number in range(2):
            market.consumer.ask(version, data(number))
        market.run(LONGEST)
    assert any(count > 1 for count in Counter(each[:3] for each in looked).values()) == waits
