"""Fixed-point arithmetic that gives the same bits on every machine.

A real number with f fractional bits is held as the integer nearest to it times 2**f, halves rounded
up (towards plus infinity). What enters a layer saturates at `LIMIT`, so a layer's sums are bounded
by its own weights, whatever it is given. Where `bound` is below `EXACT`, every product and every
partial sum is an integer that float64 holds, so BLAS multiplies exactly, in any order of summation,
at any batch size and on any number of threads.
"""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]

ARITHMETIC = "fixed-point, saturating at 2**23, halves up"  # this module, named in canonical bytes
LIMIT = 2**23  # 2048 at 12 fractional bits; the digits' activations stay below 30
EXACT = 2**53  # every integer of smaller magnitude is a float64


def to_fixed(values: Reals, fraction_bits: int, name: str = "values") -> Integers:
    """The integers nearest to `values * 2**fraction_bits`, halves up, in the shape of `values`.

    Raises ValueError, naming the values by `name`, if one is not finite or does not fit.
    """
    scaled = np.asarray(values, np.float64) * 2.0**fraction_bits
    if not (np.abs(scaled) < EXACT).all():  # so written, it catches NaN too
        raise ValueError(
            f"{name}: not finite, or 2**{53 - fraction_bits} and more, which {fraction_bits} "
            "fractional bits cannot hold: rescale them or use fewer bits"
        )
    below = np.floor(scaled)
    # Not floor(scaled + 0.5): that addition rounds, and takes the float just below 0.5 up to 1.
    return (below + (scaled - below >= 0.5)).astype(np.int64)


def to_real(values: Integers, fraction_bits: int) -> Reals:
    """The real numbers that fixed-point integers stand for, in the same shape."""
    return values / 2.0**fraction_bits


def bound(weights: Integers, bias: Integers) -> int:
    """The largest magnitude that a partial sum of `affine` can reach on saturated values.

    Weights are (inputs, units), biases (units,).
    """
    # In two halves, because a certificate that can overflow certifies nothing.
    magnitudes = np.abs(weights).view(np.uint64)  # that of -2**63 as well
    halves = ((magnitudes >> np.uint64(32), 32), (magnitudes & np.uint64(2**32 - 1), 0))
    sums = [[int(total) << bits for total in half.sum(axis=0)] for half, bits in halves]
    offsets: list[int] = bias.tolist()
    units = zip(*sums, offsets, strict=True)
    reaches: list[int] = [LIMIT * (high + low) + abs(offset) for high, low, offset in units]
    return max(reaches)


def affine(values: Integers, weights: Integers, bias: Integers) -> Integers:
    """`values @ weights + bias`, (rows, units), exact where `bound` is below `EXACT`.

    Values (rows, inputs) saturate first. float64 BLAS is some 50 times faster than int64.
    """
    saturated = np.clip(values, -LIMIT, LIMIT).astype(np.float64)
    return (saturated @ weights.astype(np.float64)).astype(np.int64) + bias


def rescale(sums: Integers, bits: int) -> Integers:
    """Drop `bits` fractional bits, halves rounded up: `floor(sums / 2**bits + 1/2)`."""
    return (sums + (1 << bits >> 1)) >> bits
