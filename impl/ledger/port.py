"""What a ledger asks of the contract that it is opened with."""

from typing import Protocol, runtime_checkable

import attrs

from impl.ledger.transaction import Transaction


class Contract(Protocol):
    """What decides, after the ledger, whether a transaction is appended."""

    def apply(self, transaction: Transaction) -> None:
        """Carry out a transaction, or raise Refused and change nothing."""

    def fresh(self) -> "Contract":
        """The contract as it was before its first transaction."""


@runtime_checkable
class Judge(Protocol):
    """A contract that judges what was signed elsewhere, and so must know the keys in force."""

    def replace_key(self, author: bytes, key: bytes) -> None:
        """From now on a party signs with another key."""


@attrs.frozen
class OpenContract:
    """A contract that lets everything through."""

    def apply(self, transaction: Transaction) -> None:
        """Carry out any transaction: there is nothing to do."""

    def fresh(self) -> "OpenContract":
        """The contract itself: it remembers nothing."""
        return self
