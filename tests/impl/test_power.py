"""What a node or a party has let others see is still there after a loss of power."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from stat import S_ISDIR

import pytest

from impl.database import Synchronous
from impl.ledger.port import LedgerCorrupt
from impl.ledger.sqlite import Ledger
from impl.storage import Storage
from tests.support.tally import MAIN, NODE, Tally, adds


def lose_power(file: Path, connection: sqlite3.Connection, path: Path) -> Path:
    """What is left of a file of SQLite's when its computer loses power: what was synced of it.

    In WAL mode that is the file, as it was at the last checkpoint; and the log, where each commit
    syncs it (https://www.sqlite.org/pragma.html#pragma_synchronous).
    """
    shutil.copy(file, path)
    [level] = connection.execute("PRAGMA synchronous").fetchone()
    if level >= 2:
        shutil.copy(f"{file}-wal", f"{path}-wal")
    return path


def test_a_block_that_somebody_has_seen_is_never_replaced_by_another(tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "ledger.db", MAIN, NODE, Tally) as ledger:
        for number in range(3):
            ledger.append(adds(number, 1))
            with Ledger.read(ledger.path, Tally) as reader:
                seen = reader.last
        left = lose_power(ledger.path, ledger._connection, tmp_path / "left.db")
    with Ledger.open(left, NODE, Tally, known=seen) as ledger:
        ledger.append(adds(3, 1))
        left = lose_power(ledger.path, ledger._connection, tmp_path / "again.db")
        with Ledger.read(left, Tally, known=ledger.last):
            pass


def test_a_node_that_does_without_forgets(tmp_path: Path) -> None:
    passing: Synchronous = "NORMAL"
    with Ledger.create(tmp_path / "ledger.db", MAIN, NODE, Tally, synchronous=passing) as ledger:
        ledger.append(adds(0, 1))
        left = lose_power(ledger.path, ledger._connection, tmp_path / "left.db")
        with pytest.raises(LedgerCorrupt), Ledger.read(left, Tally, known=ledger.last):
            pass


def test_what_a_party_has_kept_is_there(tmp_path: Path) -> None:
    storage, left = Storage(tmp_path / "party"), Storage(tmp_path / "left")
    left.folder.mkdir()
    for number in range(3):
        storage.put("witnessed", f"block {number}".encode())
        [opened] = storage._opened
        lose_power(storage.file, opened.connection, left.file)
        with closing(left):
            assert left.get("witnessed") == storage.get("witnessed")


@pytest.mark.usefixtures("no_power_is_lost")
def test_a_party_that_does_without_forgets(tmp_path: Path) -> None:
    storage, left = Storage(tmp_path / "party"), Storage(tmp_path / "left")
    left.folder.mkdir()
    storage.put("witnessed", b"a block")
    [opened] = storage._opened
    lose_power(storage.file, opened.connection, left.file)
    assert left.missing("witnessed")


def test_a_key_is_synced_and_then_so_is_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, synced = tmp_path / "party", list[tuple[bool, bool]]()

    def sync(number: int) -> None:
        is_folder = S_ISDIR(os.fstat(number).st_mode)
        names = [file.name for file in folder.iterdir()]
        synced.append((is_folder, any(name.endswith(".unfinished") for name in names)))

    monkeypatch.setattr(os, "fsync", sync)
    Storage(folder).put("key", b"a seed")
    assert synced == [(True, False), (False, True), (True, False)]  # the new folder's name first
