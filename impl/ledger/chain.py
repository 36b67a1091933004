"""A ledger in memory: what its blocks have come to."""

from collections.abc import Sequence
from typing import Self

import attrs

from impl.ledger.admission import Admission
from impl.ledger.block import Block, SignedBlock
from impl.ledger.genesis import Genesis
from impl.ledger.port import Begin
from impl.ledger.undo import Undoable
from spec.bytes.merkle import root


@attrs.define
class Chain(Undoable):
    """What a ledger has come to, block by block; any change of it can be undone.

    Attributes:
        admission: who may say what, with the contract.
        head: the digest of the last block; of block 0, the ledger's identity.
        last: the last block as it is signed; none for block 0.
        height: the number of transactions.
    """

    admission: Admission
    head: bytes
    last: SignedBlock | None = None
    height: int = 0

    @classmethod
    def begin(cls, genesis: Genesis, contract: Begin) -> Self:
        """Block 0. Raises MalformedTransaction if the contract cannot begin with it."""
        return cls(Admission(genesis.identity, contract(genesis)), genesis.identity)

    @property
    def blocks(self) -> int:
        """How many blocks there are, block 0 with them."""
        return 1 if self.last is None else self.last.block.height + 1

    def next_block(self, transactions: Sequence[bytes]) -> Block:
        """The block that these transactions would be."""
        return Block(
            self.admission.ledger, self.blocks, self.head, root(transactions), len(transactions)
        )

    def grow(self, signed: SignedBlock) -> None:
        """Go on to the next block, whose transactions are admitted."""
        self.head = signed.block.digest
        self.height += signed.block.count
        self.last = signed
