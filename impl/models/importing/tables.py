"""Functions of one number by tables, and what is made of them.

A table ends where its function comes nearer to its limit than it is told apart there: numbers
further out get that limit, which is as right as any other entry.
"""

from collections.abc import Callable
from math import ceil, log, log2

import attrs
import numpy as np

from impl.models.fixedpoint import Reals, to_fixed
from impl.models.graph import Symbol
from impl.models.importing.dense import rescaled

ENTRIES = 2**17
"""Of a table, at most."""
CHORD = 2.0**-28
"""By how much a large table is off between its entries."""


@attrs.frozen
class Squashing:
    """A function with limits, and the arguments past which it is within 2**-bits of them.

    Attributes:
        slope: how steep it is at most.
        span: how far apart its values are at most.
    """

    function: Callable[[Reals], Reals]
    least: Callable[[int], float]
    most: Callable[[int], float]
    slope: float = 1.0
    span: float = 1.0

    def drift(self, error: Reals, bits: int) -> Reals:
        """How far its values at so many fractional bits can be off, for numbers that are."""
        return np.minimum(error * self.slope + 2.0**-bits + CHORD, self.span)

    def of(self, symbol: Symbol, fraction: int, bits: int) -> Symbol:
        """Its values at so many fractional bits, for numbers with so many.

        Off by half of 2**-bits; by 2**-bits where the table would have more than `ENTRIES`, and is
        interpolated.
        """
        scale, reach = 2.0**fraction, symbol.interval
        # Half of 2**-bits is where rounding gives the limit itself.
        least = max(int(np.floor(self.least(bits + 1) * scale)), int(reach.least.min()))
        most = min(int(np.ceil(self.most(bits + 1) * scale)), int(reach.most.max()))
        least, most = min(least, most), max(least, most)
        place = symbol.clamp(least, most) - least
        drop = max(0, ceil(log2((most - least + 2) / (ENTRIES - 1))))
        knots = np.arange(((most - least) >> drop) + 2)
        table = to_fixed(self.function(np.asarray((least + knots * 2.0**drop) / scale)), bits)
        known = symbol.graph.table
        if not drop:
            return place.look_up(known(table[:-1]))
        before = place >> drop
        # It is within these bounds anyway, and so is the sum, which intervals do not tell.
        past = (place - before * (1 << drop)).clamp(0, (1 << drop) - 1)
        rise = before.look_up(known(np.diff(table))) * past
        between = before.look_up(known(table[:-1])) + (rise + (1 << drop >> 1) >> drop)
        return between.clamp(int(table.min()), int(table.max()))


def logistic(reals: Reals) -> Reals:
    """1 / (1 + exp(-x)), without overflow."""
    from scipy.special import expit  # slow to import

    return np.asarray(expit(reals))


LOGISTIC = Squashing(logistic, lambda bits: -bits * log(2), lambda bits: bits * log(2), slope=0.25)
TANH = Squashing(
    np.tanh,
    lambda bits: -(bits + 1) * log(2) / 2,
    lambda bits: (bits + 1) * log(2) / 2,
    span=2.0,
)
DECAY = Squashing(lambda reals: np.exp(-reals), lambda bits: 0, lambda bits: bits * log(2))
"""exp(-x), for x from 0."""
BEND = Squashing(lambda reals: np.log1p(np.exp(-reals)), lambda bits: 0, lambda bits: bits * log(2))
"""log(1 + exp(-x)), for x from 0: by how much log(logistic) is below the lesser of x and 0."""


def softmax(scores: Symbol, fraction: int, width: int, bits: int) -> Symbol:
    """The softmax of scores with so many fractional bits, itself with `bits`; of [0, x], logistic.

    Off by at most (classes + 3) / 2 of 2**-bits.
    """
    below = rescaled(scores.reduce_max(width) - scores, fraction, bits + 1)
    parts = DECAY.of(below, bits + 1, bits + 1)
    # It is at least 1, and no less than any part: so a share is at most 1. Intervals do not tell.
    whole = parts.reduce_sum(width).maximum(1)
    return ((parts * (2 << bits) + whole) // (whole * 2)).clamp(0, 1 << bits)


def softened(error: float, width: int, bits: int) -> float:
    """How far a softmax can be off, of so many scores that are off by an error.

    That changes what each class has by half of it at most.
    """
    return min(error / 2 + (width + 3) / 2 * 2.0**-bits, 1.0)


def shares(scores: Symbol, fraction: int, width: int, bits: int) -> Symbol:
    """The logistic function of each score, divided by their sum; else as `softmax` has it.

    The logarithms are what is computed with: where all are next to 0, only they tell them apart.
    """
    finer = rescaled(scores, fraction, bits + 2)
    bend = BEND.of(finer.maximum(0 - finer), bits + 2, bits + 2)
    return softmax(finer.minimum(0) - bend, bits + 2, width, bits)
