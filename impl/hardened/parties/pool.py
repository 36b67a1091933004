"""Transactions that wait for those their author has numbered before them."""

from collections.abc import Collection

import attrs

from impl.ledger.port import Ledger
from impl.ledger.transaction import MalformedTransaction, Transaction, parse

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

    size: int = attrs.field(default=0, init=False)
    _waiting: dict[int, bytes] = attrs.field(factory=dict, init=False)

    def __bool__(self) -> bool:
        return bool(self._waiting)

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

    def take(self, following: int) -> list[bytes]:
        """Take out what is numbered on from here without a gap; what is numbered before goes."""
        for past in [each for each in self._waiting if each < following]:
            self._pop(past)
        taken = []
        while following in self._waiting:
            taken.append(self._pop(following))
            following += 1
        return taken

    def _pop(self, number: int) -> bytes:
        data = self._waiting.pop(number)
        self.size -= len(data)
        return data


@attrs.define
class Pool:
    """Transactions that arrived too early, of each author by their running numbers.

    A network changes the order of what is sent, and a ledger appends each author's transactions in
    theirs. Nothing of this is stored: what is lost is sent again.
    """

    _queues: dict[bytes, Queue] = attrs.field(factory=dict, init=False)

    def hold(self, data: bytes, ledger: Ledger, authors: Collection[bytes]) -> bytes:
        """Hold a transaction back until its turn comes; what is not held for that, or nothing.

        That is itself, if it is none that can wait or there is no room, or else what waited under
        its number. Only what some authors have signed themselves is held, lest others take their
        room.
        """
        try:
            signed = parse(data)
        except MalformedTransaction:
            return data
        said = signed.transaction
        if not self._is_early(said, ledger) or said.author not in authors:
            return data
        queue = self._queues.get(said.author, Queue())
        has_room = queue.has_room(said.nonce, data)
        if has_room and signed.is_signed_with(ledger.keys_of(said.author)[-1]):
            before = queue.put(said.nonce, data)
            self._queues[said.author] = queue
            return b"" if before == data else before
        return data

    def take(self, ledger: Ledger) -> list[bytes]:
        """Take out what can be appended now, each author's in the order of its numbers."""
        taken = []
        for author, queue in [*self._queues.items()]:
            taken += queue.take(ledger.next_nonce(author))
            if not queue:
                del self._queues[author]
        return taken

    @staticmethod
    def _is_early(said: Transaction, ledger: Ledger) -> bool:
        return said.ledger == ledger.identity and said.nonce > ledger.next_nonce(said.author)
