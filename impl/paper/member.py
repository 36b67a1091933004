"""What every party of the paper's marketplaces has: a key, a storage, and access to a ledger.

A party can stop at any moment. What it does in one go, which is to append a transaction and to keep
what goes with it, or to hand something over, it writes down before. So it goes on with that when it
begins again (`resume`), and nothing is done in part, or twice.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from secrets import token_bytes
from typing import TypeAlias

import attrs

from impl.keyring import Keyring
from impl.ledger.keys import SigningKey
from impl.ledger.port import Ledger, LedgerError
from impl.ledger.transaction import Refused, Transaction, parse
from impl.refusing import Refusing
from impl.storage import Storage
from spec.bytes.encoding import Value, decode, encode

Change: TypeAlias = tuple[bytes, str, bytes | None]
"""Whose storage, by its identity, is to keep what under a name; None for nothing any more."""

_INTENT = "intent"


@attrs.define
class Member:
    """A party of a marketplace.

    Those of its keys that have replaced the first are in its storage. Raises Refused if one of them
    cannot be read.

    Attributes:
        first: the key that it started with.
    """

    name: str
    first: SigningKey
    storage: Storage
    ledger: Ledger
    _keys: Keyring = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._keys = Keyring(self.first, self.storage)

    @property
    def identity(self) -> bytes:
        """The virtual identity on the ledger, v(p) in the paper: its first public key."""
        return self.first.public

    @property
    def key(self) -> SigningKey:
        """What it signs with: the key that is in force on the ledger."""
        return self._keys.signing(self.ledger)

    def replace_key(self) -> None:
        """Have another key sign for this party from now on; it is kept before that is said.

        One that was made before and is not in force yet serves as well. Raises Refused if the key
        in force is not this party's: whoever replaced the last one that was has the identity.
        """
        self._keys.renew(self.ledger, token_bytes)
        self._rotate()

    def send(self, kind: str, keep: Mapping[str, bytes] | None = None, /, **body: Value) -> int:
        """Append a signed transaction; its position.

        Args:
            kind: of the transaction.
            keep: what this party keeps if it is appended, by name.
            **body: its fields.

        Raises:
            Refused: the ledger or the contract refuses it.
        """
        nonce = self.ledger.next_nonce(self.identity)
        said = Transaction(self.ledger.identity, kind, self.identity, nonce, body).signed(self.key)
        if not keep:
            return self.ledger.submit(said)
        changes: list[Change] = [(self.identity, name, data) for name, data in keep.items()]
        self._intend(said, changes)
        try:
            position = self.ledger.submit(said)
        except (Refused, LedgerError):
            self.storage.remove(_INTENT)
            raise
        self._change(changes)
        return position

    def resume(self) -> None:
        """Do what this party was about to do when it stopped.

        Raises Refused if it cannot read what that was.
        """
        self._go_on()
        with suppress(Refused):  # another key was in force by then
            self._rotate()

    def _rotate(self) -> None:
        """Bring a new key into force, if one was made. Both keys sign. Raises Refused."""
        said = self._keys.rotation(self.ledger, self.ledger.next_nonce(self.identity))
        if said is not None:
            self.ledger.submit(said.signed(self.key))

    def _go_on(self) -> None:
        if self.storage.missing(_INTENT):
            return
        said, changes = self._intent()
        try:
            if said and not self._is_appended(said):
                self.ledger.submit(said)
        except Refused:  # as it was before
            self.storage.remove(_INTENT)
        else:
            self._change(changes)

    def reading(self, name: str) -> AbstractContextManager[None]:
        """Refuse, within this, what is not what this party has kept under a name."""
        return Refusing(f"{self.name} can read what it has kept under {name}")

    def read(self, name: str) -> Value:
        """The value that is kept under a name. Raises Refused."""
        with self.reading(name):
            return decode(self.storage.get(name))

    def change(self, changes: Sequence[Change]) -> None:
        """Change storages, this party's and those of whom it reaches, all or none."""
        self._intend(b"", changes)
        self._change(changes)

    def reach(self, identity: bytes) -> Storage:
        """Where a party keeps what it is given: this one itself, unless it reaches others."""
        assert identity == self.identity
        return self.storage

    def _intent(self) -> tuple[bytes, Sequence[Change]]:
        """What this party was about to append, and to have kept. Raises Refused."""
        written = self.read(_INTENT)
        with self.reading(_INTENT):
            match written:
                case [bytes(said), [*changes]]:
                    return said, [_change(change) for change in changes]
            raise ValueError("not what is to be appended, and what is to be kept")

    def _intend(self, said: bytes, changes: Sequence[Change]) -> None:
        self.storage.put(_INTENT, encode([said, [[*change] for change in changes]]))

    def _is_appended(self, said: bytes) -> bool:
        """Whether a transaction of this party's is on the ledger.

        Its number may have been taken by somebody who had this party's key.
        """
        with self.reading(_INTENT):
            mine = parse(said).transaction
        is_past = mine.nonce < self.ledger.next_nonce(self.identity)
        return is_past and any(mine == found for _, found in self.ledger)

    def _change(self, changes: Sequence[Change]) -> None:
        for identity, name, data in changes:
            storage = self.reach(identity)
            if data is None:
                storage.remove(name)
            else:
                storage.put(name, data)
        self.storage.remove(_INTENT)


def _change(written: Value) -> Change:
    match written:
        case [bytes(identity), str(name), bytes() | None as data]:
            return identity, name, data
    raise ValueError("not who is to keep what, and under which name")
