"""Whom the node hears, and how much of whom."""

from collections import Counter
from collections.abc import Sequence

import attrs

from impl.hardened.contract import HardenedContract
from impl.hardened.parties.pool import Pool
from impl.hardened.parties.refusals import Refusals
from impl.hardened.parties.shown import name_of
from impl.ledger.limits import pieces
from impl.ledger.port import Ledger
from impl.ledger.transaction import Unread, glance


@attrs.define
class Hearing:
    """What has arrived at the node, and is to be appended, or waits for that.

    Anybody can send anything, so whatever has arrived is dropped at little cost unless it bears the
    name of somebody who has an account, and the key in force of that has signed it. What a key has
    signed that only comes into force with this block, as a second rotation in a row, is dropped as
    well: it uses up nothing, and is there in the next block if it is sent again. Of all else, what
    is as small as a record is read, which it may be. What an author has read counts against
    its quota, before it is: by the contract if it is appended, and by this if it is refused. So of
    each author, a block has no more read than that and one more, and what waits.

    Attributes:
        declined: the names of all that was left out in this block; of those alone who are heard.
        left_out: what was not appended, and may be a record all the same.
    """

    ledger: Ledger
    contract: HardenedContract
    declined: set[bytes] = attrs.field(factory=set, init=False)
    left_out: list[bytes] = attrs.field(factory=list, init=False)
    _pool: Pool = attrs.field(factory=Pool, init=False)
    _refusals: Refusals = attrs.field(factory=Refusals, init=False)
    _due: dict[bytes, None] = attrs.field(factory=dict, init=False)  # in order
    _next: dict[bytes, int] = attrs.field(factory=dict, init=False)
    _asked: Counter[bytes] = attrs.field(factory=Counter, init=False)

    def hear(self, data: bytes) -> None:
        """Have something appended next, or wait until its turn comes; or drop it."""
        said = glance(data, self.ledger.identity)
        if said is None or not self._is_known(said.author):
            return
        following = self.ledger.next_nonce(said.author)
        is_past = said.nonce < following
        if not is_past and not self._is_new(said):
            return
        if is_past or not said.is_signed_with(self.ledger.keys_of(said.author)[-1]):
            self.left_out.append(data)
            return
        is_early = said.nonce > self._next.setdefault(said.author, following)
        if is_early or self._pool.waiting(said):
            self._hold(said, following)
        else:
            self._have_appended(said)

    def take(self) -> Sequence[bytes]:
        """Take what is to be appended now, in order."""
        batch = [*self._pool.take(self.ledger, self._has_quota), *self._due]
        for each in (self._due, self._next, self._asked):
            each.clear()
        return batch

    def leave_out(self, data: bytes, *, counts: bool) -> None:
        """Something that was taken is not appended; it waits again, if its turn has not come.

        Args:
            counts: whether its author is to blame.
        """
        said = glance(data, self.ledger.identity)
        assert said is not None  # it was heard
        following = self.ledger.next_nonce(said.author)
        if said.nonce > following:
            self._hold(said, following)
        else:
            self._decline(said, counts=counts)

    def pass_block(self) -> None:
        """A block passes, and quotas are there anew."""
        self.declined.clear()
        self._refusals.pass_block()

    def _is_known(self, author: bytes) -> bool:
        """Whether an author can be heard at all."""
        return author in self.contract.charter.purses or self.contract.is_always_heard(author)

    def _is_new(self, said: Unread) -> bool:
        """Whether something is neither there already, nor declined, nor beyond a quota."""
        data = said.data
        is_there = data in self._due or self._pool.waiting(said) == data
        is_heard = not is_there and self._has_quota(said.author)
        return is_heard and not (self.declined and name_of(data) in self.declined)

    def _has_quota(self, author: bytes) -> bool:
        """Whether an author has not used up its quota, with all that is to be appended now."""
        used = self.contract.said[author] + self._refusals.used[author] + self._asked[author]
        return self.contract.is_always_heard(author) or used < self.contract.charter.quota

    def _have_appended(self, said: Unread) -> None:
        """Have something appended next. Whoever says again what was refused uses up nothing."""
        self._due[said.data] = None
        self._next[said.author] = max(self._next[said.author], said.nonce + 1)
        if not self._refusals.knows(said.author, name_of(said.data)):
            self._asked[said.author] += pieces(said.data)

    def _hold(self, said: Unread, following: int) -> None:
        """Have something wait; what that pushes out, or finds no room, is declined."""
        left = self._pool.hold(said, following)
        if left:
            self._decline(attrs.evolve(said, data=left), counts=True)

    def _decline(self, said: Unread, *, counts: bool) -> None:
        """Say of something that it is not appended, and have its author's quota used."""
        name = name_of(said.data)
        self.declined.add(name)
        self.left_out.append(said.data)
        if counts and not self.contract.is_always_heard(said.author):
            quota = self.contract.charter.quota
            self._refusals.count(said.author, name, said.data, quota)
