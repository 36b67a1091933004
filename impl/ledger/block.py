"""Blocks: what a ledger's node has put in order, each chained to the one before, and signed."""

from functools import cached_property
from typing import Self

import attrs

from impl.ledger.keys import SigningKey, verify
from impl.ledger.transaction import MalformedTransaction, check_fields
from spec.bytes.digest import digest
from spec.bytes.encoding import EncodingError, Value, decode, encode

BYTES = 512
"""A signed block has less: what is larger is not read."""


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
        return self._canonical

    @cached_property
    def _canonical(self) -> bytes:
        """It is signed, checked and chained to by its bytes."""
        return encode(self.body)

    @cached_property
    def digest(self) -> bytes:
        """What the next block chains to."""
        return digest("block", self.canonical())

    def follows(self, before: "Block") -> bool:
        """Whether it is chained to another block, as the next one of its ledger."""
        chained = before.ledger, before.height + 1, before.digest
        return (self.ledger, self.height, self.previous) == chained

    def signed(self, key: SigningKey) -> "SignedBlock":
        """The block as a node vouches for it."""
        return SignedBlock(self, key.sign(self.canonical()))


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
        return verify(public, self.block.canonical(), self.signature)

    def canonical(self) -> bytes:
        """Its bytes."""
        return encode(self.block.body | {"signature": self.signature})

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The signed block in these bytes. Raises MalformedTransaction, naming the place."""
        if len(data) > BYTES:
            raise MalformedTransaction(f"block: {len(data)} bytes: give {BYTES} at most")
        try:
            fields = decode(data)
        except EncodingError as error:
            raise MalformedTransaction(f"block: {error}") from None
        check_fields(fields, _TYPES, "block")
        match fields:
            case {
                "ledger": bytes(ledger),
                "height": int(height),
                "previous": bytes(previous),
                "root": bytes(root),
                "count": int(count),
                "signature": bytes(signature),
            }:
                return cls(Block(ledger, height, previous, root, count), signature)
        raise MalformedTransaction("block: not the fields that were checked")


_TYPES = {
    "ledger": bytes,
    "height": int,
    "previous": bytes,
    "root": bytes,
    "count": int,
    "signature": bytes,
}
