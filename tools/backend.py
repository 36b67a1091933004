"""Builds the wheel, in which everything lies under `tallystick`.

In a checkout the folders are packages of their own: `spec`, `impl`, `checkers`, `adversaries`.
Whoever installs a wheel may have folders of these names, which Python would find instead. So a
wheel is built of a copy in which they lie under `tallystick`, and say so where they import each
other.
"""

import contextlib
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403  # all else is built as setuptools does

ROOM = "tallystick"
MOVED = ("spec", "impl", "checkers", "adversaries")
_ANY = "|".join(MOVED)
_FROM = re.compile(rf"^(\s*from )((?:{_ANY})[. ])", re.MULTILINE)
_IMPORT = re.compile(rf"^\s*import (?:{_ANY})\b.*", re.MULTILINE)
_Settings = Mapping[str, str | list[str] | None] | None


def build_wheel(
    wheel_directory: str, config_settings: _Settings = None, metadata_directory: str | None = None
) -> str:
    """Build a wheel of the working folder (PEP 517), and return the name of its file."""
    there = str(Path(wheel_directory).resolve())
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(moved(Path.cwd(), Path(folder))):
        name: str = build_meta.build_wheel(there, config_settings)
        return name


def moved(checkout: Path, to: Path) -> Path:
    """A copy of a checkout with all of its packages under one."""
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(checkout / name, to)
    for package, below in ((ROOM, to), *((name, to / ROOM) for name in MOVED)):
        unread = shutil.ignore_patterns("__pycache__")
        shutil.copytree(checkout / package, below / package, ignore=unread)
    for file in (*to.rglob("*.py"), *to.rglob("turns/*.toml")):  # which hold parts of modules
        file.write_text(renamed(file.read_text(), file))
    return to


def renamed(text: str, file: Path) -> str:
    """A module whose imports name its packages as they lie in the wheel.

    Raises:
        ValueError: it imports a package whole, so that its names would all have to change.
    """
    if whole := _IMPORT.search(text):
        raise ValueError(f"{file}: {whole[0].strip()}: write from ... import ...")
    return _FROM.sub(rf"\1{ROOM}.\2", text)
