"""What a party remembers of its own storage, until it stops."""

from functools import partial

import attrs

from impl.recent import Recent
from impl.storage import Storage

ROOM = 1 << 25
"""Bytes for what was used last: what is under way takes no more as a rule, and the past none."""


@attrs.frozen
class Memory(Storage):
    """A storage to which one process writes, and which it need not read twice.

    Attributes:
        changed: under which names something was put or removed, until that is cleared.
    """

    changed: set[str] = attrs.field(factory=set, repr=False, eq=False)
    _read: Recent[bytes | None] = attrs.field(
        factory=lambda: Recent(ROOM), init=False, repr=False, eq=False
    )

    def put(self, name: str, data: bytes) -> None:
        super().put(name, data)
        self.changed.add(name)
        self._read.remember((name,), data)

    def jot(self, name: str, data: bytes) -> None:
        super().jot(name, data)
        self._read.forget((name,))  # whoever jots something down knows it, and seldom reads it

    def remove(self, name: str) -> None:
        super().remove(name)
        self.changed.add(name)
        self._read.remember((name,), None)

    def _find(self, name: str) -> bytes | None:
        return self._read.recall((name,), partial(super()._find, name))
