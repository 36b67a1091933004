"""A reader follows a ledger that grows, at the cost of what is new, and sees if it is another."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from impl.database import unnote
from impl.ledger.admission import Admission
from impl.ledger.block import Block
from impl.ledger.keys import SigningKey
from impl.ledger.port import LedgerCorrupt, LedgerError
from impl.ledger.sqlite import Ledger, LedgerUnlawful
from spec.bytes.merkle import root
from tests.support.in_order import in_order
from tests.support.tally import ALICE, BOB, MAIN, NODE, OTHER, Tally, add, adds

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

WRITER = """
import sys
from pathlib import Path
from impl.ledger.sqlite import Ledger
from tests.support.tally import NODE, Tally, adds

with Ledger.open(Path(sys.argv[1]), NODE, Tally) as ledger:
    for first in map(int, sys.stdin):
        ledger.append(adds(first, 3))
        print(ledger.height, flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of two blocks of four transactions."""
    path = tmp_path / "ledger.db"
    with Ledger.create(path, MAIN, NODE, Tally) as ledger:
        for first in (0, 4):
            ledger.append(adds(first, 4))
    return path


@pytest.fixture
def reader(path: Path) -> Iterator[Ledger]:
    with Ledger.read(path, Tally) as reader:
        yield reader


def appended(path: Path, *batches: list[bytes]) -> None:
    with Ledger.open(path, NODE, Tally) as ledger:
        for batch in batches:
            ledger.append(batch)


def altered(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for sql in statements:
            connection.execute(sql)


CUT = ("DELETE FROM block WHERE height > 1", "DELETE FROM entry WHERE height > 1")


def test_a_reader_follows_a_writer_of_another_process(
    path: Path, reader: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while it writes: what is taken in is whole blocks, each transaction once."""
    asked = 0
    admit = Admission.admit

    def counting(self: Admission, data: bytes) -> None:
        nonlocal asked
        asked += 1
        admit(self, data)

    monkeypatch.setattr(Admission, "admit", counting)
    command = [sys.executable, "-c", WRITER, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        for first in range(8, 38, 3):
            writer.stdin.write(f"{first}\n")
            writer.stdin.flush()
            reader.follow()  # the writer may be at it
            assert (reader.height - 8) % 3 == 0
            assert writer.stdout.readline() == f"{first + 3}\n"
            before = reader.height
            assert reader.follow() == first + 3 - before
            assert reader.contract == Tally(MAIN, {ALICE.public: first + 3})
            assert [position for position, _ in reader] == [*range(first + 3)]
        writer.stdin.close()
    assert writer.returncode == 0
    assert asked == 30
    assert reader.follow() == 0
    reader.verify()
    with Ledger.read(path, Tally) as again:
        assert in_order(again._chain) == in_order(reader._chain)


def test_a_ledger_is_followed_from_its_genesis(tmp_path: Path) -> None:
    with (
        Ledger.create(tmp_path / "ledger", MAIN, NODE, Tally) as ledger,
        Ledger.read(tmp_path / "ledger", Tally) as reader,
    ):
        assert reader.follow() == 0
        ledger.append(adds(0, 2))
        assert (reader.follow(), ledger.follow()) == (2, 0)
        assert in_order(ledger._chain) == in_order(reader._chain)


def assert_not_followed(reader: Ledger, message: str) -> None:
    """Each time; and what the reader has seen stays."""
    before = in_order(reader._chain)
    for _ in range(2):
        with pytest.raises(LedgerCorrupt, match=message):
            reader.follow()
        assert in_order(reader._chain) == before


def test_a_ledger_that_was_cut_is_not_followed(path: Path, reader: Ledger) -> None:
    altered(path, *CUT)
    assert_not_followed(reader, "block 2 is gone or is another than it was")


def test_a_ledger_that_went_another_way_is_not_followed(path: Path, reader: Ledger) -> None:
    """Also if it is longer, and signed by its node."""
    altered(path, *CUT)
    unnote(path)
    appended(path, [add(0, author=BOB)], adds(4, 9))
    assert_not_followed(reader, "block 2 is gone or is another than it was")


def test_another_ledger_in_its_place_is_not_followed(path: Path, reader: Ledger) -> None:
    path.unlink()
    Ledger.create(path, OTHER, NODE, Tally).close()
    assert_not_followed(reader, "block 0 is another than it was")
    assert len([*reader]) == 8  # of what it was opened with


def test_an_older_copy_in_its_place_is_not_followed(
    path: Path, reader: Ledger, tmp_path: Path
) -> None:
    shutil.copy(path, tmp_path / "older")
    appended(path, adds(8, 2))
    assert reader.follow() == 2
    for of in ("", "-wal", "-shm"):
        Path(f"{path}{of}").unlink(missing_ok=True)
    os.replace(tmp_path / "older", path)
    assert_not_followed(reader, "block 3 is gone or is another than it was")


def test_a_copy_that_goes_on_is_followed(path: Path, reader: Ledger, tmp_path: Path) -> None:
    shutil.copy(path, tmp_path / "copy")
    appended(tmp_path / "copy", adds(8, 2))
    os.replace(tmp_path / "copy", path)
    assert reader.follow() == 2


def test_no_ledger_in_its_place_is_not_followed(path: Path, reader: Ledger) -> None:
    path.write_bytes(b"hello")
    assert_not_followed(reader, "file is not a database")
    path.unlink()
    with pytest.raises(LedgerError, match="unable to open database file"):
        reader.follow()


def signed_block(path: Path, height: int, batch: list[bytes], key: SigningKey) -> None:
    """Have a node put anything into the next block."""
    identity = MAIN.identity
    with closing(sqlite3.connect(path)) as connection, connection:
        [previous] = connection.execute("SELECT digest FROM block ORDER BY height DESC").fetchone()
        [first] = connection.execute("SELECT count(*) FROM entry").fetchone()
        block = Block(identity, height, previous, root(batch), len(batch))
        signature = block.signed(key).signature
        connection.execute(
            "INSERT INTO block VALUES (?, ?, ?, ?, ?, ?)",
            (height, previous, block.root, block.count, block.digest, signature),
        )
        for position, data in enumerate(batch, first):
            connection.execute("INSERT INTO entry VALUES (?, ?, ?)", (position, height, data))


def test_what_is_new_is_checked_as_all_before(path: Path, reader: Ledger) -> None:
    """Up to there it is taken in, block by block."""
    signed_block(path, 3, adds(8, 2), NODE)
    signed_block(path, 4, [add(10), add(9)], NODE)
    with pytest.raises(LedgerUnlawful, match="block 4, transaction 11: nonce is the author's next"):
        reader.follow()
    assert reader.height == 10
    assert_not_followed(reader, "block 4, transaction 11: nonce is the author's next")
    altered(path, "DELETE FROM block WHERE height = 4", "DELETE FROM entry WHERE height = 4")
    signed_block(path, 4, adds(10, 1), ALICE)
    assert_not_followed(reader, "block 4: its signature is not the node's")
    altered(path, "UPDATE entry SET data = x'00' WHERE position = 10")
    assert_not_followed(reader, "block 4: its root is not that of its transactions")


def test_a_reader_that_is_not_trusting_follows_likewise(path: Path) -> None:
    with Ledger.read(path, Tally, in_full=True) as reader:
        appended(path, adds(8, 2))
        assert reader.follow() == 2
