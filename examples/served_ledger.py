"""A ledger of another kind, as one file: a database's server, in a process of its own.

The server keeps any number of ledgers, each in a file to which it only ever appends, and carries
out their transactions. What follows it over a pipe is `ServedLedger`, which is all that parties
have: it sends to the server, takes in what that has appended, and asks it what the contract shows.
docs/ledgers.md says what such a file has to have, and how it is judged.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Timer
from typing import IO, Any, BinaryIO, Self

from impl.database import note, noted, only_writer, unnote, whole
from impl.ledger.block import SignedBlock
from impl.ledger.chain import Chain
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.port import Begin, Contract, LedgerCorrupt, LedgerError, OpenContract, View
from impl.ledger.transaction import MalformedTransaction, Refused, Transaction, parse
from impl.ledger.undo import UndoLog
from spec.bytes.encoding import EncodingError, Value, decode, encode

_LENGTH = 4
"""Bytes that say how many follow: of what is said over the pipe, and of what is in a file."""
_HEAD = 2 * _LENGTH
"""There they are, and turned over: a length that was damaged is none of what was not put whole."""
_PATIENCE = 60.0
"""Seconds in which the server has to answer."""


class ServedLedger:
    """A ledger in the server, as parties follow it: see `impl.ledger.port.KeptLedger`."""

    def __init__(self, path: Path, key: SigningKey | None, contract: Begin) -> None:
        self.path = path.resolve()
        self._key = key
        named = f"{contract.__module__}:{getattr(contract, '__qualname__', '')}"
        self.genesis = Genesis.parse(self._ask("open", contract=named, writing=key is not None))
        self._chain = Chain.begin(self.genesis, contract)
        self._blocks: list[SignedBlock] = []
        self._said: list[Transaction] = []
        try:
            if key is not None and key.public != self.genesis.node:
                raise LedgerError(f"{path}: not its node's key: open it for reading")
            self._follow()
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(
        cls, path: Path, genesis: Genesis, key: SigningKey, contract: Begin = OpenContract
    ) -> Self:
        """A new ledger, opened by its node. Raises LedgerError."""
        try:
            contract(genesis)
        except MalformedTransaction as error:
            raise LedgerError(f"{path}: not created: {error}") from None
        _ask("create", str(path.resolve()), genesis=genesis.canonical())
        return cls.open(path, key, contract)

    @classmethod
    def open(cls, path: Path, key: SigningKey, contract: Begin = OpenContract) -> Self:
        """A ledger as it was left, for its node. Raises LedgerError."""
        return cls(path, key, contract)

    @classmethod
    def read(cls, path: Path, contract: Begin = OpenContract) -> Self:
        """A ledger as it is now, to look at it alone. Raises LedgerError."""
        return cls(path, None, contract)

    def close(self) -> None:
        """Let go of it."""
        self._ask("close", writing=self._key is not None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # To send

    def submit(self, data: bytes) -> int:
        """Append one transaction; its position. Raises Refused."""
        [outcome] = self.append([data])
        if isinstance(outcome, Refused):
            raise outcome
        return outcome

    def append(self, batch: Sequence[bytes]) -> list[int | Refused]:
        """Append transactions as one block, which the node signs. Raises LedgerError."""
        if self._key is None:
            raise LedgerError(f"{self.path}: opened for reading: open it for writing")
        told = self._ask("propose", batch=[*batch])
        outcomes = [each if isinstance(each, int) else Refused(each) for each in told]
        taken = [d for d, each in zip(batch, outcomes, strict=True) if isinstance(each, int)]
        if taken:
            signed = self._chain.next_block(taken).signed(self._key)
            self._ask("commit", signed=signed.canonical())
            self._follow()
        return outcomes

    def next_nonce(self, author: bytes) -> int:
        """The running number that the author's next transaction must bear."""
        return self._chain.admission.next_nonce(author)

    def keys_of(self, author: bytes) -> Sequence[bytes]:
        """The keys that the author has had, in order; the last is in force."""
        return self._chain.admission.keys_of(author)

    # To follow

    def _follow(self) -> None:
        """Take in the blocks that are new, and see that each is what its node has signed."""
        for written, batch in self._ask("blocks", first=self._chain.blocks):
            signed = SignedBlock.parse(written)
            place = f"{self.path}: block {self._chain.blocks}"
            if signed.block != self._chain.next_block(batch):
                raise LedgerCorrupt(f"{place}: it does not follow, or has other transactions")
            if not signed.is_signed_with(self.genesis.node):
                raise LedgerCorrupt(f"{place}: its signature is not the node's")
            for data in batch:
                try:
                    self._chain.admission.admit(data)
                except Refused as refusal:
                    raise LedgerCorrupt(f"{place}: {refusal}") from None
                self._said.append(parse(data).transaction)
            self._chain.grow(signed)
            self._blocks.append(signed)

    @property
    def identity(self) -> bytes:
        """What its transactions must name: the digest of its genesis."""
        return self.genesis.identity

    @property
    def height(self) -> int:
        """The number of transactions."""
        return self._chain.height

    @property
    def head(self) -> bytes:
        """The digest of the last block; of block 0, the ledger's identity."""
        return self._chain.head

    @property
    def last(self) -> SignedBlock | None:
        """The last block as it is signed."""
        return self._chain.last

    def blocks(self, first: int, last: int) -> Sequence[SignedBlock]:
        """The blocks that there are of these heights and between them."""
        return [signed for signed in self._blocks if first <= signed.block.height <= last]

    def __iter__(self) -> Iterator[tuple[int, Transaction]]:
        """The transactions with their positions, in order."""
        yield from enumerate(self._said)

    def see(self, known: SignedBlock) -> None:
        """See that it has a block that its node has signed. Raises LedgerCorrupt if it has not."""
        height = known.block.height
        if [signed.block for signed in self.blocks(height, height)] != [known.block]:
            raise LedgerCorrupt(f"{self.path}: block {height} is gone or is another than it was")

    # To see what it comes to

    @property
    def contract(self) -> Contract:
        """The contract, as whoever follows the ledger carries it out; the parties look at it."""
        return self._chain.admission.contract

    def view(self) -> View:
        """What the contract shows, as of the last block: as the server has it."""
        return {
            field: {tuple(keys): value for keys, value in entries}
            for field, entries in self._ask("view").items()
        }

    def _ask(self, do: str, **given: Value) -> Any:  # of the server, which is below
        return _ask(do, str(self.path), **given)


def _ask(do: str, path: str, **given: Value) -> Any:
    """What the server answers about a ledger. Raises LedgerError, for the reason that it gives."""
    server = _server()
    assert server.stdin is not None  # they are pipes, both
    assert server.stdout is not None
    patience = Timer(_PATIENCE, server.kill)
    patience.start()
    try:
        _put(server.stdin, {"do": do, "path": path, "given": given})
        answer = _get(server.stdout)
    except (OSError, LedgerCorrupt, EncodingError):
        answer = None
    finally:
        patience.cancel()
    match answer:
        case {"done": done}:
            return done
        case {"failed": str(why)}:
            raise LedgerError(why)
    server.kill()
    _server.cache_clear()  # the next one begins with what is in the files
    raise LedgerError(f"{path}: the server has stopped, or babbles: open the ledger again")


@cache
def _server() -> subprocess.Popen[bytes]:
    """The server of this process: it ends when the process does."""
    known = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=known
    )


# What is said over the pipe, and kept in files


def _put(out: BinaryIO | IO[bytes], said: Value) -> None:
    data = encode(said)
    out.write(_head(len(data)) + data)
    out.flush()


def _head(length: int) -> bytes:
    told = length.to_bytes(_LENGTH)
    return told + bytes(byte ^ 0xFF for byte in told)


def _get(source: BinaryIO | IO[bytes]) -> Any:  # whatever was put
    """What was put next; None at the end, also where something was not put whole.

    Raises LedgerCorrupt or EncodingError for what was never put.
    """
    head = source.read(_HEAD)
    length = int.from_bytes(head[:_LENGTH])
    if len(head) < _HEAD:
        return None
    if head != _head(length):
        raise LedgerCorrupt("it is damaged: of what follows, two lengths are said")
    data = source.read(length)
    return decode(data) if len(data) == length else None


# The server


class Kept:
    """A ledger in its file: its genesis, and then its blocks with their transactions.

    What stands at the end and is not whole was never acknowledged: the next block takes its place.
    """

    def __init__(self, path: Path, contract: Begin) -> None:
        self.path = path
        lock = only_writer(path)
        if lock is None:
            raise LedgerError("somebody else writes to it: open it later")
        self.lock = lock
        self.blocks: list[Value] = []
        self.undo = UndoLog()
        self.proposed: list[bytes] = []
        with path.open("rb") as file:
            begun = _get(file)
            if not isinstance(begun, bytes):
                raise LedgerCorrupt("not a ledger")
            self.genesis = Genesis.parse(begun)
            self.chain = Chain.begin(self.genesis, contract)
            self.size = file.tell()
            while (block := _get(file)) is not None:
                self._take_in(block)
                self.size = file.tell()
        if len(self.blocks) < noted(path):
            raise LedgerCorrupt("blocks are gone that were in it: put back what it was")

    def close(self) -> None:
        """Let somebody else write to it."""
        self.lock.close()

    def _take_in(self, block: Any) -> None:  # that is in the file
        signed, batch = block
        for data in batch:
            self.chain.admission.admit(data)
        self.chain.grow(SignedBlock.parse(signed))
        self.blocks.append(block)

    def propose(self, batch: Sequence[bytes]) -> list[Value]:
        """Carry out what is not refused: of each its position, or for what reason it is."""
        self.undo.undo()  # what was proposed before, and not signed
        self.proposed = []
        outcomes: list[Value] = []
        with self.undo.recording():
            for data in batch:
                before = len(self.undo)
                try:
                    self.chain.admission.admit(data)
                except Refused as refusal:
                    self.undo.undo(before)
                    outcomes.append(refusal.reason)
                else:
                    outcomes.append(self.chain.height + len(self.proposed))
                    self.proposed.append(data)
        return outcomes

    def commit(self, signed: bytes) -> None:
        """Have what was proposed on disk, as a block that its node has signed."""
        block = SignedBlock.parse(signed)
        if block.block != self.chain.next_block(self.proposed):
            raise LedgerError("what is signed is not the block that was proposed")
        kept: list[Value] = [signed, [*self.proposed]]
        self._append(kept)
        self.blocks.append(kept)
        self.chain.grow(block)
        self.undo.clear()
        note(self.lock, len(self.blocks))

    def _append(self, kept: Value) -> None:
        """Have a block on disk, after all that is whole. Raises OSError."""
        os.truncate(self.path, self.size)
        with self.path.open("ab") as file:
            _put(file, kept)
            os.fsync(file.fileno())
            self.size = file.tell()

    def view(self) -> dict[str, Value]:
        """What the contract shows, each field as pairs of its keys and what stands there."""
        view = self.chain.admission.contract.view()
        return {
            field: [[[*keys], value] for keys, value in entries.items()]
            for field, entries in view.items()
        }


class Server:
    """Answers what is asked about ledgers, which it has open."""

    def __init__(self) -> None:
        self.ledgers: dict[str, Kept] = {}
        self.writers: set[str] = set()

    def create(self, path: str, genesis: bytes) -> None:
        """Make the file of a new ledger, whole or not at all."""
        file = Path(path)
        if file.exists():
            raise LedgerError("File exists: choose another path")
        unnote(file)  # of another ledger, which is gone
        with whole(file) as unfinished, unfinished.open("wb") as new:
            _put(new, genesis)
            os.fsync(new.fileno())

    def open(self, path: str, contract: str, writing: bool) -> bytes:
        """Open a ledger, unless that is done; its genesis. One alone may write."""
        if writing and path in self.writers:
            raise LedgerError("somebody else writes to it: open it for reading")
        if path not in self.ledgers:
            self.ledgers[path] = Kept(Path(path), _contract(contract))
        if writing:
            self.writers.add(path)
        return self.ledgers[path].genesis.canonical()

    def propose(self, path: str, batch: list[bytes]) -> list[Value]:
        """See what of a batch would be appended."""
        return self.ledgers[path].propose(batch)

    def commit(self, path: str, signed: bytes) -> None:
        """Append it, once it is signed."""
        self.ledgers[path].commit(signed)

    def blocks(self, path: str, first: int) -> list[Value]:
        """The blocks from a height on, each with its transactions."""
        return self.ledgers[path].blocks[first - 1 :]

    def view(self, path: str) -> dict[str, Value]:
        """What a ledger's contract shows."""
        return self.ledgers[path].view()

    def close(self, path: str, writing: bool) -> None:
        """Whoever writes lets go of a ledger: it is opened from its file again."""
        if writing and path in self.writers:
            self.writers.remove(path)
            self.ledgers.pop(path).close()

    def answer(self, asked: Any) -> Value:  # by `_ask`
        """What is answered to a request."""
        try:
            return {"done": getattr(self, asked["do"])(asked["path"], **asked["given"])}
        except (LedgerError, Refused, EncodingError, OSError) as error:
            return {"failed": f"{asked['path']}: {error}"}
        except KeyError:
            return {"failed": f"{asked['path']}: not open: open it again"}


def _contract(name: str) -> Begin:
    """The contract of a name, `module:attribute`. Raises LedgerError."""
    module, _, attribute = name.partition(":")
    try:
        begin: Begin = getattr(import_module(module), attribute)
    except (ImportError, AttributeError):
        raise LedgerError(f"no contract {name} to import: give one that has a name") from None
    return begin


def serve() -> None:
    """Answer until nobody asks any more."""
    server = Server()
    while (asked := _get(sys.stdin.buffer)) is not None:
        _put(sys.stdout.buffer, server.answer(asked))


if __name__ == "__main__":
    serve()
