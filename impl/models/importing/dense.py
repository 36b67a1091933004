"""Affine maps and changes of scale: where real weights become integers.

A weight is rounded to so many fractional bits that its product with any number that its column can
hold is right to what is asked; so columns of different units need no common scale before them.
"""

from math import ceil, log2

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse

from impl.models.fixedpoint import Integers, Reals, to_fixed
from impl.models.graph import Symbol
from impl.models.importing.registry import Features, interval
from impl.models.operators import ModelError


def reals(values: ArrayLike) -> Reals:
    """What an estimator has learned, as float64. Raises ModelError."""
    if issparse(values):
        raise ModelError("sparse weights: densify them, or train it on dense rows")
    return np.asarray(values, np.float64)


def fixed(values: Reals, bits: int, name: str) -> Integers:
    """`to_fixed` of what an estimator has learned. Raises ModelError."""
    if not np.isfinite(values).all():
        raise ModelError(f"{name} that are not finite: train it on other data, or scale them")
    try:
        return to_fixed(values, bits, name)
    except ValueError as error:
        raise ModelError(str(error)) from None


def affine(
    features: Features,
    weights: Reals,
    bias: Reals,
    bits: int,
    *,
    to: int | None = None,
    relative: bool = False,
    size: int | None = None,
) -> tuple[Symbol, int]:
    """Features times weights (features, units) plus a bias (units,), and its fractional bits.

    Args:
        bits: each product is right to half of 2**-bits: of 1, or of the largest product if that is
            less; and at most to half of 2**-(2 * bits) of the largest sum, which cannot be told.
        to: round it to so many fractional bits, halves up; else none of those of the sum are lost.
        relative: whether bits are of the largest product even if that is more than 1.
        size: for features of this magnitude, rather than of the largest that they can have.
    """
    scaled, constant = weights * features.scale[:, None], bias + features.offset @ weights
    most = interval(features.symbol).magnitudes if size is None else np.full(len(weights), size)
    products = np.abs(scaled) * most[:, None]
    whole = (products.sum(axis=0) + np.abs(constant)).max()
    if not np.isfinite(whole):
        raise ModelError("weights that are not finite: train it on other data, or scale them")
    largest = products.max() if relative else min(products.max(), 1)
    unit = max(largest, whole * 2.0**-bits) or 1
    fraction = bits + ceil(log2(max(most.max(), 1) / unit))
    fraction = max(fraction, to or 0)
    offset = fixed(constant, fraction, "biases")
    shift = 0 if to is None else fraction - to
    matrix = fixed(scaled, fraction, "weights")
    summed = features.symbol.matmul(matrix, offset + (1 << shift >> 1))
    return (summed >> shift if shift else summed), fraction - shift


def rescaled(symbol: Symbol, have: int, want: int) -> Symbol:
    """The same real numbers with another number of fractional bits, rounded with halves up."""
    if have > want:
        return symbol + (1 << (have - want) >> 1) >> (have - want)
    return symbol * (1 << (want - have)) if have < want else symbol


def common(features: Features, fraction: int, factor: float = 1.0) -> Symbol:
    """Features times a factor, all with so many fractional bits, and off by less than 2**-these."""
    scale, offset = features.scale * factor, features.offset * factor
    if (scale == 2.0**-fraction).all() and not offset.any():
        return features.symbol
    # The rounding of what is multiplied with adds a quarter of a step at most to the last half.
    shift = 1 + ceil(log2(max(interval(features.symbol).magnitudes.max(), 1)))
    multiplier = fixed(scale, fraction + shift, "scales")
    half = 1 << shift >> 1
    return (
        features.symbol * multiplier + (fixed(offset, fraction + shift, "offsets") + half) >> shift
    )
