"""Support vector machines.

Kernels have `activation_bits`, and a sum is off by what each is times its weight: where weights are
many and large, as with a large C, it takes more bits than elsewhere. `loss.choices` tells. Seams
are behind the kernels, but for a polynomial one, which has none.
"""

import copy
from collections.abc import Callable
from itertools import combinations

import attrs
import numpy as np

from impl.models.fixedpoint import Integers, Reals
from impl.models.graph import Symbol
from impl.models.importing.dense import affine, common, fixed, reals
from impl.models.importing.linear import labels, scored
from impl.models.importing.registry import (
    Estimator,
    Features,
    Options,
    Scores,
    importer,
    interval,
    usual,
)
from impl.models.importing.tables import DECAY, TANH
from impl.models.operators import ModelError


def _radial(features: Features, estimator: Estimator, options: Options) -> Symbol:
    """exp(-gamma * |x - s|**2), with the root of gamma in the scale of both x and s."""
    bits, root = options.activation_bits, float(np.sqrt(estimator._gamma))
    place = common(features, bits, root)
    vectors = fixed(reals(estimator.support_vectors_) * root, bits, "support vectors")
    half = 1 << bits >> 1
    squares = (place * place).reduce_sum(features.width)
    distances = place.matmul(-2 * vectors.T, (vectors**2).sum(axis=1) + half) + squares
    return DECAY.of(distances >> bits, bits, bits)


def _polynomial(features: Features, estimator: Estimator, options: Options) -> Symbol:
    """(gamma * x . s + coef0)**degree."""
    if estimator.degree < 1:
        raise ModelError("degree 0, which does not look at its inputs: use 1 or more")
    bits, factor = options.activation_bits, _product(features, estimator, options)
    power = factor
    for _ in range(estimator.degree - 1):
        power = power * factor + (1 << bits >> 1) >> bits
    return power


def _sigmoid(features: Features, estimator: Estimator, options: Options) -> Symbol:
    """tanh(gamma * x . s + coef0)."""
    bits = options.activation_bits
    return TANH.of(_product(features, estimator, options), bits, bits)


def _product(features: Features, estimator: Estimator, options: Options) -> Symbol:
    """gamma * x . s + coef0."""
    weights = estimator._gamma * reals(estimator.support_vectors_).T
    bias = np.full(weights.shape[1], float(estimator.coef0))
    bits = options.activation_bits
    return affine(features, weights, bias, options.weight_bits, to=bits)[0]


KERNELS: dict[str, Callable[[Features, Estimator, Options], Symbol]] = {
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
) -> tuple[Features, Reals, tuple[int, ...]]:
    """Of what there is a sum for each question, the weights in it, and the seams before it."""
    if estimator.kernel == "linear":
        return features, reals(estimator.coef_).T, ()
    if not isinstance(estimator.kernel, str) or estimator.kernel not in KERNELS:
        known = ", ".join(["linear", *KERNELS])
        raise ModelError(f"kernel {estimator.kernel!r:.40}: only {known} can be imported")
    if not len(weights := _weights(estimator)):  # of targets that are all about the same
        return features, np.zeros((features.width, 1)), ()
    symbol = KERNELS[estimator.kernel](features, estimator, options)
    steps = [2**options.activation_bits] * len(weights)
    if estimator.kernel == "poly":
        # Some vectors' numbers can be far larger than others', and a part that began here would
        # have to be certified for the largest of each: that takes bits which they need themselves.
        return Features.on_grid(symbol, steps), weights, ()
    values = Features.on_grid(symbol, steps, size=int(interval(symbol).reach))
    return values, weights, (len(symbol.graph.nodes),)


@importer("SVR", "NuSVR")
def regression(features: Features, estimator: Estimator, options: Options) -> Scores:
    """A weighted sum of kernels."""
    values, weights, seams = _weighed(features, estimator, options)
    made = scored(values, weights, estimator.intercept_, estimator, options)
    return attrs.evolve(made, seams=seams)


@importer("SVC", "NuSVC", reference=reference, said=said)
def classification(features: Features, estimator: Estimator, options: Options) -> Scores:
    """A weighted sum of kernels; of more than two classes, for each pair of them, which vote.

    libsvm gives the second of a pair what is exactly between both, unlike scikit-learn elsewhere:
    so its score is one step more, the least there is. Of equal votes the first class is the one.
    """
    if options.probabilities:
        raise ModelError("its probabilities are fitted apart from its scores: leave them out")
    names = labels(estimator)
    if estimator.break_ties and len(names) > 2:
        raise ModelError("break_ties=True: votes are counted without, so train it without")
    values, weights, seams = _weighed(features, estimator, options)
    if len(names) == 2:
        made = scored(values, weights, estimator.intercept_, estimator, options)
        return attrs.evolve(made, symbol=made.symbol + np.array([0, 1]), seams=seams)
    sums, _ = affine(values, weights, estimator.intercept_, options.weight_bits)
    votes = sums.at_least(1).matmul(_votes(len(names)), np.arange(len(names)))
    return Scores(votes, 1, names, seams)
