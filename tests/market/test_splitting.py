"""What the vendors of parts see, held against what the parts are given when they run."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.tree import DecisionTreeClassifier

from checkers.market.splitting.knowledge import known
from impl.models.component import chain
from impl.models.examples import credit_risk
from impl.models.fixedpoint import Integers
from impl.models.graph import Graph
from impl.models.importing import columns_of, from_sklearn
from impl.models.importing.registry import Estimator
from impl.models.model import Column, Model

ROWS, LABELS = load_iris(return_X_y=True)
STACK = [("one", DecisionTreeClassifier(max_depth=3)), ("two", LogisticRegression(max_iter=500))]


def trained(estimator: Estimator) -> Model:
    return from_sklearn(estimator.fit(ROWS, LABELS), columns_of(ROWS))


def picked() -> Model:
    """Columns that are copied, picked, repeated and moved between three parts."""
    graph = Graph()
    one, two = graph.input(2, 0, 1000), graph.input(1, -1000, 0)
    both = graph.concat(two, one)
    some = both.gather(np.array([2, 0, 0])) >> 0
    beside = graph.concat(some * 3, some, some.reduce_sum(3))
    last = beside.gather(np.array([3, 6, 4])).matmul(np.eye(3, dtype=np.int64), np.arange(1, 4))
    columns = [Column("a", 1, 0, 1000), Column("b", 1, 0, 1000), Column("c", 1, -1000, 0)]
    nodes = len(graph.nodes)
    assert last.index == nodes - 1
    return Model(graph.component(), tuple(columns), tuple(range(1, nodes)), 1)


MODELS: dict[str, Callable[[], Model]] = {
    "a formula": credit_risk,
    "copies": picked,
    "a tree": lambda: trained(DecisionTreeClassifier(max_depth=5, random_state=0)),
    "a forest": lambda: trained(RandomForestClassifier(4, max_depth=3, random_state=0)),
    "a boosted one": lambda: trained(GradientBoostingClassifier(n_estimators=3, random_state=0)),
    "a bag": lambda: trained(
        BaggingClassifier(LogisticRegression(), 3, max_features=2, random_state=0)
    ),
    "a stack": lambda: trained(
        StackingClassifier(STACK, RandomForestClassifier(2, random_state=0), passthrough=True)
    ),
    "a network": lambda: trained(MLPClassifier((4, 3), max_iter=20, random_state=0)),
}


def asked(model: Model, rows: int, seed: int) -> Integers:
    random = np.random.default_rng(seed)
    drawn = [random.integers(c.least, c.most, rows, endpoint=True) for c in model.columns]
    return np.stack(drawn, axis=1)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", MODELS)
def test_whoever_is_given_a_column_of_the_question_is_told_to_see_it(name: str) -> None:
    """What runs is the oracle: a number that is always a column's is a copy of it."""
    model = MODELS[name]()
    columns = [column.name for column in model.columns]
    components = model.split()
    assert len(components) > 1
    question = asked(model, 200, seed=1)
    given = chain(components, question)
    for part, (numbers, made) in zip(known(components, columns), pairwise(given), strict=True):
        assert part.sees == tuple(columns[one] for one in sorted({*_copies(question, numbers)}))
        assert part.unnamed == numbers.shape[1] - len(_copies(question, numbers))
        assert part.passes == tuple(columns[one] for one in sorted({*_copies(question, made)}))
        assert part.carries <= made.shape[1]
        assert sum(part.alone.values()) <= part.unnamed


def _copies(question: Integers, numbers: Integers) -> list[int]:
    """The column of the question that each number is a copy of, if it is one."""
    same = (numbers[:, :, None] == question[:, None, :]).all(axis=0)
    return [int(columns.argmax()) for columns in same if columns.any()]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", MODELS)
def test_what_is_made_of_one_column_alone_changes_with_no_other(name: str) -> None:
    model = MODELS[name]()
    columns = [column.name for column in model.columns]
    components = model.split()
    question, other = asked(model, 100, seed=1), asked(model, 100, seed=2)
    given = chain(components, question)
    for number, part in enumerate(known(components, columns)):
        found = Counter[str]()
        for index, column in enumerate(columns):
            moved = other.copy()
            moved[:, index] = question[:, index]
            again = chain(components, moved)[number]
            same = (given[number] == again).all(axis=0)
            copies = (given[number] == question[:, [index]]).all(axis=0)
            found[column] += int((same & ~copies).sum())
        assert all(found[column] >= many for column, many in part.alone.items())


def test_what_is_made_of_one_column_alone_is_told() -> None:
    model = picked()
    columns = [column.name for column in model.columns]
    last = [*known(model.split([4]), columns)][-1]
    assert (last.sees, last.passes) == (("b", "c"), ())
    assert dict(last.alone) == {"b": 1, "c": 2}
