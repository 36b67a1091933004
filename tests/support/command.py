"""The command line as people call it, and the files that the README has them write."""

import json
from pathlib import Path
from typing import Any

import pytest

from checkers.cli import main

ROOT = Path(__file__).parent.parent.parent


def shown(start: str) -> str:
    """The program of the README that starts with some text."""
    _, found, rest = (ROOT / "README.md").read_text().partition(f"```python\n{start}")
    assert found, f"the README shows no program that starts with {start}"
    return start + rest.partition("```")[0]


LOCK = shown("from tallystick import (\n    Machine,")
DRIVER = shown("from collections.abc import Sequence\n\nfrom tallystick import Setup")
PROOF = shown("from lock import lock\n")
TEST = shown("from lock import Client, lock\n")
"""A protocol, the driver of an implementation, a script that proves, and a test."""


def without_the_guard(lock: str) -> str:
    """The README's lock, given to everybody."""
    guard = 'require(not_(s.held), "lock is free")'
    assert guard in lock
    return lock.replace(guard, 'require(not_(s.holds[c]), "not held")')


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as exited:
        main([str(argument) for argument in arguments])
    assert isinstance(exited.value.code, int)
    return exited.value.code


def result(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text())
    return read
