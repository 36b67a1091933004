"""Refusals of what a party cannot read, run, or find among what it has kept."""

from collections.abc import Iterator
from contextlib import contextmanager

from impl.ledger.transaction import Refused


@contextmanager
def refusing(reason: str) -> Iterator[None]:
    """Refuse what cannot be read, run, or found among what is kept.

    Raises Refused, with the reason and what is wrong.
    """
    try:
        yield
    except (KeyError, ValueError, MemoryError) as error:
        raise Refused(f"{reason}: {error}") from None
