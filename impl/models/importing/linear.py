"""Linear models: one product with a matrix."""

import numpy as np

from impl.models.fixedpoint import Reals
from impl.models.importing.dense import affine, reals
from impl.models.importing.registry import Estimator, Features, Options, Scores, importer
from impl.models.importing.tables import shares, softened, softmax
from impl.models.model import Label
from impl.models.operators import ModelError

REGRESSIONS = (
    *("LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "ElasticNet", "ElasticNetCV"),
    *("BayesianRidge", "HuberRegressor", "LinearSVR", "SGDRegressor"),
)
CLASSIFICATIONS = (
    *("LogisticRegression", "LogisticRegressionCV", "LinearSVC", "SGDClassifier", "Perceptron"),
    *("RidgeClassifier", "RidgeClassifierCV", "LinearDiscriminantAnalysis"),
)


@importer(*REGRESSIONS, *CLASSIFICATIONS)
def linear(features: Features, estimator: Estimator, options: Options) -> Scores:
    """A product, and what makes probabilities of it."""
    weights = reals(estimator.coef_).reshape(-1, features.width).T
    bias = np.broadcast_to(reals(estimator.intercept_), weights.shape[1:])
    return scored(features, weights, bias, estimator, options)


def scored(
    features: Features,
    weights: Reals,
    bias: Reals,
    estimator: Estimator,
    options: Options,
) -> Scores:
    """What an estimator makes of weights (features, units) and a bias (units,), in the end.

    The sums keep all their bits. Raises ModelError for more than one prediction, and for
    probabilities of an estimator that has none.
    """
    bits = options.weight_bits
    if not hasattr(estimator, "classes_"):
        if options.probabilities:
            raise ModelError("a regression has no probabilities: leave them out")
        if weights.shape[1] != 1:
            raise ModelError(f"it predicts {weights.shape[1]} numbers: train one model for each")
        # Predictions can have any unit, so bits are of the largest product.
        symbol, fraction, error = affine(features, weights, bias, bits, relative=True)
        return Scores(symbol, 2**fraction, error=float(error.max()))
    names = labels(estimator)
    weights, bias = beside_zero(weights, bias)
    weighed, classes = weights.shape[1], len(names)
    if weighed != classes:  # as of rows without weight
        raise ModelError(f"it weighs {weighed} of {classes} classes: train it on rows of each")
    symbol, fraction, error = affine(features, weights, bias, bits)
    made = Scores(symbol, 2**fraction, names, error=float(error.max()))
    return chances(made, fraction, estimator, options) if options.probabilities else made


def labels(estimator: Estimator) -> tuple[Label, ...]:
    """What a classifier calls its classes. Raises ModelError."""
    binarizer = getattr(estimator, "_label_binarizer", None)
    if getattr(binarizer, "y_type_", "").startswith("multilabel"):
        raise ModelError("it gives a row several labels: train one model for each")
    classes = np.asarray(estimator.classes_).tolist()
    if not all(isinstance(one, bool | int | float | str) for one in classes):
        raise ModelError("labels that are neither numbers nor strings: train it on such ones")
    if len(classes) < 2:
        raise ModelError("it has seen one class: train it on two or more")
    return tuple(classes)


def beside_zero(weights: Reals, bias: Reals) -> tuple[Reals, Reals]:
    """Those of the scores 0 and x instead of x alone, as it is of two classes.

    scikit-learn predicts the second one if x is above 0, which is if it is the greater of these.
    """
    if weights.shape[1] > 1:
        return weights, bias
    return np.hstack([np.zeros_like(weights), weights]), np.array([0, *bias])


def chances(scores: Scores, fraction: int, estimator: Estimator, options: Options) -> Scores:
    """The probabilities that scores stand for. Raises ModelError if the estimator has none."""
    huber = getattr(estimator, "loss", None) == "modified_huber"
    if not hasattr(estimator, "predict_proba") or huber:
        raise ModelError("its scores stand for no probabilities: leave them out")
    chosen = getattr(estimator, "multi_class", "auto")  # until scikit-learn 1.8
    if chosen not in ("auto", "deprecated"):
        raise ModelError(f"multi_class={chosen!r}: train it without, or leave probabilities out")
    symbol, width, bits = scores.symbol, len(scores.labels), options.activation_bits
    seam = len(symbol.graph.nodes)
    asks_each = type(estimator).__name__ == "SGDClassifier" or (
        getattr(estimator, "solver", "") == "liblinear"
    )
    one_vs_rest = width > 2 and asks_each
    if one_vs_rest:
        return Scores(shares(symbol, fraction, width, bits), 2**bits, scores.labels, (seam,))
    made = softmax(symbol, fraction, width, bits)
    return Scores(made, 2**bits, scores.labels, (seam,), softened(scores.error, width, bits))
