"""How much executors see whom chance draws for each request, beside those who are fixed."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import attrs
import numpy as np

from adversaries.leaking.leakage import Leakage, Row, Tell, silent
from impl.models.fixedpoint import Integers

OVERLAPPING = ((0, 1), (0, 4), (2, 3), (3, 5), (1, 4), (2, 5))
"""The holders of each of six parts, with six vendors of which any may crash."""
PAIRS = 100  # of inputs and outputs, which are enough to solve for a layer of the digits' model


@attrs.frozen(kw_only=True)
class Exposed(Row):
    """What vendors see.

    Attributes:
        drawn: whether executors are drawn for each request.
        requests: that are executed.
        parts: of the model, which each request takes.
        executed: how many of them a vendor executes that executes any, on average.
        waits: after how many requests each pair has 100 inputs and outputs of a part in between,
            of the pairs that come to have them.
    """

    drawn: bool
    requests: int
    parts: int
    executed: float
    waits: tuple[int, ...]

    def __str__(self) -> str:
        return f"{'drawn' if self.drawn else 'fixed'}, {self.requests} requests"

    @property
    def shares(self) -> Mapping[str, float]:
        return {"parts executed": self.executed / self.parts}


def exposure(
    holders: Sequence[Sequence[int]] = OVERLAPPING,
    requests: int = 1000,
    seed: int = 0,
    tell: Tell = silent,
) -> Leakage:
    """Executors that are fixed, and executors that are drawn, where holders overlap so."""
    rng = np.random.default_rng(seed)
    fixed = np.array([[some[0] for some in holders]] * requests)
    drawn = np.stack([rng.choice(some, requests) for some in holders], axis=1)
    rows = [
        Exposed(
            drawn=by_chance,
            requests=requests,
            parts=len(holders),
            executed=_executed(calls),
            waits=tuple(sorted(_waits(calls))),
        )
        for by_chance, calls in ((False, fixed), (True, drawn))
    ]
    still, moving = rows
    ends = f"after {moving.waits[0]} to {moving.waits[-1]}" if moving.waits else "never"
    return Leakage(
        rows,
        f"in {requests} requests a vendor executes {still.executed:.1f} parts on average if "
        f"executors are fixed and {moving.executed:.1f} if they are drawn; {ends} "
        f"a pair has {PAIRS} inputs and outputs of a part in between",
    )


def _executed(executors: Integers) -> float:
    """How many parts a vendor that executes any has executed, on average."""
    vendors = np.unique(executors)
    return float(np.mean([(executors == vendor).any(axis=0).sum() for vendor in vendors]))


def _waits(executors: Integers) -> Iterator[int]:
    """After how many requests pairs of vendors have seen both sides of a part often enough."""
    for pair in combinations(np.unique(executors), 2):
        ours = np.isin(executors, pair)
        for part in range(1, executors.shape[1] - 1):
            if ours[:, part].any():
                continue  # what they execute they need not infer
            seen = np.flatnonzero(ours[:, part - 1] & ours[:, part + 1])
            if len(seen) >= PAIRS:
                yield int(seen[PAIRS - 1]) + 1
