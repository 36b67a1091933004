"""Estimators made of others: what they do before, beside and after them."""

from collections.abc import Callable
from math import lcm

import attrs
import numpy as np

from impl.models.fixedpoint import Reals
from impl.models.importing.linear import beside_zero, labels
from impl.models.importing.registry import (
    Estimator,
    Features,
    Options,
    Scores,
    importer,
    kind,
    write,
)
from impl.models.importing.tables import shares, softmax
from impl.models.operators import ModelError

LOGISTIC = ("LogisticRegression", "LogisticRegressionCV")
"""Of whose scores the logistic function is the probability."""


def _standard(scaler: Estimator) -> tuple[Reals, Reals]:
    return _less(scaler.mean_ if scaler.with_mean else None, scaler.scale_)


def _robust(scaler: Estimator) -> tuple[Reals, Reals]:
    return _less(scaler.center_, scaler.scale_)


def _less(centre: Reals | None, divisor: Reals | None) -> tuple[Reals, Reals]:
    factor = np.ones(1) if divisor is None else 1 / divisor
    return factor, np.zeros(1) if centre is None else -centre * factor


SCALERS: dict[str, Callable[[Estimator], tuple[Reals, Reals]]] = {
    "StandardScaler": _standard,
    "RobustScaler": _robust,
    "MinMaxScaler": lambda scaler: (scaler.scale_, scaler.min_),
    "MaxAbsScaler": lambda scaler: _less(None, scaler.scale_),
}
"""By what scalers multiply each column, and what they add to it then, by the names of classes."""


def scaled(features: Features, scaler: Estimator) -> Features:
    """What a scaler makes of features, which costs nothing. Raises ModelError if it is none."""
    name = type(scaler).__name__
    if scaler in (None, "passthrough"):
        return features
    if name not in SCALERS:
        raise ModelError(f"step {name} cannot be imported: only {', '.join(SCALERS)} can be")
    if getattr(scaler, "clip", False):
        raise ModelError(f"{name}: clip=True: declare columns that need none, and train it without")
    factor, shift = SCALERS[name](scaler)
    return attrs.evolve(
        features,
        scale=features.scale * factor,
        offset=features.offset * factor + shift,
        error=features.error * np.abs(factor),
        reals=lambda grid: np.asarray(scaler.transform(features.reals(grid)), np.float64),
    )


def _in_pipeline(estimator: Estimator, rows: Reals) -> Reals:
    *scalers, last = (step for _, step in estimator.steps)
    for scaler in scalers:
        rows = rows if scaler in (None, "passthrough") else scaler.transform(rows)
    return kind(last).reference(last, rows)


def _last_says(estimator: Estimator) -> str:
    return kind(estimator.steps[-1][1]).said(estimator.steps[-1][1])


@importer("Pipeline", reference=_in_pipeline, said=_last_says)
def pipeline(features: Features, estimator: Estimator, options: Options) -> Scores:
    """Scalers, which are folded into what follows, and an estimator."""
    *scalers, last = (step for _, step in estimator.steps)
    for scaler in scalers:
        features = scaled(features, scaler)
    return write(features, last, options)


def _best(estimator: Estimator, rows: Reals) -> Reals:
    return kind(estimator.best_estimator_).reference(estimator.best_estimator_, rows)


def _best_says(estimator: Estimator) -> str:
    return kind(estimator.best_estimator_).said(estimator.best_estimator_)


@importer("GridSearchCV", "RandomizedSearchCV", reference=_best, said=_best_says)
def search(features: Features, estimator: Estimator, options: Options) -> Scores:
    """The best that was found."""
    if not hasattr(estimator, "best_estimator_"):
        raise ModelError("it was told refit=False, so the best is not fitted: fit and import that")
    return write(features, estimator.best_estimator_, options)


def _yes_above_no(estimator: Estimator, rows: Reals) -> Reals:
    made = [kind(one).reference(one, rows) for one in estimator.estimators_]
    above = np.stack([each[:, 1] - each[:, 0] for each in made], axis=1)
    return beside_zero(above, np.zeros(1))[0]


@importer("OneVsRestClassifier", reference=_yes_above_no)
def one_vs_rest(features: Features, estimator: Estimator, options: Options) -> Scores:
    """A question for each class, and by how much yes is above no; of two classes, one question."""
    members, names = estimator.estimators_, labels(estimator)
    if estimator.multilabel_:
        raise ModelError("it gives a row several labels: train one model for each")
    if options.probabilities and not all(type(one).__name__ in LOGISTIC for one in members):
        raise ModelError(f"it has probabilities only of {' or '.join(LOGISTIC)}: leave them out")
    graph, made, seams = features.symbol.graph, list[Scores](), list[int]()
    for one in members:
        made.append(write(features, one, attrs.evolve(options, probabilities=False)))
        seams += [*made[-1].seams, len(graph.nodes)]
    steps = lcm(*(one.steps for one in made))
    each = [one.symbol * (steps // one.steps) if one.steps < steps else one.symbol for one in made]
    above = np.array([[-1], [1]] if len(made) > 1 else [[0, -1], [0, 1]])
    symbol = graph.concat(*each).matmul(above, np.zeros(above.shape[1], np.int64))
    if options.probabilities:
        chances, bits = shares if len(made) > 1 else softmax, options.activation_bits
        symbol = chances(symbol, steps.bit_length() - 1, len(names), bits)
        steps = 2**bits
    return Scores(symbol, steps, names, tuple(seams))
