"""A process that stops at any write: a storage's, or the ledger's."""

from collections.abc import Callable
from itertools import count

import pytest

from impl.ledger.sqlite import Ledger
from impl.storage import Storage


class Stopped(BaseException):
    """The process stops here."""


def stop_at(patch: pytest.MonkeyPatch) -> list[int]:
    """Have the process stop before the write of a number, once that is put into the list."""
    at: list[int] = []
    written = count(1)

    def before(kind: type, name: str) -> None:
        write: Callable[..., object] = getattr(kind, name)

        def stop_or_write(*given: object) -> object:
            if at and next(written) == at[0]:
                raise Stopped
            return write(*given)

        patch.setattr(kind, name, stop_or_write)

    before(Storage, "put")
    before(Storage, "jot")
    before(Storage, "remove")
    before(Ledger, "append")
    return at
