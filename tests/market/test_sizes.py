"""What markets cannot carry, held against what their ledgers take."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkers.market.splitting.sizes import RECORDED, refuse_large, unfit
from impl.hardened.terms import AT_ONCE
from impl.ledger.keys import SigningKey
from impl.ledger.transaction import MalformedTransaction, Transaction, parse
from impl.models.component import Component
from impl.models.fixedpoint import EXACT
from impl.models.graph import Graph
from spec.bytes.encoding import encode
from spec.notation import MachineError

VARIANTS = ("hardened", "orchestrated", "basic")
KEY = SigningKey.from_seed(bytes(32))


def part(takes: int, gives: int) -> Component:
    """A part that takes and gives so many numbers."""
    graph = Graph()
    graph.input(takes, 0, 9).gather(np.arange(gives) % takes)
    return graph.component()


def recorded(takes: int, gives: int) -> bytes:
    """The record of a step that is the longest with so many numbers."""
    given, made = (encode(np.full((1, many), 1 - EXACT)) for many in (takes, gives))
    body = {"received": given, "produced": made, "claimed": bytes(32)}
    return Transaction(bytes(32), "record", KEY.public, EXACT, {**body}).signed(KEY)


@settings(max_examples=20)
@given(takes=st.integers(1, RECORDED - 1), over=st.integers(1, 128))
def test_a_basic_market_carries_what_its_ledger_has_room_for(takes: int, over: int) -> None:
    gives = RECORDED - takes
    assert "basic" not in unfit(part(takes, gives))
    parse(recorded(takes, gives))
    assert "basic" in unfit(part(takes, gives + over))
    with pytest.raises(MalformedTransaction):
        parse(recorded(takes, gives + 128))


@settings(max_examples=20)
@given(st.lists(st.tuples(*[st.sampled_from([1, AT_ONCE, AT_ONCE + 1, RECORDED])] * 2), min_size=1))
def test_the_first_part_that_is_unfit_is_refused(widths: Sequence[tuple[int, int]]) -> None:
    parts = [part(*each) for each in widths]
    for variant in VARIANTS:
        why = [unfit(one).get(variant) for one in parts]
        if not any(why):
            refuse_large(variant, parts)
            continue
        first = next(i for i, one in enumerate(why) if one)
        with pytest.raises(MachineError, match=f"^part {first}: {why[first]}$"):
            refuse_large(variant, parts)
    assert all("orchestrated" not in unfit(one) for one in parts)
