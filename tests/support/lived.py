"""What was said on ledgers on which parties were at work, for each of the contracts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import attrs
import numpy as np

from adversaries.deviating.hardened.consumers import FrivolousConsumer
from adversaries.deviating.hardened.vendors import DenyingVendor, SilentVendor
from adversaries.victim import API, parts, victim
from impl.hardened.contract import HardenedContract
from impl.hardened.market import CAST, HardenedMarket
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.port import Begin, KeptLedger
from impl.ledger.sqlite import Ledger
from impl.paper.basic.contract import BasicContract
from impl.paper.basic.market import BasicMarket
from impl.paper.orchestrated.contract import OrchestratedContract
from impl.paper.orchestrated.market import OrchestratedMarket
from spec.bytes.encoding import encode
from tests.support.linear import linear

Said: TypeAlias = Sequence[bytes]
"""The transactions of a block."""

_MATRIX = linear([[1, 2], [3, -1]], [1, 0])


@attrs.frozen
class Lived:
    """What a ledger began with, and what was said on it, block by block."""

    genesis: Genesis
    node: SigningKey
    contract: Begin
    blocks: Sequence[Said]


def _told(ledger: KeptLedger, node: SigningKey, contract: Begin) -> Lived:
    assert isinstance(ledger, Ledger)  # whose blocks are told as they stand in its file
    rows = ledger._connection.execute("SELECT height, data FROM entry ORDER BY position")
    blocks = [[data for _, data in rows] for _, rows in groupby(rows, key=itemgetter(0))]
    return Lived(ledger.genesis, node, contract, blocks)


def _inputs(count: int) -> Iterator[bytes]:
    yield from (encode(victim()[1][number].reshape(1, -1)) for number in range(count))


def basic(folder: Path) -> Lived:
    """Calls of which every other is taken, judged and contested."""
    with BasicMarket.create(folder) as market:
        market.provider.deploy(API, parts(), market.vendors)
        for data in _inputs(6):
            request = market.consumer.request(API, data)
            market.work()
            if request % 2:
                output = market.consumer.take(request)
                assert output is not None
                market.arbitrator.judge(request, market.provider)
                market.consumer.contest(request, output)
        return _told(market.ledger, market.node, BasicContract)


def orchestrated(folder: Path) -> Lived:
    """Calls that are served and confirmed."""
    with OrchestratedMarket.create(folder) as market:
        held = [vendor.identity for vendor in market.vendors]
        market.provider.deploy(API, parts(), [held] * 3, market.orchestrator.identity)
        for data in _inputs(6):
            market.serve(market.consumer.request(API, data))
        return _told(market.ledger, market.node, OrchestratedContract)


def hardened(folder: Path) -> Lived:
    """Disputes, demands, and a vendor that is silent."""
    cast = {
        **CAST,
        "vendor0": DenyingVendor,
        "vendor1": SilentVendor,
        "consumer": FrivolousConsumer,
    }
    with HardenedMarket.create(folder, cast, seed=3) as market:
        version = market.deploy([_MATRIX, _MATRIX])
        for number in range(4):
            market.consumer.ask(version, encode(np.array([[number, 1]])))
        market.run(200)
        return _told(market.around.node.ledger, market.around.node.key, HardenedContract)


LIVES: Mapping[str, Callable[[Path], Lived]] = {
    "basic": basic,
    "orchestrated": orchestrated,
    "hardened": hardened,
}


@cache
def lived(name: str) -> Lived:
    """What was said on a ledger of one of the contracts."""
    with TemporaryDirectory() as folder:
        return LIVES[name](Path(folder) / "market")
