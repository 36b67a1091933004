"""What a vendor keeps for others: components, and the room that they take."""

from collections.abc import Callable
from typing import TypeAlias

import attrs

ROOM, SHARE = 1 << 30, 1 << 26
"""Bytes of components that a vendor keeps, in all, and of each contributor."""
LEAST = 1 << 12
"""Bytes that even the smallest takes on a disk."""

At: TypeAlias = tuple[bytes, int]
"""A version, by its root, and a step of it."""


@attrs.frozen
class Held:
    """A component that is kept.

    Attributes:
        contributor: who handed it over.
        size: the bytes that it takes.
    """

    contributor: bytes
    size: int


@attrs.define
class Shelf:
    """The components that a vendor keeps: whoever offers some fills no more than a share."""

    _held: dict[At, Held] = attrs.field(factory=dict, init=False)

    def has_room(self, at: At, contributor: bytes, component: bytes) -> bool:
        """Whether there is room for a component, in place of what is there."""
        size = _size(component)
        others = [held for each, held in self._held.items() if each != at]
        of_its_own = sum(held.size for held in others if held.contributor == contributor)
        return of_its_own + size <= SHARE and sum(held.size for held in others) + size <= ROOM

    def put(self, at: At, contributor: bytes, component: bytes) -> None:
        """Give a component its room."""
        self._held[at] = Held(contributor, _size(component))

    def clear(self, is_wanted: Callable[[bytes], bool]) -> list[At]:
        """Take away what is not wanted, by its version; what it was."""
        unwanted = [at for at in self._held if not is_wanted(at[0])]
        for at in unwanted:
            del self._held[at]
        return unwanted


def _size(component: bytes) -> int:
    """The bytes that a component takes."""
    return max(len(component), LEAST)
