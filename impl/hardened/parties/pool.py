"""Transactions that wait for those their author has numbered before them."""

from collections import defaultdict
from collections.abc import Collection

import attrs

from impl.ledger.port import Ledger
from impl.ledger.transaction import MalformedTransaction, Transaction, parse

POOLED = 1024
"""Transactions of an author that can wait; no party has more under way."""
POOLED_BYTES = 1 << 24
"""Bytes that they may have together, or an author could fill the node's memory."""


@attrs.define
class Pool:
    """Transactions that arrived too early, of each author by their running numbers.

    A network changes the order of what is sent, and a ledger appends each author's transactions in
    theirs. Nothing of this is stored: what is lost is sent again.
    """

    _waiting: defaultdict[bytes, dict[int, bytes]] = attrs.field(
        factory=lambda: defaultdict(dict), init=False
    )

    def hold(self, data: bytes, ledger: Ledger, authors: Collection[bytes]) -> bool:
        """Hold a transaction back until its turn comes; whether it is one, and there is room.

        Only what some authors have signed themselves is held, lest others take their room.
        """
        try:
            signed = parse(data)
        except MalformedTransaction:
            return False
        said = signed.transaction
        if not self._is_early(said, ledger) or said.author not in authors:
            return False
        waiting = {**self._waiting[said.author], said.nonce: data}
        has_room = len(waiting) <= POOLED and sum(map(len, waiting.values())) <= POOLED_BYTES
        if has_room and signed.is_signed_with(ledger.keys_of(said.author)[-1]):
            self._waiting[said.author] = waiting
            return True
        return False

    def take(self, ledger: Ledger) -> list[bytes]:
        """Take out what can be appended now, each author's in the order of its numbers."""
        taken = []
        for author, waiting in [*self._waiting.items()]:
            number = ledger.next_nonce(author)
            for past in [each for each in waiting if each < number]:
                del waiting[past]
            while number in waiting:
                taken.append(waiting.pop(number))
                number += 1
            if not waiting:
                del self._waiting[author]
        return taken

    @staticmethod
    def _is_early(said: Transaction, ledger: Ledger) -> bool:
        return said.ledger == ledger.identity and said.nonce > ledger.next_nonce(said.author)
