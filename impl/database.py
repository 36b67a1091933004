"""Files of SQLite's: a ledger's, and those in which parties keep what is theirs."""

import sqlite3
import stat
from contextlib import suppress
from pathlib import Path
from typing import Literal

Synchronous = Literal["NORMAL", "FULL"]
"""What a commit survives: FULL also loss of power, and NORMAL the death of the process alone, which
is for files that nobody needs after that."""

BESIDE = ("-wal", "-shm", "-journal")
"""What follows on the name of a file, in those that SQLite has beside it."""

_PASSING = ("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_READONLY")


def connect(path: Path, mode: Literal["ro", "rw"]) -> sqlite3.Connection:
    """Open a file that is there; each statement is a commit, unless one begins a transaction."""
    where = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(where, uri=True, isolation_level=None)


def find_stray(path: Path, *endings: str) -> Path | None:
    """What is no file, of what has to be one or not there yet, if anything is.

    It is not to be opened: a pipe would be waited for without end.

    Args:
        path: a file.
        endings: what follows on its name.
    """
    for ending in endings:
        there = path.with_name(f"{path.name}{ending}")
        with suppress(FileNotFoundError):
            if not stat.S_ISREG(there.lstat().st_mode):
                return there
    return None


def is_passing(error: Exception) -> bool:
    """Whether a file cannot be had just now, and that is no fault of what is in it."""
    return getattr(error, "sqlite_errorname", "").startswith(_PASSING)
