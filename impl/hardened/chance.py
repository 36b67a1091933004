"""What chance decides, so that anybody can check it: who executes, what is audited, and by whom."""

from collections.abc import Sequence

from impl.hardened.terms import Terms
from spec.bytes.suite import Suite

AUDITED = 4
"""One step in so many is drawn for an audit."""


def seed_of(suite: Suite, beacon: bytes, request: bytes) -> bytes:
    """What the beacon's round and a request's identifier give together."""
    return suite.bind("seed", beacon, request)


def drawn(suite: Suite, holders: Sequence[bytes], seed: bytes, step: int, attempt: int) -> bytes:
    """Whom chance draws for a step after so many draws that failed; nobody is drawn twice."""
    left = list(holders)
    for failed in range(attempt):
        left.pop(_chance(suite, seed, step, failed) % len(left))
    return left[_chance(suite, seed, step, attempt) % len(left)]


def auditor(suite: Suite, terms: Terms, lot: bytes, step: int, executor: bytes) -> bytes:
    """Who checks what an executor recorded: another holder, or else who handed the part over."""
    others = [holder for holder in terms.holders(step) if holder != executor]
    return drawn(suite, others, lot, step, 0) if others else terms.contributor(step)


def _chance(suite: Suite, seed: bytes, step: int, attempt: int) -> int:
    return int.from_bytes(suite.bind("draw", seed, step, attempt))


def is_audited(suite: Suite, seed: bytes, step: int) -> bool:
    """Whether chance draws a step for an audit."""
    return int.from_bytes(suite.bind("audit", seed, step)) % AUDITED == 0
