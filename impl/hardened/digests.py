"""Digests: what binds parties to requests, data and components."""

from impl.quarrel.binding import bind
from impl.quarrel.salts import SALT, secret_digest
from impl.recent import remembered
from spec.bytes.digest import digest
from spec.bytes.encoding import encode
from spec.bytes.suite import Suite

DIGEST = 32
"""Bytes of a commitment."""


def request_id(suite: Suite, ledger: bytes, consumer: bytes, nonce: int, version: bytes) -> bytes:
    """The identifier of a consumer's request; the nonce is the consumer's to choose."""
    return suite.bind("request", ledger, consumer, nonce, version)


@remembered(1 << 26)  # parties look at the same data before each act
def commitment(request: bytes, step: int, opening: bytes) -> bytes:
    """What binds its author to the data of a step; an opening is a salt and then the data."""
    return commit(request, step, secret_digest(opening[:SALT]), bind(opening).digest)


def commit(request: bytes, step: int, salt: bytes, bound: bytes) -> bytes:
    """What binds its author to the data of a step, of which digests of salt and data are known."""
    return digest("commitment", encode([request, step, salt, bound]))


def leaf(salt: bytes, api: str, number: int, step: int, outline: bytes) -> bytes:
    """What binds a version to what all holders of a step have: a component, by its outline.

    The salt follows from the component's secret (`leaf_salt`).
    """
    return digest("leaf", encode([salt, api, number, step, outline]))
