"""Keys: Ed25519 (RFC 8032), by libsodium. A party is named by the key that it started with."""

from functools import cached_property, lru_cache
from typing import Self

import attrs
import nacl.exceptions
import nacl.signing

from spec.bytes.encoding import encode

KEY, SIGNATURE = 32, 64
"""Bytes of a public key, and of a signature."""


@attrs.frozen
class SigningKey:
    """A party's secret key; without arguments a new one, from the system's randomness."""

    _key: nacl.signing.SigningKey = attrs.field(
        repr=False, factory=nacl.signing.SigningKey.generate
    )

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """The key of a seed of 32 bytes. Raises ValueError for any other length."""
        return cls(nacl.signing.SigningKey(seed))

    @cached_property
    def public(self) -> bytes:
        """What signatures are checked with, 32 bytes."""
        return bytes(self._key.verify_key)

    @cached_property
    def opener(self) -> bytes:
        """The secret that opens what is sealed for the `lock` of its public key (X25519)."""
        return bytes(self._key.to_curve25519_private_key())

    def sign(self, message: bytes) -> bytes:
        """The signature of a message, 64 bytes."""
        return self._key.sign(message).signature


@lru_cache(1 << 12)  # to the same parties, again and again; each takes 64 bytes
def lock(public: bytes) -> bytes:
    """For what to seal that which only the holder of a public key is to read (X25519).

    Raises ValueError for bytes that are no key.
    """
    try:
        return bytes(nacl.signing.VerifyKey(public).to_curve25519_public_key())
    except nacl.exceptions.CryptoError:
        raise ValueError("no key to seal for") from None


def attached(message: bytes, signature: bytes) -> bytes:
    """The canonical bytes of a dictionary with its signature, from those of what is signed.

    That is the same without a field `signature`. In canonical bytes the longest name is the last,
    so no other is to be as long: then nothing has to be written again.
    """
    return bytes([message[0] + 1]) + message[1:] + ending(signature)


def detached(data: bytes, signature: bytes) -> bytes:
    """What is signed, in canonical bytes that have a signature attached."""
    return bytes([data[0] - 1]) + data[1 : -len(ending(signature))]


def ending(signature: bytes) -> bytes:
    """How canonical bytes end that have a signature attached."""
    if len(signature) == SIGNATURE:  # as most often
        return _ENDING + signature
    return _NAME + encode(signature)


_NAME = encode("signature")
_ENDING = _NAME + encode(bytes(SIGNATURE))[:-SIGNATURE]


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of a public key signed a message."""
    try:
        nacl.signing.VerifyKey(public).verify(message, signature)
    except (nacl.exceptions.BadSignatureError, ValueError):  # ValueError: of a wrong length
        return False
    return True
