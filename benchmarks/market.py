"""What a call takes after many calls, beside what it takes after a few.

    python -m benchmarks.market           # after 400
    python -m benchmarks.market 10000

Processor time of all parties and the ledger's node together, for a call on the real model: the
median of some calls after 10 and of as many after all of them. The goal is a ratio below 1.2.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import TypeAlias

from adversaries.victim import API, parts, victim
from impl.hardened.contract import HardenedContract
from impl.hardened.market import HardenedMarket
from impl.hardened.records import Request
from impl.paper.basic.market import BasicMarket
from impl.paper.orchestrated.market import OrchestratedMarket
from spec.bytes.encoding import encode

FEW, MANY = 10, 400
MEASURED = 40
LONGEST = 1000

Call: TypeAlias = Callable[[bytes], object]
"""Has some data run, and gives the output."""


class Unaudited(HardenedContract):
    """Chance draws no audit, which would take a multiple of a call."""

    def is_audited(self, made: Request, step: int) -> bool:
        return False


@contextmanager
def basic(folder: Path) -> Iterator[Call]:
    """The paper's first protocol."""
    with BasicMarket.create(folder) as market:
        market.provider.deploy(API, parts(), market.vendors)

        def call(data: bytes) -> object:
            request = market.consumer.request(API, data)
            market.work()
            return market.consumer.take(request)

        yield call


@contextmanager
def orchestrated(folder: Path) -> Iterator[Call]:
    """Its second."""
    with OrchestratedMarket.create(folder) as market:
        held = [vendor.identity for vendor in market.vendors]
        market.provider.deploy(API, parts(), [held] * 3, market.orchestrator.identity)
        yield lambda data: market.serve(market.consumer.request(API, data))


@contextmanager
def hardened(folder: Path) -> Iterator[Call]:
    """The hardened one: until the request is settled, and everybody has collected."""
    with HardenedMarket.create(folder, purse=10**9, contract=Unaudited) as market:
        version = market.deploy(parts())
        market.consumer.trust(version, market.model(version))
        market.run(LONGEST)

        def call(data: bytes) -> object:
            request = market.consumer.ask(version, data)
            market.run(LONGEST)
            return market.consumer.output(request)

        yield call


VARIANTS = {"basic": basic, "orchestrated": orchestrated, "hardened": hardened}


def data(number: int) -> bytes:
    """An input that no other call has."""
    inputs = victim()[1]
    row = inputs[number % len(inputs)].reshape(1, -1).copy()
    row[0, 0] += number
    return encode(row)


def seconds(call: Call, number: int) -> float:
    """What a call takes."""
    given, before = data(number), process_time()
    if not call(given):
        raise SystemExit(f"call {number} gave no output")
    return process_time() - before


def main() -> None:
    """Print a row for each variant."""
    asked = sys.argv[1] if sys.argv[1:] else str(MANY)
    if not asked.isdecimal() or int(asked) < FEW + MEASURED:
        raise SystemExit(f"{asked}: give a number of calls, {FEW + MEASURED} or more")
    many = int(asked)
    print(f"{'':14}{f'after {FEW}':>14}{f'after {many:,}':>14}{'ratio':>8}")
    for name, variant in VARIANTS.items():
        with TemporaryDirectory() as folder, variant(Path(folder)) as call:
            taken = [seconds(call, number) for number in range(many + MEASURED)]
        few, late = (median(taken[start : start + MEASURED]) for start in (FEW, many))
        print(f"{name:14}{few * 1e3:11.1f} ms{late * 1e3:11.1f} ms{late / few:8.2f}", flush=True)


if __name__ == "__main__":
    main()
