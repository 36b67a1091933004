"""What a ledger's file has on record, as far as its node kept to the rules of every ledger."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import attrs

from impl.ledger.block import SignedBlock
from impl.ledger.genesis import Genesis
from impl.ledger.port import Contract
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
        begun: list[Genesis] = []
        said: list[Transaction] = []

        def begin(genesis: Genesis) -> _Recorder:
            begun.append(genesis)
            return _Recorder(genesis, said.append)

        try:
            with Ledger.read(path, begin, known=known) as ledger:
                last, unlawful = ledger.last, None
        except LedgerUnlawful as error:
            last, unlawful = None, error.reason
        except LedgerError as error:
            raise MachineError(str(error)) from None
        return cls(begun[-1], said, unlawful, last)


@attrs.frozen
class _Recorder(Contract):
    """A contract that lets everything through, and has it kept where a ledger undoes nothing."""

    genesis: Genesis
    keep: Callable[[Transaction], None]

    def apply(self, transaction: Transaction) -> None:
        """Keep a transaction."""
        self.keep(transaction)

    def replace_key(self, author: bytes, key: bytes) -> None:
        """Keep what a ledger carries out itself; of the transaction, what is of any importance."""
        self.keep(Transaction(self.genesis.identity, ROTATE, author, 0, {"key": key}))
