"""`docs/formats/messages.md`: its examples are sealed and opened as by libsodium, or refused."""

import attrs
import nacl.encoding
import nacl.hash
from nacl.public import Box, PrivateKey, PublicKey

from impl.hardened.mail import Mailbox, Message
from impl.hardened.sealing import seal, unseal
from impl.ledger.keys import SigningKey, lock, verify
from impl.ledger.transaction import MalformedTransaction, check_fields
from spec.bytes.encoding import EncodingError, decode, encode
from tests.support.formats import (
    Example,
    Examples,
    Json,
    Refusal,
    bytes_of,
    examples,
    rows,
    section,
    written,
)

PAGE = "messages"
NAMES = {"integer": int, "text": str, "bytes": bytes}
FIELDS = {row[0].strip("`"): NAMES[row[1]] for row in rows(section(PAGE, "## Fields"))}
TAG, NONCE = 16, 24


def _seal(ephemeral: str, key: str, data: str, **_: Json) -> Example:
    """As the page says it, from the parts of libsodium that it names."""
    secret = PrivateKey(bytes_of(ephemeral))
    try:
        public = lock(bytes_of(key))
    except ValueError:
        raise Refusal("key") from None
    bound = bytes(secret.public_key) + public
    nonce = nacl.hash.blake2b(bound, digest_size=NONCE, encoder=nacl.encoding.RawEncoder)
    box = Box(secret, PublicKey(public)).encrypt(bytes_of(data), nonce).ciphertext
    return {"sealed": written(bytes(secret.public_key) + box)}


def _open(ledger: str, reader: str, seed: str, key: str, sealed: str, **_: Json) -> Example:
    secret = SigningKey.from_seed(bytes_of(seed))
    mailbox = Mailbox(bytes_of(ledger), bytes_of(reader), [secret])
    found = mailbox.open(bytes_of(sealed), lambda _: bytes_of(key))
    fault = _fault(mailbox, bytes_of(key), unseal(secret.opener, bytes_of(sealed)))
    assert (found is None) == (fault is not None)
    if fault is not None:
        raise Refusal(fault)
    assert found is not None
    fields = attrs.asdict(found)
    return {"message": {name: _written(field) for name, field in fields.items()}}


def _fault(mailbox: Mailbox, key: bytes, opened: bytes | None) -> str | None:
    """What is wrong with what was opened, if anything is."""
    if opened is None:
        return "sealed"
    try:
        fields = decode(opened)
        check_fields(fields, FIELDS, PAGE)
    except (EncodingError, MalformedTransaction):
        return "message"
    assert isinstance(fields, dict)
    signature = fields.pop("signature")
    assert isinstance(signature, bytes)
    if fields["ledger"] != mailbox.ledger:
        return "ledger"
    if fields["receiver"] != mailbox.owner:
        return "receiver"
    return None if verify(key, encode(fields), signature) else "signature"


def _written(field: int | str | bytes) -> Json:
    match field:
        case str():
            return {"text": field}
        case bytes():
            return written(field)
    return field


class TestExamples(Examples):
    page, does = PAGE, {"seal": _seal, "open": _open}


def test_the_fields_are_those_of_the_code() -> None:
    assert [*FIELDS] == [*(field.name for field in attrs.fields(Message)), "signature"]


def test_each_code_has_an_example() -> None:
    told = [row[0].strip("`") for row in rows(section(PAGE, "## What must be refused"))]
    assert told == [*dict.fromkeys(e["refused"] for e in examples(PAGE) if "refused" in e)]


def test_what_the_library_seals_is_as_much_longer_as_the_page_says() -> None:
    key = SigningKey.from_seed(bytes(32))
    assert len(seal(lock(key.public), b"tally")) == len(b"tally") + 32 + TAG
