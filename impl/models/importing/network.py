"""Multilayer perceptrons."""

from collections.abc import Callable

import attrs
import numpy as np

from impl.models.fixedpoint import Reals
from impl.models.graph import Symbol
from impl.models.importing.dense import affine
from impl.models.importing.linear import beside_zero, scored
from impl.models.importing.registry import Estimator, Features, Options, Scores, importer
from impl.models.importing.tables import LOGISTIC, TANH, Squashing, logistic
from impl.models.operators import ModelError

ACTIVATIONS: dict[str, Callable[[Symbol, Reals, int], tuple[Symbol, Reals]]] = {
    "identity": lambda symbol, error, bits: (symbol, error),
    "relu": lambda symbol, error, bits: (symbol.maximum(0), error),
    "logistic": lambda symbol, error, bits: _curved(LOGISTIC, symbol, error, bits),
    "tanh": lambda symbol, error, bits: _curved(TANH, symbol, error, bits),
}
"""What follows a hidden layer, of and to numbers with so many fractional bits, by its name; and how
far it can be off."""
REAL: dict[str, Callable[[Reals], Reals]] = {
    "identity": lambda reals: reals,
    "relu": lambda reals: np.maximum(reals, 0),
    "logistic": logistic,
    "tanh": np.tanh,
}
"""The same of real numbers."""


def _curved(curve: Squashing, symbol: Symbol, error: Reals, bits: int) -> tuple[Symbol, Reals]:
    return curve.of(symbol, bits, bits), curve.drift(error, bits)


def reference(estimator: Estimator, rows: Reals) -> Reals:
    """What comes out of the last layer, beside 0 for two classes; scikit-learn hides it."""
    *hidden, last = zip(estimator.coefs_, estimator.intercepts_, strict=True)
    for weights, bias in hidden:
        rows = REAL[estimator.activation](rows @ weights + bias)
    weights, bias = beside_zero(*last) if hasattr(estimator, "classes_") else last
    return np.asarray(rows @ weights + bias, np.float64)


@importer("MLPClassifier", "MLPRegressor", reference=reference)
def network(features: Features, estimator: Estimator, options: Options) -> Scores:
    """Layers, between which numbers have `activation_bits`; seams are where they end."""
    if estimator.out_activation_ not in ("identity", "softmax", "logistic"):
        raise ModelError(f"{estimator.out_activation_} as its last activation: use squared_error")
    *hidden, (weights, bias) = zip(estimator.coefs_, estimator.intercepts_, strict=True)
    bits, seams = options.activation_bits, []
    for matrix, offset in hidden:
        symbol, _, error = affine(features, matrix, offset, options.weight_bits, to=bits)
        symbol, error = ACTIVATIONS[estimator.activation](symbol, error, bits)
        # Activations could become as large as intervals say, but are about 1.
        features = Features.on_grid(symbol, [2**bits] * matrix.shape[1], 2**bits, error)
        seams.append(len(symbol.graph.nodes))
    made = scored(features, weights, bias, estimator, options)
    return attrs.evolve(made, seams=(*seams, *made.seams))
