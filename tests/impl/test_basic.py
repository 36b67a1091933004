"""The living marketplace: exact results, work that survives restarts, and its known weakness."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from adversaries.victim import API, parts, right_output, victim, worse
from checkers.market.demo.demo import demo
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Refused
from impl.models.component import labels
from impl.paper.basic.contract import BasicContract
from impl.paper.basic.market import BasicMarket
from impl.paper.basic.parties import Arbitrator, Consumer, Vendor
from impl.storage import Storage
from spec.bytes.encoding import encode
from tests.support.linear import linear


@pytest.fixture
def market(tmp_path: Path) -> Iterator[BasicMarket]:
    with BasicMarket.create(tmp_path / "market") as market:
        market.provider.deploy(API, parts(), market.vendors)
        yield market


def test_output_is_that_of_the_unsplit_model(market: BasicMarket) -> None:
    model, traffic, _ = victim()
    for row in traffic[:20]:
        data = row.reshape(1, -1)
        request = market.consumer.request(API, encode(data))
        market.work()
        output = market.consumer.take(request)
        assert output == model.component.run_bytes(encode(data)) == right_output(data)


def test_many_rows_at_once(market: BasicMarket) -> None:
    model, traffic, _ = victim()
    request = market.consumer.request(API, encode(traffic))
    market.work()
    output = market.consumer.take(request)
    assert output is not None
    assert labels(output) == np.argmax(model.component.run(traffic), axis=1).tolist()


def test_every_step_is_on_the_ledger(market: BasicMarket) -> None:
    request = market.consumer.request(API, encode(victim()[1][:1]))
    market.work()
    records = market.consumer.contract.records
    assert [record.author for record in records] == [v.identity for v in market.vendors]
    assert [record.claimed for record in records] == [part.digest for part in parts()]
    assert records[0].received == market.consumer.contract.requests[request].input
    assert [a.produced for a in records[:-1]] == [b.received for b in records[1:]]


def test_nothing_is_taken_before_it_is_there(market: BasicMarket) -> None:
    request = market.consumer.request(API, encode(victim()[1][:1]))
    assert market.consumer.take(request) is None
    market.vendors[0].work()
    assert market.consumer.take(request) is None


def test_vendors_go_on_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "market"
    with BasicMarket.create(folder) as market:
        market.provider.deploy(API, parts(), market.vendors)
        request = market.consumer.request(API, encode(victim()[1][:1]))
        market.vendors[0].work()
        keys = [vendor.key for vendor in market.vendors]
        consumer = market.consumer.key

    def again(kind: type[Vendor], name: str, key: SigningKey, ledger: Ledger) -> Vendor:
        return kind(name, key, Storage(folder / name), ledger)

    with Ledger.open(folder / "ledger.db", market.node, BasicContract) as ledger:
        vendors = [again(Vendor, f"vendor{i}", key, ledger) for i, key in enumerate(keys)]
        assert [vendor.work() for vendor in vendors] == [0, 1, 1]
        taken = Consumer("consumer", consumer, Storage(folder / "consumer"), ledger).take(request)
    assert taken == right_output(victim()[1][:1])


def test_honest_work_is_judged_so(market: BasicMarket) -> None:
    request = market.consumer.request(API, encode(victim()[1][:1]))
    market.work()
    finding = market.arbitrator.judge(request, market.provider)
    assert (finding.executed, finding.convicted, finding.wrong) == (3, None, None)


def test_a_new_version_in_the_middle_is_blamed_on_the_vendor(market: BasicMarket) -> None:
    """The version race: the contract compares with the version in force (A26)."""
    request = market.consumer.request(API, encode(victim()[1][:1]))
    market.vendors[0].work()
    first, *others = parts()
    newer = worse(first)
    market.provider.register(API, [newer, *others], market.vendors)
    finding = market.arbitrator.judge(request, market.provider)
    assert finding.convicted == market.vendors[0].identity


def test_a_vendor_can_have_two_turns(market: BasicMarket) -> None:
    """It runs its one component on what it has made of the input."""
    rng = np.random.default_rng(0)
    square = linear(rng.integers(9, size=(4, 4)), np.zeros(4, np.int64))
    vendor = market.vendors[0]
    market.provider.deploy("square", [square, square], [vendor, vendor])
    values = rng.integers(9, size=(1, 4))
    request = market.consumer.request("square", encode(values))
    market.work()
    assert market.consumer.take(request) == encode(square.run(square.run(values)))


@pytest.mark.parametrize("taken", [True, False])
def test_a_new_version_takes_requests_to_its_own_vendors(market: BasicMarket, taken: bool) -> None:
    """But for those that are settled: their outputs are taken."""
    first, second, third = market.vendors
    request = market.consumer.request(API, encode(victim()[1][:1]))
    market.work()
    if taken:
        market.consumer.take(request)
    before = len(market.consumer.contract.records)
    market.provider.deploy(API, parts(), [third, second, first])
    market.work()
    records = market.consumer.contract.records[before:]
    # The second has recorded already what it makes of the same data.
    again = [] if taken else [third.identity, first.identity]
    assert [record.author for record in records] == again
    assert taken or market.consumer.take(request) == right_output(victim()[1][:1])


def test_what_came_before_a_new_version_is_not_done_after_it(market: BasicMarket) -> None:
    market.consumer.request(API, encode(victim()[1][:1]))
    market.vendors[0].work()
    market.vendors[1].look()  # its turn has come, and it has not done it
    market.provider.deploy(API, parts(), market.vendors[::-1])
    assert [vendor.work() for vendor in market.vendors] == [0, 0, 1]


def test_requests_with_one_input_are_each_recorded(market: BasicMarket) -> None:
    for _ in range(2):
        market.consumer.request(API, encode(victim()[1][:1]))
    market.work()
    assert len(market.consumer.contract.records) == 6


def test_parties_keep_to_themselves(market: BasicMarket) -> None:
    folders = [market.provider, *market.vendors, market.consumer, market.arbitrator]
    assert len({party.storage.folder for party in folders}) == 6
    for vendor, part in zip(market.vendors, parts(), strict=True):
        assert vendor.held(API) == part


def test_another_consumer_cannot_take_or_contest(market: BasicMarket, tmp_path: Path) -> None:
    other = Consumer("other", SigningKey(), Storage(tmp_path / "other"), market.ledger)
    request = market.consumer.request(API, encode(victim()[1][:1]))
    market.work()
    with pytest.raises(Refused, match="consumer made the request"):
        other.take(request)
    with pytest.raises(Refused, match="consumer made the request"):
        other.contest(request, b"")


def test_one_vendor_for_each_part(market: BasicMarket) -> None:
    height = market.ledger.height
    with pytest.raises(ValueError, match="3 parts for 2 vendors"):
        market.provider.deploy("other", parts(), market.vendors[:2])
    assert market.ledger.height == height
    assert market.vendors[0].storage.missing("component/other")


def test_an_unknown_api_is_refused(market: BasicMarket) -> None:
    with pytest.raises(Refused, match="API is registered"):
        market.consumer.request("nothing", b"")


def test_a_record_is_found_by_what_it_received(market: BasicMarket) -> None:
    market.consumer.request(API, encode(victim()[1][:1]))
    market.work()
    contract = market.consumer.contract
    vendor = market.vendors[1].identity
    assert contract.find(vendor, contract.records[0].produced) == 1
    assert contract.find(vendor, b"something else") is None


def test_an_arbitrator_needs_the_registered_parts(market: BasicMarket) -> None:
    """A provider that has lost its parts settles nothing."""
    request = market.consumer.request(API, encode(victim()[1][:1]))
    market.work()
    market.provider.storage.remove(f"component/{API}/1")
    assert isinstance(market.arbitrator, Arbitrator)
    with pytest.raises(Refused, match="provider has kept the registered parts"):
        market.arbitrator.judge(request, market.provider)


def test_demo_tells_the_story(tmp_path: Path) -> None:
    lines: list[str] = []
    demo(tmp_path, lines.append)
    story = "\n".join(lines)
    assert "the marketplace answers 3; the whole model, 3" in story
    assert "the wrong output is vendor1's" in story
    assert re.search(r"vendor1 and provider +halve the run \d+ times", story)
    assert re.search(
        r"step \d is wrong: vendor1 is convicted, and the consumer gets 40 back", story
    )
    assert re.search(r"together +7000 +\+0", story)
    assert "verified anew" in story
