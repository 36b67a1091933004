"""A party's own storage: named bytes, each written whole or not at all.

What is kept is the party's alone, its secret keys among it: nobody else on the computer may read
it. A key is written once, and nothing makes up for it: each has a file of its own. All else is in
one file of SQLite's, for to keep something there takes a fraction of what it takes to make a file.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from errno import EBUSY, EFBIG, EINVAL, EIO, ENOSPC
from pathlib import Path
from typing import IO
from weakref import finalize

import attrs

from impl.database import (
    BESIDE,
    LOG,
    WRITER,
    Synchronous,
    begin_work,
    beside,
    connect,
    end_work,
    find_stray,
    has_log,
    is_at_work,
    is_log_damaged,
    is_passing,
    only_writer,
    owners,
)
from spec.bytes.digest import digest

FILE = "kept.db"
"""The file in which all is that has none of its own."""
KEY = "key"
"""What the names of secret keys begin with."""
MOST = 9 * 10**8
"""Bytes that can be kept under one name: SQLite takes few more, and of a key nobody has so many."""
SYNCHRONOUS: Synchronous = "FULL"
"""What all that is kept survives."""

_OWNERS_FOLDER = 0o700
_SCHEMA = (
    "CREATE TABLE kept (name BLOB PRIMARY KEY, data BLOB NOT NULL, digest BLOB NOT NULL)"
    " STRICT, WITHOUT ROWID",
    WRITER,
)
_MEND = "put back what it was, or remove it, and lose what was kept, but for keys"


@attrs.frozen
class _Opened:
    """The file of a storage, open to look at, or with a lock to keep something in it."""

    connection: sqlite3.Connection
    is_locked: bool
    close: Callable[[], object]


@attrs.frozen
class Storage:
    """Named bytes in a folder that belongs to one party.

    A name is any text. It names no file: that of a key is named by the digest of it, so that no
    name leads anywhere else, is too long, or is a folder of other names. Whoever has kept something
    is the only one who may, until it lets go of the file; any number look at it meanwhile.
    """

    folder: Path
    _opened: list[_Opened] = attrs.field(factory=list, init=False, repr=False, eq=False)

    @property
    def file(self) -> Path:
        """The file in which all is kept but keys."""
        return self.folder / FILE

    def put(self, name: str, data: bytes) -> None:
        """Keep data under a name, in place of what was there, also if power is lost from now on.

        Raises OSError, for want of room among other reasons; then what was there still is.
        """
        if name.startswith(KEY):
            _make_folder(self.folder)
            _write_whole(self._file_of(name), data)
        elif len(data) > MOST:
            raise OSError(EFBIG, os.strerror(EFBIG), str(self.file))
        else:
            row = _written(name), data, _seal(_written(name), data)
            self._run("REPLACE INTO kept VALUES (?, ?, ?)", *row, writing=True)

    def get(self, name: str) -> bytes:
        """What is kept under a name.

        Raises:
            KeyError: there is nothing.
            OSError: it cannot be read.
        """
        data = self._find(name)
        if data is None:
            raise KeyError(f"{self.folder.name} keeps nothing under {name}")
        return data

    def missing(self, name: str) -> bool:
        """Whether nothing is kept under a name. Raises OSError if that cannot be read."""
        return self._find(name) is None

    def remove(self, name: str) -> None:
        """Keep nothing under a name. Raises OSError if that cannot be written."""
        if name.startswith(KEY):
            self._file_of(name).unlink(missing_ok=True)
        elif self._has_file():
            self._run("DELETE FROM kept WHERE name = ?", _written(name), writing=True)

    def close(self) -> None:
        """Let go of the file, until something is kept or looked for again."""
        while self._opened:
            self._opened.pop().close()

    def _find(self, name: str) -> bytes | None:
        """What is kept under a name; None if nothing is."""
        if name.startswith(KEY):
            path = self._file_of(name)
            return path.read_bytes() if path.is_file() else None  # a pipe would be read for ever
        if not self._has_file():
            return None
        return self._run("SELECT CAST(data AS BLOB) FROM kept WHERE name = ?", _written(name))

    def _file_of(self, key: str) -> Path:
        named = digest("name", _written(key)).hex()
        return self.folder / f"{named}.key"

    def _has_file(self) -> bool:
        """Whether anything but keys was ever kept."""
        if self._opened:
            return True
        stray = find_stray(self.file, "", ".lock", *BESIDE)
        if stray is not None:
            raise OSError(EINVAL, "is no file: remove it", str(stray))
        if not self.file.exists() and has_log(self.file):
            left = beside(self.file, LOG)
            raise OSError(EIO, f"{FILE}, which it is a part of, is gone: {_MEND}", str(left))
        return self.file.exists()

    def _run(self, statement: str, *given: bytes, writing: bool = False) -> bytes | None:
        """Run a statement on the file; the data that it finds, if it finds any. Raises OSError."""
        with _telling(self.file):
            if not self._opened:
                self._opened.append(self._look())
            if writing and not self._opened[0].is_locked:
                opened = self._begin()
                self.close()
                self._opened.append(opened)
            found = self._opened[0].connection.execute(statement, given).fetchone()
        data: bytes | None = found[0] if found else None
        return data

    def _look(self) -> _Opened:
        """Open the file, which is made if it is not there, and see that it is as it was left."""
        if not self._has_file():
            _make_folder(self.folder)
            _lay_out(self.file)
        had_log = has_log(self.file)
        connection = connect(self.file, "ro")
        try:
            _see_whole(connection)
            if is_at_work(connection) and not (had_log or has_log(self.file)):
                raise sqlite3.DatabaseError(f"{FILE}{LOG}, in which its writer went on, is missing")
        except BaseException:
            connection.close()
            raise
        return self._opening(connection)

    def _begin(self) -> _Opened:
        """Open the file, which is as it was left, as the only one who keeps anything in it."""
        with ExitStack() as on_failure:
            lock = only_writer(self.file)
            if lock is None:
                raise OSError(EBUSY, "somebody else keeps something in it: try again later")
            on_failure.enter_context(lock)
            if is_log_damaged(self.file):
                raise sqlite3.DatabaseError(f"{FILE}{LOG}, in which its writer went on, is damaged")
            connection = on_failure.enter_context(closing(connect(self.file, "rw")))
            connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
            if not begin_work(connection):
                raise OSError(EBUSY, "somebody reads it without end: try again")
            on_failure.pop_all()
        return self._opening(connection, lock)

    def _opening(self, connection: sqlite3.Connection, lock: IO[bytes] | None = None) -> _Opened:
        """What is open, until it is closed or this storage is no more: else its work has no end."""
        close = finalize(self, _let_go, connection, lock, self.file)
        return _Opened(connection, lock is not None, close)


def _let_go(connection: sqlite3.Connection, lock: IO[bytes] | None, file: Path) -> None:
    if lock is not None:
        end_work(connection, file)
        lock.close()
    connection.close()


def _see_whole(connection: sqlite3.Connection) -> None:
    """See that a file is a storage's, and all in it as it was kept. Raises sqlite3.Error."""
    tables = tuple(sql for (sql,) in connection.execute("SELECT sql FROM sqlite_schema"))
    if tables != _SCHEMA:
        raise sqlite3.DatabaseError("it is no storage's")
    [finding] = connection.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        raise sqlite3.DatabaseError(finding)
    for name, data, sealed in connection.execute("SELECT name, data, digest FROM kept"):
        if sealed != _seal(name, data):
            raise sqlite3.DatabaseError(f"{name.decode(errors='replace')} is not as it was kept")


def _lay_out(file: Path) -> None:
    """Make the file of a storage that is new, whole or not at all."""
    with _whole(file) as unfinished:
        open(unfinished, "wb", opener=owners).close()  # what SQLite has beside it is as this is
        with closing(connect(unfinished, "rw")) as connection:
            connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN")
            for table in _SCHEMA:
                connection.execute(table)
            connection.execute("INSERT INTO writer VALUES (0)")
            connection.execute("COMMIT")


@contextmanager
def _telling(file: Path) -> Iterator[None]:
    """What is wrong with a file is told as OSError, with what mends it."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL":
            raise OSError(ENOSPC, os.strerror(ENOSPC), str(file)) from None
        mend = "mend that, try again" if is_passing(error) else _MEND
        raise OSError(EIO, f"{' '.join(str(error).split())}: {mend}", str(file)) from None


def _written(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _seal(name: bytes, data: bytes) -> bytes:
    """What shows that something is as it was kept, and under its name."""
    return digest("kept", digest("kept-data", data) + name)


def _make_folder(folder: Path) -> None:
    """Have a folder that only its owner may read."""
    folder.mkdir(_OWNERS_FOLDER, parents=True, exist_ok=True)


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all. Raises OSError."""
    with _whole(path) as unfinished, open(unfinished, "wb", opener=owners) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Where to write what becomes a file, once it is written, or nothing. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    _clear(unfinished)  # of somebody who died
    try:
        yield unfinished
        unfinished.replace(path)
        _sync_names(path.parent)
    except BaseException:
        _clear(unfinished)  # it takes room
        raise


def _clear(unfinished: Path) -> None:
    for ending in ("", *BESIDE):
        beside(unfinished, ending).unlink(missing_ok=True)


def _sync_names(folder: Path) -> None:
    """Have the names of files in a folder survive a loss of power, as what is in them does."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
