"""What a party has said that the ledger has neither appended nor refused yet."""

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Self

import attrs

from impl.hardened.parties.acts import Submit
from impl.hardened.parties.shown import Shown, name_of
from impl.ledger.limits import pieces
from impl.ledger.transaction import ROTATE

SEEN, RECENT = 64, 64
"""How many delays are remembered, and for how many blocks: a ledger that stood still goes on."""


@attrs.frozen
class Pending:
    """A transaction that is under way.

    Attributes:
        subject: what it is about.
        data: the transaction, signed.
        name: by which the node says that it was refused.
        since: the block in which it was sent first.
        pieces: what it takes of the quota, at most.
    """

    subject: str
    act: Submit
    data: bytes
    name: bytes
    since: int
    pieces: int

    def signed_again(self, data: bytes) -> Self:
        """The same, signed with another key: the node knows it by another name."""
        return attrs.evolve(self, data=data, name=name_of(data))

    @classmethod
    def of(cls, subject: str, act: Submit, data: bytes, block: int) -> Self:
        """A transaction that is sent in a block for the first time."""
        return cls(subject, act, data, name_of(data), block, pieces(data))


@attrs.define
class Outbox:
    """The transactions of a party that are under way, by their running numbers.

    What is under way is never said otherwise under another number, or it could be appended twice.
    It is until the node says no, or nothing about an author's next number for too long
    (`Charter.patience`): from then on, another can have that number, and one of both is appended.

    What is numbered after a new key is not sent before that is in force: by then the old one signs
    no more, and what a node refuses uses up the quota.
    """

    _pending: dict[int, Pending] = attrs.field(factory=dict, init=False)
    _held: Collection[int] = attrs.field(default=(), init=False)  # that a new key is to sign
    _refused: dict[tuple[str, str], int] = attrs.field(factory=dict, init=False)  # and its pieces
    _block: int = attrs.field(default=-1, init=False)
    _next: tuple[int, int] = attrs.field(default=(-1, -1), init=False)
    _delays: deque[tuple[int, int]] = attrs.field(factory=lambda: deque(maxlen=SEEN), init=False)

    def __contains__(self, subject: str) -> bool:
        return subject in [each.subject for each in self._pending.values()]

    def has_any(self, kinds: Collection[str]) -> bool:
        """Whether something of these kinds is under way."""
        return any(each.act.kind in kinds for each in self._pending.values())

    @property
    def pieces(self) -> int:
        """What of the quota all takes that is under way, or was refused in this block."""
        under_way = sum(each.pieces for each in self._pending.values())
        return under_way + sum(self._refused.values())

    @property
    def purse(self) -> int:
        """What all that is under way takes out of the purse."""
        return sum(each.act.purse for each in self._pending.values())

    @property
    def bond(self) -> int:
        """What all that is under way takes out of the bond."""
        return sum(each.act.bond for each in self._pending.values())

    @property
    def binding(self) -> int:
        """For how many things more its author will have to act in time."""
        return sum(each.act.binds for each in self._pending.values())

    @property
    def delay(self) -> int:
        """The most blocks that a transaction took lately, or takes by now, until it is appended."""
        waiting = (self._block - each.since for each in self._pending.values())
        lately = (took for block, took in self._delays if self._block - block < RECENT)
        return max([0, *waiting, *lately])

    def sign_again(self, following: int, sign: Callable[[int, Submit], bytes]) -> Sequence[bytes]:
        """Have all that is not appended signed once more; what is to be sent.

        The numbers stay, so of what is signed twice only one can be appended.

        Args:
            following: the running number that their author's next transaction must bear.
            sign: gives what is said under a number, signed.
        """
        left = {number: each for number, each in self._pending.items() if number >= following}
        again = {n: each.signed_again(sign(n, each.act)) for n, each in left.items()}
        self._pending |= again
        self._held = _after_new_key(again)
        return [each.data for number, each in again.items() if number not in self._held]

    def look(self, node: Shown, author: bytes) -> list[bytes]:
        """Let go of what was appended or refused; what is to be sent again, once in a block."""
        now = node.contract.now
        is_new, self._block = now != self._block, now
        if is_new:
            self._refused.clear()
        if not self._pending:  # as most often: a party looks before each of its acts
            return []
        following = node.ledger.next_nonce(author)
        if self._next[0] != following:
            self._next = following, now
        for number, pending in [*self._pending.items()]:
            is_late = self._is_late(number, pending, node.contract.charter.patience)
            if number < following or is_late or pending.name in node.declined:
                del self._pending[number]
                if (number < following or is_late) and now > pending.since:
                    self._delays.append((now, now - pending.since))
                if number >= following:
                    about = pending.subject, pending.act.kind
                    self._refused[about] = self._refused.get(about, 0) + pending.pieces
        before, self._held = self._held, _after_new_key(self._pending)
        due = [n for n in self._pending if (is_new or n in before) and n not in self._held]
        return [self._pending[number].data for number in due]

    def _is_late(self, number: int, pending: Pending, patience: int) -> bool:
        """Whether something that waits for nothing but the node has waited for too long."""
        following, since = self._next
        return number == following and self._block - max(since, pending.since) >= patience

    def number(self, following: int) -> int:
        """The first running number that is free, from the author's next one on."""
        while following in self._pending:
            following += 1
        return following

    def has_gap(self, following: int) -> bool:
        """Whether something waits for a number that nothing under way bears."""
        return bool(self._pending) and self.number(following) < max(self._pending)

    @property
    def refusals(self) -> int:
        """How much was refused in this block."""
        return len(self._refused)

    def was_refused(self, subject: str, kind: str) -> bool:
        """Whether something of the kind was refused in this block: it is not said again in it."""
        return (subject, kind) in self._refused

    def add(self, number: int, pending: Pending) -> bool:
        """Something is under way from now on; whether it is to be sent at once."""
        self._pending[number] = pending
        self._held = _after_new_key(self._pending)
        return number not in self._held


def _after_new_key(pending: Mapping[int, Pending]) -> Collection[int]:
    """Which numbers come after one that brings a new key into force."""
    turns = [number for number, each in pending.items() if each.act.kind == ROTATE]
    return {number for number in pending if turns and number > min(turns)}
