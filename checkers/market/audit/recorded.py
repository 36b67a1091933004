"""What a ledger's file has on record, as far as its node kept to the rules of every ledger."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import attrs

from impl.ledger.block import SignedBlock
from impl.ledger.genesis import Genesis
from impl.ledger.port import Contract, LedgerCorrupt, LedgerError
from impl.ledger.sqlite import Ledger, LedgerUnlawful
from impl.ledger.transaction import ROTATE, Transaction
from spec.notation import MachineError


@attrs.frozen
class Recorded:
    """A ledger's genesis and transactions, as far as its chain and its node's signatures go.

    Attributes:
        said: the transactions, in order, before the first unlawful one, or the first damage.
        unlawful: why every ledger has to refuse the next one, which the node has appended and
            signed; None where there is none.
        damage: in what way the file goes on otherwise than its node has signed; None where it does
            not.
        blocks: the digests of the blocks after block 0; none if not all of them are lawful and
            undamaged.
        last: the last block; likewise.
        vouches: whether its node has written down, in a checkpoint, what some of them come to.
    """

    genesis: Genesis
    said: Sequence[Transaction]
    unlawful: str | None = None
    damage: str | None = None
    blocks: Sequence[bytes] = ()
    last: SignedBlock | None = None
    vouches: bool = False

    @classmethod
    def read(cls, path: Path) -> Self:
        """What is on record in a file.

        Raises:
            MachineError: it cannot be read, or does not begin as a ledger.
        """
        begun: list[Genesis] = []
        said: list[Transaction] = []

        def begin(genesis: Genesis) -> _Recorder:
            begun.append(genesis)
            said.clear()
            return _Recorder(genesis, said.append)

        try:
            with Ledger.read(path, begin, in_full=True) as ledger:
                blocks, vouches = ledger.digests(), ledger.has_checkpoint
                return cls(begun[-1], said, blocks=blocks, last=ledger.last, vouches=vouches)
        except LedgerUnlawful as error:
            return cls(begun[-1], said, unlawful=error.reason)
        except LedgerError as error:
            if begun and isinstance(error, LedgerCorrupt):
                how = str(error).removeprefix(f"{path.resolve()}: ")
                return cls(begun[-1], said, damage=how)
            raise MachineError(str(error)) from None


@attrs.frozen
class _Recorder(Contract):
    """A contract that lets everything through, and has it kept."""

    genesis: Genesis
    keep: Callable[[Transaction], None]

    def apply(self, transaction: Transaction) -> None:
        """Have a transaction kept."""
        self.keep(transaction)

    def replace_key(self, author: bytes, key: bytes) -> None:
        """Have that kept which a ledger carries out itself; of its transaction, what matters."""
        self.keep(Transaction(self.genesis.identity, ROTATE, author, 0, {"key": key}))
