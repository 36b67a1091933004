"""What a party remembers of its own storage, until it stops."""

from collections import OrderedDict

import attrs

from impl.storage import Storage

REMEMBERED = 256
"""Under how many names, those used last: what is under way takes no more, and the past none."""


@attrs.frozen
class Memory(Storage):
    """A storage to which one process writes, and which it need not read twice.

    Attributes:
        changed: under which names something was kept or removed, until that is cleared.
    """

    changed: set[str] = attrs.field(factory=set, repr=False, eq=False)
    _read: OrderedDict[str, bytes | None] = attrs.field(factory=OrderedDict, repr=False)

    def put(self, name: str, data: bytes) -> None:
        super().put(name, data)
        self.changed.add(name)
        self._remember(name, data)

    def remove(self, name: str) -> None:
        super().remove(name)
        self.changed.add(name)
        self._remember(name, None)

    def _find(self, name: str) -> bytes | None:
        if name in self._read:
            self._read.move_to_end(name)
        else:
            self._remember(name, super()._find(name))
        return self._read[name]

    def _remember(self, name: str, data: bytes | None) -> None:
        self._read[name] = data
        self._read.move_to_end(name)
        if len(self._read) > REMEMBERED:
            self._read.popitem(last=False)
