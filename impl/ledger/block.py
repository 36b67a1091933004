"""Blocks: what a ledger's node has put in order, each chained to the one before, and signed."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Self

import attrs

from impl.ledger.keys import SigningKey, attached, verify
from impl.ledger.limits import excess
from impl.ledger.transaction import MalformedTransaction, check_fields
from spec.bytes.digest import digest
from spec.bytes.encoding import EncodingError, Value, decode, encode

BYTES = 512
"""A signed block has less: what is larger is not read."""
STRETCH = 1 << 12
"""Blocks that one signature vouches for at most, where that is shown."""
_REMEMBERED = 256
"""How many blocks are remembered, none of which is large: each witness reads and checks what all
others do."""
NUMBERS = range(2**63)
"""What can be a block's height, or its count: what a ledger's file has room for."""


@attrs.frozen
class Block:
    """A block's header; `root` is the Merkle root of the bytes of its `count` transactions.

    Attributes:
        ledger: whose block it is, by the ledger's identity.
        height: how many blocks stand before it; block 0 is the genesis.
        previous: the digest of the block before; of block 0, the ledger's identity.
    """

    ledger: bytes
    height: int
    previous: bytes
    root: bytes
    count: int

    @property
    def body(self) -> dict[str, Value]:
        """The header as it is encoded."""
        return {
            "ledger": self.ledger,
            "height": self.height,
            "previous": self.previous,
            "root": self.root,
            "count": self.count,
        }

    def canonical(self) -> bytes:
        """What is signed; by its fields, it is no transaction."""
        return _written(self)[0]

    @property
    def digest(self) -> bytes:
        """What the next block chains to."""
        return _written(self)[1]

    def next(self, root: bytes, count: int) -> "Block":
        """The block that is chained to this one, as the next of its ledger, with so much in it."""
        return Block(self.ledger, self.height + 1, self.digest, root, count)

    def follows(self, before: "Block") -> bool:
        """Whether it is chained to another block, as the next one of its ledger."""
        here = self.ledger, self.height, self.previous
        return here == (before.ledger, before.height + 1, before.digest)

    def signed(self, key: SigningKey) -> "SignedBlock":
        """The block as a node vouches for it."""
        return SignedBlock(self, key.sign(self.canonical()))


@lru_cache(_REMEMBERED)
def _written(block: Block) -> tuple[bytes, bytes]:
    """Its bytes and its digest: it is signed, checked and chained to by them."""
    written = encode(block.body)
    return written, digest("block", written)


@attrs.frozen
class SignedBlock:
    """A block, and the signature that came with it, whoever made it.

    Whoever keeps one can tell a ledger that ends before it, or that goes on otherwise: the file by
    itself cannot show that it was cut.
    """

    block: Block
    signature: bytes

    def is_signed_with(self, public: bytes) -> bool:
        """Whether the holder of a public key has signed the block."""
        return _is_signed_with(public, self.block.canonical(), self.signature)

    def canonical(self) -> bytes:
        """Its bytes."""
        return attached(self.block.canonical(), self.signature)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The signed block in these bytes. Raises MalformedTransaction, naming the place."""
        if len(data) > BYTES:
            raise MalformedTransaction(f"block: {len(data)} bytes: give {BYTES} at most")
        block, fields = _read(data, {"signature": bytes})
        match fields:
            case {"signature": bytes(signature)}:
                return cls(block, signature)
        raise MalformedTransaction(_UNCHECKED)


_is_signed_with = lru_cache(_REMEMBERED)(verify)


@attrs.frozen
class Stretch:
    """Blocks that follow one another, and a signature under the last, which vouches for them all.

    Only the first has its whole header: what the others are chained to follows from that.

    Attributes:
        first: the first block.
        after: the root and the count of each that follows.
        signature: the one under the last block, whoever made it.
    """

    first: Block
    after: tuple[tuple[bytes, int], ...]
    signature: bytes

    @classmethod
    def of(cls, blocks: Sequence[SignedBlock]) -> Self:
        """The stretch that some blocks are, which follow one another."""
        first, *after = (signed.block for signed in blocks)
        return cls(first, tuple((b.root, b.count) for b in after), blocks[-1].signature)

    @property
    def last(self) -> SignedBlock:
        """The last block."""
        block = self.first
        for root, count in self.after:
            block = block.next(root, count)
        return SignedBlock(block, self.signature)

    def canonical(self) -> bytes:
        """Its bytes."""
        after: list[Value] = [[root, count] for root, count in self.after]
        return encode(self.first.body | {"after": after, "signature": self.signature})

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The stretch in these bytes. Raises MalformedTransaction, naming the place."""
        problem = excess(data)
        if problem is not None:
            raise MalformedTransaction(f"block: {problem}")
        first, fields = _read(data, {"after": list, "signature": bytes})
        match fields:
            case {"after": [*pairs], "signature": bytes(signature)}:
                if len(pairs) >= STRETCH:
                    raise MalformedTransaction(f"block.after: give fewer than {STRETCH}")
                _check_number(first.height + len(pairs), "block.height")  # of the last
                return cls(first, tuple(map(_parse_pair, pairs)), signature)
        raise MalformedTransaction(_UNCHECKED)


def _parse_pair(pair: Value) -> tuple[bytes, int]:
    match pair:
        case [bytes(root), int(count)] if type(count) is int:  # a truth value is no number here
            _check_number(count, "block.after")
            return root, count
    raise MalformedTransaction("block.after: give pairs of a root and a count")


def _read(data: bytes, beside: Mapping[str, type]) -> tuple[Block, Mapping[str, Value]]:
    """The header in these bytes, and all fields, with those that stand beside it.

    Raises MalformedTransaction, naming the place.
    """
    try:
        fields = decode(data)
    except EncodingError as error:
        raise MalformedTransaction(f"block: {error}") from None
    check_fields(fields, {**_TYPES, **beside}, "block")
    match fields:
        case {
            "ledger": bytes(ledger),
            "height": int(height),
            "previous": bytes(previous),
            "root": bytes(root),
            "count": int(count),
        } if isinstance(fields, dict):
            _check_number(height, "block.height")
            _check_number(count, "block.count")
            return Block(ledger, height, previous, root, count), fields
    raise MalformedTransaction(_UNCHECKED)


def _check_number(number: int, place: str) -> None:
    """Check that a block can have a number. Raises MalformedTransaction, naming the place."""
    if number not in NUMBERS:
        raise MalformedTransaction(f"{place}: give 0 to {NUMBERS[-1]}")


_UNCHECKED = "block: not the fields that were checked"
_TYPES = {
    "ledger": bytes,
    "height": int,
    "previous": bytes,
    "root": bytes,
    "count": int,
}
