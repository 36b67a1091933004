"""Keys: Ed25519 (RFC 8032), by libsodium."""

import attrs
import nacl.exceptions
import nacl.signing


@attrs.frozen
class SigningKey:
    """A party's secret key; `public` is its identity on the ledger, 32 bytes."""

    _key: nacl.signing.SigningKey = attrs.field(
        repr=False, factory=nacl.signing.SigningKey.generate
    )

    @classmethod
    def from_seed(cls, seed: bytes) -> "SigningKey":
        """The key of a 32-byte seed."""
        return cls(nacl.signing.SigningKey(seed))

    @property
    def public(self) -> bytes:
        """The public key."""
        return bytes(self._key.verify_key)

    def sign(self, message: bytes) -> bytes:
        """The signature of a message, 64 bytes."""
        return self._key.sign(message).signature


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature of a message was made with the key of a public key."""
    try:
        nacl.signing.VerifyKey(public).verify(message, signature)
    except (nacl.exceptions.BadSignatureError, ValueError, nacl.exceptions.CryptoError):
        return False
    return True
