"""The process that keeps the ledger, and what else all parties share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from secrets import token_bytes
from typing import TypeVar, cast

import attrs

from impl.hardened.contract import HardenedContract
from impl.hardened.dispute import Claim
from impl.hardened.network import Network
from impl.hardened.parties.hearing import Hearing
from impl.hardened.parties.shown import HEADS, LEDGER
from impl.keyring import Keyring
from impl.ledger.block import BYTES, SignedBlock
from impl.ledger.keys import SigningKey
from impl.ledger.port import KeptLedger, LedgerCorrupt, LedgerError
from impl.ledger.transaction import MalformedTransaction, Refused, Transaction
from impl.ledger.witness import ANNOUNCED, EVERY, HEAD, Head
from impl.storage import Storage

K = TypeVar("K")

AT_ONCE = 1024
"""How much that has arrived is looked at together, at most."""
VOUCHED = 2 * BYTES
"""Bytes of what a witness says: the block that it has signed, and its signature."""


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
    _hearing: Hearing = attrs.field(init=False)
    _gathered: dict[bytes, bytes] = attrs.field(factory=dict, init=False)
    _keys: Keyring = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        # it was opened with one, and to check that takes many times as long as all else here
        self.contract = cast(HardenedContract, self.ledger.contract)
        self._hearing = Hearing(self.ledger, self.contract)
        self._keys = Keyring(self.key, self.storage)
        self.announced = self._kept(ANNOUNCED, SignedBlock.parse)
        head = self._kept(HEAD, Head.parse)
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
        self.gather(islice(iter(lambda: self.network.receive(HEADS), None), AT_ONCE))
        arrived = [*islice(iter(lambda: self.network.receive(LEDGER), None), AT_ONCE)]
        for data in arrived:
            self._hearing.hear(data)
        batch, before = self.arrived(), {**self.contract.keys}
        if batch:
            for data, outcome in zip(batch, self._append(batch), strict=True):
                if isinstance(outcome, Refused):
                    self._hearing.leave_out(data, counts=not self.failure)
        for data in self._hearing.left_out:
            self._remember(data, before)
        self._hearing.left_out.clear()
        return bool(arrived or batch)

    def arrived(self) -> Sequence[bytes]:
        """What is to be appended now, in order: so much that what comes of it is soon known."""
        return self._hearing.take()

    @property
    def declined(self) -> set[bytes]:
        """The names of all that was not appended in this block, for whoever waits for it."""
        return self._hearing.declined

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

        Of two outputs for a step at least one is not what its holder records: no third is needed,
        nor one of them once more, with another key.

        Args:
            before: the keys that were in force before this block; one may have been replaced in it.
        """
        contract = self.contract
        claim = contract.claim(data, contract.keys, before)
        if claim is None or not contract.counts(claim):
            return
        known = [each for each in self.refused.get(claim.request, ()) if contract.counts(each)]
        about = claim.step, claim.holder
        outputs = {each.output for each in known if (each.step, each.holder) == about}
        if claim.output not in outputs and len(outputs) < 2:
            known.append(claim)
            self.refused[claim.request] = known
            self.shown += 1

    def pass_block(self) -> None:
        """A block passes, unless `failure` says why not."""
        requests = self.contract.requests
        self.refused = {
            name: claims for name, claims in self.refused.items() if not requests[name].is_done
        }
        self._hearing.pass_block()
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
                self.storage.put(ANNOUNCED, last.canonical())
                self.announced, self._gathered = last, {}

    def gather(self, arrived: Iterable[bytes]) -> None:
        """Take in what witnesses have signed, and show it as a head if enough of them have.

        All that has arrived is shown at once: of all that is shown anew, everybody takes notice.
        """
        new = {party: made for data in arrived for party, made in self._signed_in(data).items()}
        if self.announced is None or not new:  # it costs no more than what it brings
            return
        head = Head(self.announced, {**self._gathered, **new})
        with suppress(OSError):  # no room: it is no head before it is kept
            if self._stands(head):
                self.storage.jot(HEAD, head.canonical())
                self.head = head
                self.shown += 1
            self._gathered |= new

    def _signed_in(self, data: bytes) -> Mapping[bytes, bytes]:
        """Who, by what has arrived, has signed what is announced, and is not known to have.

        What is none of that is dropped. To look at it costs little, for anybody can send it.
        """
        if self.announced is None or len(data) > VOUCHED:
            return {}
        try:
            said = Head.parse(data)
        except MalformedTransaction:
            return {}
        head = Head(self.announced, self._gathered)
        return {
            party: said.witnessed[party]
            for party, key in self._witnesses().items()
            if party in said.witnessed
            and said.signed == head.signed
            and not head.is_signed_by(party, key)
            and said.is_signed_by(party, key)
        }

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
