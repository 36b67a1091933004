"""Transactions: what a party says to a ledger, signed, in canonical bytes."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import chain
from reprlib import repr as shortened

import attrs

from impl.ledger.keys import KEY, SIGNATURE, SigningKey, attached, detached, ending, verify
from impl.ledger.limits import BYTES, excess
from spec.bytes.encoding import EncodingError, Value, decode, encode

VERSION = 1
ROTATE = "rotate"
"""The kind of transaction that replaces its author's key; the ledger carries it out."""


class Refused(Exception):
    """A ledger or its contract refuses a transaction.

    Attributes:
        reason: what must hold and did not, in the words of the specification's guard.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MalformedTransaction(Refused):
    """Bytes that are no transaction, or a body that is not of its kind; names the place."""

    def __init__(self, problem: str) -> None:
        super().__init__("transaction is well formed")
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


def require(condition: bool, reason: str) -> None:
    """Refuse unless something holds. Raises Refused, with the reason."""
    if not condition:
        raise Refused(reason)


@attrs.frozen
class Transaction:
    """What a party says.

    Attributes:
        ledger: the identity of the ledger that it is for, 32 bytes.
        kind: what the contract is asked to do.
        author: the party, by the public key that it started with, 32 bytes.
        nonce: the author's running number, from 0.
        body: the parameters of the kind.
    """

    ledger: bytes
    kind: str
    author: bytes
    nonce: int
    body: dict[str, Value] = attrs.field(eq=encode)  # arrays do not compare to a truth value

    def fields(self) -> dict[str, Value]:
        """All that is signed."""
        return {
            "version": VERSION,
            "ledger": self.ledger,
            "kind": self.kind,
            "author": self.author,
            "nonce": self.nonce,
            "body": self.body,
        }

    def signed(self, key: SigningKey) -> bytes:
        """The transaction as a ledger takes it, signed with any key: also one not its author's.

        Raises EncodingError if a field has no canonical bytes.
        """
        message = encode(self.fields())
        return attached(message, key.sign(message))


_verified = lru_cache(16)(verify)  # of `BYTES` at most: when it is heard, and then appended


@attrs.frozen
class SignedTransaction:
    """A transaction and the signature that came with it, whoever made it.

    Attributes:
        message: what is signed: the canonical bytes of its fields.
    """

    transaction: Transaction
    message: bytes
    signature: bytes

    def is_signed_with(self, public: bytes) -> bool:
        """Whether the holder of a public key has signed the transaction."""
        return _verified(public, self.message, self.signature)


_TYPES: Mapping[str, type] = {
    "version": int,
    "ledger": bytes,
    "kind": str,
    "author": bytes,
    "nonce": int,
    "body": dict,
    "signature": bytes,
}


def parse(data: bytes) -> SignedTransaction:
    """The transaction in these bytes, its signature not yet verified.

    Raises MalformedTransaction if they are too large or not canonical, or a field is missing,
    unknown or of another type.
    """
    problem = excess(data)
    if problem is not None:
        raise MalformedTransaction(f"transaction: {problem}")
    try:
        fields = decode(data)
    except EncodingError as error:
        raise MalformedTransaction(f"transaction: {error}") from None
    check_fields(fields, _TYPES, "transaction")
    match fields:
        case {
            "version": 1,
            "ledger": bytes(ledger),
            "kind": str(kind),
            "author": bytes(author),
            "nonce": int(nonce),
            "body": dict(body),
            "signature": bytes(signature),
        }:
            said = Transaction(ledger, kind, author, nonce, body)
            return SignedTransaction(said, detached(data, signature), signature)
    raise MalformedTransaction(f"transaction.version: not {VERSION}: sign it for that version")


@attrs.frozen
class Unread:
    """A transaction of which no more was read than how it ends.

    Attributes:
        author: in whose name it is.
        nonce: the running number that it bears.
    """

    data: bytes
    author: bytes
    nonce: int

    def is_signed_with(self, public: bytes) -> bool:
        """Whether the holder of a public key has signed it: then its author has it read."""
        signature = self.data[-SIGNATURE:]
        return _verified(public, detached(self.data, signature), signature)


def glance(data: bytes, ledger: bytes) -> Unread | None:
    """What bytes are, if they end as a transaction for a ledger does; None if they do not.

    Canonical bytes have the longest names last, and what those stand for has one length. So who is
    to be asked for what it costs to read the rest is told at the same cost for any bytes.
    """
    if len(data) > BYTES:
        return None
    author = data[_AUTHOR : _AUTHOR + KEY]
    is_one = data[:1] == _FIELDS and data[-_END:] == _end(ledger, author, data[-SIGNATURE:])
    if not is_one:
        return None
    _, name, number = data[-_END - _LONGEST : -_END].rpartition(_NONCE)
    try:
        nonce = decode(number)
    except EncodingError:
        return None
    return Unread(data, author, nonce) if name and type(nonce) is int else None


def _end(ledger: bytes, author: bytes, signature: bytes) -> bytes:
    """How a signed transaction ends, after its running number."""
    fields: dict[str, Value] = {"author": author, "ledger": ledger, "version": VERSION}
    return b"".join(map(encode, chain(*fields.items()))) + ending(signature)


_FIELDS = encode(dict.fromkeys(_TYPES, 0))[:1]  # how many there are
_NONCE = encode("nonce")
_LONGEST = len(_NONCE) + len(encode(2**63))  # of a running number with its name
_END = len(_end(bytes(KEY), bytes(KEY), bytes(SIGNATURE)))
_AUTHOR = len(encode("author") + encode(bytes(KEY))) - KEY - _END


def rotation(ledger: bytes, author: bytes, nonce: int, new: SigningKey) -> Transaction:
    """A transaction that replaces its author's key, still to be signed with the key in force."""
    bare = Transaction(ledger, ROTATE, author, nonce, {"key": new.public})
    return attrs.evolve(bare, body={**bare.body, "proof": new.sign(encode(bare.fields()))})


def parse_rotation(transaction: Transaction) -> tuple[bytes, bytes]:
    """The key that a rotation brings into force, and what is to prove that whoever has it agrees.

    Raises MalformedTransaction if its body is not of that kind.
    """
    check_fields(transaction.body, {"key": bytes, "proof": bytes}, "transaction.body")
    match transaction.body:
        case {"key": bytes(key), "proof": bytes(proof)}:
            return key, proof
    raise MalformedTransaction("transaction.body: not the fields that were checked")


def proves(transaction: Transaction, key: bytes, proof: bytes) -> bool:
    """Whether a key has signed the rotation that brings it into force, as it would be without."""
    bare = attrs.evolve(transaction, body={"key": key})
    return verify(key, encode(bare.fields()), proof)


def check_fields(value: Value, types: Mapping[str, type], place: str) -> None:
    """Check that a value is a dictionary of just these fields, each of its type.

    Raises MalformedTransaction, naming the field.
    """
    if not isinstance(value, dict):
        raise MalformedTransaction(f"{place}: a {type(value).__name__}: give a dictionary")
    for name in value:
        if name not in types:
            fields = ", ".join(types)
            raise MalformedTransaction(f"{place}: no field {shortened(name)}: it has {fields}")
    for name, expected in types.items():
        if name not in value:
            raise MalformedTransaction(f"{place}.{name}: missing")
        found = type(value[name])
        if found is not expected:  # exactly, for a truth value is no number here
            raise MalformedTransaction(
                f"{place}.{name}: a {found.__name__}: give a {expected.__name__}"
            )


def check_natural(number: int, place: str) -> None:
    """Check that a number is none below 0. Raises MalformedTransaction, naming the place."""
    if number < 0:
        raise MalformedTransaction(f"{place}: negative: give 0 or more")


def check_key(key: bytes, place: str) -> None:
    """Check the length of a public key. Raises MalformedTransaction, naming the place."""
    if len(key) != KEY:
        raise MalformedTransaction(f"{place}: {len(key)} bytes: give the {KEY} of a public key")
