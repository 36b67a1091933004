"""Checkpoints: what a ledger had come to at a block, by which it opens without replaying what was.

What is trusted is the node: it has signed for this state after that block. Everything else is seen
without it: that the block is in the chain, and that the chain has just the transactions that are in
the file. Whoever does not trust the node carries them all out, and sees whether it told the truth.

A node that lies can thus have whoever opens the ledger from its checkpoint believe in any money,
keys and requests, and judge by them what follows; and it can leave blocks before it without its
signature, for which it vouches by that of any later one. It cannot change a transaction, and not
hide the lie from anybody who reads in full, as the judge does: its signature shows it.
"""

from typing import Self

import attrs

from impl.ledger.chain import Chain
from impl.ledger.codec import Codec
from impl.ledger.keys import SigningKey, verify
from spec.bytes.digest import digest
from spec.bytes.encoding import encode


@attrs.frozen
class Checkpoint:
    """The state of a ledger, and its node's signature, whoever made it.

    Attributes:
        head: the digest of the block after which it was.
        state: its bytes, as the codec of its contract writes them.
    """

    head: bytes
    state: bytes
    signature: bytes

    @classmethod
    def of(cls, chain: Chain, codec: Codec, key: SigningKey) -> Self:
        """What a ledger has come to now. Raises NoState."""
        state = codec.write(chain)
        return cls(chain.head, state, key.sign(_message(chain.head, state, codec)))

    def is_signed_with(self, public: bytes, codec: Codec) -> bool:
        """Whether the holder of a public key has signed it, for what the codec reads in it."""
        return verify(public, _message(self.head, self.state, codec), self.signature)


def _message(head: bytes, state: bytes, codec: Codec) -> bytes:
    """What is signed; by its fields it is no block, and no transaction."""
    return encode({"head": head, "layout": codec.layout, "state": digest("checkpoint", state)})
