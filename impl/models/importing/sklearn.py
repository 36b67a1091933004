"""Models of scikit-learn as exact integer programs: the front door."""

from collections.abc import Sequence

import numpy as np

from impl.models.graph import Graph
from impl.models.importing.registry import Estimator, Features, Options, write
from impl.models.model import Column, Model
from impl.models.operators import CertificateError, check


def from_sklearn(
    estimator: Estimator,
    columns: Sequence[Column],
    *,
    weight_bits: int = 12,
    activation_bits: int = 12,
    probabilities: bool = False,
    groups: int = 1,
) -> Model:
    """A fitted estimator as a model that computes in exact integers what it predicts.

    Args:
        estimator: a linear model, a tree, an ensemble of trees, a support vector machine, a
            perceptron; a vote, bag or stack of them, or a pipeline or search that ends in one.
            Whatever else is given is refused by an error that lists all kinds.
        columns: on which grid and in which range the model is asked (`columns_of` proposes them).
        weight_bits, activation_bits: fractional bits of what is multiplied with, and of what passes
            between layers; `loss.measure` says what they cost.
        probabilities: whether a classifier gives probabilities instead of scores.
        groups: of an ensemble of trees, how many it is cut between; trees of a group go down side
            by side, and a single group is cut between levels.

    Raises ModelError for what cannot be imported, and CertificateError, which is one, if numbers
    could reach 2**53; both name the estimator and the mend.
    """
    graph, options = Graph(), Options(weight_bits, activation_bits, probabilities, groups)
    names = [column.name for column in columns]
    known = [str(name) for name in getattr(estimator, "feature_names_in_", names)]
    moved = known != names and sorted(known) == sorted(names)
    check(not moved, f"columns {names} in another order than it was trained with: {known}")
    try:
        scores = write(Features.asked(graph, columns), estimator, options)
        if (scores.symbol.kind, scores.symbol.index) != ("nodes", len(graph.nodes) - 1):
            _ = scores.symbol >> 0  # for a component gives what its last node does
        component = graph.component()
    except CertificateError as error:
        mend = (
            "use fewer bits, or declare narrower columns; "
            "weights of support vectors need fewer bits with a lower C, or another nu"
        )
        raise CertificateError(f"{error}; that is, {mend}") from None
    seams = sorted({*scores.seams} & {*range(1, len(graph.nodes))})
    off = scores.error if np.isfinite(scores.error) else None
    return Model(component, tuple(columns), tuple(seams), scores.steps, scores.labels, off)
