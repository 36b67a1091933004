"""The paper's marketplaces as they were left in a folder: stopped at any write, and resumed."""

from pathlib import Path

import pytest

from adversaries.deviating.basic.vendors import LazyVendor
from adversaries.victim import API, parts, right_output, victim
from impl.paper.basic.market import CAST as BASIC
from impl.paper.basic.market import BasicMarket
from impl.paper.orchestrated.due import Due
from impl.paper.orchestrated.market import CAST as ORCHESTRATED
from impl.paper.orchestrated.market import OrchestratedMarket
from spec.bytes.encoding import encode
from tests.support.stopping import Stopped, stop_at

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

DATA = victim()[1][:1]


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Stops the process before the write of a number, storages' and the ledger's counted alike."""
    return stop_at(monkeypatch)


@pytest.mark.parametrize("last", range(1, 32))
def test_basic(tmp_path: Path, stopping: list[int], last: int) -> None:
    """Each of three vendors records a step once, and the output is taken once."""
    with BasicMarket.create(tmp_path) as market:
        market.provider.deploy(API, parts(), market.vendors)
        stopping.append(last)
        try:
            market.consumer.request(API, encode(DATA))
            market.work()
            market.consumer.take(0)
            market.arbitrator.judge(0, market.provider)
        except Stopped:
            pass
        else:
            assert last > 25, "all was done before"
        stopping.clear()
    with BasicMarket.open(tmp_path, BASIC) as market:
        contract = market.consumer.contract
        if not contract.requests:
            market.consumer.request(API, encode(DATA))
        market.work()
        [made] = contract.requests
        if not made.taken:
            assert market.consumer.take(0) == right_output(DATA)
        assert market.consumer.storage.get("output/0") == right_output(DATA)
        assert len(contract.records) == 3
        assert market.arbitrator.judge(0, market.provider).executed == 3
        assert made.complete


@pytest.mark.parametrize("last", range(1, 90, 2))
def test_orchestrated(tmp_path: Path, stopping: list[int], last: int) -> None:
    """Each step is recorded once by its vendor, and once by the orchestrator."""
    with OrchestratedMarket.create(tmp_path) as market:
        held = [vendor.identity for vendor in market.vendors]
        market.provider.deploy(API, parts(), [held] * 3, market.orchestrator.identity)
        stopping.append(last)
        try:
            market.serve(market.consumer.request(API, encode(DATA)))
        except Stopped:
            pass
        else:
            assert last > 80, "all was done before"
        stopping.clear()
    with OrchestratedMarket.open(tmp_path, ORCHESTRATED) as market:
        contract = market.consumer.contract
        if not contract.requests:
            market.consumer.request(API, encode(DATA))
        assert market.serve(0) == right_output(DATA)
        assert market.consumer.due(0) is Due.NOTHING
        assert [record.author for record in contract.records[1::2]] == [
            market.orchestrator.identity
        ] * 3
        assert len(contract.records) == 6
        assert len(contract.requests) == 1


def test_what_was_found_wrong_is_found_again(tmp_path: Path) -> None:
    """Whoever has an arbitrator judge a request once more is told the same."""
    with BasicMarket.create(tmp_path, {**BASIC, "vendor1": LazyVendor}) as market:
        market.provider.deploy(API, parts(), market.vendors)
        market.consumer.request(API, encode(DATA))
        market.work()
        found = market.arbitrator.judge(0, market.provider)
        assert (found.executed, found.wrong) == (3, 1)
        assert market.arbitrator.judge(0, market.provider) == found
