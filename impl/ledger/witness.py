"""Witnesses: parties who hold a ledger's node to one history (III.F, "immutable ledger").

A file by itself cannot show that it was cut, and a node can show everybody a history of their own.
So some parties, the witnesses, sign every so many blocks what the node has signed, and each of them
signs only what continues that which it signed last. A *head* is such a block with signatures, and
it stands with those of a quorum, more than half of them. Of two that stand and contradict each
other somebody has signed both, which each party shows that has kept one and is shown the other; and
whoever has one can tell a ledger that ends before it.

A witness keeps what it signs before it lets that out, also if power is lost from then on. That its
storage is not set back to an older copy is assumed: a witness that does not know any more what it
has signed can be had to sign another history, and is convicted like all who do.

While more witnesses are away than a quorum can spare, the ledger goes on and has no new heads: it
could be cut back to its last one, and only a signature of the node's would show it.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import dropwhile, pairwise
from pathlib import Path
from typing import Self, TypeAlias

import attrs

from impl.ledger.block import STRETCH, SignedBlock, Stretch
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.limits import excess
from impl.ledger.transaction import MalformedTransaction, check_fields
from impl.storage import Storage
from spec.bytes.encoding import EncodingError, Value, decode, encode

EVERY = 16
"""Blocks from one head to the next."""
_LAST, _HEAD = "witnessed", "head"


def last_witnessed(storage: Storage) -> SignedBlock | None:
    """What the party with a storage has signed last as a witness, as the node had signed it."""
    return None if storage.missing(_LAST) else _parsed(storage.get(_LAST))


@lru_cache(64)  # of `BYTES` at most; each party asks again and again for its own, of a head
def _parsed(data: bytes) -> SignedBlock:
    return SignedBlock.parse(data)


class Forked(Exception):
    """What a node shows lacks what it has vouched for before: it shows two histories.

    Attributes:
        shown: two stretches that begin with other blocks for one place, and both end with a block
            that the node has signed; none if nobody could tell this from a ledger that was cut.
    """

    def __init__(self, problem: str, *shown: Stretch) -> None:
        super().__init__(problem)
        self.shown = shown


@attrs.frozen
class Witnessed:
    """What a party keeps as the block that it has signed last as a witness, whoever wrote it there.

    Attributes:
        party: its name.
        file: where it keeps it.
        signed: the block, and the signature of whoever is the node; None if it is no block.
    """

    party: str
    file: Path
    signed: SignedBlock | None

    @classmethod
    def of(cls, party: str, storage: Storage) -> "Witnessed | None":
        """What is in the storage of a party; None if nothing of the kind is."""
        if storage.missing(_LAST):
            return None
        try:
            signed = last_witnessed(storage)
        except MalformedTransaction:
            signed = None
        return cls(party, storage.file, signed)

    def known(self, genesis: Genesis) -> SignedBlock | None:
        """The block, if a ledger has to have it, as its node has signed it; None otherwise."""
        signed = self.signed
        if signed is None or signed.block.ledger != genesis.identity:
            return None
        return signed if signed.is_signed_with(genesis.node) else None

    @property
    def passed_over(self) -> str:
        """That no ledger has to have it, and what mends that."""
        return (
            f"{self.file}: what {self.party} has witnessed is no block that the ledger's node has "
            "signed, and is passed over; put back what it was"
        )


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
        last = self.last.block.height if self.last else 1
        return min(last, announced.block.height)

    def sign(self, announced: SignedBlock, ledger: Sequence[SignedBlock]) -> Head:
        """Sign what a node has announced.

        Args:
            announced: the block, and the node's signature.
            ledger: the blocks that the node shows from there on, whether it has signed them or not.

        Raises Forked unless the node has signed what it announces, and shows just that in its
        place, and in its own place what was signed last.
        """
        last, height = self.last, announced.block.height
        is_its_own = announced.block.ledger == self.genesis.identity
        if not (is_its_own and announced.is_signed_with(self.genesis.node)):
            raise Forked(f"block {height}: not signed by the node, for this ledger")
        self._check_chained(ledger)
        known = [announced if each.block == announced.block else each for each in ledger]
        for signed in filter(None, (last, announced)):
            self._find(signed, known)
        if last is None or last.block.height < height:  # it is kept first, lest it sign another
            self.storage.put(_LAST, announced.canonical())  # after a crash
        return Head(announced, {self.party: announced.block.signed(self.key).signature})

    def _check_chained(self, ledger: Sequence[SignedBlock]) -> None:
        """See that blocks follow one another, from the genesis on if nothing was signed yet."""
        blocks, identity = [signed.block for signed in ledger], self.genesis.identity
        for block in blocks[:1]:
            begun = attrs.evolve(block, ledger=identity, height=1, previous=identity)
            if self.last is None and block != begun:
                raise Forked(f"block {block.height}: the ledger does not begin with it")
        for before, block in pairwise(blocks):
            if not block.follows(before):
                raise Forked(f"block {block.height}: it does not continue the one before")

    def _find(self, signed: SignedBlock, ledger: Sequence[SignedBlock]) -> None:
        """See that a block that the node has signed stands among others that follow one another.

        If another stands in its place, the first that is signed from there on vouches for that.
        """
        height = signed.block.height
        rest = [*dropwhile(lambda other: other.block.height != height, ledger)]
        if rest and rest[0].block == signed.block:
            return
        problem = f"block {height}: gone, or another than it has signed"
        for end, other in enumerate(rest[:STRETCH], start=1):
            if other.is_signed_with(self.genesis.node):
                raise Forked(problem, Stretch.of([signed]), Stretch.of(rest[:end]))
        raise Forked(problem)


Between: TypeAlias = Callable[[int, int], Sequence[SignedBlock]]
"""Gives the blocks that a node shows of some heights and between them. Raises LedgerError."""
Evidence: TypeAlias = Mapping[bytes, tuple[Stretch, Stretch]]
"""Of each who has vouched for two histories, two stretches that show it."""


@attrs.define
class Keeper:
    """A party that keeps the last head that it was shown, and shows who signs another history.

    Attributes:
        node: the public key of the ledger's node.
        storage: where it keeps that head.
    """

    node: bytes
    storage: Storage

    @property
    def kept(self) -> Head | None:
        """The head that it keeps; none if that cannot be read, and the next takes its place."""
        if self.storage.missing(_HEAD):
            return None
        with suppress(MalformedTransaction):
            return Head.parse(self.storage.get(_HEAD))
        return None

    def look(self, shown: Head, between: Between) -> Evidence:
        """Keep a head that stands, unless its history is another than that of the one it keeps.

        Then it says who has signed both. Where the new one is lower it waits: what comes in between
        there is shown by none but the history that is not shown any more. Raises LedgerError.
        """
        kept = self.kept
        if kept is None:
            self._keep(shown)
        elif kept.signed == shown.signed:
            self._keep(Head(shown.signed, {**shown.witnessed, **kept.witnessed}))
        elif kept.signed.block.height <= shown.signed.block.height:
            return self._follow(kept, shown, between)
        return {}

    def _follow(self, kept: Head, shown: Head, between: Between) -> Evidence:
        """Keep a head that follows on the one it keeps, or say who has signed both."""
        low, high = (head.signed.block.height for head in (kept, shown))
        if low < high and [each.block for each in between(low, low)] == [kept.signed.block]:
            self._keep(shown)
            return {}
        *blocks, last = between(low, min(high, low + STRETCH - 1)) if low < high else [shown.signed]
        if last.block != shown.signed.block:
            return {}
        one, other = kept.signatures(self.node), shown.signatures(self.node)
        return {
            party: (
                Stretch.of([attrs.evolve(kept.signed, signature=one[party])]),
                Stretch.of([*blocks, attrs.evolve(shown.signed, signature=other[party])]),
            )
            for party in one
            if party in other
        }

    def _keep(self, head: Head) -> None:
        if head != self.kept:
            self.storage.put(_HEAD, head.canonical())
