"""Transactions: what a party says to a ledger, signed, in canonical bytes."""

from collections.abc import Mapping

import attrs

from impl.keys import SigningKey
from spec.encoding import EncodingError, Value, decode, encode

VERSION = 1


class Refused(Exception):
    """The ledger or the contract refuses; `reason` says what must hold and does not."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MalformedTransaction(ValueError):
    """Bytes that are no transaction; the message names the place."""


@attrs.frozen
class Transaction:
    """What a party says.

    Attributes:
        ledger: the name of the ledger it is for.
        kind: what the contract is asked to do.
        author: the public key of the party, 32 bytes.
        nonce: the author's running number, from 0.
        body: the parameters of the kind.
    """

    ledger: str
    kind: str
    author: bytes
    nonce: int
    body: Mapping[str, Value]

    def message(self) -> bytes:
        """The canonical bytes that are signed."""
        return encode({"version": VERSION, **attrs.asdict(self, recurse=False)})

    def signed(self, key: SigningKey) -> bytes:
        """The transaction as the ledger takes it, signed with a key."""
        fields = attrs.asdict(self, recurse=False)
        signature = key.sign(self.message())
        return encode({"version": VERSION, **fields, "signature": signature})


@attrs.frozen
class SignedTransaction:
    """A transaction with a signature, not yet verified."""

    transaction: Transaction
    signature: bytes


_FIELDS: Mapping[str, type] = {
    "version": int,
    "ledger": str,
    "kind": str,
    "author": bytes,
    "nonce": int,
    "body": dict,
    "signature": bytes,
}


def parse(data: bytes) -> SignedTransaction:
    """Read a transaction.

    Raises:
        MalformedTransaction: the bytes are not canonical, or a field is missing, unknown, or of
            the wrong type.
    """
    try:
        fields = decode(data)
    except EncodingError as error:
        raise MalformedTransaction(f"transaction: {error}") from None
    check_fields(fields, _FIELDS, "transaction")
    if fields["version"] != VERSION:
        raise MalformedTransaction(f"transaction.version: {fields['version']} is not {VERSION}")
    del fields["version"]
    signature = fields.pop("signature")
    return SignedTransaction(Transaction(**fields), signature)


def check_fields(value: object, types: Mapping[str, type], place: str) -> None:
    """Check that a value is a map of just these fields, each of its type.

    Raises:
        MalformedTransaction: it is not; the message names the field.
    """
    if not isinstance(value, Mapping):
        raise MalformedTransaction(f"{place}: a {type(value).__name__}, not a map")
    for name in value:
        if name not in types:
            raise MalformedTransaction(f"{place}.{name}: no such field; it has {', '.join(types)}")
    for name, type_ in types.items():
        if name not in value:
            raise MalformedTransaction(f"{place}.{name}: missing")
        # A truth value is no number here.
        if not isinstance(value[name], type_) or isinstance(value[name], bool):
            found = type(value[name]).__name__
            raise MalformedTransaction(f"{place}.{name}: a {found}, not a {type_.__name__}")
