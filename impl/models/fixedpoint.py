"""Fixed-point arithmetic that gives the same bits on every machine.

A real number with f fractional bits is held as the integer nearest to it times 2**f, halves rounded
up (towards plus infinity). All that a component computes with is certified to stay below `EXACT`:
so float64 holds every product and every partial sum, and BLAS multiplies exactly, in any order of
summation, at any batch size and on any number of threads.
"""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]

EXACT = 2**53  # every integer of smaller magnitude is a float64


def to_fixed(values: Reals, fraction_bits: int, name: str = "values") -> Integers:
    """The integers nearest to `values * 2**fraction_bits`, halves up, in the shape of `values`.

    Raises ValueError, naming the values by `name`, if one is not finite or does not fit.
    """
    with np.errstate(over="ignore"):  # what is not finite is refused
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
