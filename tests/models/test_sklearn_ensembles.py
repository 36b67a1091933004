"""Votes, bags and stacks of any members: held against scikit-learn itself, and cut into them."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from impl.models.component import Component, chain
from impl.models.fixedpoint import Integers
from impl.models.importing import columns_of, from_sklearn
from impl.models.importing.ensembles import shares
from impl.models.importing.registry import kind
from impl.models.model import Column, Model
from impl.models.operators import ModelError
from spec.bytes.encoding import Tensor
from tests.support.fitted import LABELS, Estimator, Fitted, on_data
from tests.support.imported import assert_chances

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

BITS = 12  # of weights and activations
NEAR = 4e-3  # well above what members lose with so many bits


def classifiers() -> dict[str, Estimator]:
    return {
        "tree": DecisionTreeClassifier(max_depth=3, random_state=0),
        "forest": RandomForestClassifier(5, max_depth=4, random_state=0),
        "boosting": GradientBoostingClassifier(n_estimators=3, random_state=0),
        "histograms": HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=3),
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        "perceptron": make_pipeline(
            StandardScaler(),
            MLPClassifier((4,), "tanh", solver="lbfgs", max_iter=20, random_state=0),
        ),
    }


def regressors() -> dict[str, Estimator]:
    return {
        "tree": DecisionTreeRegressor(max_depth=3, random_state=0),
        "forest": RandomForestRegressor(7, max_depth=4, random_state=0),
        "boosting": GradientBoostingRegressor(init=Ridge(), n_estimators=3, random_state=0),
        "histograms": HistGradientBoostingRegressor(max_iter=3, min_samples_leaf=3),
        "ridge": make_pipeline(StandardScaler(), Ridge()),
    }


@st.composite
def rows_on_a_grid(draw: st.DrawFn) -> Fitted:
    """Rows of some columns; the estimator comes later."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    steps = draw(st.lists(st.sampled_from([1, 10, 4096]), min_size=2, max_size=4))
    columns = tuple(
        Column(f"x{number}", each, -50, 50 + number * each) for number, each in enumerate(steps)
    )
    ends = np.array([(column.least, column.most) for column in columns])
    grid = random.integers(ends[:, 0], ends[:, 1] + 1, (40, len(columns)))
    return Fitted(None, columns, grid)


@st.composite
def votes(draw: st.DrawFn) -> Fitted:
    """Fitted votes of mixed members."""
    rows = draw(rows_on_a_grid())
    score = rows.real(rows.grid) @ np.arange(1, len(rows.columns) + 1) + np.arange(40) % 5
    weigh = st.sampled_from([1.0, 2.0, 0.5, 0.3])
    if draw(st.booleans()):
        pool, target = regressors(), score
    else:
        names = draw(st.sampled_from(LABELS))
        pool = classifiers()
        target = np.array(names)[np.argsort(np.argsort(score)) * len(names) // 40]
    chosen = draw(st.lists(st.sampled_from(sorted(pool)), min_size=1, max_size=3, unique=True))
    weights = draw(st.none() | st.lists(weigh, min_size=len(chosen), max_size=len(chosen)))
    members = [(name, pool[name]) for name in chosen]
    if "ridge" in pool:
        made = VotingRegressor(members, weights=weights)
    else:
        voting = draw(st.sampled_from(["hard", "soft"]))
        made = VotingClassifier(members, voting=voting, weights=weights)
    made.fit(rows.real(rows.grid), target)
    return Fitted(made, rows.columns, rows.grid)


def imported(one: Fitted) -> Model:
    return from_sklearn(one.estimator, one.columns, weight_bits=BITS, activation_bits=BITS)


def is_clear(estimator: Estimator, one: Fitted, rows: Integers) -> NDArray[np.bool]:
    """For which rows the best score of an estimator is well above the others."""
    scores = np.sort(kind(estimator).reference(estimator, one.real(rows)), axis=1)
    return np.asarray(scores[:, -1] - scores[:, -2] > 10 * NEAR)


def check_same(one: Fitted, model: Model, rows: Integers, near: float = NEAR) -> None:
    """The scores are near to those of the original, and clear labels are the same."""
    outputs, reals = model.component.run(rows), one.real(rows)
    clear = np.full(len(rows), True)
    if getattr(one.estimator, "voting", "") == "hard":
        for member in one.estimator.estimators_:
            clear &= is_clear(member, one, rows)
    expected = kind(one.estimator).reference(one.estimator, reals)
    atol = near * max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(model.decode(outputs)[clear], expected[clear], rtol=0, atol=atol)
    if model.labels:
        clear &= is_clear(one.estimator, one, rows)
        predicted = one.estimator.predict(reals)
        assert [model.answers(outputs)[i] for i in clear.nonzero()[0]] == predicted[clear].tolist()
        assert clear.any()


def tells(constant: Tensor) -> bool:
    """Whether these are what many leaves say, or weights."""
    return 8 < len(constant) < 2**12 and bool(np.abs(constant.astype(np.int64)).max() > 2**20)


def check_parts(model: Model, rows: Integers, count: int) -> None:
    """There is a part for each member and one that combines them, and none has another's tables."""
    parts = model.split()
    assert len(parts) == count
    assert np.array_equal(chain(parts, rows)[-1], model.component.run(rows))
    assert all(Component.parse(part.canonical()) == part for part in parts)
    # Where to go can be the same in trees of one shape, and functions have the same long tables.
    held = [{c.tobytes() for c in part.constants if tells(c)} for part in parts]
    assert not any(part & other for part, other in combinations(held, 2))


@settings(max_examples=25, deadline=None)
@given(one=votes())
def test_a_vote_answers_what_the_original_does(one: Fitted) -> None:
    model, rows = imported(one), one.rows(np.random.default_rng(0), 200)
    check_same(one, model, rows)
    check_parts(model, rows, len(one.estimator.estimators_) + 1)


LOGISTIC = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
RIDGE = make_pipeline(StandardScaler(), Ridge())


def some(*names: str) -> list[tuple[str, Estimator]]:
    """Members by their names."""
    pool = classifiers() | {f"{name} of numbers": one for name, one in regressors().items()}
    return [(name, pool[name]) for name in names]


NUMBERS = some("tree of numbers", "forest of numbers", "ridge of numbers")
ENSEMBLES: dict[str, tuple[str, Estimator, int | None]] = {
    "bag of trees": (
        "wine",
        BaggingClassifier(n_estimators=5, max_features=0.5, random_state=0),
        None,
    ),
    "bag of trees that have not seen each class": (
        "wine",
        BaggingClassifier(n_estimators=8, max_samples=4, random_state=0),
        None,
    ),
    "bag of chances": (
        "wine",
        BaggingClassifier(LOGISTIC, n_estimators=3, max_features=0.5, random_state=0),
        4,
    ),
    "bag of votes": (
        "wine",
        BaggingClassifier(
            make_pipeline(StandardScaler(), LinearSVC()),
            n_estimators=3,
            bootstrap_features=True,
            random_state=0,
        ),
        4,
    ),
    "bag of trees of numbers": (
        "diabetes",
        BaggingRegressor(n_estimators=5, max_features=0.5, random_state=0),
        None,
    ),
    "bag of forests": (
        "diabetes",
        BaggingRegressor(
            RandomForestRegressor(2, max_depth=4), n_estimators=3, max_features=0.5, random_state=0
        ),
        4,
    ),
    "stack": (
        "wine",
        StackingClassifier(some("tree", "forest", "logistic", "perceptron"), cv=2),
        5,
    ),
    "stack of two classes": (
        "breast_cancer",
        StackingClassifier(some("tree", "boosting"), passthrough=True, cv=2),
        3,
    ),
    "tree on trees": (
        "wine",
        StackingClassifier(some("tree", "forest"), DecisionTreeClassifier(random_state=0), cv=2),
        3,
    ),
    "stack of labels": (
        "wine",
        StackingClassifier(some("tree", "histograms"), LOGISTIC, cv=2, stack_method="predict"),
        3,
    ),
    "stack of decisions": (
        "breast_cancer",
        StackingClassifier(
            some("boosting", "logistic"), LOGISTIC, cv=2, stack_method="decision_function"
        ),
        3,
    ),
    "stack of numbers": ("diabetes", StackingRegressor(NUMBERS, cv=2), 4),
    "forest on numbers and features": (
        "diabetes",
        StackingRegressor(
            NUMBERS[:2], RandomForestRegressor(5, random_state=0), passthrough=True, cv=2
        ),
        3,
    ),
    "vote of numbers": ("diabetes", VotingRegressor(NUMBERS, weights=[1, 0.3, 2]), 4),
}


@pytest.mark.parametrize(("name", "estimator", "parts"), ENSEMBLES.values(), ids=ENSEMBLES)
def test_real_data_are_answered_alike(name: str, estimator: Estimator, parts: int | None) -> None:
    one = on_data(name, estimator)
    model, rows = imported(one), one.rows(np.random.default_rng(0), 500)
    check_same(one, model, rows)
    check_parts(model, rows, parts or len(model.seams) + 1)


def test_chances_keep_their_bits_in_a_stack() -> None:
    """Intervals of quotients are wide, and what is stacked has room for few bits."""
    one = on_data("wine", StackingClassifier(some("logistic"), LOGISTIC, cv=2))
    model = from_sklearn(one.estimator, one.columns, weight_bits=14, activation_bits=18)
    check_same(one, model, one.rows(np.random.default_rng(0), 200), near=1e-4)


@pytest.mark.parametrize("name", ["wine", "breast_cancer"])
@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(5, random_state=0),
        GradientBoostingClassifier(n_estimators=5, random_state=0),
        HistGradientBoostingClassifier(max_iter=5),
        AdaBoostClassifier(n_estimators=5, random_state=0),
    ],
    ids=lambda one: type(one).__name__,
)
def test_probabilities_are_those_of_the_original(name: str, estimator: Estimator) -> None:
    one = on_data(name, estimator)
    model = from_sklearn(estimator, one.columns, activation_bits=18, probabilities=True)
    rows = one.rows(np.random.default_rng(0), 200)
    chances = model.decode(model.component.run(rows))
    np.testing.assert_allclose(chances, estimator.predict_proba(one.real(rows)), atol=2**-15)
    assert_chances(model)


def test_probabilities_of_exponential_loss_are_those_of_the_original() -> None:
    boosting = GradientBoostingClassifier(n_estimators=5, loss="exponential")
    test_probabilities_are_those_of_the_original("breast_cancer", boosting)


@pytest.mark.parametrize(
    ("estimator", "problem"),
    [
        (VotingClassifier(some("tree"), weights=[0]), "weights"),
        (VotingClassifier(some("tree"), weights=[-1]), "weights"),
        (AdaBoostClassifier(GaussianNB()), "no trees"),
        (VotingClassifier([("bayes", GaussianNB())]), "GaussianNB cannot be imported"),
    ],
)
def test_what_cannot_be_imported_is_refused(estimator: Estimator, problem: str) -> None:
    one = on_data("wine", estimator)
    with pytest.raises(ModelError, match=f"^{type(estimator).__name__}: .*{problem}"):
        imported(one)


def test_a_weighted_median_is_refused_with_why() -> None:
    rows = np.arange(20.0)[:, None]
    with pytest.raises(ModelError, match=r"^AdaBoostRegressor cannot be imported: it answers"):
        from_sklearn(AdaBoostRegressor(n_estimators=3).fit(rows, rows[:, 0]), columns_of(rows))


@given(st.lists(st.floats(1e-300, 1e3), min_size=1, max_size=5), st.integers(4, 24))
def test_weights_are_as_near_as_their_bits_however_small(weights: list[float], bits: int) -> None:
    whole, real = shares(weights, len(weights), bits), np.array(weights)
    off = whole / whole.sum() - real / real.sum()
    assert np.abs(off).max() <= (len(weights) + 1) * 2.0**-bits


def test_votes_are_no_probabilities() -> None:
    one = on_data("wine", VotingClassifier(some("tree")))
    with pytest.raises(ModelError, match="counts votes"):
        from_sklearn(one.estimator, one.columns, probabilities=True)
