"""What chance decides: who executes, who is audited, and what a party makes of either."""

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from adversaries.attacks import Facts
from impl.hardened import drawn, is_audited, seed_of
from impl.models.fixedpoint import Integers
from spec.bytes.suite import BLAKE3

OVERLAPPING = ((0, 1), (0, 4), (2, 3), (3, 5), (1, 4), (2, 5))
"""The holders of each of six parts, with six vendors of which any may crash."""
PAIRS = 100  # of inputs and outputs, which are enough to solve for a layer of the digits' model


def executor_exposure(
    holders: Sequence[Sequence[int]] = OVERLAPPING, requests: int = 1000
) -> Facts:
    """Executors drawn for each request see more parts at work than fixed ones."""
    rng = np.random.default_rng(0)
    drawn = np.stack([rng.choice(some, requests) for some in holders], axis=1)
    fixed = np.array([[some[0] for some in holders]] * requests)
    mean = {name: _exposure(calls) for name, calls in (("fixed", fixed), ("random", drawn))}
    waits = _waits(drawn)
    return Facts(
        deviated=["vendor"],
        convicted=[],
        harmed=mean["random"] > mean["fixed"],
        lines=[
            f"in {requests} requests a vendor executes {mean['fixed']:.1f} parts on average if "
            f"executors are fixed, {mean['random']:.1f} if they are drawn",
            f"a pair of vendors has {PAIRS} inputs and outputs of a part in between after "
            f"{min(waits)} to {max(waits)} requests"
            if waits
            else "no pair of vendors executes both neighbours of a part",
        ],
        figures={
            **{f"parts_{name}": parts for name, parts in mean.items()},
            "first_wait": min(waits, default=0),
            "last_wait": max(waits, default=0),
        },
    )


def _exposure(executors: Integers) -> float:
    """How many parts a vendor that executes any has executed, on average."""
    vendors = np.unique(executors)
    return float(np.mean([(executors == vendor).any(axis=0).sum() for vendor in vendors]))


def _waits(executors: Integers) -> list[int]:
    """After how many requests pairs of vendors have seen both sides of a part often enough."""
    waits = []
    for pair in combinations(np.unique(executors), 2):
        ours = np.isin(executors, pair)
        for part in range(1, executors.shape[1] - 1):
            if ours[:, part].any():
                continue  # what they execute they need not infer
            seen = np.flatnonzero(ours[:, part - 1] & ours[:, part + 1])
            if len(seen) >= PAIRS:
                waits.append(int(seen[PAIRS - 1]) + 1)
    return waits


def grinding(tries: int, beacon: bool, requests: int = 2000) -> Facts:
    """Whoever picks executors draws again until all are friends: one of four for either step (41).

    With a beacon, only what follows from its round and the request is accepted.
    """
    rng = np.random.default_rng(0)
    fair = 1 / 16
    if beacon:
        vendors = [b"friend", b"second", b"third", b"fourth"]
        seeds = [seed_of(BLAKE3, rng.bytes(32), rng.bytes(32)) for _ in range(requests)]
        friendly = [
            all(drawn(BLAKE3, vendors, seed, step, 0) == b"friend" for step in (0, 1))
            for seed in seeds
        ]
    else:
        picked = rng.integers(4, size=(requests, tries, 2))
        friendly = (picked == 0).all(axis=2).any(axis=1).tolist()
    success = float(np.mean(friendly))
    return Facts(
        deviated=["orchestrator"],
        convicted=[],
        harmed=success >= 2 * fair,
        lines=[
            f"{tries} tries give friends alone in {success:.1%} of {requests} requests, "
            f"a fair draw in {fair:.1%}",
        ],
        figures={"tries": tries, "success": success, "expected": 1 - (1 - fair) ** tries},
    )


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
        convicted=[],
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
