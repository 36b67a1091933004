"""Which kinds of estimators can be imported, and what an importer is given and gives.

An importer writes what an estimator computes into a graph. It is given the features that the
estimator looks at, as a value of the graph, and gives its scores as another one; so importers
compose: a pipeline calls that of its last step, a vote those of its members, through `write`.

Kinds are known by the names of their classes, for scikit-learn takes a second to import.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, Self, TypeAlias

import attrs
import numpy as np
from numpy.typing import ArrayLike

from impl.models.fixedpoint import Integers, Reals
from impl.models.graph import Graph, Symbol
from impl.models.model import Column, Label
from impl.models.operators import ModelError, check

Estimator: TypeAlias = Any  # scikit-learn ships no types
"""A fitted estimator of scikit-learn."""
MOST_BITS = 24
"""Fractional bits that can be asked for: as many as interpolated tables are right to."""


@attrs.frozen(eq=False)
class Options:
    """How an estimator is imported. Raises ModelError for numbers that cannot be.

    Attributes:
        weight_bits, activation_bits: fractional bits of what is multiplied with, and of what passes
            between layers.
        probabilities: whether a classifier gives probabilities instead of scores.
        groups: of an ensemble of trees, how many it is cut between; trees of a group go down side
            by side, and a single group is cut between levels.
    """

    weight_bits: int = 12
    activation_bits: int = 12
    probabilities: bool = False
    groups: int = 1

    def __attrs_post_init__(self) -> None:
        for name in ("weight_bits", "activation_bits"):
            check(1 <= getattr(self, name) <= MOST_BITS, f"{name}: give 1 to {MOST_BITS}")
        check(self.groups > 0, f"{self.groups} groups of trees: give at least one")


@attrs.frozen(eq=False)
class Features:
    """What an estimator looks at: integers, and the real numbers that they stand for.

    Attributes:
        symbol: the integers.
        scale, offset: an integer stands for itself times the scale of its column, plus the offset;
            both float64 (width,). Scalers change only these.
        reals: the very floats that the estimator gets for integers (rows, width), in that shape, as
            scikit-learn computes them; each column by itself, and monotone.
        size: the magnitude of the integers for which products with them are to be right; unless
            given, the largest that those of each column can have.
        error: how far what integers stand for can be from what the estimator looks at, float64
            (width,); infinite where nothing bounds it.
    """

    symbol: Symbol
    scale: Reals
    offset: Reals
    reals: Callable[[Integers], Reals]
    size: int | None = None
    error: Reals = attrs.field(
        default=attrs.Factory(lambda self: np.full(len(self.scale), np.inf), takes_self=True)
    )

    @classmethod
    def on_grid(
        cls,
        symbol: Symbol,
        steps: Sequence[int],
        size: int | None = None,
        error: ArrayLike = np.inf,
    ) -> Self:
        """Integers of which so many in each column make 1, off by some error."""
        divisors = np.array(steps, np.float64)
        none = np.zeros(len(divisors))
        off = np.broadcast_to(np.asarray(error, np.float64), len(divisors))
        return cls(symbol, 1 / divisors, none, lambda grid: grid / divisors, size, off)

    @classmethod
    def asked(cls, graph: Graph, columns: Sequence[Column]) -> Self:
        """Those that a model is asked with."""
        alike = groupby((column.least, column.most) for column in columns)
        inputs = [graph.input(len(list(each)), *bounds) for bounds, each in alike]
        symbol = inputs[0] if len(inputs) == 1 else graph.concat(*inputs)
        return cls.on_grid(symbol, [column.steps for column in columns], error=0)

    @property
    def width(self) -> int:
        """How many there are."""
        return len(self.scale)


@attrs.frozen(eq=False)
class Scores:
    """What an importer has written.

    Attributes:
        symbol: a score for each label, of which the greatest, the first if there are several, is
            what the estimator predicts; of a regression, the one number that it predicts.
        steps: to 1, of the scores.
        labels: what they are scores of; of a regression, none.
        seams: the nodes before which it is naturally cut, by their index.
        error: how far each can be from what the estimator computes in real numbers; infinite if
            nothing bounds it.
    """

    symbol: Symbol
    steps: int
    labels: tuple[Label, ...] = ()
    seams: tuple[int, ...] = ()
    error: float = np.inf


Importer: TypeAlias = Callable[[Features, Estimator, Options], Scores]
"""Writes what an estimator computes of features. Raises ModelError, and may take it that the
estimator is fitted and has as many columns."""
Reference: TypeAlias = Callable[[Estimator, Reals], Reals]
"""What the scores stand for, (rows, scores), of the rows that the estimator itself takes."""


def usual(estimator: Estimator, rows: Reals) -> Reals:
    """What most kinds give: predictions, decisions (0 beside the one of two classes), or chances.

    Of two classes scikit-learn gives one number, and predicts the second if it is above 0.
    """
    if not hasattr(estimator, "classes_"):
        return np.asarray(estimator.predict(rows), np.float64).reshape(len(rows), -1)
    if not hasattr(estimator, "decision_function"):
        return np.asarray(estimator.predict_proba(rows), np.float64)
    decisions = np.asarray(estimator.decision_function(rows), np.float64).reshape(len(rows), -1)
    if decisions.shape[1] == 1:
        decisions = np.hstack([np.zeros_like(decisions), decisions])
    return decisions


def scores(estimator: Estimator) -> str:
    """What most classifiers give for a label."""
    return "scores"


@attrs.frozen
class Kind:
    """How a kind of estimators is imported, and what the result is held against.

    Attributes:
        said: what people call the numbers that a classifier gives.
    """

    importer: Importer
    reference: Reference
    said: Callable[[Estimator], str]


KINDS: dict[str, Kind] = {}
"""All kinds, by the names of their classes."""

REFUSED = {
    "AdaBoostRegressor": "it answers with the weighted median of its members, and which of them is "
    "that depends on sums of weights as floating point rounds them",
    "KNeighborsClassifier": "its parts would be the training data themselves",
    "KNeighborsRegressor": "its parts would be the training data themselves",
    "RadiusNeighborsClassifier": "its parts would be the training data themselves",
    "RadiusNeighborsRegressor": "its parts would be the training data themselves",
    "GaussianProcessClassifier": "its parts would be the training data themselves",
    "GaussianProcessRegressor": "its parts would be the training data themselves",
}
"""Why some have no importer, by the names of their classes."""


def importer(
    *names: str, reference: Reference = usual, said: Callable[[Estimator], str] = scores
) -> Callable[[Importer], Importer]:
    """Register an importer for the classes of these names."""

    def register(one: Importer) -> Importer:
        KINDS.update(dict.fromkeys(names, Kind(one, reference, said)))
        return one

    return register


def kind(estimator: Estimator) -> Kind:
    """How an estimator is imported. Raises ModelError if it cannot."""
    made = type(estimator)
    name = made.__name__
    if name not in KINDS or not made.__module__.startswith("sklearn."):
        reason = REFUSED.get(name, f"only these can be: {', '.join(sorted(KINDS))}")
        raise ModelError(f"{name} cannot be imported: {reason}")
    return KINDS[name]


def write(features: Features, estimator: Estimator, options: Options) -> Scores:
    """What an estimator computes of features, written by the importer of its kind.

    Raises ModelError, naming the estimator, if it is of no such kind, is not fitted, or has been
    fitted to another number of columns.
    """
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    name, chosen = type(estimator).__name__, kind(estimator)
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        raise ModelError(f"{name} is not fitted: fit it first") from None
    if (columns := getattr(estimator, "n_features_in_", features.width)) != features.width:
        raise ModelError(f"{name} takes {columns} columns, and is given {features.width}")
    try:
        return chosen.importer(features, estimator, options)
    except ModelError as error:
        raise type(error)(f"{name}: {error}") from None
