"""Files of SQLite's: a ledger's, and those in which parties keep what is theirs."""

import fcntl
import os
import sqlite3
import stat
from contextlib import closing, suppress
from pathlib import Path
from struct import iter_unpack
from typing import IO, Literal

Synchronous = Literal["NORMAL", "FULL"]
"""What a commit survives: FULL also loss of power, and NORMAL the death of the process alone, which
is for files that nobody needs after that."""

LOG = "-wal"
"""What follows on the name of a file in that of its log, in which what is newest may be."""
BESIDE = (LOG, "-shm", "-journal")
"""What follows on the name of a file, in those that SQLite has beside it."""

WRITER = "CREATE TABLE writer (at_work INTEGER NOT NULL) STRICT"
"""The table in which a file says whether its log is part of it: of one row, with 0 or 1."""

_PASSING = (
    *("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_FULL", "SQLITE_INTERRUPT", "SQLITE_IOERR"),
    *("SQLITE_LOCKED", "SQLITE_NOLFS", "SQLITE_NOMEM", "SQLITE_PERM", "SQLITE_PROTOCOL"),
    *("SQLITE_READONLY", "SQLITE_TOOBIG"),
)
_LOG_HEAD, _FRAME_HEAD, _SUMMED = 32, 24, 8  # bytes, and how many of a frame's head are summed


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


# One writer


def only_writer(path: Path) -> IO[bytes] | None:
    """Become the only writer, until the file that is returned is closed or the process ends.

    None if somebody else is. The lock is on a file of its own: closing a second descriptor of
    SQLite's would let go of the locks that it holds there. Raises OSError if it cannot be opened.
    """
    lock = open(beside(path, ".lock"), "ab", opener=owners)  # noqa: SIM115 - who writes closes it
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


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
    log = beside(path, LOG)
    return log.exists() and log.stat().st_size > 0


def is_log_damaged(path: Path) -> bool:
    """Whether something has harmed the log that the last writer left, as no crash does.

    SQLite reads a log up to the first frame that is not as it was written, and tells nobody. A
    crash leaves no more than one commit there, which was never acknowledged. What the bytes are:
    https://www.sqlite.org/fileformat2.html#the_write_ahead_log.
    """
    log = beside(path, LOG).read_bytes() if has_log(path) else b""
    order, salts, page = ">" if log[3:4] == b"\x83" else "<", log[16:24], int.from_bytes(log[8:12])
    frame = _FRAME_HEAD + page
    starts = range(_LOG_HEAD, len(log) - frame + 1, frame)
    sums = _summed(log[:24], order, (0, 0))
    if sums != _read_sums(log[24:32]):
        return len(starts) > 0
    is_read, unread = True, 0
    for start in starts:
        head = log[start : start + _FRAME_HEAD]
        is_of_this_log, is_commit = head[8:16] == salts, any(head[4:8])
        if is_read:
            page_written = log[start + _FRAME_HEAD : start + frame]
            sums = _summed(head[:_SUMMED] + page_written, order, sums)
            is_read = is_of_this_log and sums == _read_sums(head[16:])
        unread += is_of_this_log and is_commit and not is_read
    return unread > 1


def _summed(data: bytes, order: str, sums: tuple[int, int]) -> tuple[int, int]:
    """What the checksum of what is before becomes with more words of 32 bits."""
    one, other = sums
    for even, odd in iter_unpack(f"{order}II", data):
        one = (one + even + other) & 0xFFFFFFFF
        other = (other + odd + one) & 0xFFFFFFFF
    return one, other


def _read_sums(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[:4]), int.from_bytes(data[4:])
