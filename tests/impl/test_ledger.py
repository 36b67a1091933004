"""The ledger: what it refuses and why, what survives a crash, and what damage it finds."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from errno import ENOSPC
from functools import partial
from itertools import count, pairwise
from pathlib import Path
from threading import Event
from unittest.mock import Mock

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impl.database import Synchronous, unnote
from impl.ledger.admission import Admission
from impl.ledger.block import Block, SignedBlock
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey, verify
from impl.ledger.limits import BYTES, DEPTH, VALUES, excess
from impl.ledger.port import LedgerCorrupt, LedgerError, OpenContract
from impl.ledger.sqlite import Ledger, LedgerIncomplete
from impl.ledger.transaction import MalformedTransaction, Refused, Transaction, parse
from spec.bytes.encoding import Value, encode
from spec.bytes.merkle import root
from tests.support.killed import killed_after
from tests.support.moved import MOVES, put_back
from tests.support.tally import ALICE, BOB, MAIN, NODE, OTHER, Tally, add, adds


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger.create(path, MAIN, NODE, Tally) as ledger:
        yield ledger


@pytest.fixture
def closed(ledger: Ledger, path: Path) -> Path:
    """A ledger of three blocks of four transactions, closed."""
    for first in (0, 4, 8):
        ledger.append(adds(first, 4))
    ledger.close()
    return path


def seen(path: Path) -> tuple[bytes, list[Transaction]]:
    """All that a reader gets: the head and the transactions."""
    with Ledger.read(path, Tally) as ledger:
        positions, transactions = zip(*ledger, strict=True) if ledger.height else ((), ())
        assert [*positions] == [*range(ledger.height)]
        return ledger.head, [*transactions]


def uses(path: Path, known: SignedBlock | None = None) -> Sequence[Callable[[], Ledger]]:
    """To have a ledger opened by a reader, and by its node."""
    return [
        partial(Ledger.read, path, Tally, known=known),
        partial(Ledger.open, path, NODE, Tally, known=known),
    ]


# Keys and transactions


def test_published_signature() -> None:
    """RFC 8032, 7.1, test 2."""
    key = SigningKey.from_seed(
        bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    )
    public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    signature = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert key.public.hex() == public
    assert key.sign(b"\x72").hex() == signature
    assert verify(key.public, b"\x72", bytes.fromhex(signature))
    assert not verify(key.public, b"\x73", bytes.fromhex(signature))
    assert not verify(SigningKey().public, b"\x72", bytes.fromhex(signature))
    assert not verify(key.public[:31], b"\x72", bytes.fromhex(signature))
    assert not verify(key.public, b"\x72", bytes.fromhex(signature)[:63])
    assert "4ccd" not in repr(key)


def test_transaction_comes_back_as_it_was_signed() -> None:
    body: dict[str, Value] = {"input": np.arange(6).reshape(2, 3), "step": 1}
    transaction = Transaction(MAIN.identity, "record", ALICE.public, 7, body)
    signed = parse(transaction.signed(BOB))
    assert signed.transaction == transaction
    assert not signed.is_signed_with(ALICE.public)
    assert parse(transaction.signed(ALICE)).is_signed_with(ALICE.public)
    assert signed.transaction != attrs.evolve(transaction, body={"input": np.arange(6), "step": 1})


@given(st.text(max_size=40), st.binary(max_size=40), st.integers(0, 300), st.binary(max_size=300))
def test_what_is_signed_is_all_but_the_signature(
    kind: str, author: bytes, nonce: int, signature: bytes
) -> None:
    said = Transaction(MAIN.identity, kind, author, nonce, {"signature": signature})
    signed = parse(said.signed(ALICE))
    assert signed.message == encode(said.fields())
    assert said.signed(ALICE) == encode({**said.fields(), "signature": signed.signature})
    forged = parse(encode({**said.fields(), "signature": signature}))
    assert (forged.message, forged.signature) == (signed.message, signature)


FIELDS: dict[str, Value] = {
    "version": 1,
    "ledger": MAIN.identity,
    "kind": "add",
    "author": ALICE.public,
    "nonce": 0,
    "body": {"add": 1},
    "signature": bytes(64),
}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", r"^transaction: \$: the bytes end here"),
        (b"hello", r"^transaction: \$"),
        (encode([]), r"^transaction: a list: give a dictionary"),
        (add(0) + b"\x00", r"^transaction: \$: bytes follow"),
        (b"\xa2\x64kind\x61x\x64kind\x61y", r"^transaction: \$\.kind: duplicate key"),
        (b"\xa2\x64kind\x61x\x64body\xa0", r"^transaction: \$\.body: key out of order"),
        (b"\xa1\x64body\xa1\x63add\xf9\x3c\x00", r"^transaction: \$\.body\.add: a float"),
        (encode({**FIELDS, "fee": 1}), r"^transaction: no field 'fee': it has version, ledger"),
        (encode({**FIELDS, "x\n" * 50: 1}), r"^transaction: no field 'x\\n.*'"),
        (encode({**FIELDS, "version": 2}), r"^transaction\.version: not 1"),
        *(
            (encode({k: v for k, v in FIELDS.items() if k != name}), rf"\.{name}: missing$")
            for name in FIELDS
        ),
        *((encode({**FIELDS, name: None}), rf"\.{name}: a NoneType: give a ") for name in FIELDS),
        *(
            (encode({**FIELDS, name: True}), rf"\.{name}: a bool: give a int")
            for name in ("version", "nonce")
        ),
    ],
)
def test_malformed_transactions_are_named(ledger: Ledger, data: bytes, problem: str) -> None:
    with pytest.raises(MalformedTransaction, match=problem) as caught:
        parse(data)
    assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(Refused) as refused:
        ledger.submit(data)
    assert refused.value.reason == "transaction is well formed"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_change_of_a_signed_transaction_is_accepted(ledger: Ledger, data: st.DataObject) -> None:
    valid = add(0)
    place = data.draw(st.integers(0, len(valid) - 1))
    changed = bytearray(valid)
    changed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Refused):
        ledger.submit(bytes(changed))


# How large a transaction may be


def listed(count: int) -> bytes:
    """A list of so many zeros, which is one value more."""
    return b"\x99" + count.to_bytes(2) + bytes(count)


SMALL = [
    b"\x5a" + (BYTES - 5).to_bytes(4) + bytes(BYTES - 5),
    listed(VALUES - 1),
    b"\x81" * DEPTH + b"\x00",
    b"\xa1\x60" * DEPTH + b"\x00",
    b"\xc6" * DEPTH + b"\x00",
    b"\x83" + 3 * (b"\x81" * (DEPTH - 1) + b"\x00"),
    b"\x9b" + b"\xff" * 8,
    b"\x5f\x41a\xff",
    add(0),
]
LARGE = [
    (bytes(BYTES + 1), rf"{BYTES + 1} bytes: give {BYTES} at most"),
    (listed(VALUES), rf"more than {VALUES} values"),
    (b"\xb9" + VALUES.to_bytes(2) + b"\x60\x00" * VALUES, rf"more than {VALUES} values"),
    (b"\x9b" + b"\xff" * 8 + bytes(BYTES // 2), rf"more than {VALUES} values"),
    (b"\x81" * (DEPTH + 1) + b"\x00", rf"nested more than {DEPTH} deep"),
    (b"\xc6" * (DEPTH + 1) + b"\x00", rf"nested more than {DEPTH} deep"),
    (b"\x82\x01" * (DEPTH + 1) + b"\x00", rf"nested more than {DEPTH} deep"),
    (b"\x82\x61x" + b"\xa1\x60" * DEPTH + b"\x00", rf"nested more than {DEPTH} deep"),
]


@pytest.mark.parametrize("data", SMALL)
def test_what_is_within_the_limits_is_left_to_the_decoder(data: bytes) -> None:
    assert excess(data) is None


@pytest.mark.parametrize(("data", "problem"), LARGE)
def test_what_is_too_large_is_refused_before_it_is_decoded(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, data: bytes, problem: str
) -> None:
    monkeypatch.delattr("impl.ledger.transaction.decode")
    with pytest.raises(MalformedTransaction, match=rf"^transaction: {problem}"):
        ledger.submit(data)


def containers(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)


ATOMS: st.SearchStrategy[Value] = st.none() | st.booleans() | st.integers(-9, 999) | st.binary()
NESTED = st.recursive(ATOMS, containers, max_leaves=20)


@given(NESTED, st.integers(0, DEPTH + 2))
def test_the_limit_of_depth_is_met_exactly(value: Value, wraps: int) -> None:
    for _ in range(wraps):
        value = [1, value]
    assert (excess(encode(value)) is None) == (depth_of(value) <= DEPTH)


def depth_of(value: Value) -> int:
    match value:
        case list():
            return 1 + max(map(depth_of, value), default=0)
        case dict():
            return 1 + max(map(depth_of, value.values()), default=0)
    return 0


# What is refused, and in which order


FOREIGN, FORGED, REPLAYED, VOID = (
    "transaction is for this ledger",
    "signature is the author's",
    "nonce is the author's next",
    "something is added",
)


@pytest.mark.parametrize("foreign", [False, True])
@pytest.mark.parametrize("forged", [False, True])
@pytest.mark.parametrize("nonce", [0, 1, 2])
@pytest.mark.parametrize("added", [0, 1])
def test_first_reason_that_holds_is_given(
    ledger: Ledger, foreign: bool, forged: bool, nonce: int, added: int
) -> None:
    assert ledger.submit(add(0)) == 0
    data = add(nonce, added, ledger=OTHER if foreign else MAIN, signer=BOB if forged else ALICE)
    due = [(foreign, FOREIGN), (forged, FORGED), (nonce != 1, REPLAYED), (added < 1, VOID)]
    reasons = [reason for fault, reason in due if fault]
    head = ledger.head
    [outcome] = ledger.append([data])
    if reasons:
        assert isinstance(outcome, Refused)
        assert outcome.reason == reasons[0]
        assert (ledger.head, ledger.height, ledger.next_nonce(ALICE.public)) == (head, 1, 1)
        assert ledger.contract == Tally(MAIN, {ALICE.public: 1})
    else:
        assert outcome == 1


def test_a_batch_leaves_out_what_is_refused(ledger: Ledger) -> None:
    batch = [add(0), add(0), b"", add(1, author=BOB), add(0, 5, author=BOB), add(1, 0), add(1)]
    outcomes = [
        outcome.reason if isinstance(outcome, Refused) else outcome
        for outcome in ledger.append(batch)
    ]
    assert outcomes == [0, REPLAYED, "transaction is well formed", REPLAYED, 1, VOID, 2]
    assert [transaction.nonce for _, transaction in ledger] == [0, 0, 1]
    assert ledger.contract == Tally(MAIN, {ALICE.public: 2, BOB.public: 5})
    head = ledger.head
    assert ledger.append([]) == []
    assert isinstance(ledger.append([add(0)])[0], Refused)
    assert ledger.head == head
    ledger.verify()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    script=st.lists(
        st.builds(
            lambda nonce, author: add(nonce, author=author),
            st.integers(0, 2),
            st.sampled_from([ALICE, BOB]),
        ),
        max_size=12,
    ),
    cuts=st.sets(st.integers(0, 12)),
)
@pytest.mark.full
def test_batches_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, script: list[bytes], cuts: set[int]
) -> None:
    """Outcomes, transactions and the contract are the same however a script is cut, and later."""
    folder = tmp_path_factory.mktemp("batches")
    edges = [0, *sorted(cuts), len(script)]
    with (
        Ledger.create(folder / "one", MAIN, NODE, Tally) as one,
        Ledger.create(folder / "many", MAIN, NODE, Tally) as many,
    ):
        singly = [outcome for data in script for outcome in one.append([data])]
        batches = [script[start:end] for start, end in pairwise(edges)]
        together = [outcome for batch in batches for outcome in many.append(batch)]
        assert [*map(str, singly)] == [*map(str, together)]
        assert [*one] == [*many]
        assert one.contract == many.contract
    with Ledger.open(folder / "many", NODE, Tally) as again:
        assert (again.head, again.height, again.contract) == (many.head, many.height, one.contract)
        again.verify()
    shutil.rmtree(folder)


def test_head_depends_on_all_that_was_appended(tmp_path: Path) -> None:
    scripts = [[], adds(0, 1), adds(0, 2), [add(0, 2)], [add(0, author=BOB)]]
    heads = []
    for number, script in enumerate(scripts):
        with Ledger.create(tmp_path / str(number), MAIN, NODE, Tally) as ledger:
            ledger.append(script)
            heads.append(ledger.head)
    with Ledger.create(tmp_path / "other", OTHER, NODE, Tally) as ledger:
        heads.append(ledger.head)
    assert len({*heads}) == len(heads)


# Genesis


def test_an_identity_is_of_all_that_a_genesis_says() -> None:
    said = [
        MAIN,
        OTHER,
        attrs.evolve(MAIN, node=BOB.public),
        attrs.evolve(MAIN, agreed={"purses": 1000}),
        attrs.evolve(MAIN, agreed={"purses": 10**12}),
    ]
    assert len({genesis.identity for genesis in said}) == len(said)
    for genesis in said:
        assert Genesis.parse(genesis.canonical()) == genesis


def test_a_ledger_is_read_by_its_own_genesis(tmp_path: Path) -> None:
    """Nothing that opens a file can tell it what it began with."""
    agreed: dict[str, Value] = {"purses": 1000}
    genesis = attrs.evolve(MAIN, agreed=agreed)
    with Ledger.create(tmp_path / "one", genesis, NODE) as ledger:
        assert ledger.head == ledger.identity == genesis.identity
        head = ledger.submit(add(0, ledger=genesis)) or ledger.head
    with Ledger.open(tmp_path / "one", NODE) as ledger:
        assert ledger.genesis == genesis
        assert ledger.contract == OpenContract(genesis)
        assert ledger.head == head


def test_what_is_signed_for_a_ledger_is_nothing_on_another_of_its_name(path: Path) -> None:
    namesake = attrs.evolve(MAIN, node=BOB.public)
    with Ledger.create(path, namesake, BOB, Tally) as ledger:
        with pytest.raises(Refused, match=FOREIGN):
            ledger.submit(add(0))
        assert ledger.submit(add(0, ledger=namesake)) == 0


def test_another_genesis_is_another_ledger(path: Path) -> None:
    """Also of a ledger on which nothing is said yet: whoever has it open sees it exchanged."""
    with Ledger.create(path, MAIN, NODE, Tally) as ledger:
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE genesis SET data = ?", (OTHER.canonical(),))
        connection.close()
        with pytest.raises(LedgerCorrupt, match="block 0 is another"):
            ledger.verify()
    with Ledger.read(path, Tally) as exchanged:
        assert exchanged.identity == OTHER.identity


def test_a_contract_that_cannot_begin_does_not_take_over(path: Path) -> None:
    Ledger.create(path, attrs.evolve(MAIN, agreed={"more": 1}), NODE).close()
    assert_corrupt(path, "genesis.agreed: no field 'more'.*: open it with its contract")


# One writer, many readers


def test_second_writer_is_refused_at_once(ledger: Ledger, path: Path) -> None:
    with pytest.raises(LedgerError, match="somebody else writes to it: open it for reading"):
        Ledger.open(path, NODE, Tally)
    with child(path) as other:
        assert other.stdout is not None
        assert other.stdout.read() == "LedgerInUse\n"
    assert ledger.append(adds(0, 2)) == [0, 1]
    ledger.close()
    with Ledger.open(path, NODE, Tally) as heir:
        assert heir.submit(add(2)) == 2


def test_readers_read_and_do_not_write(ledger: Ledger, path: Path) -> None:
    ledger.append(adds(0, 2))
    with Ledger.read(path, Tally) as reader:
        entries = iter(reader)
        assert next(entries)[0] == 0
        ledger.append(adds(2, 2))
        assert [position for position, _ in entries] == [1]  # as it was when the reading began
        assert len([*reader]) == 4
        assert reader.next_nonce(ALICE.public) == 2
        reader.verify()
        with pytest.raises(LedgerError, match="opened for reading"):
            reader.submit(add(4))
    ledger.verify()


def test_readers_beside_a_writer_see_whole_blocks(ledger: Ledger, path: Path) -> None:
    done = Event()

    def read() -> list[int]:
        heights = []
        while not done.is_set():
            with Ledger.read(path, Tally) as reader:
                reader.verify()
                heights.append(reader.height)
        return heights

    with ThreadPoolExecutor(2) as threads:
        try:
            readings = [threads.submit(read) for _ in range(2)]
            for first in range(0, 100, 5):
                ledger.append(adds(first, 5))
        finally:
            done.set()
        for heights in (reading.result() for reading in readings):
            assert heights == sorted(heights)
            assert all(height % 5 == 0 for height in heights)


def test_reader_of_an_empty_ledger_sees_no_half_of_the_first_block(
    ledger: Ledger, path: Path
) -> None:
    def interfere(statement: str) -> None:
        """Append the first block between the reading of the headers and of the entries."""
        if statement.startswith("SELECT height, position") and ledger.height == 0:
            ledger.append(adds(0, 2))

    with Ledger.read(path, Tally) as reader:
        reader._connection.set_trace_callback(interfere)
        reader._take_in()
        assert (reader.height, ledger.height) == (0, 2)


def test_misuse_is_one_clear_error(ledger: Ledger, path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="File exists: choose another path"):
        Ledger.create(path, MAIN, NODE, Tally)
    assert path.read_bytes() == before
    with pytest.raises(LedgerError, match="no such file: create the ledger first"):
        Ledger.open(tmp_path / "absent", NODE, Tally)
    with pytest.raises(LedgerError, match="No such file or directory"):
        Ledger.create(tmp_path / "absent" / "ledger.db", MAIN, NODE, Tally)
    ledger.close()
    for use in (ledger.__iter__().__next__, lambda: ledger.submit(add(0))):
        with pytest.raises(LedgerError, match="closed, or opened in another thread: open it again"):
            use()
    assert [*tmp_path.iterdir()] == [path, *tmp_path.glob("*.lock")]


def test_whoever_is_killed_has_made_a_ledger_or_none(tmp_path: Path) -> None:
    """It is opened, or made again, whichever instruction was the last."""
    made = list[bool]()
    for number in count(0, 3):
        path = tmp_path / str(number)
        make = partial(Ledger.create, path, MAIN, NODE, Tally)
        has_ended = killed_after(number, make)
        made.append(path.exists())
        with Ledger.open(path, NODE, Tally) if made[-1] else make() as ledger:
            assert ledger.submit(add(0)) == 0
        assert [*tmp_path.glob("*unfinished*")] == []
        if has_ended:
            break
    assert {*made} == {False, True}


def test_ledger_that_cannot_be_made_leaves_no_file(path: Path) -> None:
    for fault, problem in (
        ({"name": "\ud800"}, "lone surrogate"),
        ({"node": b"short"}, "genesis.node: 5 bytes: give the 32 of a public key"),
        ({"agreed": {"more": 1}}, "genesis.agreed: no field 'more'"),
    ):
        with pytest.raises(LedgerError, match=f"not created: .*{problem}"):
            Ledger.create(path, attrs.evolve(MAIN, **fault), NODE, Tally)
    assert [*path.parent.iterdir()] == []
    with Ledger.create(path, MAIN, NODE, Tally) as ledger:
        assert ledger.submit(add(0)) == 0


def test_writer_without_its_lock_file_is_refused(closed: Path) -> None:
    lock = closed.with_name(f"{closed.name}.lock")
    lock.unlink()
    lock.mkdir()
    with pytest.raises(LedgerError, match=r"\.lock: is no file: remove it"):
        Ledger.open(closed, NODE, Tally)
    assert len(seen(closed)[1]) == 12


@pytest.mark.parametrize("is_folder", [True, False], ids=["folder", "file"])
@pytest.mark.parametrize("move", MOVES)
def test_no_block_is_written_to_a_file_that_is_gone_from_its_place(
    tmp_path: Path, move: str, is_folder: bool
) -> None:
    """That is told, and it goes on where it was put back."""
    folder, moved = tmp_path / "folder", tmp_path / "elsewhere"
    folder.mkdir()
    with Ledger.create(folder / "ledger.db", MAIN, NODE, Tally) as ledger:
        ledger.append(adds(0, 2))
        path = folder if is_folder else ledger.path
        MOVES[move](path, moved)
        for _ in range(2):
            with pytest.raises(LedgerError, match="not written: it was moved, removed or replaced"):
                ledger.append(adds(2, 1))
            assert ledger.height == 2
        put_back(path, moved)
        assert ledger.append(adds(2, 1)) == [2]
    assert len(seen(ledger.path)[1]) == 3


def test_a_block_that_cannot_be_noted_is_written(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk: it is in the file, and whoever was told otherwise would say it again."""
    ledger.append(adds(0, 2))
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", Mock(side_effect=OSError(ENOSPC, os.strerror(ENOSPC))))
        assert ledger.append(adds(2, 1)) == [2]
    assert ledger.append(adds(3, 1)) == [3]
    assert len(seen(ledger.path)[1]) == 4


def test_ledger_of_another_thread_is_refused_and_unharmed(ledger: Ledger) -> None:
    """There the disk cannot be read either, so that memory is only put right at the next append."""
    ledger.append(adds(0, 2))
    with ThreadPoolExecutor(1) as thread:
        attempt = thread.submit(ledger.append, adds(2, 1))
        with pytest.raises(LedgerError, match="opened in another thread"):
            attempt.result()
    assert ledger.append(adds(2, 2)) == [2, 3]
    assert ledger.contract == Tally(MAIN, {ALICE.public: 4})
    ledger.verify()


def test_what_cannot_be_opened_is_not_called_corrupt(closed: Path) -> None:
    closed.with_name(f"{closed.name}-wal").mkdir()
    with pytest.raises(LedgerError, match="-wal: is no file: remove it") as caught:
        Ledger.read(closed, Tally)
    assert not isinstance(caught.value, LedgerCorrupt)


# Signed blocks


def test_only_its_node_writes_to_a_ledger(ledger: Ledger, path: Path, tmp_path: Path) -> None:
    ledger.close()
    with pytest.raises(LedgerError, match="not its node's key: open it for reading"):
        Ledger.open(path, ALICE, Tally)
    with pytest.raises(LedgerError, match="not its node's key"):
        Ledger.create(tmp_path / "more", MAIN, ALICE, Tally)


def rewritten(path: Path, order: Sequence[int], key: SigningKey) -> None:
    """Have the blocks of a ledger in another order, in a right chain that a key has signed."""
    with sqlite3.connect(path) as connection:
        entries = connection.execute("SELECT height, data FROM entry ORDER BY position").fetchall()
        connection.execute("DELETE FROM block")
        connection.execute("DELETE FROM entry")
        previous, first = MAIN.identity, 0
        for height, old in enumerate(order, start=1):
            batch = [data for of, data in entries if of == old]
            block = Block(MAIN.identity, height, previous, root(batch), len(batch))
            signature = block.signed(key).signature
            row = (height, previous, block.root, block.count, block.digest, signature)
            connection.execute("INSERT INTO block VALUES (?, ?, ?, ?, ?, ?)", row)
            for position, data in enumerate(batch, first):
                connection.execute("INSERT INTO entry VALUES (?, ?, ?)", (position, height, data))
            first += len(batch)
            previous = block.digest
    connection.close()


def both(path: Path) -> Path:
    """A ledger on which two parties spoke, in blocks of their own."""
    with Ledger.create(path, MAIN, NODE, Tally) as ledger:
        ledger.append(adds(0, 2))
        ledger.append([add(0, author=BOB)])
    return path


def test_blocks_in_another_order_are_of_another_signer(path: Path) -> None:
    """Everything else about them is right."""
    rewritten(both(path), [1, 2], NODE)
    assert len(seen(path)[1]) == 3
    rewritten(path, [2, 1], ALICE)
    assert_corrupt(path, "block 1: its signature is not the node's")


def test_whoever_knows_a_later_block_sees_that_a_ledger_was_cut(closed: Path) -> None:
    with Ledger.read(closed, Tally) as ledger:
        known = ledger.last
    assert known is not None
    assert known.block.height == 3
    with Ledger.open(closed, NODE, Tally, known=known) as ledger:
        ledger.append(adds(12, 1))  # it may have grown since
    Ledger.read(closed, Tally, known=known).close()
    with sqlite3.connect(closed) as connection:
        connection.execute("DELETE FROM block WHERE height > 2")
        connection.execute("DELETE FROM entry WHERE height > 2")
    connection.close()
    for use in uses(closed):
        with pytest.raises(LedgerIncomplete, match="it ends at block 2"):
            use()
    unnote(closed)
    assert len(seen(closed)[1]) == 8  # by itself, it is an older ledger
    for use in uses(closed, known):
        with pytest.raises(LedgerCorrupt, match="block 3 is gone or is another than it was"):
            use()


def test_a_node_goes_on_without_blocks_that_nobody_has(closed: Path) -> None:
    """Once it was told which is the last that anybody knows, it need not be told again."""
    with sqlite3.connect(closed) as connection:
        connection.execute("DELETE FROM block WHERE height > 2")
        connection.execute("DELETE FROM entry WHERE height > 2")
    connection.close()
    with pytest.raises(LedgerIncomplete) as told:
        Ledger.open(closed, NODE, Tally)
    Ledger.open(closed, NODE, Tally, known=told.value.last).close()
    assert len(seen(closed)[1]) == 8


def test_whoever_knows_a_block_sees_that_its_node_went_another_way(path: Path) -> None:
    with Ledger.read(both(path), Tally) as ledger:
        known = ledger.last
    assert known is not None
    rewritten(path, [2, 1], NODE)
    assert len(seen(path)[1]) == 3
    with pytest.raises(LedgerCorrupt, match="block 2 is gone or is another than it was"):
        Ledger.read(path, Tally, known=known)


def test_what_the_node_has_not_signed_is_not_known(closed: Path) -> None:
    with Ledger.read(closed, Tally) as ledger:
        assert ledger.last is not None
        forged = ledger.last.block.signed(ALICE)
    with pytest.raises(LedgerError, match="the known block is not its node's"):
        Ledger.read(closed, Tally, known=forged)


@pytest.mark.parametrize("height", [0, 4, 2**63 - 1, 2**63, 2**64 - 1])
def test_a_block_that_can_be_read_can_be_looked_for(closed: Path, height: int) -> None:
    """Its node may have signed any, and whoever has it reads it first."""
    with Ledger.read(closed, Tally) as ledger:
        signed = Block(ledger.identity, height, bytes(32), bytes(32), 1).signed(NODE)
        with pytest.raises((LedgerCorrupt, MalformedTransaction), match=f"block {height}|height"):
            ledger.see(SignedBlock.parse(signed.canonical()))


def test_a_block_of_another_ledger_shows_nothing(closed: Path) -> None:
    """Though the same node has signed it: it may keep several."""
    with Ledger.read(closed, Tally) as ledger:
        assert ledger.last is not None
        foreign = attrs.evolve(ledger.last.block, ledger=bytes(32)).signed(NODE)
    with pytest.raises(LedgerError, match="the known block is another ledger's"):
        Ledger.read(closed, Tally, known=foreign)


# One file


def test_a_copy_without_its_log_is_noticed(ledger: Ledger, path: Path, tmp_path: Path) -> None:
    """What a writer has appended may stand in the log alone: the copy read as empty."""
    ledger.append(adds(0, 2))
    copy, known = tmp_path / "copy", ledger.last
    assert known is not None
    shutil.copy(path, copy)
    for use in uses(copy):
        with pytest.raises(
            LedgerIncomplete, match=r"at block 0.*-wal.* is missing or damaged: copy"
        ):
            use()
    with pytest.raises(LedgerCorrupt, match="block 1 is gone"):
        Ledger.read(copy, Tally, known=known)
    copy.with_name("copy-wal").unlink(missing_ok=True)
    shutil.copy(f"{path}-wal", tmp_path / "copy-wal")
    assert seen(copy) == seen(path)
    ledger.close()
    shutil.copy(path, tmp_path / "whole")
    assert seen(tmp_path / "whole") == seen(path)


def test_a_copy_that_has_all_that_is_known_is_read_without_a_log(
    ledger: Ledger, path: Path, tmp_path: Path
) -> None:
    ledger.append(adds(0, 2))
    known, copy = ledger.last, tmp_path / "copy"
    ledger._connection.execute("PRAGMA wal_checkpoint(FULL)")
    shutil.copy(path, copy)
    with Ledger.open(copy, NODE, Tally, known=known) as whole:
        assert whole.height == 2
    assert len(seen(copy)[1]) == 2


def test_a_file_that_something_else_closed_after_a_crash_says_what_to_do(
    ledger: Ledger, path: Path
) -> None:
    """Then it is whole, and cannot be told from one that lacks its log."""
    ledger.close()
    with child(path) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(3)][-1]
        process.kill()
    with closing(sqlite3.connect(path)) as something:
        something.execute("SELECT count(*) FROM block").fetchone()
    assert not Path(f"{path}-wal").exists()
    for use in uses(path):
        with pytest.raises(LedgerIncomplete, match="after a crash, give the last block") as caught:
            use()
    known = caught.value.last
    assert known is not None
    assert f"ends at block {known.block.height}," in str(caught.value)
    with Ledger.open(path, NODE, Tally, known=known) as mended:
        assert mended.last == known
        assert mended.height >= acknowledged
    assert len(seen(path)[1]) >= acknowledged


def test_a_ledger_that_cannot_be_closed_well_keeps_its_log(ledger: Ledger, path: Path) -> None:
    """As on a full disk: nothing more is written, and the log is not cleared either."""
    ledger.append(adds(0, 2))
    ledger._connection.execute("PRAGMA query_only = ON")
    ledger.close()
    shutil.copy(path, path.with_name("copy"))
    with pytest.raises(LedgerIncomplete):
        Ledger.read(path.with_name("copy"), Tally)
    with Ledger.open(path, NODE, Tally) as again:
        assert again.height == 2
    assert not Path(f"{path}-wal").exists()
    assert len(seen(path)[1]) == 2


@pytest.mark.parametrize(
    ("link", "problem"),
    [(Path.symlink_to, "somebody else writes"), (Path.hardlink_to, "another name as well")],
)
def test_second_writer_by_a_link_is_refused(
    ledger: Ledger, path: Path, tmp_path: Path, link: Callable[[Path, Path], None], problem: str
) -> None:
    """Also one that knows that the file by itself is whole."""
    ledger.append(adds(0, 2))
    ledger._connection.execute("PRAGMA wal_checkpoint(FULL)")
    (tmp_path / "elsewhere").mkdir()
    other = tmp_path / "elsewhere" / "link.db"
    link(other, path)
    with pytest.raises(LedgerError, match=problem):
        Ledger.open(other, NODE, Tally, known=ledger.last)
    assert ledger.submit(add(2)) == 2
    ledger.verify()


def test_a_ledger_is_written_by_a_symbolic_link(ledger: Ledger, path: Path, tmp_path: Path) -> None:
    ledger.close()
    (tmp_path / "link").symlink_to(path)
    with Ledger.open(tmp_path / "link", NODE, Tally) as linked:
        linked.append(adds(0, 2))
        assert seen(path) == seen(tmp_path / "link")


# Crashes


CHILD = """
import itertools, os, signal, sys
from pathlib import Path
from impl.ledger.port import LedgerError
from impl.ledger.sqlite import Ledger
from tests.support.killed import killed_after
from tests.support.tally import NODE, Tally, adds

try:
    ledger = Ledger.open(Path(sys.argv[1]), NODE, Tally)
except LedgerError as error:
    sys.exit(print(type(error).__name__))
with ledger:
    for first in itertools.count(0, 3):
        if len(sys.argv) > 2 and first == 9:
            ledger._connection.set_trace_callback(
                lambda sql: sql.startswith(sys.argv[2]) and os.kill(os.getpid(), signal.SIGKILL)
            )
        ledger.append(adds(first, 3))
        print(ledger.height, flush=True)
"""


def child(path: Path, *arguments: str) -> "subprocess.Popen[str]":
    """A process that appends threes, and acknowledges each, until it is killed."""
    command = [sys.executable, "-c", CHILD, str(path), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def assert_recovered(path: Path, acknowledged: int) -> None:
    with Ledger.open(path, NODE, Tally) as ledger:
        height = ledger.height
        assert height >= acknowledged
        assert height % 3 == 0
        assert [t.nonce for _, t in ledger] == [*range(height)]
        assert ledger.contract == Tally(MAIN, {ALICE.public: height} if height else {})
        assert ledger.append(adds(height, 3)) == [*range(height, height + 3)]
        ledger.verify()


@pytest.mark.parametrize("acknowledgements", [1, 20, 100])
@pytest.mark.parametrize("repetition", range(3))
def test_killed_ledger_is_complete(
    ledger: Ledger, path: Path, acknowledgements: int, repetition: int
) -> None:
    ledger.close()
    with child(path) as process:
        assert process.stdout is not None
        for _ in range(acknowledgements):
            process.stdout.readline()
        process.kill()
        last = [str(3 * acknowledgements), *process.stdout.read().split()][-1]
    assert process.returncode == -signal.SIGKILL
    assert_recovered(path, int(last))


@pytest.mark.parametrize("statement", ["BEGIN", "INSERT INTO block", "INSERT INTO entry", "COMMIT"])
def test_ledger_killed_within_a_commit_lacks_just_that_block(
    ledger: Ledger, path: Path, statement: str
) -> None:
    ledger.close()
    with child(path, statement) as process:
        acknowledged, _ = process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert acknowledged.split() == ["3", "6", "9"]
    assert len(seen(path)[1]) == 9
    assert_recovered(path, 9)


def crashed_in(folder: Path, *endings: str) -> list[tuple[int, Transaction]]:
    """Leave a ledger of three blocks as a crash does, of its files those that end so; all of it."""
    with Ledger.create(folder / "live", MAIN, NODE, Tally) as ledger:
        for first in (0, 4, 8):
            ledger.append(adds(first, 4))
        for ending in endings:
            shutil.copy(folder / f"live{ending}", folder / f"crashed{ending}")
        return [*ledger]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_damaged_write_ahead_log_loses_only_the_end(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """What a crash leaves is two files; SQLite reads the second up to where it is damaged."""
    folder = tmp_path_factory.mktemp("crashed")
    whole = crashed_in(folder, "", "-wal")
    log = bytearray((folder / "crashed-wal").read_bytes())
    log[data.draw(st.integers(0, len(log) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    (folder / "crashed-wal").write_bytes(log)
    with suppress(LedgerCorrupt), Ledger.read(folder / "crashed", Tally) as crashed:
        assert crashed.height % 4 == 0
        assert [*crashed] == whole[: crashed.height]
    shutil.rmtree(folder)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_node_is_told_of_blocks_that_its_log_has_lost(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """It would sign others in their place: whichever bit it is, or where the log was cut."""
    folder = tmp_path_factory.mktemp("crashed")
    crashed_in(folder, "", "-wal", ".lock")
    log = bytearray((folder / "crashed-wal").read_bytes())
    at = data.draw(st.integers(0, len(log) - 1))
    if data.draw(st.booleans()):
        log[at] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del log[at:]
    (folder / "crashed-wal").write_bytes(log)
    for use in (
        partial(Ledger.read, contract=Tally),
        partial(Ledger.open, key=NODE, contract=Tally),
    ):
        with suppress(LedgerCorrupt), use(folder / "crashed") as crashed:
            assert crashed.height == 12
    shutil.rmtree(folder)


@pytest.mark.parametrize(("synchronous", "level"), [("NORMAL", 1), ("FULL", 2)])
def test_durability_is_a_choice(path: Path, synchronous: Synchronous, level: int) -> None:
    with Ledger.create(path, MAIN, NODE, Tally, synchronous=synchronous) as ledger:
        assert ledger._connection.execute("PRAGMA synchronous").fetchone() == (level,)
        assert ledger._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_failed_commit_leaves_memory_as_the_disk(ledger: Ledger, path: Path) -> None:
    ledger.append(adds(0, 2))
    before = (
        ledger.head,
        ledger.height,
        ledger.next_nonce(ALICE.public),
        Tally(MAIN, {ALICE.public: 2}),
    )
    pages = ledger._connection.execute("PRAGMA page_count").fetchone()[0]
    ledger._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerError, match=r"block 2 is not written: database or disk is full"):
        ledger.append(adds(2, 100))
    now = (ledger.head, ledger.height, ledger.next_nonce(ALICE.public), ledger.contract)
    assert now == before
    assert seen(path)[0] == ledger.head
    ledger._connection.execute(f"PRAGMA max_page_count = {pages + 100}")
    assert ledger.append(adds(2, 100)) == [*range(2, 102)]
    ledger.verify()


def test_failing_contract_leaves_memory_as_the_disk(path: Path) -> None:
    class Failing(Tally):
        def apply(self, transaction: Transaction) -> None:
            super().apply(transaction)
            if transaction.nonce == 3:
                raise ZeroDivisionError

    with Ledger.create(path, MAIN, NODE, Failing) as ledger:
        ledger.append(adds(0, 2))
        with pytest.raises(ZeroDivisionError):
            ledger.append(adds(2, 2))
        assert ledger.contract == Failing(MAIN, {ALICE.public: 2})
        assert ledger.submit(add(2)) == 2


# Damage


def assert_corrupt(path: Path, message: str | None = None) -> None:
    """One clear error, from a reader and a would-be writer; the file is left as it is."""
    before = path.read_bytes()
    for use in uses(path):
        with pytest.raises(LedgerCorrupt, match=message) as caught:
            use()
        assert str(path) in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("UPDATE entry SET data = x'00' WHERE position = 5", "block 2: its root is not"),
        ("UPDATE entry SET position = 40 WHERE position = 11", "block 3: its transactions are not"),
        ("UPDATE entry SET height = 3 WHERE position = 7", "block 2: its root is not"),
        ("DELETE FROM entry WHERE position = 7", "block 2: its root is not"),
        ("DELETE FROM entry WHERE height = 2", "block 2: its root is not"),
        ("INSERT INTO entry VALUES (12, 3, x'00')", "block 3: its root is not"),
        ("INSERT INTO entry VALUES (12, 4, x'00')", "block 4: its height is not"),
        ("UPDATE block SET root = x'00' WHERE height = 2", "block 2: its root is not"),
        ("UPDATE block SET previous = x'00' WHERE height = 2", "block 2: its previous is not"),
        ("UPDATE block SET digest = x'00' WHERE height = 2", "block 2: its digest is not"),
        ("UPDATE block SET count = 5 WHERE height = 2", "block 2: its count is not"),
        ("UPDATE block SET height = 8 WHERE height = 3", "block 3: its height is not"),
        (
            "UPDATE block SET signature = x'00' WHERE height = 2",
            "block 2: its signature is not the",
        ),
        ("DELETE FROM block WHERE height = 2", "block 2: its height is not"),
        ("DELETE FROM block WHERE height = 3", "block 3: its height is not"),
        (f"UPDATE genesis SET data = x'{OTHER.canonical().hex()}'", "block 1: its previous is not"),
        ("UPDATE genesis SET data = x'00'", "genesis: a int: give a dictionary"),
        ("DELETE FROM genesis", "0 rows where there is one genesis"),
        ("INSERT INTO genesis SELECT data FROM genesis", "2 rows where there is one genesis"),
        ("DROP TABLE entry", "not a ledger"),
        ("CREATE TRIGGER t AFTER INSERT ON block BEGIN DELETE FROM block; END", "not a ledger"),
    ],
)
def test_tampered_row_is_found(closed: Path, sql: str, message: str) -> None:
    with sqlite3.connect(closed) as connection:
        connection.execute(sql)
    connection.close()
    unnote(closed)
    assert_corrupt(closed, message)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x89PNG\r\n\x1a\n" * 1000, b"SQLite format 3\x00", bytes(8192)]
)
def test_foreign_file_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert_corrupt(path)
    assert [*path.parent.iterdir()] == [path]


def test_foreign_database_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE ledger (name)")
    connection.close()
    assert_corrupt(path, "not a ledger")


@pytest.fixture
def intact(closed: Path) -> tuple[bytes, tuple[bytes, list[Transaction]]]:
    """The bytes of a closed ledger, and what a reader gets from them."""
    return closed.read_bytes(), seen(closed)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_truncated_file_is_refused(
    closed: Path, intact: tuple[bytes, object], data: st.DataObject
) -> None:
    content, _ = intact
    closed.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    assert_corrupt(closed)


def test_another_node_than_the_one_that_signed_is_found(closed: Path) -> None:
    content, node = closed.read_bytes(), NODE.public
    assert content.count(node) == 1
    closed.write_bytes(content.replace(node, bytes([node[0] ^ 1]) + node[1:]))
    assert_corrupt(closed)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_flipped_bit_is_found_or_changes_nothing(
    closed: Path, intact: tuple[bytes, object], data: st.DataObject
) -> None:
    content, whole = intact
    changed = bytearray(content)
    changed[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    closed.write_bytes(changed)
    try:
        assert seen(closed) == whole
    except LedgerCorrupt:
        assert_corrupt(closed)


@pytest.mark.parametrize("word", [b"something else", add(7)])
def test_overwritten_transaction_is_found(closed: Path, word: bytes) -> None:
    content = closed.read_bytes()
    place = content.index(add(5))
    closed.write_bytes(content[:place] + word + content[place + len(word) :])
    assert_corrupt(closed, "block 2: its root is not")


def test_damage_beneath_an_open_ledger_is_found(ledger: Ledger, path: Path) -> None:
    ledger.append(adds(0, 2))
    ledger.append(adds(2, 2))
    with Ledger.read(path, Tally) as reader:
        with sqlite3.connect(path) as connection:
            connection.execute("DELETE FROM entry WHERE height = 2")
            connection.execute("DELETE FROM block WHERE height = 2")
        connection.close()
        for view in (ledger, reader):
            with pytest.raises(LedgerCorrupt, match="block 2 is gone or is another"):
                view.verify()


FAULTS: list[tuple[str, Callable[..., None], Sequence[bytes], str]] = [
    ("_check_ledger", lambda self, transaction: None, [add(0, ledger=OTHER)], FOREIGN),
    ("_check_signature", lambda self, valid: None, [add(0, signer=BOB)], FORGED),
    ("_check_nonce", lambda self, transaction: None, [add(0), add(0)], REPLAYED),
]


@pytest.mark.parametrize(("check", "absent", "batch", "reason"), FAULTS)
def test_what_a_faulty_ledger_accepted_is_found(
    ledger: Ledger,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    check: str,
    absent: Callable[..., None],
    batch: Sequence[bytes],
    reason: str,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Admission, check, absent)
        assert ledger.append(batch) == [*range(len(batch))]
        ledger.close()
    assert_corrupt(path, f"block 1, transaction {len(batch) - 1}: {reason}")


def test_another_contract_does_not_take_it_over(closed: Path) -> None:
    class Miser(Tally):
        def apply(self, transaction: Transaction) -> None:
            if transaction.nonce == 6:
                raise Refused("it is enough")
            super().apply(transaction)

    with pytest.raises(LedgerCorrupt, match="block 2, transaction 6: it is enough"):
        Ledger.open(closed, NODE, Miser)
