"""What a ledger's file has on record, as far as its node kept to the rules of every ledger."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import attrs

from impl.ledger.block import SignedBlock
from impl.ledger.genesis import Genesis
from impl.ledger.sqlite import Ledger, LedgerError, LedgerUnlawful
from impl.ledger.transaction import ROTATE, Transaction
from spec.notation import MachineError


@attrs.frozen
class Recorded:
    """A ledger's genesis and transactions; its chain and its node's signatures are in order.

    Attributes:
        said: the transactions, in order, before the first unlawful one.
        unlawful: why every ledger has to refuse the next one, which the node has appended and
            signed; None where there is none.
        last: the last block; None if there is none, or if not all of them are lawful.
    """

    genesis: Genesis
    said: Sequence[Transaction]
    unlawful: str | None
    last: SignedBlock | None

    @classmethod
    def read(cls, path: Path, known: SignedBlock | None = None) -> Self:
        """What is on record in a file.

        Raises:
            MachineError: it cannot be read, is no ledger, or is not as any node left it.
        """
        begun: list[_Recorder] = []

        def begin(genesis: Genesis) -> _Recorder:
            begun.append(_Recorder(genesis))
            return begun[-1]

        try:
            with Ledger.read(path, begin, known=known) as ledger:
                last, unlawful = ledger.last, None
        except LedgerUnlawful as error:
            last, unlawful = None, error.reason
        except LedgerError as error:
            raise MachineError(str(error)) from None
        return cls(begun[-1].genesis, begun[-1].said, unlawful, last)


@attrs.define
class _Recorder:
    """A contract that lets everything through, and keeps it."""

    genesis: Genesis
    said: list[Transaction] = attrs.field(factory=list, init=False)

    def apply(self, transaction: Transaction) -> None:
        """Keep a transaction."""
        self.said.append(transaction)

    def replace_key(self, author: bytes, key: bytes) -> None:
        """Keep what a ledger carries out itself; of the transaction, what is of any importance."""
        self.said.append(
            Transaction(self.genesis.identity, ROTATE, author, len(self.said), {"key": key})
        )
