"""What the node shows to the parties beside the ledger, and where it hears them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from impl.hardened.contract import HardenedContract
from impl.hardened.dispute import Claim
from impl.ledger.block import SignedBlock
from impl.ledger.port import Ledger
from impl.ledger.witness import Head
from spec.bytes.digest import digest

LEDGER = b"ledger"
"""Where the ledger is to be found on the network."""
HEADS = b"heads"
"""Where signatures of witnesses are to be sent to."""


def name_of(data: bytes) -> bytes:
    """By which the node names a transaction that it has not appended."""
    return digest("declined", data)


class Shown(Protocol):
    """The process that keeps the ledger, as parties have it: with what it shows beside it."""

    @property
    def ledger(self) -> Ledger:
        """The ledger, which everybody can read."""

    @property
    def contract(self) -> HardenedContract:
        """The contract's state, which is public."""

    @property
    def announced(self) -> SignedBlock | None:
        """The block that witnesses are to sign; not even a loss of power takes it back."""

    @property
    def head(self) -> Head | None:
        """The last block that a quorum of witnesses has signed."""

    @property
    def refused(self) -> Mapping[bytes, Sequence[Claim]]:
        """Of each request, the records of its steps that holders have signed, to no effect.

        They are gone when nothing is at stake any more, or the process stops.
        """

    @property
    def declined(self) -> Collection[bytes]:
        """The names of all that was not appended in this block, for whoever waits for it."""

    @property
    def shown(self) -> int:
        """How often it may have shown anything new of these."""
