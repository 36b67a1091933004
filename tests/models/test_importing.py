"""What importers share: grids, tables, what they refuse, and what is said of their losses."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn import datasets
from sklearn.base import BaseEstimator
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, SVR, LinearSVC

from impl.models.component import OutOfRange, chain
from impl.models.fixedpoint import Reals
from impl.models.graph import Graph, Symbol
from impl.models.importing import columns_of, from_sklearn
from impl.models.importing.columns import REACH
from impl.models.importing.dense import affine, common
from impl.models.importing.formula import formula
from impl.models.importing.interpolated import CURVES
from impl.models.importing.loss import ROWS, choices, measure
from impl.models.importing.registry import Estimator, Features
from impl.models.importing.tables import BEND, DECAY, LOGISTIC, TANH, Squashing, shares, softmax
from impl.models.model import Column
from impl.models.operators import CertificateError, ModelError
from tests.support.imported import Samples, samples

INPUTS = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 1.0]])
LABELS = [0, 0, 1, 1]


@pytest.mark.parametrize(
    "curve", [LOGISTIC, TANH, DECAY, BEND], ids=["logistic", "tanh", "exp", "log"]
)
@given(st.integers(1, 24), st.integers(1, 24), st.integers(0, 2**16), st.integers(4, 40))
@settings(max_examples=15)
def test_a_table_is_as_near_as_its_bits(
    curve: Squashing, fraction: int, bits: int, seed: int, reach: int
) -> None:
    most = 2**reach
    least = 0 if curve in (DECAY, BEND) else -most
    graph = Graph()
    curve.of(graph.input(1, least, most), fraction, bits)
    spread = np.exp2(np.random.default_rng(seed).uniform(0, reach, 200)).astype(np.int64)
    values = np.unique([least, 0, most, *spread, *(-spread if least else spread)])[:, None]
    component = graph.component()
    made, asked = component.run(values) / 2.0**bits, curve.function(values / 2.0**fraction)
    assert np.abs(made - asked).max() <= 2.0**-bits
    certified = np.array(component.ranges[-1]) / 2.0**bits
    assert np.abs(np.sort(certified) - [asked.min(), asked.max()]).max() <= 2.0**-bits


@given(samples(), st.integers(1, 16), st.floats(0.01, 10))
@settings(max_examples=25)
def test_a_common_scale_is_off_by_less_than_a_step(
    drawn: Samples, fraction: int, factor: float
) -> None:
    graph = Graph()
    features = Features.asked(graph, drawn.columns)
    middle = (features.symbol.interval.least + features.symbol.interval.most) // 2
    made = common(features, fraction, factor)
    grid = np.stack([[c.least, c.most, m] for c, m in zip(drawn.columns, middle, strict=True)], 1)
    values = grid.astype(np.int64)
    _ = made >> 0
    found = graph.component().run(values) / 2.0**fraction
    assert np.abs(found - features.reals(values) * factor).max() < 2.0**-fraction


@given(st.integers(-(2**20), 2**20), st.integers(-(2**20), 2**20), st.integers(0, 8))
def test_what_passes_between_layers_is_rounded_half_up(weight: int, bias: int, to: int) -> None:
    graph = Graph()
    features = Features.on_grid(graph.input(1, -(2**10), 2**10), [2**10], error=0)
    scale = 2.0**-20  # so that all is exact before it is rounded
    made, fraction, off = affine(
        features, np.array([[weight * scale]]), np.array([bias * scale]), 20, to=to
    )
    assert (made.kind, fraction) == ("nodes", to)
    values = np.arange(-(2**10), 2**10 + 1, 7)[:, None]
    assert off <= 2.0**-to / 2
    exact = (values * weight + bias * 2**10).ravel()  # times 2**-30
    assert (
        graph.component().run(values).ravel().tolist()
        == (exact + (1 << 29 - to) >> 30 - to).tolist()
    )
    made_of = graph.component().run(values).ravel() * 2.0**-to
    assert np.abs(made_of - exact * 2.0**-30).max() <= off


@given(st.floats(1e-9, 1e9), st.integers(2, 14), st.booleans())
def test_products_of_any_unit_are_right_to_their_bits(
    unit: float, bits: int, relative: bool
) -> None:
    graph = Graph()
    features = Features.on_grid(graph.input(2, -(2**10), 2**10), [2**10, 1])
    weights = np.array([[unit], [unit / 3 / 2**10]])
    _, fraction, _ = affine(features, weights, np.zeros(1), bits, relative=relative)
    values = np.array([[2**10, 2**10], [-(2**10), 2**10], [2**10, 0], [0, 2**10]])
    made = graph.component().run(values) / 2.0**fraction
    allowed = unit if relative or unit < 1 else max(1, unit * 2.0**-24)
    assert np.abs(made - features.reals(values) @ weights).max() <= 2 * allowed * 2.0 ** -(bits + 1)


def test_a_softmax_is_rounded_half_up() -> None:
    graph = Graph()
    softmax(graph.input(8, 0, 4), 2, 8, 2)
    assert graph.component().run(np.full((1, 8), 4)).tolist() == [[1] * 8]


@pytest.mark.parametrize("chances", [softmax, shares])
@given(st.integers(1, 9), st.integers(1, 20), st.integers(1, 2**20))
@settings(max_examples=10)
def test_chances_are_certified_to_be_none_below_0_or_above_1(
    chances: Callable[[Symbol, int, int, int], Symbol], width: int, bits: int, reach: int
) -> None:
    graph = Graph()
    chances(graph.input(width, -reach, reach), 12, width, bits)
    certified = graph.component().ranges[-1]
    assert certified is not None
    least, most = certified
    assert 0 <= least <= most <= 1 << bits


CURVED = {
    "tanh": MLPClassifier((3,), activation="tanh", max_iter=9, random_state=0),
    "logistic": MLPRegressor(
        hidden_layer_sizes=(3,), activation="logistic", max_iter=9, random_state=0
    ),
    "rbf": SVC(),
    "sigmoid": SVC(kernel="sigmoid"),
    "softmax": LogisticRegression(),
    "shares": LogisticRegression(solver="liblinear"),
    "of a boosting": GradientBoostingClassifier(n_estimators=2, random_state=0),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", CURVED)
def test_a_table_that_everybody_knows_is_no_secret(name: str) -> None:
    """A table is as long as its bits say, and of what was learned there is as much at any."""
    estimator, columns = CURVED[name].fit(INPUTS, LABELS), columns_of(INPUTS)
    chances = name in ("softmax", "shares", "of a boosting")
    made = [
        from_sklearn(estimator, columns, activation_bits=bits, probabilities=chances).component
        for bits in (10, 12)
    ]
    held = [sum(component.program.constants) for component in made]
    secret = [int(component.secret.sum()) for component in made]
    assert secret[0] == secret[1] < held[0] < held[1]
    parts = made[1].split([len(made[1].program.nodes) // 2])
    assert sum(int(part.secret.sum()) for part in parts) >= secret[1]
    assert sum(len(part.secret) - int(part.secret.sum()) for part in parts) >= held[1] - secret[1]


@pytest.mark.parametrize("name", CURVES)
def test_a_table_of_a_formula_is_no_secret(name: str) -> None:
    component = formula(f"{name}(x) + x", {"x": (1, 30)}).component
    assert component.secret.sum() * 10 < len(component.secret)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=5), st.integers(1, 20))
def test_columns_hold_the_data_and_are_as_fine_as_asked(data: list[float], bits: int) -> None:
    [column] = columns_of([[each] for each in data], bits=bits, margin=0)
    assert column.least <= min(data) * column.steps <= max(data) * column.steps <= column.most
    width = max(data) - min(data)
    finest = max(1, *map(abs, data)) * column.steps >= 2 ** (REACH - 1)
    assert width * column.steps >= 2**bits or finest or column.steps == 1 or not width
    [wider] = columns_of([[each] for each in data], bits=bits, margin=1)
    assert (wider.most - wider.least) / wider.steps == pytest.approx(3 * width, rel=1e-3, abs=1)


def test_columns_are_of_decimal_places_if_told() -> None:
    expected = [Column("length", 100, 0, 300), Column("width", 100, 0, 200)]
    assert columns_of(INPUTS, ["length", "width"], decimals=2, margin=0) == expected


@pytest.mark.parametrize(
    ("data", "told", "problem"),
    [
        ([], {}, r"data \(0,\): give rows of columns"),
        ([1.0], {}, r"data \(1,\): give rows of columns"),
        ([[1.0, np.nan]], {}, "row 0, column 1: nan: give finite numbers"),
        ([["a"]], {}, "something that is no number"),
        (csr_array(INPUTS), {}, "a sparse matrix: make it dense"),
        (INPUTS, {"names": ["x"]}, "1 names for 2 columns"),
        ([[1.0], [1e300]], {}, "row 1, x0: 1e.300: not exact in steps of 1/1, .*: scale the"),
        ([[1e12], [2e12]], {"decimals": 7}, "row 1, x0: 2e.12: .*: give fewer decimals, or"),
        (INPUTS, {"margin": -1.0}, "margin -1.0: give 0 or more"),
    ],
)
def test_data_that_suggest_no_columns_are_refused(
    data: object, told: dict[str, object], problem: str
) -> None:
    with pytest.raises(ModelError, match=problem):
        columns_of(data, **told)  # type: ignore[arg-type]  # which is what is tested


class Own(LogisticRegression):  # type: ignore[misc]  # scikit-learn ships no types
    """What somebody derived, and can predict anything."""


def spoilt(value: float) -> Estimator:
    """An estimator that has learned something odd."""
    made = LinearRegression().fit(INPUTS, LABELS)
    made.coef_ = np.array([value, 1.0])
    return made


@pytest.mark.parametrize(
    ("estimator", "problem"),
    [
        (
            KNeighborsClassifier(1),
            "KNeighborsClassifier cannot be imported: its parts would be the",
        ),
        (
            GaussianProcessRegressor(),
            "GaussianProcessRegressor cannot be imported: its parts would",
        ),
        (Own(), "Own cannot be imported: only these can be: .*LogisticRegression"),
        (make_pipeline(FunctionTransformer(), SVR()), "Pipeline: step FunctionTransformer cannot"),
        (
            make_pipeline(MinMaxScaler(clip=True), SVR()),
            "Pipeline: MinMaxScaler: clip=True: declare",
        ),
        (
            make_pipeline(MaxAbsScaler(clip=True), SVR()),
            "Pipeline: MaxAbsScaler: clip=True: declare",
        ),
        (
            GridSearchCV(LinearRegression(), {"fit_intercept": [True]}, cv=2, refit=False),
            "GridSearchCV: it was told refit=False",
        ),
        (
            OneVsRestClassifier(KNeighborsClassifier(1)),
            "OneVsRestClassifier: KNeighborsClassifier c",
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) else type(value).__name__,
)
def test_what_is_not_imported_says_why(estimator: Estimator, problem: str) -> None:
    estimator.fit(INPUTS, LABELS)
    with pytest.raises(ModelError, match=problem):
        from_sklearn(estimator, columns_of(INPUTS))


@pytest.mark.parametrize(
    ("estimator", "problem"),
    [
        (LogisticRegression(), "LogisticRegression is not fitted: fit it first"),
        (make_pipeline(StandardScaler(), SVR()), "Pipeline is not fitted: fit it first"),
        (BaseEstimator(), "BaseEstimator cannot be imported: only these can be"),
        (LinearRegression, "cannot be imported: only these can be"),
        (spoilt(np.nan), "LinearRegression: weights that are not finite"),
        (spoilt(np.inf), "LinearRegression: weights that are not finite"),
        (SGDClassifier().fit(INPUTS, LABELS).sparsify(), "SGDClassifier: a sparse matrix"),
    ],
    ids=lambda value: "" if isinstance(value, str) else type(value).__name__,
)
def test_what_has_learned_nothing_of_use_is_refused(estimator: Estimator, problem: str) -> None:
    with pytest.raises(ModelError, match=problem):
        from_sklearn(estimator, columns_of(INPUTS))


@pytest.mark.parametrize(
    ("estimator", "problem"),
    [
        (LinearRegression(), "LinearRegression: a regression has no probabilities"),
        (LinearSVC(), "LinearSVC: its scores stand for no probabilities"),
        (SGDClassifier(loss="modified_huber"), "SGDClassifier: its scores stand for no prob"),
        (OneVsRestClassifier(LinearSVC()), "OneVsRestClassifier: it has probabilities only of"),
    ],
    ids=lambda value: "" if isinstance(value, str) else type(value).__name__,
)
def test_probabilities_that_there_are_not_are_refused(estimator: Estimator, problem: str) -> None:
    with pytest.raises(ModelError, match=problem):
        from_sklearn(estimator.fit(INPUTS, LABELS), columns_of(INPUTS), probabilities=True)


def test_other_columns_than_it_was_trained_with_are_refused() -> None:
    estimator = LinearRegression().fit(INPUTS, LABELS)
    with pytest.raises(ModelError, match="LinearRegression takes 2 columns, and is given 1"):
        from_sklearn(estimator, columns_of(INPUTS[:, :1]))
    estimator.feature_names_in_ = np.array(["length", "width"], object)
    with pytest.raises(ModelError, match="in another order than it was trained with"):
        from_sklearn(estimator, columns_of(INPUTS, ["width", "length"]))
    assert from_sklearn(estimator, columns_of(INPUTS, ["length", "width"])).columns


@pytest.mark.parametrize("bits", [0, 25, -1])
@pytest.mark.parametrize("which", ["weight_bits", "activation_bits"])
def test_bits_that_cannot_be_are_refused(which: str, bits: int) -> None:
    with pytest.raises(ModelError, match=f"{which}: give 1 to 24"):
        from_sklearn(LinearRegression().fit(INPUTS, LABELS), columns_of(INPUTS), **{which: bits})  # type: ignore[arg-type]  # of either


def test_numbers_that_are_too_wide_say_what_to_lower() -> None:
    estimator = SVR().fit(INPUTS, LABELS)
    mend = "that is, use fewer bits, or declare narrower columns"
    with pytest.raises(CertificateError, match=mend):
        from_sklearn(estimator, columns_of(INPUTS, margin=1e6), activation_bits=24)


def test_a_loss_is_measured_on_some_rows_or_not_at_all() -> None:
    estimator = LinearRegression().fit(INPUTS, [1.0, 2.0, 3.0, 5.0])
    model = from_sklearn(estimator, columns_of(INPUTS))
    with pytest.raises(ModelError, match="no rows to compare on: give some"):
        measure(model, estimator, np.empty((0, 2)))
    with pytest.raises(OutOfRange, match="row 0: 99 is outside of x0"):
        measure(model, estimator, [[99.0, 0.0]])


def test_a_loss_is_of_the_rows_that_were_given() -> None:
    estimator = make_pipeline(RobustScaler(copy=False), LogisticRegression())
    inputs = np.linspace(4, 6, 20).reshape(10, 2)
    estimator.fit(inputs.copy(), inputs[:, 0] > 5)
    loss = measure(from_sklearn(estimator, columns_of(inputs)), estimator, asked := inputs.copy())
    assert loss.held_out.differing == loss.uniform.differing == 0
    assert loss.held_out.largest < 1e-3
    assert np.array_equal(asked, inputs)


def test_a_loss_tells_a_worse_model() -> None:
    """Of another estimator, every label and score is off by what it is off."""
    inputs = np.linspace(-1, 1, 21)[:, None]
    one = LogisticRegression().fit(inputs, inputs[:, 0] > 0)
    other = LogisticRegression().fit(inputs, inputs[:, 0] < 0)
    model = from_sklearn(one, columns_of(inputs))
    right, wrong = measure(model, one, inputs), measure(model, other, inputs)
    assert right.held_out.differing == 0
    assert right.held_out.largest < 1e-3
    assert wrong.held_out.differing == 20  # all but where both are between
    assert wrong.uniform.rows == ROWS
    expected = np.abs(one.decision_function(inputs) - other.decision_function(inputs))
    assert wrong.held_out.largest == pytest.approx(expected.max(), abs=1e-3)
    assert str(wrong).startswith("held-out: 20 of 21 labels differ; scores off by ")


def test_more_bits_lose_less_until_they_do_not_fit() -> None:
    estimator = SVR().fit(INPUTS, [1.0, 2.0, 3.0, 5.0])
    found = choices(
        estimator, columns_of(INPUTS, margin=1000.0), INPUTS + 0.1, bits=(8, 10, 12, 16)
    )
    *others, last = found.values()
    losses = [loss.held_out.largest for loss in others if not isinstance(loss, CertificateError)]
    assert len(losses) == 3
    assert all(few > many for few, many in pairwise(losses))
    assert isinstance(last, CertificateError)


BUNDLED = {
    "digits": datasets.load_digits,
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
    "breast cancer": datasets.load_breast_cancer,
}


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize(
    "last",
    [
        LogisticRegression(max_iter=50),
        LinearSVC(max_iter=50),
        OneVsRestClassifier(LogisticRegression(max_iter=50)),
        SVC(),
        SVC(kernel="linear"),
        SVC(kernel="poly"),
        MLPClassifier([16], max_iter=20, random_state=0),
        MLPClassifier([16, 8], activation="tanh", max_iter=20, random_state=0),
        MLPClassifier([16], activation="logistic", max_iter=20, random_state=0),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:.*onverge")
def test_no_label_of_real_data_differs(name: str, last: Estimator) -> None:
    inputs, labels = BUNDLED[name](return_X_y=True)
    train, held_out, known, _ = train_test_split(inputs, labels, random_state=0)
    estimator = make_pipeline(StandardScaler(), last).fit(train, known)
    model = from_sklearn(estimator, columns_of(inputs))
    loss = measure(model, estimator, held_out)
    assert loss.held_out.differing == 0
    assert loss.uniform.differing is not None
    assert loss.uniform.differing <= 2
    values = model.encode(held_out)
    assert np.array_equal(chain(model.split(), values)[-1], model.component.run(values))


@pytest.mark.parametrize(
    "last",
    [
        LinearRegression(),
        SVR(),
        MLPRegressor(hidden_layer_sizes=[16], max_iter=20, random_state=0),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:.*onverge")
def test_regressions_of_real_data_are_off_by_next_to_nothing(last: Estimator) -> None:
    inputs, targets = datasets.load_diabetes(return_X_y=True)
    train, held_out, known, _ = train_test_split(inputs, targets, random_state=0)
    estimator = make_pipeline(StandardScaler(), last).fit(train, known)
    loss = measure(from_sklearn(estimator, columns_of(inputs)), estimator, held_out)
    spread: Reals = targets.std()
    assert max(loss.held_out.largest, loss.uniform.largest) < spread / 1000
