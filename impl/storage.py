"""A party's own storage: named bytes, each written whole or not at all.

What is kept is the party's alone, its secret keys among it: nobody else on the computer may read
it. A key is written once, and nothing makes up for it: each has a file of its own. All else is in
one file of SQLite's, for to keep something there takes a fraction of what it takes to make a file.
"""

import os
import sqlite3
from errno import EINVAL, EIO, ENOSPC
from pathlib import Path

import attrs

from impl.database import BESIDE, Synchronous, connect, find_stray, is_passing
from spec.bytes.digest import digest

FILE = "kept.db"
"""The file in which all is that has none of its own."""
KEY = "key"
"""What the names of secret keys begin with."""
SYNCHRONOUS: Synchronous = "FULL"
"""What all that is kept survives."""

_OWNERS_FOLDER, _OWNERS_FILE = 0o700, 0o600
_TABLE = "kept (name BLOB PRIMARY KEY, data BLOB NOT NULL) STRICT, WITHOUT ROWID"
_MEND = "put back what it was, or remove it, and lose what was kept, but for keys"


@attrs.frozen
class Storage:
    """Named bytes in a folder that belongs to one party.

    A name is any text. It names no file: that of a key is named by the digest of it, so that no
    name leads anywhere else, is too long, or is a folder of other names.
    """

    folder: Path
    _opened: list[sqlite3.Connection] = attrs.field(factory=list, init=False, repr=False, eq=False)

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
        else:
            self._run("REPLACE INTO kept VALUES (?, ?)", _written(name), data)

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
            self._run("DELETE FROM kept WHERE name = ?", _written(name))

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
        return bool(self._opened) or os.path.lexists(self.file)

    def _run(self, statement: str, *given: bytes) -> bytes | None:
        """Run a statement on the file; the data that it finds, if it finds any. Raises OSError."""
        try:
            if not self._opened:
                self._opened.append(self._open())
            found = self._opened[0].execute(statement, given).fetchone()
        except sqlite3.Error as error:
            raise _told(error, self.file) from None
        data: bytes | None = found[0] if found else None
        return data

    def _open(self) -> sqlite3.Connection:
        """Open the file, which is made if it is not there, or its maker died."""
        stray = find_stray(self.file, "", *BESIDE)
        if stray is not None:
            raise OSError(EINVAL, "is no file: remove it", str(stray))
        if not self.file.exists():
            _make_folder(self.folder)
            self.file.touch(_OWNERS_FILE)  # what SQLite has beside it is as this is
        connection = connect(self.file, "rw")
        connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
        tables = [sql for (sql,) in connection.execute("SELECT sql FROM sqlite_schema")]
        if not tables:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"CREATE TABLE IF NOT EXISTS {_TABLE}")
        elif tables != [f"CREATE TABLE {_TABLE}"]:
            raise sqlite3.DatabaseError("it is no storage's")
        return connection


def _told(error: sqlite3.Error, file: Path) -> OSError:
    """What is wrong with a file, and what mends it."""
    if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL":
        return OSError(ENOSPC, os.strerror(ENOSPC), str(file))
    mend = "mend that, try again" if is_passing(error) else _MEND
    return OSError(EIO, f"{' '.join(str(error).split())}: {mend}", str(file))


def _written(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _make_folder(folder: Path) -> None:
    """Have a folder that only its owner may read."""
    folder.mkdir(_OWNERS_FOLDER, parents=True, exist_ok=True)


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with open(unfinished, "wb", opener=_owners) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _sync_names(path.parent)
    except OSError:
        unfinished.unlink(missing_ok=True)  # it takes room
        raise


def _owners(path: str, flags: int) -> int:
    """Open a file that only its owner may read."""
    return os.open(path, flags, _OWNERS_FILE)


def _sync_names(folder: Path) -> None:
    """Have the names of files in a folder survive a loss of power, as what is in them does."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
