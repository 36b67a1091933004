"""Digests, draws and seals: what the parties compute as the contract does."""

from collections.abc import Sequence

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from impl.models.model import Component, ModelError
from impl.quarrel.binding import bind
from impl.quarrel.outline import Outline
from spec.bytes.digest import digest
from spec.bytes.encoding import EncodingError, encode
from spec.bytes.suite import Suite

SALT = 16
"""Bytes of salt before the data in an opening."""
AUDITED = 4
"""One step in so many is drawn for an audit."""


def request_id(suite: Suite, ledger: str, consumer: bytes, nonce: int, version: bytes) -> bytes:
    """The identifier of a consumer's request; the nonce is the consumer's to choose."""
    return suite.bind("request", ledger, consumer, nonce, version)


def commitment(request: bytes, step: int, opening: bytes) -> bytes:
    """What binds its author to the data of a step; an opening is a salt and then the data."""
    return commit(request, step, opening[:SALT], bind(opening[SALT:]).digest)


def commit(request: bytes, step: int, salt: bytes, data: bytes) -> bytes:
    """What binds its author to the data of a step, of which only the digest is known."""
    return digest("commitment", encode([request, step, salt, data]))


def leaf(salt: bytes, api: str, number: int, step: int, holder: bytes, outline: bytes) -> bytes:
    """What binds a version to what a holder of a step has: the digest of a component's outline."""
    return digest("leaf", encode([salt, api, number, step, holder, outline]))


def seed_of(suite: Suite, beacon: bytes, request: bytes) -> bytes:
    """What the beacon's round and a request's identifier give together."""
    return suite.bind("seed", beacon, request)


def drawn(suite: Suite, holders: Sequence[bytes], seed: bytes, step: int, attempt: int) -> bytes:
    """Whom chance draws for a step after so many draws that failed; nobody is drawn twice."""
    left = list(holders)
    for failed in range(attempt):
        left.pop(_chance(suite, seed, step, failed) % len(left))
    return left[_chance(suite, seed, step, attempt) % len(left)]


def checker(
    suite: Suite,
    holders: Sequence[bytes],
    provider: bytes,
    lot: bytes,
    step: int,
    executor: bytes,
) -> bytes:
    """Who checks what an executor recorded: one of the other holders, or else the provider."""
    others = [holder for holder in holders if holder != executor]
    return drawn(suite, others, lot, step, 0) if others else provider


def _chance(suite: Suite, seed: bytes, step: int, attempt: int) -> int:
    return int.from_bytes(suite.bind("draw", seed, step, attempt))


def is_audited(suite: Suite, seed: bytes, step: int) -> bool:
    """Whether chance draws a step for an audit."""
    return int.from_bytes(suite.bind("audit", seed, step)) % AUDITED == 0


def rerun(component: bytes, data: bytes, rounds: int) -> bytes:
    """What a component makes of data, both by their bytes.

    What it does not take gives nothing; so does what is too large for a quarrel of so many rounds.
    """
    try:
        held = Component.parse(component)
    except (ModelError, EncodingError):
        return b""
    return held.run_bytes(data) if Outline.of(held).takes(bind(data), rounds) else b""


def seal(key: bytes, opening: bytes) -> bytes:
    """An opening that only the holder of the secret of a key can read."""
    return SealedBox(PublicKey(key)).encrypt(opening)


def unseal(secret: bytes, sealed: bytes) -> bytes | None:
    """The opening that was sealed; None if it was not sealed for this secret."""
    try:
        return SealedBox(PrivateKey(secret)).decrypt(sealed)
    except CryptoError:
        return None
