"""How much executors see whom chance draws: more parts than fixed ones."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from adversaries.script import Facts
from impl.models.fixedpoint import Integers

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
