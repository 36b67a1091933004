"""The ledger: signed transactions in hash-chained blocks, appended to an SQLite file.

One writer, any number of readers. What was acknowledged is on disk: a ledger that is reopened after
a crash is intact and complete. Each batch of transactions is one block and one commit.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, TypeVar

import attrs

from impl.keys import verify
from impl.transaction import MalformedTransaction, Refused, SignedTransaction, Transaction, parse
from spec.digest import digest
from spec.encoding import encode
from spec.merkle import root

T = TypeVar("T")

Synchronous = Literal["FULL", "NORMAL"]

_SCHEMA = """
CREATE TABLE ledger (name TEXT NOT NULL) STRICT;
CREATE TABLE block (
    height INTEGER PRIMARY KEY, previous BLOB NOT NULL, root BLOB NOT NULL, digest BLOB NOT NULL
) STRICT;
CREATE TABLE record (
    position INTEGER PRIMARY KEY, height INTEGER NOT NULL, data BLOB NOT NULL
) STRICT;
"""
_APPLICATION = 0x7A111E5  # SQLite's application_id: this file is a ledger
_VERIFIERS = 2  # threads that verify the signatures of a batch; libsodium runs beside Python


class LedgerError(Exception):
    """A ledger cannot be opened or created; the message says why."""


class LedgerCorrupt(LedgerError):
    """What is on disk is not what was appended; the message names the place."""


class Contract(Protocol):
    """What the ledger asks whether a transaction may be appended."""

    def apply(self, transaction: Transaction) -> None:
        """Carry out a transaction, or raise Refused (or MalformedTransaction) and change nothing."""

    def fresh(self) -> "Contract":
        """The contract as it was before its first transaction."""


@attrs.frozen
class OpenContract:
    """A contract that lets everything through."""

    def apply(self, transaction: Transaction) -> None:
        pass

    def fresh(self) -> "OpenContract":
        return self


@attrs.frozen
class Block:
    """A block's header. `root` is the Merkle root of its transactions' bytes (RFC 6962)."""

    height: int
    previous: bytes
    root: bytes
    count: int

    @property
    def digest(self) -> bytes:
        """What the next block chains to."""
        return digest("block", encode(attrs.asdict(self)))


class Ledger:
    """An append-only ledger; see `create`, `open` and `read`.

    Attributes:
        name: what its transactions must name.
        contract: the contract, as all transactions so far have left it.
        head: the digest of the last block.
        height: the number of transactions.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, contract: Contract) -> None:
        self.path = path
        self.contract = contract.fresh()
        self._connection = connection
        self._lock: int | None = None
        self._verifiers = ThreadPoolExecutor(_VERIFIERS)
        self.name = self._opened(self._name)
        self._opened(self._replay)

    @classmethod
    def create(
        cls,
        path: Path,
        name: str,
        contract: Contract | None = None,
        *,
        synchronous: Synchronous = "FULL",
    ) -> "Ledger":
        """A new ledger, opened for writing.

        Raises:
            LedgerError: the file is there already, or cannot be written.
        """
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR))
        except OSError as error:
            raise LedgerError(f"{path}: {error.strerror}") from None
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.executescript(_SCHEMA)
            connection.execute("INSERT INTO ledger VALUES (?)", (name,))
        connection.close()
        return cls.open(path, contract, synchronous=synchronous)

    @classmethod
    def open(
        cls,
        path: Path,
        contract: Contract | None = None,
        *,
        synchronous: Synchronous = "FULL",
    ) -> "Ledger":
        """A ledger for writing.

        Args:
            path: the file.
            contract: what is asked of each transaction; its state is rebuilt from the ledger.
            synchronous: FULL survives loss of power, NORMAL only the end of the process.

        Raises:
            LedgerError: another process writes to it.
            LedgerCorrupt: the file is not a ledger, or not as it was left.
        """
        ledger = cls.read(path, contract)
        ledger._connection.close()
        ledger._lock = _locked(path)
        ledger._connection = sqlite3.connect(path, isolation_level=None)
        ledger._connection.execute(f"PRAGMA synchronous = {synchronous}")
        ledger._opened(ledger._replay)  # another writer may have appended before the lock was ours
        return ledger

    @classmethod
    def read(cls, path: Path, contract: Contract | None = None) -> "Ledger":
        """A ledger for reading, while another process may write.

        Raises:
            LedgerCorrupt: the file is not a ledger, or not as it was left.
        """
        if not path.is_file():
            raise LedgerError(f"{path}: no such file")
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        return cls(connection, path, contract or OpenContract())

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
        self._verifiers.shutdown()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Writing

    def submit(self, data: bytes) -> int:
        """Append one transaction; its position.

        Raises:
            Refused: the ledger or the contract refuses it.
            MalformedTransaction: it is none.
        """
        [outcome] = self.append([data])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def append(self, batch: Sequence[bytes]) -> list[int | Refused | MalformedTransaction]:
        """Append transactions as one block: per transaction its position, or why it is left out."""
        if self._lock is None:
            raise LedgerError(f"{self.path}: opened for reading only")
        parsed = [_parsed(data) for data in batch]
        outcomes: list[int | Refused | MalformedTransaction] = []
        accepted: list[bytes] = []
        try:
            for data, entry, valid in zip(batch, parsed, self._valid(parsed), strict=True):
                try:
                    self._admit(entry, valid)
                except (Refused, MalformedTransaction) as refusal:
                    outcomes.append(refusal)
                else:
                    outcomes.append(self.height + len(accepted))
                    accepted.append(data)
            if accepted:
                self._commit(accepted)
        except BaseException:
            self._replay()  # the contract must not be ahead of the disk
            raise
        return outcomes

    def _admit(self, entry: SignedTransaction | MalformedTransaction, valid: bool) -> None:
        """Check a transaction, in the order of the specification, and carry it out."""
        if isinstance(entry, MalformedTransaction):
            raise entry
        transaction = entry.transaction
        self._check_ledger(transaction)
        self._check_signature(valid)
        self._check_nonce(transaction)
        self.contract.apply(transaction)
        self._next[transaction.author] = transaction.nonce + 1

    def _check_ledger(self, transaction: Transaction) -> None:
        if transaction.ledger != self.name:
            raise Refused("transaction is for this ledger")

    def _check_signature(self, valid: bool) -> None:
        if not valid:
            raise Refused("signature is the author's")

    def _check_nonce(self, transaction: Transaction) -> None:
        if transaction.nonce != self.next_nonce(transaction.author):
            raise Refused("nonce is the author's next")

    def next_nonce(self, author: bytes) -> int:
        """The running number that an author's next transaction must bear."""
        return self._next.get(author, 0)

    def _valid(self, entries: Sequence[SignedTransaction | MalformedTransaction]) -> list[bool]:
        if len(entries) < 2 * _VERIFIERS:
            return [_verified(entry) for entry in entries]
        share = -(-len(entries) // _VERIFIERS)
        return [*self._verifiers.map(_verified, entries, chunksize=share)]

    def _commit(self, accepted: Sequence[bytes]) -> None:
        block = Block(self._blocks, self.head, root(accepted), len(accepted))
        rows = [(self.height + i, block.height, data) for i, data in enumerate(accepted)]
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.execute(
                "INSERT INTO block VALUES (?, ?, ?, ?)",
                (block.height, block.previous, block.root, block.digest),
            )
            self._connection.executemany("INSERT INTO record VALUES (?, ?, ?)", rows)
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._grow(block)

    # Reading

    def __iter__(self) -> Iterator[tuple[int, Transaction]]:
        """The transactions with their positions, in order."""
        for position, data in self._connection.execute(
            "SELECT position, data FROM record ORDER BY position"
        ):
            yield position, parse(data).transaction

    def verify(self) -> None:
        """Check the whole ledger again: chain, Merkle roots, signatures, running numbers, contract.

        Raises:
            LedgerCorrupt: something is not as it was appended; the message names the block.
        """
        self._opened(self._replay)

    def _name(self) -> str:
        if self._one("PRAGMA application_id") != _APPLICATION:
            raise LedgerCorrupt(f"{self.path}: not a ledger")
        name = self._one("SELECT name FROM ledger")
        if not isinstance(name, str):
            raise LedgerCorrupt(f"{self.path}: it has lost its name")
        return name

    def _one(self, query: str) -> object:
        row = self._connection.execute(query).fetchone()
        return row[0] if row else None

    def _opened(self, work: Callable[[], T]) -> T:
        """Do something with the file; what is wrong with the file is LedgerCorrupt."""
        try:
            return work()
        except sqlite3.DatabaseError as error:
            raise LedgerCorrupt(f"{self.path}: {error}") from None

    def _replay(self) -> None:
        """Go through the ledger from the start, checking everything."""
        self.contract = self.contract.fresh()
        self.head = digest("genesis", self.name.encode())
        self.height = 0
        self._blocks = 0
        self._next: dict[bytes, int] = {}
        self._connection.execute("BEGIN")
        try:
            blocks = self._connection.execute("SELECT * FROM block ORDER BY height").fetchall()
            for height, *header in blocks:
                self._replay_block(height, *header)
            if self._one(f"SELECT position FROM record WHERE height >= {len(blocks)}") is not None:
                raise LedgerCorrupt(f"{self.path}: transactions after the last block")
        finally:
            self._connection.execute("ROLLBACK")

    def _replay_block(self, height: int, previous: bytes, tree: bytes, own: bytes) -> None:
        rows = self._connection.execute(
            "SELECT position, data FROM record WHERE height = ? ORDER BY position", (height,)
        ).fetchall()
        data = [row[1] for row in rows]
        block = Block(self._blocks, self.head, root(data), len(data))
        if (height, previous, tree, own) != (
            block.height,
            block.previous,
            block.root,
            block.digest,
        ):
            raise LedgerCorrupt(f"{self.path}: block {self._blocks} is not as it was appended")
        if [row[0] for row in rows] != list(range(self.height, self.height + len(rows))):
            raise LedgerCorrupt(f"{self.path}: block {height} lacks a transaction")
        entries = [_parsed(item) for item in data]
        for (position, _), entry, valid in zip(rows, entries, self._valid(entries), strict=True):
            try:
                self._admit(entry, valid)
            except (Refused, MalformedTransaction) as refusal:
                raise LedgerCorrupt(
                    f"{self.path}: block {height}, transaction {position}: {refusal}"
                ) from None
        self._grow(block)

    def _grow(self, block: Block) -> None:
        self.head = block.digest
        self.height += block.count
        self._blocks += 1


def _parsed(data: bytes) -> SignedTransaction | MalformedTransaction:
    try:
        return parse(data)
    except MalformedTransaction as error:
        return error


def _verified(entry: SignedTransaction | MalformedTransaction) -> bool:
    if isinstance(entry, MalformedTransaction):
        return False
    transaction = entry.transaction
    return verify(transaction.author, transaction.message(), entry.signature)


def _locked(path: Path) -> int:
    """Become the only writer, until the descriptor is closed or the process ends."""
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise LedgerError(f"{path}: another process writes to it; open it for reading") from None
    return descriptor
