"""Transactions that wait for those their author has numbered before them."""

from collections.abc import Callable

import attrs

from impl.ledger.port import Ledger
from impl.ledger.transaction import Unread

POOLED = 1024
"""Transactions of an author that can wait; no party has more under way."""
POOLED_BYTES = 1 << 24
"""Bytes that they may have together, or an author could fill the node's memory."""


@attrs.define
class Queue:
    """What waits of one author, by running number.

    Attributes:
        size: the bytes of all that waits.
    """

    _seen: int = 0  # of the numbers before, none waits
    size: int = attrs.field(default=0, init=False)
    _waiting: dict[int, bytes] = attrs.field(factory=dict, init=False)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def __getitem__(self, number: int) -> bytes:
        """What waits under a number, or nothing."""
        return self._waiting.get(number, b"")

    def has_room(self, number: int, data: bytes) -> bool:
        """Whether there is room for something, in place of what waits under its number."""
        before = self._waiting.get(number)
        many = len(self._waiting) + (before is None)
        return many <= POOLED and self.size - len(before or b"") + len(data) <= POOLED_BYTES

    def put(self, number: int, data: bytes) -> bytes:
        """Have something wait, in place of what waits under its number; that, or nothing."""
        before = self._waiting.get(number, b"")
        self.size += len(data) - len(before)
        self._waiting[number] = data
        return before

    def take(self, following: int) -> bytes:
        """Take out what is numbered so; what is numbered before goes. Nothing, if none is.

        What follows stays: if this is refused, it is looked at no sooner than the next of its
        number comes.
        """
        for past in range(self._seen, following):
            self._pop(past)
        self._seen = following
        return self._pop(following)

    def _pop(self, number: int) -> bytes:
        data = self._waiting.pop(number, b"")
        self.size -= len(data)
        return data


@attrs.define
class Pool:
    """Transactions that arrived too early, of each author by their running numbers.

    A network changes the order of what is sent, and a ledger appends each author's transactions in
    theirs. Nothing of this is stored: what is lost is sent again.
    """

    _queues: dict[bytes, Queue] = attrs.field(factory=dict, init=False)

    def waiting(self, said: Unread) -> bytes:
        """What waits under the number of a transaction, of the same author; or nothing."""
        queue = self._queues.get(said.author)
        return queue[said.nonce] if queue else b""

    def hold(self, said: Unread, following: int) -> bytes:
        """Hold a transaction back until its turn comes; what is not held for that, or nothing.

        That is itself, if there is no room, or else what waited under its number.

        Args:
            said: one that its author has signed, lest others take the author's room.
            following: the running number that its author's next transaction must bear.
        """
        queue = self._queues.get(said.author) or Queue(following)
        if not queue.has_room(said.nonce, said.data):
            return said.data
        self._queues[said.author] = queue
        return queue.put(said.nonce, said.data)

    def take(self, ledger: Ledger, may: Callable[[bytes], bool]) -> list[bytes]:
        """Take out what can be appended now: of each author that may speak, the next one."""
        taken = []
        for author in [*filter(may, self._queues)]:
            taken.append(self._queues[author].take(ledger.next_nonce(author)))
            if not self._queues[author]:
                del self._queues[author]
        return [*filter(None, taken)]
