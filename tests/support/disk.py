"""A disk that nobody waits for, or that is full."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """No file of this process becomes larger than some bytes: more is refused with OSError."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
