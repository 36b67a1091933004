"""Bytes that outlive a process, in a cache folder that only this user can write to.

They may be code that is to be run, so they are taken only from a folder that nobody else could have
written to, and only as they were written. Whatever is wrong with the folder, what was kept there is
missing, and whoever asks goes without.
"""

import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import blake3

_MOST = 2000  # files in the folder, of which the half that was used last survives
_DIGEST = 32  # bytes


def recall(name: str) -> bytes | None:
    """What was kept under a name; None if nothing was, or it cannot be trusted."""
    with suppress(OSError), _folder() as folder:
        flags = os.O_RDONLY | os.O_NOFOLLOW
        with open(os.open(name, flags, dir_fd=folder), "rb") as file:
            _check_own(file.fileno(), name)
            content = file.read()
            with suppress(OSError):  # a folder that can only be read serves too
                os.utime(file.fileno())
        if content[:_DIGEST] == _digest(name, content[_DIGEST:]):
            return content[_DIGEST:]
    return None


def keep(name: str, content: bytes) -> None:
    """Keep bytes under a name, which is a file's, if that is possible."""
    with suppress(OSError), _folder() as folder:
        _write(folder, name, _digest(name, content) + content)
        _forget(folder)


def _digest(name: str, content: bytes) -> bytes:
    return blake3.blake3(name.encode() + b"\0" + content).digest()


@contextmanager
def _folder() -> Iterator[int]:
    """The folder, opened; what is at its path later does not matter.

    Raises:
        OSError: it cannot be made or read, or somebody else could have written to it.
    """
    path = _path()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        _check_own(folder, path)
        yield folder
    finally:
        os.close(folder)


def _check_own(opened: int, name: Path | str) -> None:
    """Refuse what somebody else could have written to. Raises PermissionError."""
    status = os.fstat(opened)
    if status.st_uid != os.geteuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"{name} is not this user's alone")


def _path() -> Path:
    """Where the platform has programs keep what they can do without."""
    caches = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    for place in (os.environ.get("XDG_CACHE_HOME", ""), os.path.expanduser(caches)):
        if os.path.isabs(place):
            return Path(place, "tallystick")
    raise FileNotFoundError("this user has no home")


def _write(folder: int, name: str, content: bytes) -> None:
    """Write a file in the folder, whole or not at all, whoever else is writing it."""
    new = f"{name}.{secrets.token_hex(8)}"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with open(os.open(new, flags, 0o600, dir_fd=folder), "wb") as file:
            file.write(content)
        os.replace(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(new, dir_fd=folder)
        raise


def _forget(folder: int) -> None:
    """Remove what was not used for longest, if there is too much."""
    names = os.listdir(folder)
    if len(names) > _MOST:
        used = {name: os.stat(name, dir_fd=folder).st_mtime for name in names}
        for name in sorted(names, key=lambda name: used[name])[: -_MOST // 2]:
            os.unlink(name, dir_fd=folder)
