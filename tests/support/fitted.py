"""Estimators on a grid, and the rows on which what is imported is held against them."""

from typing import Any

import attrs
import numpy as np
from sklearn import datasets

from impl.models.fixedpoint import Integers, Reals
from impl.models.model import Column, Label

Estimator = Any  # scikit-learn ships no types

LABELS: tuple[tuple[Label, ...], ...] = (
    (False, True),
    (-1, 1),
    (3, 7, 1000),
    ("no", "perhaps", "yes", "ä"),
    (-1.0, 2.0, 4.0),
)
DATA = {
    "digits": (datasets.load_digits, 1),
    "breast_cancer": (datasets.load_breast_cancer, 100),
    "wine": (datasets.load_wine, 100),
    "diabetes": (datasets.load_diabetes, 1000),
}


@attrs.frozen
class Fitted:
    """An estimator, and how it is asked."""

    estimator: Estimator
    columns: tuple[Column, ...]
    grid: Integers  # the rows that it was fitted to

    def real(self, rows: Integers) -> Reals:
        return rows / np.array([column.steps for column in self.columns], np.float64)

    def bounds(self) -> tuple[Integers, Integers]:
        ends = [(column.least, column.most) for column in self.columns]
        least, most = np.array(ends, np.int64).T
        return least, most

    def rows(self, random: np.random.Generator, count: int) -> Integers:
        """What it was fitted to, uniform rows, and some at and beside each threshold."""
        least, most = self.bounds()
        uniform = random.integers(least, most + 1, (count, len(least)))
        beside = [self.grid, uniform]
        for feature, threshold in thresholds(self.estimator):
            rows = uniform[:4].copy()
            near = np.floor(threshold * self.columns[feature].steps) + np.arange(-1, 3)
            rows[:, feature] = np.clip(near, least[feature], most[feature])
            beside.append(rows)
        return np.concatenate(beside)


def thresholds(estimator: Estimator) -> list[tuple[int, float]]:
    """The features and thresholds of all questions of trees, but for those behind a scaler."""
    found: list[tuple[int, float]] = []
    if hasattr(estimator, "_predictors"):
        for nodes in (one.nodes for stage in estimator._predictors for one in stage):
            inner = nodes[nodes["is_leaf"] == 0]
            found += zip(inner["feature_idx"], inner["num_threshold"], strict=True)
    if (tree := getattr(estimator, "tree_", None)) is not None:
        inner = tree.children_left >= 0
        found += zip(tree.feature[inner], tree.threshold[inner], strict=True)
    members = getattr(estimator, "estimators_", [])
    for member in members.flat if isinstance(members, np.ndarray) else members:
        found += thresholds(member)
    return found


def on_data(name: str, estimator: Estimator) -> Fitted:
    """An estimator fitted to every other row of a data set, on its grid."""
    load, steps = DATA[name]
    inputs, target = load(return_X_y=True)
    grid = np.floor(inputs * steps + 0.5).astype(np.int64)
    estimator.fit(grid[::2] / steps, target[::2])
    ends = zip(grid.min(axis=0).tolist(), grid.max(axis=0).tolist(), strict=True)
    columns = tuple(Column(f"{name} {i}", steps, *each) for i, each in enumerate(ends))
    return Fitted(estimator, columns, grid)
