"""What comes from outside, which is used or refused, whatever it is."""

from collections.abc import Mapping
from typing import TypeVar

from impl.ledger.transaction import Refused, require
from impl.models.component import Component, parse_tensor
from impl.refusing import Refusing
from spec.bytes.encoding import encode

R = TypeVar("R")

LARGEST = 2**28
"""Bytes of data and of what is computed from it, together; a ledger's file takes no much larger
record, and a machine has no room for what a small input may stand for."""


def reached(parties: Mapping[bytes, object], identity: bytes, role: type[R]) -> R:
    """The party of an identity, who is to have a role. Raises Refused."""
    party = parties.get(identity)
    if not isinstance(party, role):
        raise Refused(f"{role.__name__.lower()} can be reached")
    return party


def computed(component: Component, data: bytes) -> bytes:
    """What a component makes of data. Raises Refused."""
    with Refusing("component runs on the data"):
        values = parse_tensor(data)
        widest = max(component.program.widths)
        require(
            len(data) + len(values) * widest * values.itemsize <= LARGEST,
            "data and what is made of it are of a size that can be recorded",
        )
        return encode(component.run(values))
