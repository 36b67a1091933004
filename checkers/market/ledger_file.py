"""What drivers share whose implementation is a contract on a ledger."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import attrs

from checkers.market.dispatch import methods
from impl.database import Synchronous
from impl.ledger import sqlite
from impl.ledger.block import SignedBlock
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.port import Begin, KeptLedger, Ledger, OpenContract, View
from impl.ledger.transaction import Refused, Transaction
from spec.bytes.encoding import Value as Field
from spec.notation import Machine, MachineError
from spec.notation.sorts import Value


def check_kind(kind: type, name: str) -> None:
    """Refuse a class that is no kind of ledger. Raises MachineError, naming what it lacks."""
    told = {**vars(Ledger), **vars(KeptLedger)}
    wanted = [n for n, each in told.items() if n[0] != "_" and not isinstance(each, property)]
    missing = [f"{n}()" for n in wanted if not hasattr(kind, n)]
    if missing:
        methods = "give it the methods of impl.ledger.port.KeptLedger"
        raise MachineError(f"{name} has no {', '.join(missing)}; {methods}")


class Fleeting(sqlite.Ledger):
    """A ledger that nobody needs after this process, so no commit waits for the disk."""

    @classmethod
    def create(
        cls,
        path: Path,
        genesis: Genesis,
        key: SigningKey,
        contract: Begin = OpenContract,
        *,
        synchronous: Synchronous = "NORMAL",
    ) -> Self:
        return super().create(path, genesis, key, contract, synchronous=synchronous)

    @classmethod
    def open(
        cls,
        path: Path,
        key: SigningKey,
        contract: Begin = OpenContract,
        *,
        known: SignedBlock | None = None,
        in_full: bool = False,
        synchronous: Synchronous = "NORMAL",
    ) -> Self:
        return super().open(
            path, key, contract, known=known, in_full=in_full, synchronous=synchronous
        )


class LedgerFile:
    """A ledger of any kind in a temporary folder, with room for what the parties keep."""

    def __init__(
        self,
        genesis: Genesis,
        node: SigningKey,
        contract: Begin,
        ledger: type[KeptLedger] = Fleeting,
    ) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="tallystick-")
        self.folder = Path(self._temporary.name)
        self._path = self.folder / "ledger.db"
        self._node, self._contract = node, contract
        self._seen: tuple[bytes, View] | None = None
        self.ledger = ledger.create(self._path, genesis, node, contract)

    @property
    def view(self) -> View:
        """What the ledger shows of its contract, which is asked for once after each block."""
        head = self.ledger.head
        if self._seen is None or self._seen[0] != head:
            self._seen = head, self.ledger.view()
        return self._seen[1]

    def submit(self, signed: bytes) -> str | None:
        """Submit a transaction; why it is refused, if it is."""
        try:
            self.ledger.submit(signed)
        except Refused as refusal:
            return refusal.reason
        return None

    def signed(self, kind: str, key: SigningKey, body: Mapping[str, Field]) -> bytes:
        """The next transaction of whose key this is."""
        nonce = self.ledger.next_nonce(key.public)
        return Transaction(self.ledger.identity, kind, key.public, nonce, dict(body)).signed(key)

    def restart(self) -> None:
        """Close the ledger, and open it again from its file."""
        self._seen = None
        self.ledger.close()
        self.ledger = type(self.ledger).open(self._path, self._node, self._contract)

    def close(self) -> None:
        """Let go of the file, and remove it."""
        self.ledger.close()
        self._temporary.cleanup()


@attrs.frozen
class Submission:
    """An action that is a transaction.

    Attributes:
        key: of who signs it.
        body: what it says.
        seen: what an onlooker makes of it, once it is on the ledger.
    """

    key: SigningKey
    body: Mapping[str, Field]
    seen: Callable[[], None] = lambda: None


class ContractDriver(LedgerFile):
    """Drives a contract as a machine whose actions are transactions, or happen off the ledger.

    The method of an action returns its transaction, which has the action's name for its kind; of
    what is none, why it is refused, or None where it is done.
    """

    def __init__(
        self,
        machine: Machine[Any],
        genesis: Genesis,
        node: SigningKey,
        contract: Begin,
        ledger: type[KeptLedger] = Fleeting,
    ) -> None:
        super().__init__(genesis, node, contract, ledger)
        self._methods = methods(self, machine)

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        """Submit an action as its transaction; do what is none, or refuse it."""
        act = self.submission(action, *args)
        if not isinstance(act, Submission):
            return act
        refusal = self.send(action, act.key, act.body)
        if refusal is None:
            act.seen()
        return refusal

    def submission(self, action: str, *args: Value) -> Submission | str | None:
        """An action as its transaction, with what comes of it; else as `take` answers."""
        act: Submission | str | None = self._methods[action](*args)
        return act

    def send(self, kind: str, key: SigningKey, body: Mapping[str, Field]) -> str | None:
        """Submit somebody's next transaction; why it is refused, if it is."""
        return self.submit(self.signed(kind, key, body))
