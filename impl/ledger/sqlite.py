"""The ledger: signed transactions in signed, hash-chained blocks, appended to an SQLite file.

Block 0 is the genesis, which the file is read by: nothing that opens it says what it begins with.
One writer, the ledger's node, and any number of readers. A batch of transactions is one block and
one commit, and on disk before anybody can read it: a node that lost what was read would sign
another block in its place. A file from which the last blocks were cut, with the note beside it of
how many there were, is an older ledger and no corrupt one: only somebody who knows a later block
can tell. Opening a file looks at all of it, and carries out what follows on its node's last
checkpoint, or everything.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from errno import EEXIST
from functools import cached_property
from itertools import count, groupby, pairwise, zip_longest
from operator import itemgetter
from pathlib import Path
from typing import IO, Self, TypeAlias

import attrs

from impl.database import (
    BESIDE,
    LOCK,
    MOVED,
    WRITER,
    Synchronous,
    begin_work,
    connect,
    end_work,
    find_stray,
    has_log,
    identified,
    is_at_work,
    is_passing,
    note,
    noted,
    only_writer,
    whole,
)
from impl.ledger.block import Block, SignedBlock
from impl.ledger.chain import Chain
from impl.ledger.checkpoint import Checkpoint
from impl.ledger.codec import Codec, NoState
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.port import Begin, Contract, LedgerCorrupt, LedgerError, OpenContract, View
from impl.ledger.transaction import MalformedTransaction, Refused, Transaction, parse
from impl.ledger.undo import UndoLog
from spec.bytes.encoding import EncodingError

_SCHEMA = (
    "CREATE TABLE genesis (data BLOB NOT NULL) STRICT",
    "CREATE TABLE block (height INTEGER PRIMARY KEY, previous BLOB NOT NULL, root BLOB NOT NULL,"
    " count INTEGER NOT NULL, digest BLOB NOT NULL, signature BLOB NOT NULL) STRICT",
    "CREATE TABLE entry (position INTEGER PRIMARY KEY, height INTEGER NOT NULL,"
    " data BLOB NOT NULL) STRICT",
    "CREATE TABLE checkpoint (head BLOB NOT NULL, state BLOB NOT NULL, signature BLOB NOT NULL)"
    " STRICT",
    WRITER,
)
_HEADER = ("height", "previous", "root", "count", "digest")
_FIRST = -(2**63)  # whatever there is stands at no lower number
_UNWRITTEN = "make its folder writable, or leave this to who may write there"
_FEW = 1000  # transactions that are carried out again before anybody notices

_Header: TypeAlias = Sequence[object]
_Batch: TypeAlias = Sequence[tuple[int, int, bytes]]  # height, position and bytes


class LedgerInUse(LedgerError):
    """Somebody else writes to a ledger."""


class LedgerUnlawful(LedgerCorrupt):
    """The node has signed a block with a transaction that it has to refuse.

    Attributes:
        reason: for which.
    """

    def __init__(self, place: str, refusal: Refused) -> None:
        super().__init__(f"{place}: {refusal}")
        self.reason = str(refusal)


class LedgerIncomplete(LedgerCorrupt):
    """A file lacks its log, or blocks that its node has noted as written.

    It may have them all if its writer crashed, and something else than a `Ledger` then opened it
    and cleared the log.

    Attributes:
        last: the last block in the file, to be given as `known` if nobody knows a later one; None
            if it has none, and then it is best created again.
    """

    def __init__(self, path: Path, last: SignedBlock | None) -> None:
        super().__init__(
            f"{path}: it ends at block {last.block.height if last else 0}, and the file in which"
            " its writer went on, with `-wal` after the name, is missing or damaged: copy both; or,"
            " if something else cleared that after a crash, give the last block that anybody knows"
        )
        self.last = last


class Ledger:
    """An append-only ledger; made by `create`, `open` and `read`, and closed as a context manager.

    Attributes:
        path: the file.
        genesis: what it begins with.
    """

    def __init__(self, path: Path, contract: Begin, known: SignedBlock | None) -> None:
        """Open for reading, and see that it is a ledger; nothing is replayed yet."""
        if not path.is_file():
            raise LedgerError(f"{path}: no such file: create the ledger first")
        self.path = path.resolve()  # one file, whatever links lead there
        _check_beside(self.path, *BESIDE)
        self._key: SigningKey | None = None
        self._lock: IO[bytes] | None = None
        self._which: tuple[int, int] | None = None
        self._contract = contract
        self._undo = UndoLog()
        self._is_settled = True
        self._shown: tuple[tuple[object, ...], list[SignedBlock]] = (), []
        self._kept = 0  # how many transactions the checkpoint has behind it
        had_log, last = has_log(self.path), noted(self.path)
        with self._reading():
            self._connection = connect(self.path, "ro")
        try:
            self.genesis = self._read_genesis()
            lacks_log = self._is_at_work() and not (had_log or has_log(self.path))
            if known is None and (lacks_log or self._last_height() < last):
                raise LedgerIncomplete(self.path, self._last_block())
            self._chain = self._begin()
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(
        cls,
        path: Path,
        genesis: Genesis,
        key: SigningKey,
        contract: Begin = OpenContract,
        *,
        synchronous: Synchronous = "FULL",
    ) -> Self:
        """A new ledger, opened for writing by its node.

        Raises LedgerError if the file is there already or cannot be made, or if it or its contract
        cannot begin with that genesis.
        """
        try:
            data = genesis.canonical()
            contract(Genesis.parse(data))
        except (EncodingError, MalformedTransaction) as error:
            raise LedgerError(f"{path}: not created: {error}") from None
        _lay_out(path, data)
        return cls.open(path, key, contract, synchronous=synchronous)

    @classmethod
    def open(
        cls,
        path: Path,
        key: SigningKey,
        contract: Begin = OpenContract,
        *,
        known: SignedBlock | None = None,
        in_full: bool = False,
        synchronous: Synchronous = "FULL",
    ) -> Self:
        """A ledger for writing by its node; its contract begins with its genesis, and is replayed.

        Args:
            path: the file.
            key: the node's, which signs blocks.
            contract: what its contract is before the first transaction.
            known: a block that it must have.
            in_full: whether every transaction is carried out again, and not only those that follow
                on the last checkpoint, which another then replaces: where the contract does
                something in another way by now.
            synchronous: what a commit survives.

        Raises LedgerInUse if another writer has it open, LedgerError if the key is another,
        LedgerCorrupt if the file is no ledger or not as it was left. The file is not written to
        before it was found intact.
        """
        ledger = cls(path, contract, known)
        with ExitStack() as on_failure:
            on_failure.callback(ledger.close)
            ledger._lock = _lock(ledger.path)
            # First: what was changed may be what the file says of its node.
            ledger._take_all(known, in_full)
            if key.public != ledger.genesis.node:
                raise LedgerError(f"{ledger.path}: not its node's key: open it for reading")
            ledger._connection.close()
            with ledger._reading():
                ledger._connection = connect(ledger.path, "rw")
                ledger._connection.execute(f"PRAGMA synchronous = {synchronous}")
            ledger._which = identified(ledger.path)
            ledger._key = key
            ledger._begin_work()
            note(ledger._lock, ledger._chain.blocks - 1)
            if in_full:
                with suppress(LedgerError):
                    ledger.keep_checkpoint()
            on_failure.pop_all()
        return ledger

    @classmethod
    def read(
        cls,
        path: Path,
        contract: Begin = OpenContract,
        *,
        known: SignedBlock | None = None,
        in_full: bool = False,
    ) -> Self:
        """A ledger for reading, as it is now, while another process may write.

        Args:
            path: the file.
            contract: what its contract is before the first transaction.
            known: a block that it must have.
            in_full: whether every transaction is carried out again: by whoever does not trust the
                node's last checkpoint, from which on they are otherwise. That all blocks are as the
                node has signed them is seen either way.

        Raises LedgerCorrupt if the file is no ledger or not as it was left, or lacks a block that
        is known, or, in full, if its node has signed a checkpoint of what was not.
        """
        ledger = cls(path, contract, known)
        with ExitStack() as on_failure:
            on_failure.callback(ledger.close)
            ledger._take_all(known, in_full)
            on_failure.pop_all()
        return ledger

    @property
    def identity(self) -> bytes:
        """What its transactions must name: the digest of its genesis."""
        return self.genesis.identity

    @property
    def contract(self) -> Contract:
        """The contract, as all transactions so far have left it."""
        return self._chain.admission.contract

    def view(self) -> View:
        """What the contract shows to everybody, as of the last block."""
        return self.contract.view()

    @property
    def head(self) -> bytes:
        """The digest of the last block; of block 0, the ledger's identity."""
        return self._chain.head

    @property
    def last(self) -> SignedBlock | None:
        """The last block as it is signed, by which a later file is held to have it."""
        return self._chain.last

    @property
    def height(self) -> int:
        """The number of transactions."""
        return self._chain.height

    @property
    def has_checkpoint(self) -> bool:
        """Whether somebody has written a checkpoint to its file, of this contract or another's."""
        [[count]] = self._connection.execute("SELECT count(*) FROM checkpoint")
        return bool(count)

    def close(self) -> None:
        """Let go of the file."""
        if self._key is not None:
            if self.height - self._kept >= max(_FEW, self.height // 50):
                with suppress(LedgerError):  # without it, it takes longer to open the ledger
                    self.keep_checkpoint()
            end_work(self._connection, self.path)
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
        if self._key is None or self._lock is None:
            raise LedgerError(f"{self.path}: opened for reading: open it for writing")
        self._settle()
        self._is_settled = False
        try:
            with self._undo.recording():
                outcomes = self._admit(batch)
                accepted = [d for d, o in zip(batch, outcomes, strict=True) if isinstance(o, int)]
                if accepted:
                    signed = self._chain.next_block(accepted).signed(self._key)
                    self._write(signed, accepted)
                    note(self._lock, signed.block.height)
                    self._chain.grow(signed)
            self._undo.clear()
            self._is_settled = True
        except BaseException:
            self._settle()
            raise
        if self.height >= _FEW + 3 * self._kept:  # so it costs a small part of appending
            with suppress(LedgerError):
                self.keep_checkpoint()
        return outcomes

    def keep_checkpoint(self) -> None:
        """Have the ledger opened from here on, without carrying out again what was.

        That is done when it is closed, and each time that it is three times as long; a node can do
        it whenever it has nothing else to do. Raises LedgerError if it cannot be written, or its
        contract has a state without canonical bytes.
        """
        if self._key is None:
            raise LedgerError(f"{self.path}: opened for reading: open it for writing")
        self._settle()
        self._is_settled = False  # an interrupt can leave the transaction open
        try:
            if self._codec is None:
                raise NoState("its contract has a state without canonical bytes")
            made = Checkpoint.of(self._chain, self._codec, self._key)
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.execute("DELETE FROM checkpoint")
                self._connection.execute(
                    "INSERT INTO checkpoint VALUES (?, ?, ?)", attrs.astuple(made)
                )
        except (NoState, sqlite3.Error) as error:
            raise LedgerError(f"{self.path}: no checkpoint: {error}") from None
        self._is_settled = True
        self._kept = self.height

    def next_nonce(self, author: bytes) -> int:
        """The running number that the author's next transaction must bear."""
        return self._chain.admission.next_nonce(author)

    def keys_of(self, author: bytes) -> Sequence[bytes]:
        """The keys that the author has had, in order; the last is in force."""
        return self._chain.admission.keys_of(author)

    def _admit(self, batch: Sequence[bytes]) -> list[int | Refused]:
        """Carry out what is not refused."""
        outcomes: list[int | Refused] = []
        positions = count(self.height)
        for data in batch:
            before = len(self._undo)
            try:
                self._chain.admission.admit(data)
            except Refused as refusal:
                self._undo.undo(before)
                outcomes.append(refusal)
            else:
                outcomes.append(next(positions))
        return outcomes

    def _settle(self) -> None:
        """Have in memory what is in the file, where a batch was begun and may not be written.

        What was begun is undone, and taken in from the file if it is there all the same: an
        interrupt can come after the commit. Where that fails too, it is done before the next batch.
        """
        if not self._is_settled:
            self._take_in()
            self._is_settled = True

    def _write(self, signed: SignedBlock, accepted: Sequence[bytes]) -> None:
        block = signed.block
        if identified(self.path) != self._which:
            raise LedgerError(f"{self.path}: block {block.height} is not written: {MOVED}")
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.execute(
                    "INSERT INTO block VALUES (?, ?, ?, ?, ?, ?)",
                    [*(getattr(block, part) for part in _HEADER), signed.signature],
                )
                self._connection.executemany(
                    "INSERT INTO entry VALUES (?, ?, ?)",
                    zip(count(self.height), [block.height] * block.count, accepted, strict=False),
                )
        except sqlite3.Error as error:
            raise LedgerError(
                f"{self.path}: block {block.height} is not written: {error}: mend that, try again"
            ) from None

    def _begin_work(self) -> None:
        try:
            is_said = begin_work(self._connection)
        except sqlite3.Error as error:
            raise LedgerError(f"{self.path}: not opened: {error}: mend that, try again") from None
        if not is_said:
            raise LedgerError(f"{self.path}: somebody reads it without end: try again")

    # Reading

    def __iter__(self) -> Iterator[tuple[int, Transaction]]:
        """The transactions with their positions, in order."""
        with self._reading():
            for position, data in self._connection.execute(
                "SELECT position, data FROM entry ORDER BY position"
            ):
                yield position, parse(data).transaction

    def follow(self) -> int:
        """Take in what was appended since, as all was before; how many transactions that is.

        What this takes depends on them, and not on how long the ledger is.

        Raises LedgerCorrupt if what follows is not as it was appended, or the file is another by
        now, was cut or went another way; then all that was found in order before is taken in.
        """
        if self._key is not None:
            return 0  # nobody else writes
        before, connection = self.height, self._connection
        with self._reading():
            self._connection = connect(self.path, "ro")  # of what is there now by that name
        try:
            self._see_genesis(self._read_genesis())
            self._take_in()
        except BaseException:
            self._connection.close()
            self._connection = connection
            raise
        connection.close()
        return self.height - before

    def blocks(self, first: int, last: int) -> list[SignedBlock]:
        """The blocks that there are of these heights and between them, as they are signed.

        Which of them the node has signed is not seen: by one, it vouches for all before. Raises
        LedgerCorrupt if they do not follow one another.
        """
        with self._reading():
            asked = *self._written(), first, last
            if self._shown[0] != asked:  # many ask for the same
                self._shown = asked, self._blocks(first, last)
        return [*self._shown[1]]

    def _written(self) -> tuple[sqlite3.Connection, int, int]:
        """What is another as soon as anybody has written to the file."""
        [others] = self._connection.execute("PRAGMA data_version").fetchone()
        return self._connection, others, self._connection.total_changes

    def _blocks(self, first: int, last: int) -> list[SignedBlock]:
        """Those blocks, as the file has them now. Raises LedgerCorrupt."""
        found = self._connection.execute(
            "SELECT height, previous, root, count, signature FROM block"
            " WHERE height BETWEEN ? AND ? ORDER BY height",
            (first, last),
        )
        blocks = [SignedBlock(Block(self.identity, *row), signed) for *row, signed in found]
        for before, after in pairwise(signed.block for signed in blocks):
            if not after.follows(before):
                place = f"{self.path}: block {after.height}"
                raise LedgerCorrupt(f"{place}: it does not follow the one before")
        return blocks

    def digests(self) -> list[bytes]:
        """The digests of the blocks after block 0, in order."""
        with self._reading():
            found = self._connection.execute("SELECT digest FROM block ORDER BY height")
            return [digest for (digest,) in found]

    def verify(self) -> None:
        """Check the whole file anew: chain, roots, signatures, running numbers and contract.

        Raises LedgerCorrupt, naming the block, also if it no longer continues what this `Ledger`
        has seen of it.
        """
        with type(self).read(self.path, self._contract, known=self.last, in_full=True) as ledger:
            self._see_genesis(ledger.genesis)

    def _see_genesis(self, found: Genesis) -> None:
        if found != self.genesis:
            raise LedgerCorrupt(f"{self.path}: block 0 is another than it was")

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

    def _begin(self) -> Chain:
        try:
            return Chain.begin(self.genesis, self._contract)
        except MalformedTransaction as error:
            raise LedgerCorrupt(f"{self.path}: {error}: open it with its contract") from None

    def see(self, known: SignedBlock) -> None:
        """See that the file has a block that its node has signed.

        Raises LedgerCorrupt if it has not, and LedgerError if the block is none of its node's.
        """
        if known.block.ledger != self.identity:
            raise LedgerError(f"{self.path}: the known block is another ledger's: give its own")
        if not known.is_signed_with(self.genesis.node):
            raise LedgerError(f"{self.path}: the known block is not its node's: give one that is")
        with self._reading():
            self._see(known.block)

    def _see(self, block: Block) -> None:
        query = "SELECT digest FROM block WHERE height = ?"
        if self._connection.execute(query, (block.height,)).fetchone() != (block.digest,):
            raise LedgerCorrupt(
                f"{self.path}: block {block.height} is gone or is another than it was"
            )

    def _is_at_work(self) -> bool:
        with self._reading():
            return is_at_work(self._connection)

    def _last_height(self) -> int:
        query = "SELECT coalesce(max(height), 0) FROM block"
        with self._reading():
            return int(self._connection.execute(query).fetchone()[0])

    def _last_block(self) -> SignedBlock | None:
        """The last block in the file, as it stands there."""
        height = self._last_height()
        last = next(iter(self.blocks(height, height)), None)
        if last is not None:
            self._see_signed(last)
        return last

    def _take_all(self, known: SignedBlock | None, in_full: bool) -> None:
        """Go through the file from the start, checking everything, also for what is known."""
        with self._at_one_time():
            [finding] = self._connection.execute("PRAGMA quick_check(1)").fetchone()
            if finding != "ok":
                raise LedgerCorrupt(f"{self.path}: {' '.join(finding.split())}")
            rows, checkpoint = self._rows(), self._read_checkpoint()
            if checkpoint is not None and not in_full:
                self._resume(checkpoint, rows)
            for header, batch in rows:
                self._take(header, batch)
                if checkpoint is not None and checkpoint.head == self.head and not self._lock:
                    self._confirm(checkpoint)  # not to its node, which replaces it
            if known is not None:
                self.see(known)

    def _take_in(self) -> None:
        """Take in the blocks that follow in the file on those in memory."""
        with self._at_one_time():
            if self.last is not None:
                self._see(self.last.block)
            for header, batch in self._rows():
                self._take(header, batch)

    @contextmanager
    def _at_one_time(self) -> Iterator[None]:
        """All that is read sees the same blocks; what was begun before is undone."""
        self._undo.undo()
        with self._reading(), self._connection:
            self._connection.rollback()
            self._connection.execute("BEGIN")
            yield

    def _rows(self) -> Iterator[tuple[_Header, _Batch]]:
        """The rows of each block that follows on those in memory, and of its transactions."""
        headers = self._connection.execute(
            "SELECT height, previous, root, count, digest, signature FROM block"
            " WHERE height >= ? ORDER BY height",
            (self._chain.blocks if self.last else _FIRST,),
        )
        entries = self._connection.execute(
            "SELECT height, position, data FROM entry WHERE position >= ? ORDER BY position",
            (self.height if self.last else _FIRST,),
        )
        batches = (list(batch) for _, batch in groupby(entries, key=itemgetter(0)))
        return zip_longest(headers, batches, fillvalue=())

    def _take(self, header: _Header, batch: _Batch) -> None:
        """Take in the next block: it is the node's, and its transactions are carried out."""
        signed = self._checked(header, batch)
        self._see_signed(signed)
        place = f"{self.path}: block {signed.block.height}"
        with self._undo.recording():
            try:
                for position, (_, _, data) in enumerate(batch, start=self.height):
                    try:
                        self._chain.admission.admit(data)
                    except Refused as refusal:
                        where = f"{place}, transaction {position}"
                        raise LedgerUnlawful(where, refusal) from None
                self._chain.grow(signed)
            except BaseException:
                self._undo.undo()
                raise
        self._undo.clear()

    def _see_signed(self, signed: SignedBlock) -> None:
        if not signed.is_signed_with(self.genesis.node):
            place = f"{self.path}: block {signed.block.height}"
            raise LedgerCorrupt(f"{place}: its signature is not the node's")

    def _checked(self, header: _Header, batch: _Batch) -> SignedBlock:
        """The next block, whose rows are what it says; of its signature, nothing is known yet."""
        data = [item for _, _, item in batch]
        block = self._chain.next_block(data)
        place = f"{self.path}: block {block.height}"
        *told, signature = header or [None]
        for part, found in zip_longest(_HEADER, told):
            if found != getattr(block, part):
                raise LedgerCorrupt(
                    f"{place}: its {part} is not that of its transactions and the blocks before it"
                )
        if not batch:
            raise LedgerCorrupt(f"{place}: there is nothing in it")
        positions = range(self.height, self.height + block.count)
        if [position for _, position, _ in batch] != [*positions]:
            raise LedgerCorrupt(f"{place}: its transactions are not at {positions}")
        return SignedBlock(block, signature if isinstance(signature, bytes) else b"")

    # Checkpoints

    @cached_property
    def _codec(self) -> Codec | None:
        """How checkpoints are read and written; None for a contract of which there can be none."""
        try:
            return Codec(self.contract)
        except NoState:
            return None

    def _read_checkpoint(self) -> Checkpoint | None:
        """The node's last checkpoint, if the contract can have made it; any other is nothing."""
        found = self._connection.execute("SELECT head, state, signature FROM checkpoint").fetchone()
        if found is None or self._codec is None:
            return None
        checkpoint = Checkpoint(*found)
        if not checkpoint.is_signed_with(self.genesis.node, self._codec):
            return None
        query = "SELECT digest FROM block WHERE digest = ? UNION SELECT ?"
        heads = self._connection.execute(query, (checkpoint.head, self.identity))
        if (checkpoint.head,) not in heads:
            raise LedgerCorrupt(
                f"{self.path}: the block of its checkpoint is gone or is another than it was"
            )
        return checkpoint

    def _resume(self, checkpoint: Checkpoint, rows: Iterator[tuple[_Header, _Batch]]) -> None:
        """Go on from a checkpoint: up to its block, all that is seen is that the chain is right.

        The blocks before need not be seen to be signed: the chain has them in the last one.
        """
        assert self._codec is not None  # it has read the checkpoint
        try:
            chain = self._codec.read(checkpoint.state)
        except NoState as error:
            raise LedgerCorrupt(f"{self.path}: its checkpoint is none: {error}") from None
        while self.head != chain.head:
            self._chain.grow(self._checked(*next(rows, ((), ()))))
        self._chain, self._kept = chain, chain.height

    def _confirm(self, checkpoint: Checkpoint) -> None:
        """See that a checkpoint is what all transactions up to its block come to."""
        assert self._codec is not None  # it has read the checkpoint
        if self._codec.write(self._chain) != checkpoint.state:
            raise LedgerCorrupt(
                f"{self.path}: its node has signed a checkpoint that is not what its transactions"
                f" come to up to block {self._chain.blocks - 1}"
            )
        self._kept = self.height

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
            kind = LedgerError if is_passing(error) else LedgerCorrupt
            raise kind(f"{self.path}: {error}") from None


def _lay_out(path: Path, genesis: bytes) -> None:
    """Make the file of a ledger, whole or not at all. Raises LedgerError."""
    try:
        with only_writer(path) or nullcontext() as lock:
            if lock is None or path.exists():  # it is there, or somebody makes it
                raise FileExistsError(EEXIST, os.strerror(EEXIST))
            note(lock, 0)  # of another ledger, which is gone
            with whole(path) as unfinished:
                _write_empty(unfinished, genesis)
    except OSError as error:
        raise LedgerError(f"{path}: {error.strerror}: choose another path") from None
    except sqlite3.Error as error:
        raise LedgerError(f"{path}: not created: {error}: mend that, try again") from None


def _write_empty(path: Path, genesis: bytes) -> None:
    """Write what is in the file of a ledger without blocks."""
    path.touch()
    with closing(connect(path, "rw")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        with connection:
            connection.execute("BEGIN")
            for table in _SCHEMA:
                connection.execute(table)
            connection.execute("INSERT INTO genesis VALUES (?)", (genesis,))
            connection.execute("INSERT INTO writer VALUES (0)")


def _check_beside(path: Path, *endings: str) -> None:
    """See that what is needed beside a ledger's file is a file. Raises LedgerError."""
    stray = find_stray(path, *endings)
    if stray is not None:
        raise LedgerError(f"{stray}: is no file: remove it")


def _lock(path: Path) -> IO[bytes]:
    """Become a ledger's only writer. A hard link would have a lock, and a log, of its own."""
    if path.stat().st_nlink > 1:
        raise LedgerError(f"{path}: the file has another name as well: remove that")
    _check_beside(path, LOCK)
    try:
        lock = only_writer(path)
    except OSError as error:
        raise LedgerError(f"{error.filename}: {error.strerror}: {_UNWRITTEN}") from None
    if lock is None:
        raise LedgerInUse(f"{path}: somebody else writes to it: open it for reading")
    return lock
