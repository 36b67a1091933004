"""Sealed boxes (libsodium): what only the holder of a secret can read."""

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox


def seal(key: bytes, data: bytes) -> bytes:
    """Data as only the holder of the secret of a key can read it. Raises CryptoError for no key."""
    return SealedBox(PublicKey(key)).encrypt(data)


def key_of(secret: bytes) -> bytes:
    """The key for which data is sealed that a secret opens; for what is no secret, none."""
    return bytes(PrivateKey(secret).public_key) if len(secret) == PrivateKey.SIZE else b""


def unseal(secret: bytes, sealed: bytes) -> bytes | None:
    """The data that was sealed; None if it was not sealed for this secret, or that is none."""
    if len(secret) != PrivateKey.SIZE:
        return None
    try:
        return SealedBox(PrivateKey(secret)).decrypt(sealed)
    except CryptoError:
        return None
