"""Blocks: what a ledger's node has put in order, each chained to the one before, and signed."""

from functools import cached_property

import attrs

from impl.ledger.keys import SigningKey, verify
from spec.bytes.digest import digest
from spec.bytes.encoding import encode


@attrs.frozen
class Block:
    """A block's header; `root` is the Merkle root of the bytes of its `count` transactions.

    Attributes:
        height: how many blocks stand before it; block 0 is the genesis.
        previous: the digest of the block before; of block 0, the ledger's identity.
    """

    height: int
    previous: bytes
    root: bytes
    count: int

    def canonical(self) -> bytes:
        """What is signed. Its chain names the ledger; by its fields, it is no transaction."""
        return encode(
            {
                "height": self.height,
                "previous": self.previous,
                "root": self.root,
                "count": self.count,
            }
        )

    @cached_property
    def digest(self) -> bytes:
        """What the next block chains to."""
        return digest("block", self.canonical())

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
