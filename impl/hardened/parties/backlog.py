"""What a party has resolved to do, and has not done yet."""

from collections.abc import Sequence
from contextlib import suppress

import attrs

from impl.storage import Storage
from spec.bytes.encoding import EncodingError, Value, decode, encode


@attrs.define
class Backlog:
    """What a party has resolved to do: all of it is kept, and looked at until it is done.

    What is done is forgotten, and found to be done once more by whoever begins from the storage. A
    number is given once, even if what was kept under it, or how many there are, is lost.

    Attributes:
        numbers: of all that was resolved, from 0.
    """

    storage: Storage
    name: str
    numbers: range = attrs.field(init=False)
    _open: dict[int, None] = attrs.field(init=False)  # in order, and quick to take from

    def __attrs_post_init__(self) -> None:
        there = self._counted()
        while not self.storage.missing(self.place(there)):  # kept, and not counted before it died
            there += 1
        self.numbers = range(there)
        self._open = dict.fromkeys(self.numbers)

    @property
    def open(self) -> Sequence[int]:
        """The numbers of what is not done."""
        return [*self._open]

    def place(self, number: int) -> str:
        """Under which name something of it is kept."""
        return f"{self.name}/{number}"

    def add(self, resolved: Value) -> int:
        """Resolve to do something; its number."""
        number = len(self.numbers)
        self.storage.put(self.place(number), encode(resolved))
        self.numbers = range(number + 1)
        self._open[number] = None
        with suppress(OSError):  # no room: it is resolved, and found by its place
            self.storage.jot(self.name, encode(number + 1))
        return number

    def close(self, number: int) -> None:
        """Something is done, and need not be looked at any more."""
        del self._open[number]

    def _counted(self) -> int:
        """How many there are at least."""
        if not self.storage.missing(self.name):
            with suppress(EncodingError):
                match decode(self.storage.get(self.name)):
                    case int(counted) if counted >= 0:
                        return counted
        return 0
