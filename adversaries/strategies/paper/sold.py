"""What is sold in these worlds, and what is asked of it."""

from collections.abc import Sequence
from functools import cache

from adversaries.strategies.hardened.world import sold
from impl.models.component import Component, chain
from spec.bytes.encoding import encode

API = "network"


def parts() -> Sequence[Component]:
    """A small model in two parts, as in the hardened worlds."""
    return sold(API)[0]


@cache
def asked() -> Sequence[tuple[bytes, bytes]]:
    """Inputs of a row each, with what the model makes of them."""
    inputs = [row.reshape(1, -1) for row in sold(API)[1]]
    return [(encode(data), encode(chain(parts(), data)[-1])) for data in inputs]
