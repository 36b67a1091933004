"""What a ledger asks of the contract that it is opened with."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Annotated, Protocol, TypeAlias, TypeVar, runtime_checkable

import attrs

from impl.ledger.genesis import Genesis
from impl.ledger.transaction import Transaction
from impl.ledger.undo import Undoable


class Contract(Undoable, ABC):
    """What decides, after the ledger, whether a transaction is appended."""

    __slots__ = ()

    def hear(self, transaction: Transaction) -> None:
        """Note that its author says something well formed. Raises Refused if it may say no more."""

    @abstractmethod
    def apply(self, transaction: Transaction) -> None:
        """Carry out a transaction, or raise Refused: then what it changed is undone."""


T = TypeVar("T")
AGREED = "agreed"
Agreed: TypeAlias = Annotated[T, AGREED]
"""What a contract has of the genesis: it never changes, and is no part of its state."""

Begin: TypeAlias = Callable[[Genesis], Contract]
"""The contract of a ledger before its first transaction.

Raises MalformedTransaction if it cannot begin with what is agreed."""


@runtime_checkable
class Judge(Protocol):
    """A contract that judges what was signed elsewhere, and so must know the keys in force."""

    def replace_key(self, author: bytes, key: bytes) -> None:
        """From now on a party signs with another key."""


@attrs.frozen
class OpenContract(Contract):
    """A contract that lets everything through, whatever is agreed."""

    genesis: Agreed[Genesis]

    def apply(self, transaction: Transaction) -> None:
        """Carry out any transaction: there is nothing to do."""
