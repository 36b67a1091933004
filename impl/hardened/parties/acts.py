"""What a party does about something: acts, one after the other, until it is done."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import attrs

from spec.bytes.encoding import Value


@attrs.frozen
class Keep:
    """An act: to keep something that is made now, unless something has that name already."""

    name: str
    make: Callable[[], bytes]


@attrs.frozen
class Put:
    """An act: to keep something in place of what has that name, unless it is that."""

    name: str
    data: bytes


@attrs.frozen
class Drop:
    """An act: to keep nothing under some names any more."""

    names: Sequence[str]


@attrs.frozen
class Submit:
    """An act: to submit a transaction.

    Attributes:
        purse, bond: what it takes out of each, or reserves there.
        binds: whether from then on its author has to act in time, or loses.
    """

    kind: str
    body: dict[str, Value]
    purse: int = 0
    bond: int = 0
    binds: bool = False


@attrs.frozen
class Send:
    """An act: to send a message."""

    kind: str
    receiver: bytes
    subject: bytes
    step: int
    content: bytes


@attrs.frozen
class Wait:
    """An act: to do nothing for want of money or of room, which anything new may bring."""


Act: TypeAlias = Keep | Put | Drop | Submit | Send | Wait
Duty: TypeAlias = tuple[str, Iterator[Act]]
"""What is to be done about something, and what that is, in hex if it is a request or a version."""
