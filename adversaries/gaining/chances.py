"""What a party makes of chance: of who executes, and of who is audited."""

import math

import numpy as np

from adversaries.script import Facts
from impl.hardened.chance import drawn, is_audited, seed_of
from spec.bytes.suite import BLAKE3


def grinding(tries: int, beacon: bool, requests: int = 2000) -> Facts:
    """Whoever picks executors draws again until all are friends: one of four for either step.

    With a beacon only names of requests can be tried, and by a round that is out; the next decides.
    """
    rng = np.random.default_rng(0)
    fair = 1 / 16
    if beacon:
        friendly = []
        for _ in range(requests):
            out, deciding, *names = (rng.bytes(32) for _ in range(2 + tries))
            name = next((name for name in names if _are_friends(out, name)), names[0])
            friendly.append(_are_friends(deciding, name))
    else:
        picked = rng.integers(4, size=(requests, tries, 2))
        friendly = (picked == 0).all(axis=2).any(axis=1).tolist()
    success = float(np.mean(friendly))
    return Facts(
        deviated=["orchestrator"],
        harmed=success >= 2 * fair,
        lines=[
            f"{tries} tries give friends alone in {success:.1%} of {requests} requests, "
            f"a fair draw in {fair:.1%}",
        ],
        figures={"tries": tries, "success": success, "expected": 1 - (1 - fair) ** tries},
    )


def _are_friends(beacon: bytes, request: bytes) -> bool:
    """Whether a round of the beacon draws friends alone for a request."""
    vendors = [b"friend", b"second", b"third", b"fourth"]
    seed = seed_of(BLAKE3, beacon, request)
    return all(drawn(BLAKE3, vendors, seed, step, 0) == b"friend" for step in (0, 1))


def laziness(stake: float, audits: bool = True, calls: int = 20_000) -> Facts:
    """A vendor skips its work, which saves it 1 a call, and loses its stake where it is audited.

    Nothing is saved by a call that is found out; so at audit rate a it breaks even at a stake of
    (1 - a) / a.
    """
    rng = np.random.default_rng(0)
    caught = [audits and is_audited(BLAKE3, rng.bytes(32), 0) for _ in range(calls)]
    rate = float(np.mean(caught))
    gain = 1 - rate - rate * stake
    return Facts(
        deviated=["vendor"],
        harmed=gain > 0,
        lines=[
            f"{rate:.1%} of {calls} skipped calls are audited",
            f"with a stake of {stake:g} a lazy vendor gains {gain:+.2f} a call, of 1 that it saves",
        ],
        figures={"rate": rate, "stake": stake, "gain": gain, "break_even": _break_even(rate)},
    )


def _break_even(rate: float) -> float:
    """The stake at which skipped work gains nothing."""
    return (1 - rate) / rate if rate else math.inf
