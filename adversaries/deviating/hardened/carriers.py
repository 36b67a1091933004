"""Networks that deviate: in the hardened marketplace nobody else carries what parties send."""

from collections.abc import Hashable
from random import Random

import attrs

from impl.hardened.market import NO_FAULTS, HardenedMarket
from impl.hardened.network import Network
from impl.hardened.parties.shown import HEADS, LEDGER


@attrs.define
class Carrier(Network):
    """Carries what is for the ledger as it should; how it carries all else is its own affair."""

    def carried(self, data: bytes) -> bytes | None:
        """What arrives in place of what was sent, if anything does."""
        return data

    def send(
        self, sender: bytes, receiver: bytes, data: bytes, about: Hashable | None = None
    ) -> None:
        arrives = data if receiver in (LEDGER, HEADS) else self.carried(data)
        if arrives is not None:
            super().send(sender, receiver, arrives, about)


@attrs.define
class DroppingCarrier(Carrier):
    """Takes what parties send each other, and passes it to nobody."""

    def carried(self, data: bytes) -> bytes | None:
        return None


@attrs.define
class SwappingCarrier(Carrier):
    """Passes other messages on than it was given."""

    def carried(self, data: bytes) -> bytes | None:
        return data[::-1]


@attrs.define
class PryingCarrier(Carrier):
    """Keeps a copy of all that it carries.

    Attributes:
        copies: of what.
    """

    copies: set[bytes] = attrs.field(factory=set, init=False)

    def carried(self, data: bytes) -> bytes | None:
        self.copies.add(data)
        return data


def carry(carrier: type[Carrier], market: HardenedMarket) -> None:
    """From now on a carrier of this kind carries what the parties of a market send."""
    around = market.around
    around.network = around.node.network = carrier(NO_FAULTS, Random(0))
