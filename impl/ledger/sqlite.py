"""The ledger: signed transactions in hash-chained blocks, appended to an SQLite file.

Block 0 is the genesis, which the file is read by: nothing that opens it says what it begins with.
One writer, any number of readers. A batch of transactions is one block and one commit; what was
acknowledged is on disk. A file from which the last blocks were cut is a shorter ledger and no
corrupt one: only somebody who remembers a later `head` can tell.
"""

import fcntl
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import count, groupby, zip_longest
from operator import itemgetter
from pathlib import Path
from typing import IO, Literal, Self

import attrs

from impl.ledger.admission import Admission
from impl.ledger.genesis import Genesis
from impl.ledger.port import Begin, Contract, OpenContract
from impl.ledger.transaction import MalformedTransaction, Refused, Transaction, parse
from spec.bytes.digest import digest
from spec.bytes.encoding import EncodingError, encode
from spec.bytes.merkle import root

Synchronous = Literal["NORMAL", "FULL"]
"""What a commit survives: NORMAL the death of the process, FULL also loss of power."""

_SCHEMA = (
    "CREATE TABLE genesis (data BLOB NOT NULL) STRICT",
    "CREATE TABLE block (height INTEGER PRIMARY KEY, previous BLOB NOT NULL, root BLOB NOT NULL,"
    " digest BLOB NOT NULL) STRICT",
    "CREATE TABLE entry (position INTEGER PRIMARY KEY, height INTEGER NOT NULL,"
    " data BLOB NOT NULL) STRICT",
)
_PASSING = ("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_READONLY")  # no fault of the file's
_HEADER = ("height", "previous", "root", "digest")


class LedgerError(Exception):
    """A ledger cannot be made, opened or written; the message says why and what to do."""


class LedgerCorrupt(LedgerError):
    """What is on disk is not what was appended; the message names the place."""


@attrs.frozen
class Block:
    """A block's header; `root` is the Merkle root of the bytes of its `count` transactions."""

    height: int
    previous: bytes
    root: bytes
    count: int

    @property
    def digest(self) -> bytes:
        """What the next block chains to."""
        return digest("block", encode(attrs.asdict(self)))


class Ledger:
    """An append-only ledger; made by `create`, `open` and `read`, and closed as a context manager.

    Attributes:
        path: the file.
        genesis: what it begins with.
        head: the digest of the last block; of block 0, the ledger's identity.
        height: the number of transactions.
    """

    def __init__(self, path: Path, contract: Begin) -> None:
        """Open for reading, and see that it is a ledger; nothing is replayed yet."""
        if not path.is_file():
            raise LedgerError(f"{path}: no such file: create the ledger first")
        self.path = path
        self._lock: IO[bytes] | None = None
        self._connection = _connect(path, "ro")
        try:
            self.genesis = self._read_genesis()
            self._begin(contract)
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(
        cls,
        path: Path,
        genesis: Genesis,
        contract: Begin = OpenContract,
        *,
        synchronous: Synchronous = "NORMAL",
    ) -> Self:
        """A new ledger, opened for writing.

        Raises LedgerError if the file is there already or cannot be made, or if it or its contract
        cannot begin with that genesis.
        """
        try:
            data = genesis.canonical()
            contract(Genesis.parse(data))
        except (EncodingError, MalformedTransaction) as error:
            raise LedgerError(f"{path}: not created: {error}") from None
        try:
            path.touch(exist_ok=False)
        except OSError as error:
            raise LedgerError(f"{path}: {error.strerror}: choose another path") from None
        try:
            _lay_out(path, data)
        except sqlite3.Error as error:
            path.unlink()
            raise LedgerError(f"{path}: not created: {error}: mend that, try again") from None
        return cls.open(path, contract, synchronous=synchronous)

    @classmethod
    def open(
        cls, path: Path, contract: Begin = OpenContract, *, synchronous: Synchronous = "NORMAL"
    ) -> Self:
        """A ledger for writing; its contract begins with its genesis, and is replayed.

        Raises LedgerError if another writer has it open, LedgerCorrupt if the file is no ledger or
        not as it was left. The file is not written to before it was found intact.
        """
        ledger = cls(path, contract)
        with ExitStack() as on_failure:
            on_failure.callback(ledger.close)
            ledger._lock = _only_writer(path)
            ledger._replay()
            ledger._connection.close()
            ledger._connection = _connect(path, "rw")
            ledger._connection.execute(f"PRAGMA synchronous = {synchronous}")
            on_failure.pop_all()
        return ledger

    @classmethod
    def read(cls, path: Path, contract: Begin = OpenContract) -> Self:
        """A ledger for reading, as it is now, while another process may write.

        Raises LedgerCorrupt if the file is no ledger or not as it was left.
        """
        ledger = cls(path, contract)
        with ExitStack() as on_failure:
            on_failure.callback(ledger.close)
            ledger._replay()
            on_failure.pop_all()
        return ledger

    @property
    def identity(self) -> bytes:
        """What its transactions must name: the digest of its genesis."""
        return self.genesis.identity

    @property
    def contract(self) -> Contract:
        """The contract, as all transactions so far have left it."""
        return self._admission.contract

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
        if self._lock is not None:
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Writing

    def submit(self, data: bytes) -> int:
        """Append one transaction; its position. Raises Refused."""
        [outcome] = self.append([data])
        if isinstance(outcome, Refused):
            raise outcome
        return outcome

    def append(self, batch: Sequence[bytes]) -> list[int | Refused]:
        """Append transactions as one block: of each its position, or why it is left out.

        Raises LedgerError if the block cannot be written; then nothing is appended.
        """
        if self._lock is None:
            raise LedgerError(f"{self.path}: opened for reading: open it for writing")
        if self._stale:
            self._replay()
        accepted: list[bytes] = []
        outcomes: list[int | Refused] = []
        try:
            for data in batch:
                try:
                    self._admission.admit(data)
                except Refused as refusal:
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

    def next_nonce(self, author: bytes) -> int:
        """The running number that the author's next transaction must bear."""
        return self._admission.next_nonce(author)

    def keys_of(self, author: bytes) -> Sequence[bytes]:
        """The keys that the author has had, in order; the last is in force."""
        return self._admission.keys_of(author)

    def _commit(self, accepted: Sequence[bytes]) -> None:
        block = Block(self._blocks, self.head, root(accepted), len(accepted))
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.execute(
                    "INSERT INTO block VALUES (?, ?, ?, ?)",
                    (block.height, block.previous, block.root, block.digest),
                )
                self._connection.executemany(
                    "INSERT INTO entry VALUES (?, ?, ?)",
                    zip(count(self.height), [block.height] * block.count, accepted, strict=False),
                )
        except sqlite3.Error as error:
            raise LedgerError(
                f"{self.path}: block {block.height} is not written: {error}: mend that, try again"
            ) from None
        self._grow(block)

    def _grow(self, block: Block) -> None:
        self.head = block.digest
        self.height += block.count
        self._blocks += 1

    # Reading

    def __iter__(self) -> Iterator[tuple[int, Transaction]]:
        """The transactions with their positions, in order."""
        with self._reading():
            for position, data in self._connection.execute(
                "SELECT position, data FROM entry ORDER BY position"
            ):
                yield position, parse(data).transaction

    def verify(self) -> None:
        """Check the whole file anew: chain, roots, signatures, running numbers and contract.

        Raises LedgerCorrupt, naming the block, also if it no longer continues what this `Ledger`
        has seen of it.
        """
        with type(self).read(self.path, self._contract) as ledger:
            if ledger._head_after(self._blocks) != self.head:
                raise LedgerCorrupt(
                    f"{self.path}: block {self._blocks - 1} is gone or is another than it was"
                )

    def _read_genesis(self) -> Genesis:
        with self._reading():
            tables = self._connection.execute("SELECT sql FROM sqlite_schema ORDER BY rowid")
            if tuple(sql for (sql,) in tables) != _SCHEMA:
                raise LedgerCorrupt(f"{self.path}: not a ledger")
            found = self._connection.execute("SELECT data FROM genesis").fetchall()
        match found:
            case [(bytes(data),)]:
                try:
                    return Genesis.parse(data)
                except MalformedTransaction as error:
                    raise LedgerCorrupt(f"{self.path}: {error}") from None
        raise LedgerCorrupt(f"{self.path}: {len(found)} rows where there is one genesis")

    def _begin(self, contract: Begin) -> None:
        """Forget all but block 0."""
        self._contract = contract
        try:
            self._admission = Admission(self.identity, contract(self.genesis))
        except MalformedTransaction as error:
            raise LedgerCorrupt(f"{self.path}: {error}: open it with its contract") from None
        self.head = self.identity
        self.height = 0
        self._blocks = 1

    def _head_after(self, blocks: int) -> object:
        if blocks == 1:
            return self.identity
        query = "SELECT digest FROM block WHERE height = ?"
        [head] = self._connection.execute(query, (blocks - 1,)).fetchone() or [None]
        return head

    def _replay(self) -> None:
        """Go through the file from the start, checking everything."""
        self._stale = True  # until the end is reached: a disk can fail in between
        self._begin(self._contract)
        with self._reading(), self._connection:
            self._connection.execute("BEGIN")  # all that follows sees the same blocks
            [finding] = self._connection.execute("PRAGMA quick_check(1)").fetchone()
            if finding != "ok":
                raise LedgerCorrupt(f"{self.path}: {' '.join(finding.split())}")
            headers = self._connection.execute(
                "SELECT height, previous, root, digest FROM block ORDER BY height"
            )
            entries = self._connection.execute(
                "SELECT height, position, data FROM entry ORDER BY position"
            )
            batches = (list(batch) for _, batch in groupby(entries, key=itemgetter(0)))
            for header, batch in zip_longest(headers, batches, fillvalue=()):
                self._replay_block(header, batch)
        self._stale = False

    def _replay_block(
        self, header: Sequence[object], batch: Sequence[tuple[int, int, bytes]]
    ) -> None:
        data = [item for _, _, item in batch]
        block = Block(self._blocks, self.head, root(data), len(data))
        place = f"{self.path}: block {block.height}"
        for part, found in zip_longest(_HEADER, header):
            if found != getattr(block, part):
                raise LedgerCorrupt(
                    f"{place}: its {part} is not that of its transactions and the blocks before it"
                )
        positions = range(self.height, self.height + block.count)
        if [position for _, position, _ in batch] != [*positions]:
            raise LedgerCorrupt(f"{place}: its transactions are not at {positions}")
        for position, item in zip(positions, data, strict=True):
            try:
                self._admission.admit(item)
            except Refused as refusal:
                raise LedgerCorrupt(f"{place}, transaction {position}: {refusal}") from None
        self._grow(block)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """What is wrong with the file becomes LedgerCorrupt; that it cannot be had, LedgerError."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise LedgerError(
                f"{self.path}: closed, or opened in another thread: open it again"
            ) from None
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            name = getattr(error, "sqlite_errorname", "")
            kind = LedgerError if name.startswith(_PASSING) else LedgerCorrupt
            raise kind(f"{self.path}: {error}") from None


def _connect(path: Path, mode: Literal["ro", "rw"]) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None
    )


def _lay_out(path: Path, genesis: bytes) -> None:
    """Make a ledger of an empty file."""
    with closing(_connect(path, "rw")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        with connection:
            connection.execute("BEGIN")
            for table in _SCHEMA:
                connection.execute(table)
            connection.execute("INSERT INTO genesis VALUES (?)", (genesis,))


def _only_writer(path: Path) -> IO[bytes]:
    """Become the only writer, until the file that is returned is closed or the process ends.

    The lock is on a file of its own: closing a second descriptor of the ledger's would let go of
    the locks that SQLite holds on it.
    """
    try:
        lock = path.with_name(f"{path.name}.lock").open("ab")
    except OSError as error:
        raise LedgerError(f"{error.filename}: {error.strerror}: let the writer open it") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise LedgerError(f"{path}: somebody else writes to it: open it for reading") from None
    return lock
