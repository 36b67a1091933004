"""What every party of the paper's marketplaces has: a key, a storage, and access to a ledger."""

import attrs

from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Transaction
from impl.storage import Storage
from spec.bytes.encoding import Value


@attrs.define
class Member:
    """A party of a marketplace."""

    name: str
    key: SigningKey
    storage: Storage
    ledger: Ledger

    @property
    def identity(self) -> bytes:
        """The virtual identity on the ledger: v(p) in the paper."""
        return self.key.public

    def send(self, kind: str, **body: Value) -> int:
        """Append a signed transaction; its position.

        Raises:
            Refused: the ledger or the contract refuses it.
        """
        nonce = self.ledger.next_nonce(self.identity)
        transaction = Transaction(self.ledger.identity, kind, self.identity, nonce, body)
        return self.ledger.submit(transaction.signed(self.key))
