"""Support vector machines.

A sum is off by what each kernel is off times its weight, and that is bounded. So kernels have
`activation_bits`, or more, if the weights, as large as a large C makes them, sum to so much that
decisions would have fewer than `KEPT`; weights for which no bits are enough are refused. A
polynomial kernel is off by more where it is steep, as of high degree or on columns that are not
scaled: its bound tells.

Far from all vectors, a radial kernel rounds to 0, and what is left is the bias: where that is next
to 0, decisions are ties, of which libsvm still tells the side by numbers like 1e-200. Such rows get
the second class of each pair; `loss.measure` draws them as evenly as others, and counts them.

Seams are behind the kernels, but for a polynomial one, which has none.
"""

import copy
from collections.abc import Callable
from itertools import combinations
from math import ceil, log2
from typing import TypeAlias

import attrs
import numpy as np

from impl.models.fixedpoint import Integers, Reals
from impl.models.graph import Symbol
from impl.models.importing.dense import affine, common, fixed, reals
from impl.models.importing.linear import labels, scored
from impl.models.importing.registry import (
    MOST_BITS,
    Estimator,
    Features,
    Options,
    Scores,
    importer,
    usual,
)
from impl.models.importing.tables import DECAY, TANH
from impl.models.operators import ModelError

Kernels: TypeAlias = tuple[Symbol, Reals]
"""What there is for each support vector, and how far it can be off."""
STEEPEST = 0.8578
"""The root of 2 / e, rounded up."""
KEPT = 6
"""Fractional bits that decisions keep, at least; of a regression, bits of what it predicts."""


def _radial(features: Features, estimator: Estimator, options: Options) -> Kernels:
    """exp(-gamma * |x - s|**2), with the root of gamma in the scale of both x and s.

    Of a length r it is exp(-r**2), which is nowhere steeper than `STEEPEST`; and no length is off
    by more than its end and its beginning together.
    """
    bits, root = options.activation_bits, float(np.sqrt(estimator._gamma))
    place = common(features, bits, root)
    vectors = fixed(reals(estimator.support_vectors_) * root, bits, "support vectors")
    half = 1 << bits >> 1
    squares = (place * place).reduce_sum(features.width)
    distances = place.matmul(-2 * vectors.T, (vectors**2).sum(axis=1) + half) + squares
    ends = features.error * root + 1.5 * 2.0**-bits  # one for each column, and half of a vector's
    off = STEEPEST * float(np.linalg.norm(ends)) + 2.0**-bits / 2
    error = np.minimum(off + DECAY.drift(np.zeros(len(vectors)), bits), 1.0)
    return DECAY.of(distances >> bits, bits, bits), error


def _polynomial(features: Features, estimator: Estimator, options: Options) -> Kernels:
    """(gamma * x . s + coef0)**degree."""
    if estimator.degree < 1:
        raise ModelError("degree 0, which does not look at its inputs: use 1 or more")
    bits, (factor, off) = options.activation_bits, _product(features, estimator, options)
    power, error, unit = factor, off, 2.0**-bits
    for _ in range(estimator.degree - 1):
        reach, grown = (one.interval.magnitudes * unit for one in (factor, power))
        error = grown * off + (reach + off) * error + unit / 2
        power = power * factor + (1 << bits >> 1) >> bits
    return power, error


def _sigmoid(features: Features, estimator: Estimator, options: Options) -> Kernels:
    """tanh(gamma * x . s + coef0)."""
    bits, (product, error) = options.activation_bits, _product(features, estimator, options)
    return TANH.of(product, bits, bits), TANH.drift(error, bits)


def _product(features: Features, estimator: Estimator, options: Options) -> Kernels:
    """gamma * x . s + coef0."""
    weights = estimator._gamma * reals(estimator.support_vectors_).T
    bias = np.full(weights.shape[1], float(estimator.coef0))
    bits = options.activation_bits
    symbol, _, error = affine(features, weights, bias, options.weight_bits, to=bits)
    return symbol, error


KERNELS: dict[str, Callable[[Features, Estimator, Options], Kernels]] = {
    "rbf": _radial,
    "poly": _polynomial,
    "sigmoid": _sigmoid,
}
"""What they make of features x and each support vector s, at `activation_bits`.

scikit-learn tells gamma, where it is "scale", in `_gamma` alone.
"""


def _weights(estimator: Estimator) -> Reals:
    """How much each support vector weighs in each question, (vectors, questions).

    Of more than two classes, each pair is a question, in which only the vectors of these classes
    count; scikit-learn has the weights of a vector by the other class, its own left out.
    """
    weights = reals(estimator.dual_coef_).T
    classes = len(getattr(estimator, "classes_", ()))
    if classes <= 2:
        return weights
    own = np.repeat(np.arange(classes), estimator.n_support_)
    pairs = [*combinations(range(classes), 2)]
    first = [np.where(own == one, weights[:, other - 1], 0) for one, other in pairs]
    second = [np.where(own == other, weights[:, one], 0) for one, other in pairs]
    return np.add(first, second).T


def _precise(estimator: Estimator, weights: Reals, options: Options) -> Options:
    """The same with as many bits for kernels as their weights need. Raises ModelError."""
    whole, unit = float(np.abs(weights).sum(axis=0).max()), 1.0
    if not hasattr(estimator, "classes_"):
        apart = estimator.predict(estimator.support_vectors_) - estimator.intercept_
        unit = float(np.abs(apart).max()) or 1.0
    share = whole / unit
    if not share <= 2.0 ** (MOST_BITS - KEPT):  # so written, it catches NaN too
        raise ModelError(
            f"weights of vectors that sum to {share:.3g} of what it decides by: {MOST_BITS} bits "
            "of kernels cannot tell: train it with a lower C, or another nu, on scaled columns"
        )
    bits = KEPT + ceil(log2(share or 1))
    have = options.weight_bits, options.activation_bits
    weight_bits, activation_bits = (max(bits, each) for each in have)
    return attrs.evolve(options, weight_bits=weight_bits, activation_bits=activation_bits)


def _votes(classes: int) -> Integers:
    """What questions won by the first of a pair add to the votes of each, (pairs, classes)."""
    each = np.eye(classes, dtype=np.int64)
    return np.array([each[one] - each[other] for one, other in combinations(range(classes), 2)])


def reference(estimator: Estimator, rows: Reals) -> Reals:
    """What it decides between two classes; of more, the votes that libsvm counts."""
    classes = len(estimator.classes_)
    if classes == 2:
        return usual(estimator, rows)
    apart = copy.copy(estimator).set_params(decision_function_shape="ovo")
    won = np.asarray(apart.decision_function(rows)) > 0
    return np.asarray(won @ _votes(classes) + np.arange(classes), np.float64)


def said(estimator: Estimator) -> str:
    """What it gives for a label."""
    return "votes" if len(estimator.classes_) > 2 else "scores"


def _weighed(
    features: Features, estimator: Estimator, options: Options
) -> tuple[Features, Reals, tuple[int, ...], Options]:
    """Of what there is a sum for each question, the weights in it, the seams before it, its bits.

    Raises ModelError.
    """
    if estimator.kernel == "linear":
        return features, reals(estimator.coef_).T, (), options
    if not isinstance(estimator.kernel, str) or estimator.kernel not in KERNELS:
        known = ", ".join(["linear", *KERNELS])
        raise ModelError(f"kernel {estimator.kernel!r:.40}: only {known} can be imported")
    if not len(weights := _weights(estimator)):  # of targets that are all about the same
        return features, np.zeros((features.width, len(estimator.intercept_))), (), options
    options = _precise(estimator, weights, options)
    symbol, error = KERNELS[estimator.kernel](features, estimator, options)
    steps = [2**options.activation_bits] * len(weights)
    if estimator.kernel == "poly":
        # Some vectors' numbers can be far larger than others', and a part that began here would
        # have to be certified for the largest of each: that takes bits which they need themselves.
        return Features.on_grid(symbol, steps, error=error), weights, (), options
    values = Features.on_grid(symbol, steps, int(symbol.interval.reach), error)
    return values, weights, (len(symbol.graph.nodes),), options


@importer("SVR", "NuSVR")
def regression(features: Features, estimator: Estimator, options: Options) -> Scores:
    """A weighted sum of kernels."""
    values, weights, seams, options = _weighed(features, estimator, options)
    made = scored(values, weights, estimator.intercept_, estimator, options)
    return attrs.evolve(made, seams=seams)


@importer("SVC", "NuSVC", reference=reference, said=said)
def classification(features: Features, estimator: Estimator, options: Options) -> Scores:
    """A weighted sum of kernels; of more than two classes, for each pair of them, which vote.

    libsvm gives the second of a pair what is exactly between both, unlike scikit-learn elsewhere:
    so its score is one step more, the least there is. Of equal votes the first class is the one.
    """
    if estimator.probability not in (False, "deprecated"):
        raise ModelError(
            "probability=True: its probabilities are fitted apart from its scores, which alone "
            "decide: set it to False, and they are imported"
        )
    if options.probabilities:
        raise ModelError("its scores stand for no probabilities: leave them out")
    names = labels(estimator)
    if estimator.break_ties and len(names) > 2:
        raise ModelError("break_ties=True: votes are counted without, so train it without")
    values, weights, seams, options = _weighed(features, estimator, options)
    if len(names) == 2:
        made = scored(values, weights, estimator.intercept_, estimator, options)
        more, off = made.symbol + np.array([0, 1]), made.error + 1 / made.steps
        return attrs.evolve(made, symbol=more, seams=seams, error=off)
    sums, *_ = affine(values, weights, estimator.intercept_, options.weight_bits)
    votes = sums.at_least(1).matmul(_votes(len(names)), np.arange(len(names)))
    return Scores(votes, 1, names, seams)
