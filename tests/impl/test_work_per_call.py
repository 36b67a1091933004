"""What a call takes of the paper's parties does not grow with the calls before it.

What is counted is the lines of the implementation that run: no clock, and no room for chance.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import impl
from adversaries.victim import API, parts, victim
from impl.paper.basic.market import BasicMarket
from impl.paper.orchestrated.market import OrchestratedMarket
from spec.bytes.encoding import encode

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

IMPL = str(Path(str(impl.__file__)).parent)
FEW, MANY = 80, 160  # numbers that take as many bytes, whoever of them counts what


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


def after(past: Callable[[int], object], call: Callable[[int], object]) -> tuple[int, int]:
    """What a call takes after a few of what is past, and after many."""
    for number in range(FEW):
        past(number)
    few = lines(lambda: call(FEW))
    for number in range(FEW + 1, MANY):
        past(number)
    return few, lines(lambda: call(MANY))


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
