"""Messages between parties that do not trust the network: signed, and sealed for who is to read it.

A message is signed by its sender, for one receiver, and only that receiver can read it (III.D).
"""

from collections.abc import Callable, Iterable, Mapping

import attrs

from impl.hardened.sealing import seal, unseal
from impl.ledger.keys import SigningKey, attached, detached, lock, verify
from impl.ledger.limits import excess
from impl.ledger.transaction import MalformedTransaction, check_fields
from impl.recent import Recent, remembered
from spec.bytes.encoding import EncodingError, decode, encode

ROOM = 1 << 22
"""Bytes for letters that are said again in every block, until it is seen that they have arrived."""


@attrs.frozen
class Message:
    """What one party tells another off the ledger.

    Attributes:
        ledger: the identity of the ledger whose business it is.
        kind: what it brings.
        sender, receiver: the parties.
        subject: the request, or the version, that it is about.
        step: the step that it is about.
        content: what it brings.
    """

    ledger: bytes
    kind: str
    sender: bytes
    receiver: bytes
    subject: bytes
    step: int
    content: bytes

    def sealed(self, key: SigningKey, reader: bytes) -> bytes:
        """The message as it travels: signed, and sealed for the holder of the reader's key.

        Raises ValueError if that is no key.
        """
        message = encode(attrs.asdict(self))
        return seal(lock(reader), attached(message, key.sign(message)))


@attrs.frozen
class Letter:
    """A message, and the signature that came with it, whoever made it.

    Attributes:
        signed: the bytes that are signed.
    """

    message: Message
    signed: bytes
    signature: bytes

    def is_signed_with(self, public: bytes) -> bool:
        """Whether the holder of a public key has signed the message."""
        return _verified(public, self.signed, self.signature)


_verified = remembered(ROOM)(verify)


@attrs.frozen
class Mailbox:
    """Where a party gets its messages.

    What is said again is the same bytes as a rule, and is not opened twice.

    Attributes:
        ledger: the identity of the ledger whose business it minds.
        owner: the party.
        keys: each opens what is sealed for it: a letter can be under way while its key is replaced.
    """

    ledger: bytes
    owner: bytes
    keys: Iterable[SigningKey]
    _opened: Recent[Letter] = attrs.field(
        factory=lambda: Recent(ROOM), init=False, repr=False, eq=False
    )

    def open(self, data: bytes, in_force: Callable[[bytes], bytes]) -> Message | None:
        """The message in what has arrived, if it is for the owner and signed by its sender.

        It is no larger than a transaction, or nobody could have its content published. The sender's
        key in force counts. Whoever gets None has received nothing: junk convicts
        nobody, for anybody can send it.
        """
        letter = self._opened.find((data,))
        if letter is None:
            letter = self._read(self._unsealed(data))
            if letter is None:  # with another key, it may be one
                return None
            self._opened.remember((data,), letter)
        return letter.message if letter.is_signed_with(in_force(letter.message.sender)) else None

    def _read(self, opened: bytes) -> Letter | None:
        """The letter in what was unsealed, if it is for the owner."""
        try:
            if excess(opened) is not None:
                return None
            fields = decode(opened)
            check_fields(fields, _FIELDS, "message")
        except (EncodingError, MalformedTransaction):
            return None
        match fields:
            case {
                "ledger": self.ledger,
                "kind": str(kind),
                "sender": bytes(sender),
                "receiver": self.owner,
                "subject": bytes(subject),
                "step": int(step),
                "content": bytes(content),
                "signature": bytes(signature),
            }:
                found = Message(self.ledger, kind, sender, self.owner, subject, step, content)
                return Letter(found, detached(opened, signature), signature)
        return None

    def _unsealed(self, data: bytes) -> bytes:
        found = (unseal(key.opener, data) for key in self.keys)
        return next(filter(None, found), b"")


_FIELDS: Mapping[str, type] = {
    "ledger": bytes,
    "kind": str,
    "sender": bytes,
    "receiver": bytes,
    "subject": bytes,
    "step": int,
    "content": bytes,
    "signature": bytes,
}
