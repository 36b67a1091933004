"""The process that keeps the ledger, and what else all parties share."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from secrets import token_bytes
from typing import TypeVar, cast

import attrs

from impl.hardened.contract import HardenedContract
from impl.hardened.dispute import Claim
from impl.hardened.network import Network
from impl.hardened.parties.pool import Pool
from impl.hardened.parties.refusals import Refusals
from impl.hardened.parties.shown import HEADS, LEDGER, name_of
from impl.keyring import Keyring
from impl.ledger.block import BYTES, SignedBlock
from impl.ledger.keys import SigningKey
from impl.ledger.port import KeptLedger, LedgerCorrupt, LedgerError
from impl.ledger.transaction import MalformedTransaction, Refused, Transaction, parse
from impl.ledger.witness import EVERY, Head
from impl.storage import Storage

K = TypeVar("K")

AT_ONCE = 1024
"""Transactions that are looked at together: of those refused, an author can have so many more."""
VOUCHED = 2 * BYTES
"""Bytes of what a witness says: the block that it has signed, and its signature."""
_ANNOUNCED, _HEAD = "announced", "head"


@attrs.define
class Node:
    """The process that keeps the ledger, and shows what `Shown` says.

    Attributes:
        key: what blocks are signed with, for good: the genesis names it.
        storage: where it keeps what is announced and the head, lest they go when the process stops.
        failure: why what arrived last could not be written, or no block has passed, if so it is.
    """

    ledger: KeptLedger
    network: Network
    key: SigningKey
    storage: Storage
    contract: HardenedContract = attrs.field(init=False)
    announced: SignedBlock | None = attrs.field(init=False)
    head: Head | None = attrs.field(init=False)
    refused: dict[bytes, list[Claim]] = attrs.field(factory=dict)
    failure: str = ""
    shown: int = 0
    declined: set[bytes] = attrs.field(factory=set, init=False)
    _pool: Pool = attrs.field(factory=Pool, init=False)
    _refusals: Refusals = attrs.field(factory=Refusals, init=False)
    _gathered: dict[bytes, bytes] = attrs.field(factory=dict, init=False)
    _keys: Keyring = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        # it was opened with one, and to check that takes many times as long as all else here
        self.contract = cast(HardenedContract, self.ledger.contract)
        self._keys = Keyring(self.key, self.storage)
        self.announced = self._kept(_ANNOUNCED, SignedBlock.parse)
        head = self._kept(_HEAD, Head.parse)
        self.head = head if head and self._stands(head) else None
        if self.head and self.head.signed == self.announced:
            self._gathered = {**self.head.witnessed}

    def _kept(self, name: str, parse: Callable[[bytes], K]) -> K | None:
        """What is kept under a name, if anything is. Raises LedgerError if it cannot be read."""
        if self.storage.missing(name):
            return None
        try:
            return parse(self.storage.get(name))
        except MalformedTransaction as error:
            place = f"{self.storage.file}: what {self.storage.folder.name} keeps as {name}"
            raise LedgerError(f"{place}: {error}: remove it") from None

    def act(self) -> bool:
        """Append what has arrived, as a block; whether anything has."""
        for data in islice(iter(lambda: self.network.receive(HEADS), None), AT_ONCE):
            self.gather(data)
        batch, before = self.arrived(), {**self.contract.keys}
        if batch:
            outcomes = self._append(batch)
            pairs = zip(batch, outcomes, strict=True)
            appended = {data for data, outcome in pairs if not isinstance(outcome, Refused)}
            left_out = [self._hold(data) for data in batch if data not in appended]
            self._decline([data for data in left_out if data], appended, before)
        return bool(batch)

    def arrived(self) -> Sequence[bytes]:
        """What is to be appended now, in order: so much that what comes of it is soon known."""
        arrived = filter(self._is_heard, iter(lambda: self.network.receive(LEDGER), None))
        return [*self._pool.take(self.ledger), *islice(arrived, AT_ONCE)]

    def _is_heard(self, data: bytes) -> bool:
        """Whether something is looked at.

        What was declined is not, in the same block, nor what bears the name of an author whose
        quota is used up, if some of that was refused: the contract refuses all else by itself.
        """
        if not self.declined:  # as most often
            return True
        name = name_of(data)
        if self._refusals.used and self._has_used_up(self._named(data)):
            self.declined.add(name)
        return name not in self.declined

    def _has_used_up(self, author: bytes) -> bool:
        """Whether an author has used up its quota, and not only by what was appended."""
        used, said = self._refusals.used[author], self.contract.said[author]
        return used > 0 and used + said >= self.contract.charter.quota

    @staticmethod
    def _named(data: bytes) -> bytes:
        """Whose name something bears, whoever has signed it."""
        try:
            return parse(data).transaction.author
        except MalformedTransaction:
            return b""

    def _hold(self, data: bytes) -> bytes:
        """Hold what arrived too early until its turn comes; what is not held for that."""
        charter = self.contract.charter
        return self._pool.hold(data, self.ledger, {*charter.purses, charter.beacon})

    def _decline(
        self, refused: Sequence[bytes], appended: Collection[bytes], before: Mapping[bytes, bytes]
    ) -> None:
        """Say of some transactions that they are not appended, and have their authors' quotas used.

        Args:
            appended: what was appended meanwhile.
            before: the keys that were in force before.
        """
        said = Counter(map(self._named, appended if refused else ()))
        for data in refused:
            name = name_of(data)
            self.declined.add(name)
            self._remember(data, before)
            author = self._author(data, said, before)
            if author and not self.failure:
                self._refusals.count(author, name, data, self.contract.charter.quota)

    def _author(self, data: bytes, said: Counter[bytes], before: Mapping[bytes, bytes]) -> bytes:
        """Who has this node look at something in vain; nobody, if that has no quota.

        It has signed that, and under a number that was still to come, or others would have said it
        again.

        Args:
            said: how much of whom was appended meanwhile.
        """
        try:
            signed = parse(data)
        except MalformedTransaction:
            return b""
        author, number = signed.transaction.author, signed.transaction.nonce
        keys = {self.ledger.keys_of(author)[-1], before.get(author, author)}
        counts = (
            author in self.contract.charter.purses
            and not self.contract.is_always_heard(author)
            and signed.transaction.ledger == self.ledger.identity
            and number >= self.ledger.next_nonce(author) - said[author]
            and any(map(signed.is_signed_with, keys))
        )
        return author if counts else b""

    def _append(self, batch: Sequence[bytes]) -> Sequence[int | Refused]:
        """Append a batch; of each its position, or why it is left out.

        What cannot be written, for want of room among other reasons, is lost, and said again in the
        next block; until it can be, none passes. A ledger that is corrupt is no such reason.
        """
        self.failure = ""
        try:
            return self.ledger.append(batch)
        except LedgerCorrupt:
            raise
        except LedgerError as error:
            self.failure = str(error)
            return [Refused(self.failure)] * len(batch)

    def _remember(self, data: bytes, before: Mapping[bytes, bytes]) -> None:
        """Remember what was refused, if it can become a second record.

        Of two outputs for a step at least one is not what its holder records: no third is needed.

        Args:
            before: the keys that were in force before this block; one may have been replaced in it.
        """
        contract = self.contract
        claim = contract.claim(data, contract.keys, before)
        if claim is None or not contract.counts(claim):
            return
        known = [each for each in self.refused.get(claim.request, ()) if contract.counts(each)]
        same = [each for each in known if (each.step, each.holder) == (claim.step, claim.holder)]
        if claim not in same and len(same) < 2:
            known.append(claim)
            self.refused[claim.request] = known
            self.shown += 1

    def pass_block(self) -> None:
        """A block passes, unless `failure` says why not."""
        requests = self.contract.requests
        self.refused = {
            name: claims for name, claims in self.refused.items() if not requests[name].is_done
        }
        self.declined.clear()
        self._refusals.pass_block()
        self.shown += 1
        self._rotate()
        ledger, author = self.ledger, self.key.public
        tick = Transaction(ledger.identity, "tick", author, ledger.next_nonce(author), {})
        [outcome] = self._append([tick.signed(self._keys.signing(ledger))])
        if isinstance(outcome, Refused) and not self.failure:
            self.failure = f"{ledger.path}: no block passes, what says so is refused: {outcome}"
        self.announce()
        self.network.pass_block()

    @property
    def hindrance(self) -> str:
        """Why no block can pass, and what mends that; nothing, if one can."""
        if self._keys.has_in_force(self.ledger):
            return ""
        missing = "the key in force of who says that blocks pass is not there, so none passes"
        return f"{self.storage.folder}: {missing}; put back what it was"

    def replace_key(self) -> None:
        """Have another key say that blocks pass, from the next one on; it is kept first.

        Blocks are signed with the one that the genesis names all the same: who has stolen that can
        still sign two histories, and be shown to have.
        """
        self._keys.renew(self.ledger, token_bytes)

    def _rotate(self) -> None:
        """Bring a new key into force, if one was made, and the one in force is this node's."""
        with suppress(Refused):
            said = self._keys.rotation(self.ledger, self.ledger.next_nonce(self.key.public))
            if said is not None:
                self._append([said.signed(self._keys.signing(self.ledger))])

    def announce(self) -> None:
        """Have witnesses sign the last block, once there are enough new ones, and room."""
        last, before = self.ledger.last, self.announced.block.height if self.announced else 0
        if last is not None and last.block.height >= before + EVERY:
            with suppress(OSError):
                self.storage.put(_ANNOUNCED, last.canonical())
                self.announced, self._gathered = last, {}

    def gather(self, data: bytes) -> None:
        """Take in that a witness has signed what is announced; what is none of that is dropped.

        To look at it costs little, for anybody can send it.
        """
        if self.announced is None or len(data) > VOUCHED:
            return
        try:
            said = Head.parse(data)
        except MalformedTransaction:
            return
        head = Head(self.announced, self._gathered)
        new = {
            party: said.witnessed[party]
            for party, key in self._witnesses().items()
            if party in said.witnessed
            and said.signed == head.signed
            and not head.is_signed_by(party, key)
            and said.is_signed_by(party, key)
        }
        if not new:  # it costs no more than what it brings
            return
        head = Head(self.announced, {**self._gathered, **new})
        with suppress(OSError):  # no room: it is no head before it is kept
            if self._stands(head):
                self.storage.put(_HEAD, head.canonical())
                self.head = head
                self.shown += 1
            self._gathered |= new

    def _stands(self, head: Head) -> bool:
        return head.stands(self.key.public, self._witnesses(), self.contract.charter.quorum)

    def _witnesses(self) -> Mapping[bytes, bytes]:
        """The witnesses, with the keys that they have in force."""
        return {party: self.ledger.keys_of(party)[-1] for party in self.contract.charter.witnesses}

    def restart(self) -> "Node":
        """The process stops, and begins again from its files."""
        self.ledger.close()
        self.storage.close()
        self.network.forget(LEDGER)
        ledger = type(self.ledger).open(self.ledger.path, self.key, type(self.contract))
        storage = type(self.storage)(self.storage.folder)
        return type(self)(ledger, self.network, self.key, storage, shown=self.shown + 1)


@attrs.define
class Surroundings:
    """What all parties share.

    Attributes:
        randomness: gives so many bytes that nobody can foresee.
    """

    node: Node
    network: Network
    randomness: Callable[[int], bytes] = token_bytes
