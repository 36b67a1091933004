"""A party's own storage: named bytes, each written whole or not at all.

What is kept is the party's alone, its secret keys among it: nobody else on the computer may read
it. A key is written once, and nothing makes up for it: each has a file of its own. All else is in
one file of SQLite's, for to keep something there takes a fraction of what it takes to make a file.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from errno import EBUSY, EFBIG, EINVAL, EIO, ENOSPC
from itertools import count, takewhile
from pathlib import Path
from typing import IO

import attrs

from impl.database import (
    BESIDE,
    LOCK,
    LOG,
    MOVED,
    Synchronous,
    connect,
    find_stray,
    has_log,
    identified,
    is_passing,
    note,
    noted,
    only_writer,
    owners,
    sync_names,
    whole,
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
_TABLE = (
    "CREATE TABLE kept (name BLOB PRIMARY KEY, number INTEGER NOT NULL, data BLOB,"
    " digest BLOB NOT NULL) STRICT, WITHOUT ROWID"
)
"""What was kept under each name, in order; without data, what was removed."""
_MEND = f"put back what it was, or remove {FILE} and all that begins so, and lose all but keys"


@attrs.frozen
class _Opened:
    """The file of a storage, open to look at."""

    connection: sqlite3.Connection

    def close(self) -> None:
        self.connection.close()


@attrs.frozen
class _Written(_Opened):
    """The file of a storage, open to keep something in it, which gets the next of the numbers.

    Attributes:
        which: which file it was when it was opened.
    """

    file: Path
    which: tuple[int, int] | None
    lock: IO[bytes]
    numbers: Iterator[int]

    def close(self) -> None:
        super().close()
        self.lock.close()

    def write(self, name: bytes, data: bytes | None) -> None:
        """Keep data under a name, or nothing any more, for good with all before it."""
        note(self.lock, self._commit(name, data, SYNCHRONOUS))

    def jot(self, name: bytes, data: bytes) -> None:
        """Keep data under a name, and have no number noted that a loss of power can take."""
        self._commit(name, data, "NORMAL")

    def _commit(self, name: bytes, data: bytes | None, synchronous: Synchronous) -> int:
        if identified(self.file) != self.which:
            raise OSError(EIO, MOVED, str(self.file))
        number = next(self.numbers)
        row = name, number, data, _seal(name, number, data)
        self.connection.execute(f"PRAGMA synchronous = {synchronous}")
        self.connection.execute("REPLACE INTO kept VALUES (?, ?, ?, ?)", row)
        return number


@attrs.frozen
class Storage:
    """Named bytes in a folder that belongs to one party.

    A name is any text. It names no file: that of a key is named by the digest of it, so that no
    name leads anywhere else, is too long, or is a folder of other names. Whoever has kept something
    is the only one who may, until it lets go of the file; any number look at it meanwhile.

    Attributes:
        folder: the party's.
        file: in which all is kept but keys.
    """

    folder: Path
    file: Path = attrs.field(init=False, repr=False, eq=False)
    _opened: list[_Opened] = attrs.field(factory=list, init=False, repr=False, eq=False)

    @file.default
    def _in_folder(self) -> Path:
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
            self._write(name, data)

    def jot(self, name: str, data: bytes) -> None:
        """Keep data as `put` does, at a fraction of its cost, and not for a loss of power.

        What is put after it is as safe as ever, and so is this from then on. It is no key. Raises
        OSError.
        """
        with _telling(self.file):
            self._writing().jot(_written(name), data)

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

    def names(self, begin: str) -> list[str]:
        """Of all that is kept but keys, the names that begin so. Raises OSError."""
        written = _written(begin)
        with _telling(self.file):
            query = "SELECT name FROM kept WHERE name >= ? AND data IS NOT NULL ORDER BY name"
            opened = self._looking()
            rows = opened.connection.execute(query, (written,)) if opened else ()
            found = takewhile(lambda name: name.startswith(written), (name for (name,) in rows))
            return [name.decode("utf-8", "surrogatepass") for name in found]

    def remove(self, name: str) -> None:
        """Keep nothing under a name. Raises OSError if that cannot be written."""
        if name.startswith(KEY):
            if not self.missing(name):
                self._file_of(name).unlink()
                sync_names(self.folder)
        elif not self.missing(name):
            self._write(name, None)

    def close(self) -> None:
        """Let go of the file, until something is kept or looked for again."""
        while self._opened:
            self._opened.pop().close()

    def _find(self, name: str) -> bytes | None:
        """What is kept under a name; None if nothing is."""
        if name.startswith(KEY):
            path = self._file_of(name)
            return path.read_bytes() if path.is_file() else None  # a pipe would be read for ever
        with _telling(self.file):
            opened = self._looking()
            query = "SELECT CAST(data AS BLOB) FROM kept WHERE name = ?"
            found = opened and opened.connection.execute(query, (_written(name),)).fetchone()
        data: bytes | None = found[0] if found else None
        return data

    def _looking(self) -> _Opened | None:
        """The file, open to look at it; None if nothing but keys was ever kept."""
        if not self._opened and self._has_file():
            self._opened.append(_Opened(self._look()))
        return self._opened[0] if self._opened else None

    def _file_of(self, key: str) -> Path:
        named = digest("name", _written(key)).hex()
        return self.folder / f"{named}.key"

    def _write(self, name: str, data: bytes | None) -> None:
        """Keep data under a name, or nothing any more. Raises OSError."""
        with _telling(self.file):
            self._writing().write(_written(name), data)

    def _writing(self) -> _Written:
        """The file, open to keep something in it. Raises OSError and sqlite3.Error."""
        writing = next((each for each in self._opened if isinstance(each, _Written)), None)
        if writing is None:
            self.close()
            writing = self._begin()
            self._opened.append(writing)
        return writing

    def _has_file(self) -> bool:
        """Whether anything but keys was ever kept. Raises OSError if what was is gone."""
        stray = find_stray(self.file, "", LOCK, *BESIDE)
        if stray is not None:
            raise OSError(EINVAL, "is no file: remove it", str(stray))
        if self.file.exists():
            if self.file.stat().st_nlink > 1:
                raise OSError(EINVAL, "has another name as well: remove that", str(self.file))
            return True
        if noted(self.file) or has_log(self.file):
            raise sqlite3.DatabaseError("it is gone")
        return False

    def _look(self) -> sqlite3.Connection:
        """Open the file to look at it, and see that it has all that was kept."""
        last = noted(self.file)
        with closing(connect(self.file, "ro")) as connection:  # which clears no log
            _see_whole(connection)
            _see_last(self.file, connection, last)
            found = connect(self.file, "rw")  # which leaves none behind
            found.execute("SELECT name FROM kept LIMIT 0")
        return found

    def _begin(self) -> _Written:
        """Open the file, which is made if nothing was ever kept, as the only one who keeps."""
        _make_folder(self.folder)
        self._has_file()
        with ExitStack() as on_failure:
            lock = only_writer(self.file)
            if lock is None:
                raise OSError(EBUSY, "somebody else keeps something in it: try again later")
            on_failure.enter_context(lock)
            if not self._has_file():
                _lay_out(self.file)
            with closing(self._look()):
                connection = on_failure.enter_context(closing(connect(self.file, "rw")))
            which = identified(self.file)
            last = _see_last(self.file, connection, noted(self.file))
            connection.execute("DELETE FROM kept WHERE data IS NULL AND number < ?", (last,))
            on_failure.pop_all()
        return _Written(connection, self.file, which, lock, count(last + 1))


def _see_whole(connection: sqlite3.Connection) -> None:
    """See that a file is a storage's, and all in it as it was kept. Raises sqlite3.Error."""
    if [sql for (sql,) in connection.execute("SELECT sql FROM sqlite_schema")] != [_TABLE]:
        raise sqlite3.DatabaseError("it is no storage's")
    [finding] = connection.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        raise sqlite3.DatabaseError(finding)
    for name, number, data, sealed in connection.execute("SELECT * FROM kept"):
        if sealed != _seal(name, number, data):
            raise sqlite3.DatabaseError(f"{name.decode(errors='replace')} is not as it was kept")


def _see_last(file: Path, connection: sqlite3.Connection, least: int) -> int:
    """The number of what was kept last; OSError if what was noted, at least, is not there."""
    [last] = connection.execute("SELECT coalesce(max(number), 0) FROM kept").fetchone()
    if last < least:
        lacks = f"what was kept last is not there, nor in {FILE}{LOG}"
        mend = f"put back what they were, or remove {FILE}{LOCK}, and go on without it"
        raise OSError(EIO, f"{lacks}: {mend}", str(file))
    return int(last)


def _lay_out(file: Path) -> None:
    """Make the file of a storage that is new, whole or not at all."""
    with whole(file) as unfinished:
        open(unfinished, "wb", opener=owners).close()  # what SQLite has beside it is as this is
        with closing(connect(unfinished, "rw")) as connection:
            connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(_TABLE)


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


def _seal(name: bytes, number: int, data: bytes | None) -> bytes:
    """What shows that something is as it was kept, under its name, or was removed."""
    stands = bytes(32) if data is None else digest("kept-data", data)
    return digest("kept", stands + number.to_bytes(8, signed=True) + name)


def _make_folder(folder: Path) -> None:
    """Have a folder that only its owner may read."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(_OWNERS_FOLDER, exist_ok=True)
        sync_names(folder.parent)


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all. Raises OSError."""
    with whole(path) as unfinished, open(unfinished, "wb", opener=owners) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
