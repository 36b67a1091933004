"""Files of SQLite's: a ledger's, and those in which parties keep what is theirs."""

import fcntl
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Literal

Synchronous = Literal["NORMAL", "FULL"]
"""What a commit survives: FULL also loss of power, and NORMAL the death of the process alone, which
is for files that nobody needs after that."""

LOG = "-wal"
"""What follows on the name of a file in that of its log, in which what is newest may be."""
LOCK = ".lock"
"""What follows on it in that of the file by which one process is the only writer."""
BESIDE = (LOG, "-shm", "-journal")
"""What follows on the name of a file, in those that SQLite has beside it."""

WRITER = "CREATE TABLE writer (at_work INTEGER NOT NULL) STRICT"
"""The table in which a file says whether its log is part of it: of one row, with 0 or 1."""

MOVED = "it was moved, removed or replaced since it was opened: put it back, or begin again"
"""Why nothing is written to a file whose name is another's by now, or nobody's, and the mend."""

_PASSING = (
    *("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_FULL", "SQLITE_INTERRUPT", "SQLITE_IOERR"),
    *("SQLITE_LOCKED", "SQLITE_NOLFS", "SQLITE_NOMEM", "SQLITE_PERM", "SQLITE_PROTOCOL"),
    *("SQLITE_READONLY", "SQLITE_TOOBIG"),
)
_NOTE = 8
"""Bytes of a note."""


def connect(path: Path, mode: Literal["ro", "rw"]) -> sqlite3.Connection:
    """Open a file that is there; each statement is a commit, unless one begins a transaction."""
    where = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(where, uri=True, isolation_level=None)


def beside(path: Path, ending: str) -> Path:
    """What is beside a file, with its name and an ending."""
    return path.with_name(f"{path.name}{ending}")


def owners(path: str, flags: int) -> int:
    """Open a file that only its owner may read, if it is new: an opener, for `open`."""
    return os.open(path, flags, 0o600)


def identified(path: Path) -> tuple[int, int] | None:
    """Which file has a name just now, by its device and its number there; None if none is seen.

    What a process writes to a file that was moved, removed or replaced since it opened it is lost,
    and SQLite tells nobody. What somebody else writes to files that are open is not seen.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def find_stray(path: Path, *endings: str) -> Path | None:
    """What is no file, of what has to be one or not there yet, if anything is.

    It is not to be opened: a pipe would be waited for without end.

    Args:
        path: a file.
        endings: what follows on its name.
    """
    for ending in endings:
        there = beside(path, ending)
        with suppress(FileNotFoundError):
            if not stat.S_ISREG(there.lstat().st_mode):
                return there
    return None


def is_passing(error: Exception) -> bool:
    """Whether a file cannot be had just now, and that is no fault of what is in it."""
    told = getattr(error, "sqlite_errorname", "")
    return isinstance(error, sqlite3.ProgrammingError) or told.startswith(_PASSING)


# New files


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where to write what becomes a file, once it is written, or nothing. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    _clear(unfinished)  # of somebody who died
    try:
        yield unfinished
        unfinished.replace(path)
        sync_names(path.parent)
    except BaseException:
        _clear(unfinished)  # it takes room
        raise


def _clear(unfinished: Path) -> None:
    for ending in ("", *BESIDE):
        beside(unfinished, ending).unlink(missing_ok=True)


def sync_names(folder: Path) -> None:
    """Have the names of files in a folder survive a loss of power, as what is in them does."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


# One writer


def only_writer(path: Path) -> IO[bytes] | None:
    """Become the only writer, until the file that is returned is closed or the process ends.

    None if somebody else is. The lock is on a file of its own: closing a second descriptor of
    SQLite's would let go of the locks that it holds there. Raises OSError if it cannot be opened.
    """
    lock = os.fdopen(owners(str(beside(path, LOCK)), os.O_RDWR | os.O_CREAT), "r+b")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def note(lock: IO[bytes], number: int) -> None:
    """Note that what has a number is in a file for good, in what only its writer has open.

    SQLite takes a log that is missing, damaged, or an older one, for a shorter one, and tells
    nobody. The note is not synced: what a loss of power leaves of it is never ahead of the file.
    Nor is it where it cannot be written, as on a full disk: what it is about is in the file anyway.
    """
    with suppress(OSError):
        os.pwrite(lock.fileno(), number.to_bytes(_NOTE), 0)


def noted(path: Path) -> int:
    """The number that was noted last; 0 if none was. What is read of the file later has it."""
    lock = beside(path, LOCK)
    return int.from_bytes(lock.read_bytes()[:_NOTE]) if lock.is_file() else 0


def unnote(path: Path) -> None:
    """Have nothing noted of a file: it is another one, or its writer gives up what it lacks."""
    beside(path, LOCK).unlink(missing_ok=True)


def begin_work(connection: sqlite3.Connection) -> bool:
    """Say in the file itself that a writer is at work, and that it takes the log to read it.

    From here on what is newest is in the log, which a copy of the file can lack. False if the file
    cannot have that, for somebody reads it without end. Raises sqlite3.Error.
    """
    with connection:
        connection.execute("UPDATE writer SET at_work = 1 WHERE at_work = 0")
    _, logged, done = connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
    return bool(done == logged)


def end_work(connection: sqlite3.Connection, path: Path) -> None:
    """Close a file, which says that it is whole by itself: SQLite clears the log.

    Where it cannot say so, as on a full disk, the log stays: a reader is the last to close.
    """
    try:
        with connection:
            connection.execute("UPDATE writer SET at_work = 0")
    except sqlite3.Error:
        with suppress(sqlite3.Error), closing(connect(path, "ro")) as reader:
            is_at_work(reader)
            connection.close()
    connection.close()


def is_at_work(connection: sqlite3.Connection) -> bool:
    """Whether a writer is at work, or was when it stopped: then the log is part of the file."""
    return bool(connection.execute("SELECT max(at_work) FROM writer").fetchone()[0])


# The log


def has_log(path: Path) -> bool:
    """Whether a file has a log in which there is something."""
    with suppress(FileNotFoundError):  # as soon as its writer has closed the file
        return beside(path, LOG).stat().st_size > 0
    return False
