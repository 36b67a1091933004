"""A party's own storage: named bytes in a folder, each written whole or not at all.

What is kept is the party's alone, its secret key among it: nobody else on the computer may read it.
"""

import os
from contextlib import suppress
from pathlib import Path

import attrs

from spec.bytes.digest import digest

_OWNERS_FOLDER, _OWNERS_FILE = 0o700, 0o600


@attrs.frozen
class Storage:
    """Named bytes in a folder that belongs to one party.

    A name is any text. It names no file: that is named by the digest of it, so that what somebody
    else chose of a name leads nowhere else, is never too long, and is no folder of other names.
    """

    folder: Path

    def put(self, name: str, data: bytes) -> None:
        """Keep data under a name, in place of what was there, also if power is lost from now on.

        Raises OSError, for want of room among other reasons; then what was there still is.
        """
        path = self.path(name)
        path.parent.mkdir(_OWNERS_FOLDER, parents=True, exist_ok=True)
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

    def get(self, name: str) -> bytes:
        """What is kept under a name.

        Raises:
            KeyError: there is nothing.
        """
        path = self.path(name)
        with suppress(FileNotFoundError):
            if path.is_file():  # a pipe or a device in its place would be read for ever
                return path.read_bytes()
        raise KeyError(f"{self.folder.name} keeps nothing under {name}")

    def missing(self, name: str) -> bool:
        """Whether nothing is kept under a name."""
        return not self.path(name).is_file()

    def remove(self, name: str) -> None:
        """Keep nothing under a name."""
        self.path(name).unlink(missing_ok=True)

    def path(self, name: str) -> Path:
        """The file in which it is kept what is kept under a name."""
        return self.folder / digest("name", name.encode("utf-8", "surrogatepass")).hex()


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
