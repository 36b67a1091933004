"""Suites: what a contract computes itself, in a way that is cheap where the contract runs.

Commitments, leaves, roots and blocks are BLAKE3 under every suite, and opaque to a contract on the
EVM, where one compression of BLAKE3 costs about 37,000 gas. What it must compute (identifiers of
requests, seeds, draws and audits) is there keccak256 of a few words, at some tens of gas.
"""

from typing import Protocol, TypeAlias

import attrs
from Crypto.Hash import keccak

from spec.bytes.digest import digest
from spec.bytes.encoding import encode

Field: TypeAlias = int | str | bytes


class Bind(Protocol):
    """32 bytes that stand for fields, as a domain ("request", "draw", ...).

    A domain has the same number of fields each time, and a field the same type. A number is not
    negative, and below 2**64.
    """

    def __call__(self, domain: str, *fields: Field) -> bytes: ...


@attrs.frozen
class Suite:
    """A way to bind fields, and its name."""

    name: str
    bind: Bind


def keccak256(data: bytes) -> bytes:
    """Ethereum's digest: Keccak as it was before SHA-3 changed the padding."""
    return keccak.new(data=data, digest_bits=256).digest()


def _bind_canonical(domain: str, *fields: Field) -> bytes:
    """BLAKE3 of canonical CBOR."""
    return digest(domain, encode([*fields]))


def _bind_words(domain: str, *fields: Field) -> bytes:
    """Solidity's `keccak256(abi.encode(keccak256(domain), ...))`, of static types only."""
    return keccak256(b"".join(map(_word, (domain, *fields))))


def _word(field: Field) -> bytes:
    """A field as one word of 32 bytes: `uint256` or `bytes32`.

    Text, and bytes of another length than 32, are too long or too short, and stand as their
    keccak256. So bytes of any length and the digest of them are not told apart: a field in which
    that matters must always be 32 bytes, as keys, identifiers and seeds are.
    """
    match field:
        case int():
            return field.to_bytes(32)
        case str():
            return keccak256(field.encode())
    return field if len(field) == 32 else keccak256(field)


BLAKE3 = Suite("blake3", _bind_canonical)
EVM = Suite("evm", _bind_words)
SUITES = {suite.name: suite for suite in (BLAKE3, EVM)}
"""All suites, by their names."""
