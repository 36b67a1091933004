"""A ledger's two ports: what parties have of one, and what it asks of its contract.

Of which kind a ledger is, a file, a database's server or somebody else's chain, is known to whoever
sets a marketplace up, and to nobody else: docs/ledgers.md says how to add another kind.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Protocol, Self, TypeAlias, TypeVar, runtime_checkable

import attrs

from impl.ledger.block import SignedBlock
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.transaction import Refused, Transaction
from impl.ledger.undo import Undoable


class LedgerError(Exception):
    """A ledger cannot be made, opened or written; the message says why and what to do."""


class LedgerCorrupt(LedgerError):
    """What a ledger shows is not what was appended; the message names the place."""


View: TypeAlias = Mapping[str, Mapping[tuple[Any, ...], Any]]  # Any: what each field's sorts are
"""What a contract shows to everybody: the fields of its machine, each by its keys.

A field that is no map stands under no keys. All is plain, as it is in docs/formats/machines.md:
bytes, texts, numbers, truth values, and members of enumerations by their names. What is as it was
at the start may be left out.
"""


class Contract(Undoable, ABC):
    """What decides, after the ledger, whether a transaction is appended."""

    __slots__ = ()

    def view(self) -> View:
        """What it shows to everybody; by itself, nothing."""
        return {}

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


class Ledger(Protocol):
    """A ledger, as its parties have it: they send to it, follow it, and see what it comes to."""

    @property
    def genesis(self) -> Genesis:
        """What it begins with."""

    @property
    def identity(self) -> bytes:
        """What its transactions must name: the digest of its genesis."""

    # To send

    def submit(self, data: bytes) -> int:
        """Append a signed transaction; its position.

        Raises Refused, for the reason of the specification, and LedgerError if it is not written.
        """

    def next_nonce(self, author: bytes) -> int:
        """The running number that the author's next transaction must bear."""

    def keys_of(self, author: bytes) -> Sequence[bytes]:
        """The keys that the author has had, in order; the last is in force."""

    # To follow

    @property
    def height(self) -> int:
        """The number of transactions."""

    @property
    def head(self) -> bytes:
        """The digest of the last block; of block 0, the ledger's identity."""

    @property
    def last(self) -> SignedBlock | None:
        """The last block as it is signed; none for block 0."""

    def blocks(self, first: int, last: int) -> Sequence[SignedBlock]:
        """The blocks that there are of these heights and between them. Raises LedgerError."""

    def __iter__(self) -> Iterator[tuple[int, Transaction]]:
        """The transactions with their positions, in order."""

    # To see what it comes to

    @property
    def contract(self) -> Contract:
        """The contract, as all transactions so far have left it; nobody else may change it."""

    def view(self) -> View:
        """What the contract shows to everybody, as of the last block, by who keeps the ledger."""


class KeptLedger(Ledger, Protocol):
    """A ledger, as the process has it that keeps it; closed as a context manager."""

    @classmethod
    def create(cls, path: Path, genesis: Genesis, key: SigningKey, contract: Begin) -> Self:
        """A new ledger at a path, with its node's key; LedgerError if there is one already."""

    @classmethod
    def open(cls, path: Path, key: SigningKey, contract: Begin) -> Self:
        """A ledger as it was left, with all that was acknowledged. Raises LedgerError."""

    @classmethod
    def read(cls, path: Path, contract: Begin) -> Self:
        """A ledger as it is now, to look at it alone. Raises LedgerError."""

    @property
    def path(self) -> Path:
        """Where it is kept."""

    def append(self, batch: Sequence[bytes]) -> Sequence[int | Refused]:
        """Append transactions as one block: of each its position, or why it is left out.

        Raises LedgerError if the block cannot be written; then nothing is appended.
        """

    def see(self, known: SignedBlock) -> None:
        """See that it has a block that its node has signed. Raises LedgerCorrupt if it has not."""

    def close(self) -> None:
        """Let go of it."""
