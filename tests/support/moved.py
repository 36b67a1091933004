"""What can become of a file that a process has open: its name leads elsewhere by then."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path


def _moved(path: Path, to: Path) -> None:
    path.rename(to)


def _replaced(path: Path, to: Path) -> None:
    """By a copy, as one that is put back."""
    path.rename(to)
    (shutil.copytree if to.is_dir() else shutil.copy)(to, path)


MOVES: Mapping[str, Callable[[Path, Path], None]] = {"moved": _moved, "replaced": _replaced}
"""What is done to a file, or to its folder; what it was is elsewhere then."""


def put_back(path: Path, moved: Path) -> None:
    """Have a file, or a folder, where it was."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    moved.rename(path)
