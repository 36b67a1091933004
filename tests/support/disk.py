"""A disk that nobody waits for."""

import os

import pytest

import impl.storage
from impl.ledger.sqlite import Ledger


def spare_the_disk(patch: pytest.MonkeyPatch) -> None:
    """Have nothing reach the disk at once: processes may die in a test, the machine does not."""
    patch.setattr(os, "fsync", lambda _: None)
    for method in ("create", "open"):  # SQLite asks the system itself
        defaults = vars(Ledger)[method].__func__.__kwdefaults__
        patch.setitem(defaults, "synchronous", "NORMAL")
    patch.setattr(impl.storage, "SYNCHRONOUS", "NORMAL")
