"""The command line as people call it, and the files that the README has them write."""

import json
from pathlib import Path
from typing import Any

import pytest

from checkers.cli import main

ROOT = Path(__file__).parent.parent.parent
LOCK, DRIVER = (
    block.split("```")[0] for block in (ROOT / "README.md").read_text().split("```python\n")[1:3]
)
"""The protocol that the README shows, and the driver of an implementation."""


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
