"""Imported trees and ensembles of trees: held against scikit-learn itself, wherever rows lie."""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from impl.models.component import Component, chain
from impl.models.face import Face
from impl.models.fixedpoint import Integers
from impl.models.graph import Graph
from impl.models.importing import from_sklearn
from impl.models.importing.registry import Features, kind
from impl.models.importing.trees import limits
from impl.models.model import Column, Model
from impl.models.operators import ModelError
from tests.support.fitted import LABELS, Estimator, Fitted, on_data

Make = Callable[[int, int, int], Estimator]
"""An estimator of so many trees, so deep, with that seed."""


def alone(one: Estimator) -> Make:
    return lambda count, depth, seed: one(max_depth=depth, random_state=seed)


def several(one: Estimator) -> Make:
    return lambda count, depth, seed: one(n_estimators=count, max_depth=depth, random_state=seed)


def boosted(one: Estimator) -> Make:
    return lambda count, depth, seed: one(
        n_estimators=count, max_depth=depth, random_state=seed, learning_rate=0.3
    )


def of_histograms(one: Estimator) -> Make:
    return lambda count, depth, seed: one(
        max_iter=count, max_depth=depth, random_state=seed, min_samples_leaf=2
    )


def adaptive(one: Estimator) -> Make:
    return lambda count, depth, seed: one(
        DecisionTreeClassifier(max_depth=depth), n_estimators=count, random_state=seed
    )


TREES = {
    one.__name__: alone(one)
    for one in (
        *(DecisionTreeClassifier, ExtraTreeClassifier),
        *(DecisionTreeRegressor, ExtraTreeRegressor),
    )
}
ENSEMBLES = {
    one.__name__: make(one)
    for make, ones in {
        several: (
            *(RandomForestClassifier, ExtraTreesClassifier),
            *(RandomForestRegressor, ExtraTreesRegressor),
        ),
        boosted: (GradientBoostingClassifier, GradientBoostingRegressor),
        of_histograms: (HistGradientBoostingClassifier, HistGradientBoostingRegressor),
        adaptive: (AdaBoostClassifier,),
    }.items()
    for one in ones
}
NEAR = 1e-7  # far above what 30 bits round of a few scores, and far below what data tell apart


@st.composite
def fitted(draw: st.DrawFn, kinds: dict[str, Make], count: int = 4) -> Fitted:
    """Estimators of these kinds, of up to so many trees, fitted to rows on a grid."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    width, rows = draw(st.integers(1, 4)), draw(st.integers(12, 40))
    columns = []
    for index in range(width):
        steps = draw(st.sampled_from([1, 3, 10, 100, 4096]))
        # Near 10**9 several integers are the same float32.
        least = draw(st.sampled_from([-20, 0, 10**9]))
        columns.append(Column(f"x{index}", steps, least, least + draw(st.integers(3, 500))))
    ends = np.array([(column.least, column.most) for column in columns])
    grid = random.integers(ends[:, 0], ends[:, 1] + 1, (rows, width))
    name = draw(st.sampled_from(sorted(kinds)))
    made = kinds[name](draw(st.integers(1, count)), draw(st.integers(1, 5)), 1)
    if name.endswith("Classifier"):
        names = draw(st.sampled_from(LABELS))
        # Each class is there, and there is something to learn.
        order = np.argsort(grid[:, 0] + random.integers(0, 20, rows), kind="stable")
        target = np.array(names)[np.argsort(order) * len(names) // rows]
    else:
        target = random.normal(0, draw(st.sampled_from([1.0, 1e6])), rows) + grid[:, 0]
    found = Fitted(made, tuple(columns), grid)
    try:
        made.fit(found.real(grid), target)
    except ValueError as error:
        if "worse than random" in str(error):  # so adaptive boosting says of some noise
            reject()
        raise
    return found


def imported(one: Fitted, groups: int = 1) -> Model:
    try:
        return from_sklearn(one.estimator, one.columns, groups=groups)
    except ModelError as error:
        if "fit it to larger targets" in str(error):  # all its leaves are a sum's rounding error
            reject()
        raise


def check_same(one: Fitted, model: Model, rows: Integers, ties: bool = False) -> None:
    """What the model answers to rows is what the estimator does.

    If `ties`, labels may differ where the estimator's own scores are hardly apart.
    """
    outputs = model.component.run(rows)
    reals = one.real(rows)
    expected = kind(one.estimator).reference(one.estimator, reals)
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(model.decode(outputs), expected, rtol=0, atol=NEAR * scale)
    if not model.labels:
        return
    predicted = one.estimator.predict(reals).tolist()
    best = np.sort(expected, axis=1)[:, -2:]
    clear = best[:, -1] - best[:, 0] > NEAR if ties else np.full(len(rows), True)
    answers = model.answers(outputs)
    wrong = [i for i in clear.nonzero()[0] if answers[i] != predicted[i]]
    assert not wrong, (rows[wrong], [answers[i] for i in wrong], [predicted[i] for i in wrong])
    assert {type(answer) for answer in answers} <= {type(label) for label in predicted}


@settings(max_examples=60)
@given(one=fitted(TREES), seed=st.integers(0, 9))
def test_a_tree_answers_what_the_original_does(one: Fitted, seed: int) -> None:
    check_same(one, imported(one), one.rows(np.random.default_rng(seed), 200))


@settings(max_examples=60, deadline=None)
@given(one=fitted(ENSEMBLES), groups=st.integers(1, 5), seed=st.integers(0, 9))
def test_an_ensemble_answers_what_the_original_does(one: Fitted, groups: int, seed: int) -> None:
    rows = one.rows(np.random.default_rng(seed), 200)
    check_same(one, imported(one, groups), rows, ties=True)


@given(
    steps=st.sampled_from([1, 3, 7, 10, 100, 4096]),
    least=st.integers(-(2**31), 2**31),
    at=st.integers(-2, 42),
    nudge=st.sampled_from([0.0, 0.5, 1e-9, -1e-9, 1e-7, -1e-7]),
    to=st.sampled_from([np.float32, np.float64]),
)
def test_limits_are_the_least_integers_above_thresholds(
    steps: int, least: int, at: int, nudge: float, to: type[np.float32] | type[np.float64]
) -> None:
    threshold = float(to((least + at) / steps)) * (1 + nudge)
    features = Features.on_grid(Graph().input(1, least, least + 40), [steps])
    [found] = limits(features, np.array([0]), np.array([threshold]), to)
    right = [k for k in range(least, least + 41) if not float(to(k / steps)) <= threshold]
    assert found == min(right, default=least + 41)


@pytest.mark.parametrize("steps", [1, 10, 4096])
@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler()], ids=str)
@pytest.mark.parametrize(
    "last",
    [DecisionTreeClassifier(), HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=2)],
    ids=lambda one: type(one).__name__,
)
def test_trees_behind_a_scaler_are_exact(last: Estimator, scaler: Estimator, steps: int) -> None:
    """On all integers that the one column takes, as each sixth of them was trained on."""
    grid = np.arange(-300, 300).reshape(-1, 1)
    one = Fitted(make_pipeline(scaler, last), (Column("x", steps, -300, 299),), grid)
    target = np.random.default_rng(0).integers(0, 3, 100)
    one.estimator.fit(one.real(grid)[::6], target)
    check_same(one, imported(one), grid)


def test_a_rounded_quotient_is_not_the_limit() -> None:
    """Why limits are sought: two tenths in float32 are above a threshold of 0.2."""
    features = Features.on_grid(Graph().input(1, 0, 9), [10])
    [found] = limits(features, np.array([0]), np.array([0.2]), np.float32)
    assert found == 2 != int(0.2 * 10) + 1


@settings(max_examples=30, deadline=None)
@given(one=fitted(TREES | ENSEMBLES), groups=st.integers(1, 3), data=st.data())
def test_parts_composed_are_the_whole(one: Fitted, groups: int, data: st.DataObject) -> None:
    model = imported(one, groups)
    rows = one.rows(np.random.default_rng(0), 50)
    expected = model.component.run(rows)
    nodes = len(model.component.program.nodes)
    cuts = data.draw(st.lists(st.integers(1, nodes - 1), unique=True, max_size=5).map(sorted))
    for parts in (model.split(), model.split(cuts)):
        assert np.array_equal(chain(parts, rows)[-1], expected)
        assert all(Component.parse(part.canonical()) == part for part in parts)
    assert Component.parse(model.component.canonical()) == model.component


@pytest.mark.parametrize(
    ("name", "estimator"),
    [
        ("digits", RandomForestClassifier(20, random_state=0)),
        ("digits", DecisionTreeClassifier(random_state=0)),
        ("digits", HistGradientBoostingClassifier(max_iter=3, random_state=0)),
        ("breast_cancer", ExtraTreesClassifier(20, random_state=0)),
        ("breast_cancer", GradientBoostingClassifier(n_estimators=20, random_state=0)),
        ("wine", GradientBoostingClassifier(n_estimators=10, random_state=0)),
        ("wine", HistGradientBoostingClassifier(max_iter=10, random_state=0)),
        ("diabetes", GradientBoostingRegressor(n_estimators=20, random_state=0)),
        ("diabetes", RandomForestRegressor(10, random_state=0)),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_real_data_are_answered_alike(name: str, estimator: Estimator) -> None:
    one = on_data(name, estimator)
    check_same(one, imported(one, groups=2), one.rows(np.random.default_rng(0), 2000))


@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_no_part_has_the_tables_of_another(data: st.DataObject) -> None:
    model = FOREST
    nodes = len(model.component.program.nodes)
    cuts = data.draw(st.lists(st.integers(1, nodes - 1), unique=True, min_size=1).map(sorted))
    held = [tables(part) for part in model.split(cuts)]
    assert sum(map(len, held)) == len(tables(model.component)) > 20
    assert not any(one & other for one, other in combinations(held, 2))


def tables(component: Component) -> set[bytes]:
    """The constants that are too long to be the same by chance."""
    return {constant.tobytes() for constant in component.constants if len(constant) > 16}


FOREST = imported(on_data("digits", RandomForestClassifier(5, random_state=0)))


@pytest.mark.parametrize(
    ("estimator", "target", "problem"),
    [
        (DecisionTreeRegressor(), [[0, 1], [1, 0]], "several numbers"),
        (HistGradientBoostingRegressor(loss="poisson"), [0, 1], "poisson"),
        (HistGradientBoostingRegressor(categorical_features=[0]), [0, 1], "categorical"),
        (GradientBoostingClassifier(init=DecisionTreeClassifier()), [0, 1], "init"),
        (DecisionTreeRegressor(), [1e20, 2e20], "smaller targets"),
        (DecisionTreeRegressor(), [1e-14, 2e-14], "larger targets"),
    ],
)
def test_what_cannot_be_imported_is_refused(
    estimator: Estimator, target: Sequence[object], problem: str
) -> None:
    estimator.fit(np.array([[0], [1]]), np.array(target))
    with pytest.raises(ModelError, match=f"^{type(estimator).__name__}: .*{problem}"):
        from_sklearn(estimator, [Column("x", 1, 0, 1)])


REGRESSIONS = [name for name in (*TREES, *ENSEMBLES) if name.endswith("Regressor")]


@pytest.mark.parametrize("name", REGRESSIONS)
@pytest.mark.parametrize("unit", [1e-7, 1e-10])
def test_targets_in_a_tiny_unit_are_answered_in_it(name: str, unit: float) -> None:
    grid = np.arange(40).reshape(-1, 1)
    estimator = (TREES | ENSEMBLES)[name](3, 3, 0)
    one = Fitted(estimator, (Column("x", 1, 0, 39),), grid)
    estimator.fit(one.real(grid), unit * (1 + grid[:, 0] % 7))
    model, expected = imported(one), estimator.predict(one.real(grid))
    assert np.abs(np.array(model.predict(grid)) - expected).max() < 1e-4 * unit
    assert Face.parse(model.face.json()) == model.face


def test_tiny_trees_over_a_large_start_are_summed_with_it() -> None:
    grid = np.arange(40).reshape(-1, 1)
    start = DecisionTreeRegressor(max_depth=5)
    estimator = GradientBoostingRegressor(init=start, n_estimators=2)
    one = Fitted(estimator, (Column("x", 1, 0, 39),), grid)
    estimator.fit(one.real(grid), 1e4 + 1e-9 * grid[:, 0])
    check_same(one, imported(one, groups=2), grid)


def test_one_value_for_all_rows_is_answered() -> None:
    """Trees that are a leaf alone."""
    for name, make in (TREES | ENSEMBLES).items():
        if not name.endswith("Regressor"):
            continue  # a classifier needs two classes
        grid = np.arange(6).reshape(3, 2)
        one = Fitted(make(2, 2, 0), tuple(Column(n, 1, -5, 5) for n in "ab"), grid)
        one.estimator.fit(one.real(grid), np.ones(3))
        check_same(one, imported(one), grid)


@pytest.mark.parametrize("name", sorted({*ENSEMBLES} - {"AdaBoostClassifier"}))
def test_a_tie_is_broken_as_the_original_breaks_it(name: str) -> None:
    """Two classes as frequent as each other, and nothing that tells them apart.

    Adaptive boosting cannot be fitted to such rows.
    """
    estimator = ENSEMBLES[name](1, 1, 0)
    if name.startswith("Random"):
        estimator.set_params(bootstrap=False)
    one = Fitted(estimator, (Column("x", 1, 0, 1),), np.zeros((8, 1), np.int64))
    estimator.fit(one.real(one.grid), np.arange(8) % 2)
    check_same(one, imported(one), one.grid)


def test_a_leaf_prefers_what_it_did_before_rounding() -> None:
    """Its chances are nearer to each other than 30 bits can tell."""
    one = Fitted(DecisionTreeClassifier(), (Column("x", 1, 0, 1),), np.zeros((2, 1), np.int64))
    one.estimator.fit(one.real(one.grid), [0, 1], sample_weight=[1, 1 + 2**-40])
    check_same(one, imported(one), one.grid)
    assert imported(one).predict([[0]]) == [1]


@pytest.mark.parametrize("name", REGRESSIONS)
def test_a_regression_has_no_probabilities(name: str) -> None:
    one = on_data("diabetes", (TREES | ENSEMBLES)[name](1, 2, 0))
    with pytest.raises(ModelError, match="no probabilities"):
        from_sklearn(one.estimator, one.columns, probabilities=True)
