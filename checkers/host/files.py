"""Results on disk: a file is written whole or not at all; what is no plain file stays what it is.

A link is written through, a pipe or a device is written to, and what this run reads is not
overwritten.
"""

import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import blake3

from spec.notation.errors import MachineError

STANDARD_OUTPUT = 1
_LONGEST = 120  # characters of a name, well below what file systems take


def write_whole(path: Path, text: str) -> None:
    """Write a file in UTF-8, whole or not at all.

    Raises:
        MachineError: it cannot be written, or this run reads it.
    """
    check_file(path)
    opened = descriptor(path)
    try:
        if opened == STANDARD_OUTPUT:
            sys.stdout.write(text)
            sys.stdout.flush()
        elif opened is not None or not _is_plain(path):
            with open(path if opened is None else os.dup(opened), "w", encoding="utf-8") as there:
                there.write(text)
        else:
            replace_whole(Path(os.path.realpath(path)), text.encode())
    except BrokenPipeError:
        pass  # who reads it has enough
    except OSError as error:
        raise MachineError(f"{path}: {error.strerror}") from error


def replace_whole(path: Path, content: bytes) -> None:
    """Write a plain file, whole or not at all: it has its old content until it has all the new.

    Raises:
        OSError: it cannot be written.
    """
    with _unfinished(path) as new:
        new.write_bytes(content)
        if path.exists():
            shutil.copymode(path, new)
        new.replace(path)


def check_file(path: Path) -> None:
    """Before long work: that its result can be written to a file; leaves nothing behind.

    Raises:
        MachineError: it cannot, or this run reads the file.
    """
    try:
        opened = descriptor(path)
        if opened is not None:
            os.fstat(opened)
            return
        if path.is_dir():
            raise MachineError(f"{path}: is a folder; name a file in it")
        real = Path(os.path.realpath(path))
        if not real.parent.is_dir():
            raise MachineError(f"{path}: there is no folder {real.parent}")
        if _is_there(path) and is_read(path):
            raise MachineError(f"{path}: this run reads it; give another file to write")
        if _is_there(path) and not os.access(path, os.W_OK):
            raise MachineError(f"{path}: may not be written")
        if _is_plain(path):
            _check_room(real)
    except OSError as error:
        raise MachineError(f"{path}: {error.strerror}") from error


def check_plain(path: Path, mend: str) -> None:
    """Refuse to read what is there and no file: a pipe, say, would be read for ever.

    Raises:
        MachineError: it is no file; the message ends with the mend.
    """
    if os.path.lexists(path) and not path.is_file():
        raise MachineError(f"{path}: is no file; {mend}")


def check_folder(folder: Path) -> None:
    """Before long work: that files can be written to a folder, which may still have to be made.

    Raises:
        MachineError: they cannot.
    """
    try:
        there = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
        if not there.is_dir():
            raise MachineError(f"{folder}: {there} is a file, and no folder")
        _check_room(there / "any")
    except OSError as error:
        raise MachineError(f"{folder}: {error.strerror}") from error


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where they are not there yet."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(f"{folder}: {error.strerror}") from error


def file_name(name: str) -> str:
    """A name that any file can have; different names give different ones."""
    plain = re.sub(r"[^\w .-]", "_", name, flags=re.ASCII).lstrip(".")[:_LONGEST]
    return plain if plain == name else f"{plain}-{blake3.blake3(name.encode()).hexdigest()[:8]}"


def is_read(path: Path) -> bool:
    """Whether a file is the text of some module of this run: a protocol, a driver, or ours."""
    target = path.stat()
    for module in list(sys.modules.values()):
        source = getattr(module, "__dict__", {}).get("__file__")
        try:
            if isinstance(source, str) and os.path.samestat(os.stat(source), target):
                return True
        except OSError:
            continue  # it is gone, or was never a file
    return False


def descriptor(path: Path) -> int | None:
    """The number of the open file that a path names, as /dev/stdout and /dev/fd/3 do."""
    for _ in range(10):  # links lead on, but not for ever
        if path.name.isdecimal() and _is_same(path.parent, Path("/proc/self/fd")):
            return int(path.name)
        if not path.is_symlink():
            return None
        path = path.parent / path.readlink()
    return None


def leads_to_same(one: Path, other: Path) -> bool:
    """Whether two paths lead to the same plain file, or would once it is made."""
    same = _is_same(one, other) or os.path.realpath(one) == os.path.realpath(other)
    return same and _is_plain(one)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except FileNotFoundError:
        return False
    return True


def _is_plain(path: Path) -> bool:
    """Whether a path leads to a plain file, or to none yet."""
    return not _is_there(path) or stat.S_ISREG(path.stat().st_mode)


@contextmanager
def _unfinished(path: Path) -> Iterator[Path]:
    """A name beside a file for what is to be its new content; nothing of it is left."""
    new = path.with_name(f".{os.getpid()}.unfinished")
    try:
        yield new
    finally:
        new.unlink(missing_ok=True)


def _check_room(path: Path) -> None:
    with _unfinished(path) as new:
        new.touch()
