"""What a party remembers of its own storage, until it stops."""

import attrs

from impl.storage import Storage


@attrs.frozen
class Memory(Storage):
    """A storage to which one process writes, and which it need not read twice."""

    _read: dict[str, bytes | None] = attrs.field(factory=dict, repr=False)

    def put(self, name: str, data: bytes) -> None:
        super().put(name, data)
        self._read[name] = data

    def get(self, name: str) -> bytes:
        data = None if self.missing(name) else self._read[name]
        return super().get(name) if data is None else data

    def missing(self, name: str) -> bool:
        if name not in self._read:
            self._read[name] = None if super().missing(name) else super().get(name)
        return self._read[name] is None

    def remove(self, name: str) -> None:
        super().remove(name)
        self._read[name] = None
