"""Digests: BLAKE3 with domain separation, so that no digest of one thing is one of another."""

from blake3 import blake3


def digest(domain: str, data: bytes) -> bytes:
    """The 32 bytes that stand for `data` as a `domain` ("component", "block", ...)."""
    return expand(domain, data, 32)


def expand(domain: str, data: bytes, length: int) -> bytes:
    """So many bytes that follow from `data` as a `domain`; a shorter answer begins a longer one.

    Who does not know the data learns of some of them nothing about the others.
    """
    return blake3(data, derive_key_context=context(domain)).digest(length)


def context(domain: str) -> str:
    """The context of a domain, as BLAKE3 calls what its modes of derivation begin with."""
    return f"tallystick/v1/{domain}"
