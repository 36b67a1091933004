"""Sealed boxes (libsodium): what only the holder of a secret can read."""

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox


def seal(key: bytes, data: bytes) -> bytes:
    """Data as only the holder of the secret of a key can read it. Raises CryptoError for no key."""
    return SealedBox(PublicKey(key)).encrypt(data)


def unseal(secret: bytes, sealed: bytes) -> bytes | None:
    """The data that was sealed; None if it was not sealed for this secret."""
    try:
        return SealedBox(PrivateKey(secret)).decrypt(sealed)
    except CryptoError:
        return None
