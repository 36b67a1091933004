"""What drivers share whose implementation is a contract on a ledger."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from checkers.market.dispatch import methods
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.port import Begin, View
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Refused, Transaction
from spec.bytes.encoding import Value as Field
from spec.notation import Machine
from spec.notation.sorts import Value


class LedgerFile:
    """A ledger in a temporary folder, beside which there is room for what the parties keep."""

    def __init__(self, genesis: Genesis, node: SigningKey, contract: Begin) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="tallystick-")
        self.folder = Path(self._temporary.name)
        self._path = self.folder / "ledger.db"
        self._node, self._contract = node, contract
        self._view: View | None = None
        self.ledger = Ledger.create(self._path, genesis, node, contract, synchronous="NORMAL")

    @property
    def view(self) -> View:
        """What the ledger shows of its contract, which is asked for once after each change."""
        if self._view is None:
            self._view = self.ledger.view()
        return self._view

    def submit(self, signed: bytes) -> str | None:
        """Submit a transaction; why it is refused, if it is."""
        self._view = None
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
        self._view = None
        self.ledger.close()
        self.ledger = Ledger.open(self._path, self._node, self._contract, synchronous="NORMAL")

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
        self, machine: Machine[Any], genesis: Genesis, node: SigningKey, contract: Begin
    ) -> None:
        super().__init__(genesis, node, contract)
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
