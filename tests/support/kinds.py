"""A small model of each kind that the market sells, from real tools, and questions to it."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeAlias

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from impl.models.examples import credit_risk
from impl.models.fixedpoint import Integers
from impl.models.graph import Graph
from impl.models.importing.columns import columns_of
from impl.models.importing.onnx import from_onnx
from impl.models.importing.registry import Estimator
from impl.models.importing.sklearn import from_sklearn
from impl.models.model import Column, Model

Made: TypeAlias = tuple[Model, Integers]
"""A model, and rows that it takes, as it takes them."""
_SEED = {"random_state": 0}


def _fitted(estimator: Estimator, parts: int = 1, number: bool = False) -> Made:
    """A model of flowers, by name; or of how wide a petal is."""
    data = load_iris()
    names = data.target_names[data.target]
    rows, answers = (data.data[:, :3], data.data[:, 3]) if number else (data.data, names)
    model = from_sklearn(estimator.fit(rows, answers), columns_of(rows, decimals=1), groups=parts)
    return model, model.encode(rows[::10])


def _convolution() -> Made:
    """Two filters over images of 8 x 8, the greatest of each 2 x 2, and scores of those."""
    random = np.random.default_rng(0)
    patches = [
        8 * (y + i) + x + j for y in range(6) for x in range(6) for i in range(3) for j in range(3)
    ]
    pools = [
        2 * (6 * (2 * y + i) + 2 * x + j) + f
        for y in range(3)
        for x in range(3)
        for f in range(2)
        for i in range(2)
        for j in range(2)
    ]
    graph = Graph()
    image = graph.input(64, 0, 16)
    seen = image.gather(np.array(patches))
    seams = [len(graph.nodes)]
    filtered = seen.matmul(random.integers(-99, 99, (9, 2)), random.integers(-99, 99, 2))
    shown = (filtered >> 4).maximum(0)
    seams.append(len(graph.nodes))
    pooled = shown.gather(np.array(pools)).reduce_max(4)
    seams.append(len(graph.nodes))
    pooled.matmul(random.integers(-99, 99, (18, 10)), random.integers(-99, 99, 10))
    columns = tuple(Column(f"pixel {i}", 1, 0, 16) for i in range(64))
    model = Model(graph.component(), columns, tuple(seams), 1, tuple(range(10)))
    return model, load_digits().data[::200].astype(np.int64)


GRAPH = """
<ir_version: 8, opset_import: ["" : 18]>
net (float[1, 1, 8, 8] image) => (float[1, 10] scores) {
    seen = Conv <pads = [1, 1, 1, 1], strides = [2, 2]> (image, filters, bias)
    shown = Relu (seen)
    pooled = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (shown)
    flat = Flatten (pooled)
    scores = Gemm <transB = 1> (flat, weights)
}
"""


def _graph() -> Made:
    """An ONNX graph of two filters over images of 8 x 8, maxima, and scores of those."""
    onnx = pytest.importorskip("onnx", reason="reading ONNX is an extra: tallystick[onnx]")
    random = np.random.default_rng(0)
    shapes = {"filters": (2, 1, 3, 3), "bias": (2,), "weights": (10, 8)}
    graph = onnx.parser.parse_model(GRAPH)
    graph.graph.initializer.extend(
        onnx.numpy_helper.from_array(random.normal(size=shape).astype(np.float32), name)
        for name, shape in shapes.items()
    )
    columns = [Column(f"pixel {i}", 1, 0, 16) for i in range(64)]
    model = from_onnx(graph.SerializeToString(), columns, labels=range(10))
    return model, load_digits().data[::200].astype(np.int64)


def _tree() -> Estimator:
    return DecisionTreeClassifier(max_depth=3, **_SEED)


def _line() -> Estimator:
    return LogisticRegression(max_iter=500)


def _formula() -> Made:
    """A scorecard of credit risk."""
    model = credit_risk()
    return model, model.encode(model.uniform(12))


KINDS: Mapping[str, Callable[[], Made]] = {
    "linear": lambda: _fitted(LinearRegression(), number=True),
    "logistic": lambda: _fitted(LogisticRegression(max_iter=500)),
    "linear SVM": lambda: _fitted(make_pipeline(StandardScaler(), LinearSVC(**_SEED))),
    "RBF SVM": lambda: _fitted(make_pipeline(StandardScaler(), SVC(C=0.5))),
    "perceptron": lambda: _fitted(MLPClassifier((6, 5), activation="tanh", max_iter=300, **_SEED)),
    "tree": lambda: _fitted(DecisionTreeClassifier(max_depth=4, **_SEED)),
    "forest": lambda: _fitted(RandomForestRegressor(6, max_depth=3, **_SEED), parts=3, number=True),
    "extra trees": lambda: _fitted(ExtraTreesClassifier(5, max_depth=3, **_SEED), parts=2),
    "boosting": lambda: _fitted(
        GradientBoostingClassifier(n_estimators=3, max_depth=2, **_SEED), parts=3
    ),
    "histogram boosting": lambda: _fitted(
        HistGradientBoostingClassifier(max_iter=3, max_depth=2, **_SEED), parts=3
    ),
    "voting": lambda: _fitted(
        VotingClassifier([("tree", _tree()), ("line", _line())], voting="soft")
    ),
    "stacking": lambda: _fitted(StackingClassifier([("tree", _tree()), ("line", _line())], cv=2)),
    "convolutions": _convolution,
    "ONNX": _graph,
    "formula": _formula,
}
"""How each kind is made."""


@cache
def made(kind: str) -> Made:
    """The model of a kind, and rows that it takes."""
    return KINDS[kind]()
