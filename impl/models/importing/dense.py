"""Affine maps and changes of scale: where real weights become integers.

A weight is rounded to so many fractional bits that its product with any number that its column can
hold is right to what is asked; so columns of different units need no common scale before them.
"""

from math import ceil, log2

import attrs
import numpy as np
from numpy.typing import ArrayLike

from impl.models.fixedpoint import Integers, Reals, to_fixed
from impl.models.graph import Symbol
from impl.models.importing.registry import Features
from impl.models.operators import ModelError

FITS = 50
"""Bits of sums that get as many fractional ones as fit: three are left for what follows."""


def reals(values: ArrayLike) -> Reals:
    """What an estimator has learned or is asked with, as float64. Raises ModelError."""
    from scipy.sparse import issparse  # slow to import

    if issparse(values):
        raise ModelError("a sparse matrix: make it dense, or train on dense rows")
    try:
        return np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise ModelError("something that is no number: give numbers alone") from None


def fixed(values: Reals, bits: int, name: str) -> Integers:
    """`to_fixed` of what an estimator has learned. Raises ModelError."""
    if not np.isfinite(values).all():
        raise ModelError(f"{name} that are not finite: train it on other data, or scale these")
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
) -> tuple[Symbol, int, Reals]:
    """Features times weights (features, units) plus a bias (units,), its fractional bits, and how
    far it can be off, (units,).

    Args:
        bits: each product is right to half of 2**-bits: of 1, or of the largest product if that is
            less. Where sums would not fit then, to what fits, and at least to half of 2**-bits of
            the largest sum.
        to: round it to so many fractional bits, halves up; else none of those of the sum are lost.
        relative: whether bits are of the largest product even if that is more than 1.
    """
    features = _centred(features)
    reach = features.symbol.interval.magnitudes
    with np.errstate(all="ignore"):  # what is not finite is refused
        scaled, constant = weights * features.scale[:, None], bias + features.offset @ weights
        fraction = max(_fraction(scaled, constant, reach, features.size, bits, relative), to or 0)
    offset = fixed(constant, fraction, "biases")
    shift = 0 if to is None else fraction - to
    matrix = fixed(scaled, fraction, "weights")
    summed = features.symbol.matmul(matrix, offset + (1 << shift >> 1))
    unit = 2.0**-fraction
    with np.errstate(invalid="ignore"):  # of what nothing bounds
        error = reach @ np.abs(scaled - matrix * unit) + np.abs(constant - offset * unit)
        error = error + features.error @ np.abs(weights) + (1 << shift >> 1) * unit
    return (summed >> shift if shift else summed), fraction - shift, error


def _centred(features: Features) -> Features:
    """The same features with integers around 0, if two bits fewer hold them then.

    Numbers that are all about 1000 need not have products as if some of them were about 0.
    """
    reach = features.symbol.interval
    middle = np.floor((reach.least + reach.most) / 2)
    if 4 * (reach.most - middle).max() > reach.reach or features.size is not None:
        return features
    return attrs.evolve(
        features,
        symbol=features.symbol - middle.astype(np.int64),
        offset=features.offset + middle * features.scale,
        reals=lambda grid: features.reals(grid + middle.astype(np.int64)),
    )


def _fraction(
    weights: Reals, bias: Reals, reach: Reals, size: int | None, bits: int, relative: bool
) -> int:
    """How many fractional bits weights get: `affine` says what for."""
    most = reach
    if size is not None:  # between layers, where a part can begin that takes as much in any column
        most, reach = np.full(len(reach), float(size)), np.full(len(reach), reach.max())
    products = np.abs(weights) * most[:, None]
    whole = (products.sum(axis=0) + np.abs(bias)).max()
    largest = (reach @ np.abs(weights) + np.abs(bias)).max()
    if not np.isfinite(largest):
        raise ModelError("weights that are not finite: train it on other data, or scale these")
    unit = (products.max() if relative else min(products.max(), 1)) or whole
    finest, coarsest = (bits + ceil(log2(max(most.max(), 1) / (one or 1))) for one in (unit, whole))
    return max(coarsest, min(finest, FITS - ceil(log2(largest or 1))), 0)


def rescaled(symbol: Symbol, have: int, want: int) -> Symbol:
    """The same real numbers with another number of fractional bits, rounded with halves up."""
    if have > want:
        return symbol + (1 << (have - want) >> 1) >> (have - want)
    return symbol * (1 << (want - have)) if have < want else symbol


def common(features: Features, fraction: int, factor: float = 1.0) -> Symbol:
    """Features times a factor, all with so many fractional bits, and off by less than 2**-these."""
    features = _centred(features)
    scale, offset = features.scale * factor, features.offset * factor
    if (scale == 2.0**-fraction).all() and not offset.any():
        return features.symbol
    # The rounding of what is multiplied with adds a quarter of a step at most to the last half.
    shift = 1 + ceil(log2(max(features.symbol.interval.magnitudes.max(), 1)))
    multiplier = fixed(scale, fraction + shift, "scales")
    half = 1 << shift >> 1
    return (
        features.symbol * multiplier + (fixed(offset, fraction + shift, "offsets") + half) >> shift
    )
