"""Witnesses: parties who hold a ledger's node to one history (III.F, "immutable ledger").

A file by itself cannot show that it was cut, and a node can show everybody a history of their own.
So each party keeps the last block that it has acted upon, and goes on only to a ledger that leads
there and on from it: what has another block in that place shows the node, which has signed both.
After a loss of power it can be one that it has acted upon before.

So that nobody's own word is needed for what was there, some parties, the witnesses, sign every so
many blocks what the node has signed, and each of them signs only what continues that which it
signed last. A *head* is such a block with signatures, and it stands with those of a quorum, more
than half of them. Each party keeps the last one that stands in the ledger that it follows. Of two
that stand and contradict each other somebody has signed both, which each party shows that has kept
one and is shown the other; and whoever has one can tell a ledger that ends before it.

A witness keeps what it signs before it lets that out, also if power is lost from then on. That its
storage is not set back to an older copy is assumed: a witness that does not know any more what it
has signed can be had to sign another history, and is convicted like all who do.

While more witnesses are away than a quorum can spare, the ledger goes on and has no new heads: it
could be cut back to its last one, and only a signature of the node's would show it.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Self, TypeAlias

import attrs

from impl.ledger.block import STRETCH, Block, SignedBlock, Stretch
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.limits import excess
from impl.ledger.port import LedgerError
from impl.ledger.transaction import MalformedTransaction, check_fields
from impl.storage import Storage
from spec.bytes.encoding import EncodingError, Value, decode, encode

EVERY = 16
"""Blocks from one head to the next."""
ANNOUNCED, HEAD = "announced", "head"
"""Under which names a node keeps what it has announced, and anybody the last head."""
_LAST, _SEEN = "witnessed", "seen"
_TOLD: Mapping[str, str] = {
    _LAST: "has witnessed it",
    _SEEN: "has acted upon it",
    ANNOUNCED: "has announced it",
    HEAD: "knows it as a head",
}
"""By the names under which blocks are kept, what whoever keeps one has to do with it."""


def last_witnessed(storage: Storage) -> SignedBlock | None:
    """What the party with a storage has signed last as a witness, as the node had signed it."""
    return None if storage.missing(_LAST) else _parsed(storage.get(_LAST))


@lru_cache(64)  # of `BYTES` at most; each party asks again and again for its own
def _parsed(data: bytes) -> SignedBlock:
    return SignedBlock.parse(data)


def _height(signed: SignedBlock) -> int:
    return signed.block.height


Between: TypeAlias = Callable[[int, int], Sequence[SignedBlock]]
"""Gives the blocks that a node shows of some heights and between them. Raises LedgerError."""
Evidence: TypeAlias = Mapping[bytes, tuple[Stretch, Stretch]]
"""Of each who has vouched for two histories, two stretches that show it: they begin with other
blocks for one place, and both end with a block that it has signed."""


class Forked(Exception):
    """What a node shows lacks what it has vouched for before: it shows two histories.

    Attributes:
        evidence: of whom it shows that; of nobody if this could be a ledger that was cut, or is not
            there to be read.
    """

    def __init__(self, problem: str, evidence: Evidence | None = None) -> None:
        super().__init__(problem)
        self.evidence = evidence or {}


@attrs.frozen
class Head:
    """A block that a node has signed, with the signatures of witnesses.

    Attributes:
        signed: the block, and the node's signature.
        witnessed: the signatures of witnesses under the same bytes, by the parties' names, which
            are their first public keys.
    """

    signed: SignedBlock
    witnessed: Mapping[bytes, bytes] = attrs.field(factory=dict)

    def is_signed_by(self, witness: bytes, key: bytes) -> bool:
        """Whether a witness has signed the block, with the key that it has in force."""
        signature = self.witnessed.get(witness, b"")
        return SignedBlock(self.signed.block, signature).is_signed_with(key)

    def stands(self, node: bytes, witnesses: Mapping[bytes, bytes], quorum: int) -> bool:
        """Whether the block counts as witnessed.

        Args:
            node: the public key of the ledger's node, which must have signed the block.
            witnesses: who may witness, with the key that each has in force.
            quorum: how many of them must have signed; with none, nothing is witnessed.
        """
        signed = sum(self.is_signed_by(party, key) for party, key in witnesses.items())
        return self.signed.is_signed_with(node) and 0 < quorum <= signed

    def with_those_of(self, witnesses: Mapping[bytes, bytes]) -> "Head":
        """With those signatures alone that witnesses have made with the keys given for them."""
        made = [who for who, key in witnesses.items() if self.is_signed_by(who, key)]
        return Head(self.signed, {who: self.witnessed[who] for who in made})

    def signatures(self, node: bytes) -> Mapping[bytes, bytes]:
        """All signatures under the block, with that of the node, by whose they are."""
        return {**self.witnessed, node: self.signed.signature}

    def canonical(self) -> bytes:
        """Its bytes."""
        pairs: list[Value] = [[key, sign] for key, sign in sorted(self.witnessed.items())]
        return encode({"signed": self.signed.canonical(), "witnessed": pairs})

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The head in these bytes. Raises MalformedTransaction, naming the place."""
        problem = excess(data)  # anybody can send one
        if problem is not None:
            raise MalformedTransaction(f"head: {problem}")
        try:
            fields = decode(data)
        except EncodingError as error:
            raise MalformedTransaction(f"head: {error}") from None
        check_fields(fields, {"signed": bytes, "witnessed": list}, "head")
        match fields:
            case {"signed": bytes(signed), "witnessed": [*pairs]}:
                return cls(SignedBlock.parse(signed), _parse_pairs(pairs))
        raise MalformedTransaction("head: not the fields that were checked")


@lru_cache(64)  # it is looked at with every block
def _parsed_head(data: bytes) -> Head:
    return Head.parse(data)


def _parse_pairs(pairs: Sequence[Value]) -> dict[bytes, bytes]:
    """The signatures by their parties, of which each stands once, in order: a head has one form."""
    found = dict(map(_parse_pair, pairs))
    if [*found] != sorted(found) or len(found) != len(pairs):
        raise MalformedTransaction("head.witnessed: give each party once, sorted by its name")
    return found


def _parse_pair(pair: Value) -> tuple[bytes, bytes]:
    match pair:
        case [bytes(key), bytes(signature)]:
            return key, signature
    raise MalformedTransaction("head.witnessed: give pairs of a key and a signature")


@attrs.frozen
class Followed:
    """A block to which somebody has followed a ledger, as it keeps that, whoever wrote it there.

    Attributes:
        party: its name.
        file: where it keeps it.
        name: as what: it has witnessed it, acted upon it, or, as the node, announced it; or knows
            that it is a head.
        signed: the block, and the signature of whoever is the node; None if it is no block.
    """

    party: str
    file: Path
    name: str
    signed: SignedBlock | None

    @classmethod
    def of(cls, party: str, storage: Storage) -> Sequence[Self]:
        """What is in the storage of a party, or of a ledger's node. Raises OSError."""
        return [
            cls(party, storage.file, name, _block_in(name, storage.get(name)))
            for name in _TOLD
            if not storage.missing(name)
        ]

    def known(self, genesis: Genesis) -> SignedBlock | None:
        """The block, if a ledger has to have it, as its node has signed it; None otherwise."""
        with suppress(Forked):
            if self.signed is not None:
                _check_signed(self.signed, genesis)
                return self.signed
        return None

    @property
    def told(self) -> str:
        """Who knows of the block, and where that is kept."""
        return f"{self.party} {_TOLD[self.name]}: {self.file}"

    @property
    def passed_over(self) -> str:
        """That no ledger has to have it, and what mends that."""
        return (
            f"{self.file}: what {self.party} keeps as {self.name} is no block that the ledger's "
            "node has signed, and is passed over; put back what it was"
        )


def _block_in(name: str, data: bytes) -> SignedBlock | None:
    """The block in what is kept under a name; None if it is none."""
    with suppress(MalformedTransaction):
        return _parsed_head(data).signed if name == HEAD else _parsed(data)
    return None


@attrs.define
class Witness:
    """A party that signs one history, also if it stops at any time.

    Attributes:
        genesis: the ledger's.
        party: who it is, by its first public key.
        key: what the witness signs with.
        storage: where it keeps what it has signed last.
    """

    genesis: Genesis
    party: bytes
    key: SigningKey
    storage: Storage

    @property
    def last(self) -> SignedBlock | None:
        """What it has signed last, as the node had signed it."""
        return last_witnessed(self.storage)

    def begins(self, announced: SignedBlock) -> int:
        """The height of the first block that it has to see before it signs what is announced."""
        return min(_height(self.last) if self.last else 1, _height(announced))

    def sign(self, announced: SignedBlock, ledger: Sequence[SignedBlock]) -> Head:
        """Sign what a node has announced.

        Args:
            announced: the block, and the node's signature.
            ledger: the blocks that the node shows from there on, whether it has signed them or not.

        Raises Forked unless the node has signed what it announces, and shows just that in its
        place, and in its own place what was signed last.
        """
        last, node = self.last, self.genesis.node
        _check_signed(announced, self.genesis)
        if last is None:
            self._check_begun(ledger)
        known = [announced if each.block == announced.block else each for each in ledger]
        _check_chained(known)
        for signed in filter(None, (last, announced)):
            _find(signed, [each for each in known if _height(each) >= _height(signed)], node)
        if last is None or _height(last) < _height(announced):
            self.storage.put(_LAST, announced.canonical())  # first, lest it sign another in a crash
        return Head(announced, {self.party: announced.block.signed(self.key).signature})

    def _check_begun(self, ledger: Sequence[SignedBlock]) -> None:
        """See that blocks go on from the genesis: nothing was signed yet."""
        identity = self.genesis.identity
        for block in (signed.block for signed in ledger[:1]):
            if block != attrs.evolve(block, ledger=identity, height=1, previous=identity):
                raise Forked(f"block {block.height}: the ledger does not begin with it")


def _check_signed(signed: SignedBlock, genesis: Genesis) -> None:
    """See that a ledger's node has signed a block. Raises Forked."""
    if signed.block.ledger != genesis.identity or not signed.is_signed_with(genesis.node):
        raise Forked(f"block {signed.block.height}: not signed by the node, for this ledger")


def _check_chained(blocks: Sequence[SignedBlock]) -> None:
    """See that blocks follow one another. Raises Forked."""
    for before, after in pairwise(signed.block for signed in blocks):
        if not after.follows(before):
            raise Forked(f"block {after.height}: it does not continue the one before")


def _find(signed: SignedBlock, shown: Sequence[SignedBlock], node: bytes) -> None:
    """See that blocks that a node shows from a place on begin with the one that it has signed.

    If another stands there, the first that is signed from there on vouches for that. Raises Forked.
    """
    if shown and shown[0].block == signed.block:
        return
    problem = f"block {signed.block.height}: gone, or another than it has signed"
    if shown and shown[0].block.height == signed.block.height:
        for end, other in enumerate(shown[:STRETCH], start=1):
            if other.is_signed_with(node):
                found = Stretch.of([signed]), Stretch.of(shown[:end])
                raise Forked(problem, {node: found})
    raise Forked(problem)


def _leads(first: Block, last: Block, between: Between) -> bool:
    """Whether one block is another, or is chained to it by those in between. Raises LedgerError."""
    before = first
    for begin in range(first.height + 1, last.height, STRETCH):
        for signed in between(begin, min(begin + STRETCH, last.height) - 1):
            if not signed.block.follows(before):
                return False
            before = signed.block
    return last == first or last.follows(before)


@attrs.define
class Keeper:
    """A party that follows one ledger, and shows who vouches for another.

    It keeps the last block of it that it acted upon, and the last head that stands in it. All that
    it has seen before hangs together with these by digests, so nothing else is held against what it
    is shown.

    Attributes:
        genesis: the ledger's.
        storage: where it keeps them.
    """

    genesis: Genesis
    storage: Storage
    _seen: SignedBlock | None = attrs.field(default=None, init=False)
    _acted_upon: SignedBlock | None = attrs.field(default=None, init=False)
    _head: Head | None = attrs.field(default=None, init=False)

    @property
    def seen(self) -> SignedBlock | None:
        """The last block that it has seen; once it begins again, the last that it has kept.

        None if there is none that the ledger's node has signed: the next one takes its place.
        Raises OSError.
        """
        if self._seen is None:
            kept = self._block, self.head.signed if self.head is not None else None
            self._seen = max(filter(None, kept), key=_height, default=None)
        return self._seen

    @property
    def head(self) -> Head | None:
        """The head that it keeps; none if its block is none of the node's. Raises OSError."""
        if self._head is None and not self.storage.missing(HEAD):
            with suppress(MalformedTransaction, Forked):
                head = _parsed_head(self.storage.get(HEAD))
                _check_signed(head.signed, self.genesis)
                self._head = head
        return self._head

    def look(self, last: SignedBlock | None, shown: Head | None, between: Between) -> None:
        """Go on to the last block of a ledger, and to a head that stands in it.

        Of two heads that contradict each other, the second shows witnesses once it is as high as
        the first, and no more than `STRETCH` blocks lead there: what comes in between before that
        is shown by none but the history that is not shown any more. The node signs every block, so
        it is shown wherever the ledger has another in the place of one that was seen.

        Args:
            last: the last block that the node shows.
            shown: the head that it shows, if one stands.
            between: gives the blocks that it shows.

        Raises Forked, unless what was seen last leads to the last block, and so does the head; then
        what is kept is as it was. Raises OSError if what is kept cannot be read.
        """
        try:
            self._go_on(last, shown, between)
        except LedgerError as error:
            raise Forked(str(error)) from None
        except Forked as forked:
            signers = self._signers(shown, between)
            raise Forked(str(forked), {**signers, **forked.evidence}) from None

    def keep(self) -> None:
        """Keep what was seen last, before it is acted upon.

        For want of room it is only remembered: whoever says nothing in time can lose more.
        """
        seen = self._seen
        if seen is not None and seen != self._acted_upon:
            with suppress(OSError):
                self.storage.jot(_SEEN, seen.canonical())
                self._acted_upon = seen

    @property
    def _block(self) -> SignedBlock | None:
        """The block that it has kept; none if it is none of the node's."""
        if not self.storage.missing(_SEEN):
            with suppress(MalformedTransaction, Forked):
                signed = _parsed(self.storage.get(_SEEN))
                _check_signed(signed, self.genesis)
                return signed
        return None

    def _go_on(self, last: SignedBlock | None, shown: Head | None, between: Between) -> None:
        seen, kept = self.seen, self.head
        if last is None:
            if seen is not None:
                raise Forked(f"block {_height(seen)}: gone")
            return
        if last != seen:
            _check_signed(last, self.genesis)
            self._see_led(seen or last, last, between)
        if shown is not None and (kept is None or shown.signed.block != kept.signed.block):
            self._see_led(shown.signed, last, between)
        self._seen = last
        if shown is not None:
            self._adopt(shown, kept)

    def _see_led(self, signed: SignedBlock, last: SignedBlock, between: Between) -> None:
        """See that blocks lead from one that the node has signed to the last one.

        Raises Forked, and LedgerError.
        """
        if not _leads(signed.block, last.block, between):
            low, high = _height(signed), _height(last)
            found = between(low, min(high, low + STRETCH - 1))
            blocks = [last if each.block == last.block else each for each in found]
            _find(signed, blocks, self.genesis.node)
            raise Forked(f"block {high}: nothing leads to it from block {low}")

    def _adopt(self, shown: Head, kept: Head | None) -> None:
        """Keep a head that is higher than the one it keeps, or has more signatures."""
        if kept is not None and shown.signed.block == kept.signed.block:
            # of a key that was replaced, a signature shows nobody any more
            shown = Head(shown.signed, {**kept.witnessed, **shown.witnessed})
        elif kept is not None and _height(shown.signed) < _height(kept.signed):
            return
        if shown != kept:
            self._head = shown
            with suppress(OSError):  # no room: so the next one is kept
                self.storage.jot(HEAD, shown.canonical())

    def _signers(self, shown: Head | None, between: Between) -> Evidence:
        """Who has signed the head that it keeps, and one that stands in another history."""
        with suppress(LedgerError):
            kept = self.head
            if kept is not None and shown is not None:
                return self._signed_both(kept, shown, between)
        return {}

    def _signed_both(self, kept: Head, shown: Head, between: Between) -> Evidence:
        low, high = _height(kept.signed), _height(shown.signed)
        blocks = [shown.signed] if low == high else between(low, min(high, low + STRETCH - 1))
        leads = [each.block for each in blocks[-1:]] == [shown.signed.block]
        if not leads or blocks[0].block == kept.signed.block:
            return {}
        one, other = (head.signatures(self.genesis.node) for head in (kept, shown))
        return {
            party: (
                Stretch.of([attrs.evolve(kept.signed, signature=one[party])]),
                Stretch.of([*blocks[:-1], attrs.evolve(shown.signed, signature=other[party])]),
            )
            for party in one
            if party in other
        }
