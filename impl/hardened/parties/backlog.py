"""What a party has resolved to do, and has not done yet."""

from collections.abc import Iterator, Sequence
from itertools import count

import attrs

from impl.storage import Storage
from spec.bytes.encoding import Value, decode, encode


@attrs.define
class Backlog:
    """What a party has resolved to do: all of it is kept, and looked at until it is done.

    What is done is forgotten, and found to be done once more by whoever begins from the storage.
    """

    storage: Storage
    name: str
    _size: int = attrs.field(default=0, init=False)
    _open: dict[int, Value] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._open = dict(enumerate(self))
        self._size = len(self._open)

    def __iter__(self) -> Iterator[Value]:
        """All of it, by their numbers from 0, also what is done."""
        for number in count():
            if self.storage.missing(self._place(number)):
                return
            yield decode(self.storage.get(self._place(number)))

    @property
    def open(self) -> Sequence[tuple[int, Value]]:
        """What is not done, with its numbers."""
        return [*self._open.items()]

    def add(self, resolved: Value) -> int:
        """Resolve to do something; its number."""
        number = self._size
        self.storage.put(self._place(number), encode(resolved))
        self._open[number] = resolved
        self._size += 1
        return number

    def close(self, number: int) -> None:
        """Something is done, and need not be looked at any more."""
        del self._open[number]

    def _place(self, number: int) -> str:
        return f"{self.name}/{number}"
