"""Support vector machines of scikit-learn: kernels, votes and ties."""

import warnings

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.ensemble import BaggingRegressor, StackingRegressor, VotingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, NuSVC, NuSVR

from impl.models.fixedpoint import Reals
from impl.models.importing import columns_of, from_sklearn
from impl.models.importing.contents import training_rows
from impl.models.importing.kernel import KEPT
from impl.models.importing.loss import measure
from impl.models.importing.registry import Estimator
from impl.models.model import Model
from impl.models.operators import CertificateError, ModelError
from tests.support.imported import Samples, composes, keeps_to_its_error, samples, unshrunk

kernels = st.sampled_from(["linear", "rbf", "poly", "sigmoid"])
bits = st.integers(6, 16)


def promised(last: Estimator, places: Reals, weight_bits: int, activation_bits: int) -> Reals:
    """How much the decisions of each row (rows, columns) can be off.

    What each kernel can be off, times the weights of its vectors, and half of the last bit of these
    times the largest kernel.
    """
    step, rounding = 2.0**-activation_bits, 2.0 ** -(weight_bits + 1)
    far = np.abs(places).max() * 8
    if last.kernel == "linear":
        off, most, weights = np.zeros(len(places)), far, np.abs(last.coef_).max(axis=0)
    else:
        vectors, weights = last.support_vectors_, np.abs(last.dual_coef_).sum(axis=0)
        products = last._gamma * places @ vectors.T + last.coef0
        # Each product with its bits, and the sum with its own.
        sum_off = (places.shape[1] + 1) * rounding + step / 2
        if last.kernel == "rbf":
            # exp(-r**2) is nowhere steeper than 0.86, and both ends of r are rounded.
            off = np.full(len(places), 0.86 * 1.25 * np.sqrt(places.shape[1]) * step + step)
        elif last.kernel == "sigmoid":
            off = np.full(len(places), sum_off + step / 2)
        else:
            steep = last.degree * (1 + np.abs(products).max(axis=1, initial=0)) ** (last.degree - 1)
            off = steep * (sum_off + step)
        most = 1 if last.kernel != "poly" else (last._gamma * far**2 * 9 + 1) ** last.degree
    whole = weights.sum() * most + np.abs(last.intercept_).max()
    unit = whole if isinstance(last, SVR | NuSVR) else 1
    made = off * weights.sum() + (len(weights) + 1) * rounding * unit + whole * 2.0**-30
    return np.asarray(made, np.float64)


def imported(estimator: Pipeline, drawn: Samples, weight_bits: int, activation_bits: int) -> Model:
    """As a model, unless its weights need more bits than a steep kernel leaves them."""
    try:
        return from_sklearn(
            estimator, drawn.columns, weight_bits=weight_bits, activation_bits=activation_bits
        )
    except CertificateError:
        if estimator[-1].kernel == "poly":
            reject()
        raise


@given(samples(), kernels, bits, bits, st.sampled_from([SVC, NuSVC]))
@unshrunk
def test_decisions_and_votes_are_those_of_libsvm(
    drawn: Samples, kernel: str, weight_bits: int, activation_bits: int, which: type[Estimator]
) -> None:
    told = {"nu": 0.1} if which is NuSVC else {}
    last = which(kernel=kernel, coef0=0.5, decision_function_shape="ovo", **told)
    estimator = make_pipeline(StandardScaler(), last).fit(drawn.inputs, drawn.labels)
    model = imported(estimator, drawn, weight_bits, activation_bits)
    values, rows = drawn.asked(model)
    outputs, labels = model.component.run(values), estimator.predict(rows)
    decisions = estimator.decision_function(rows).reshape(len(rows), -1)
    bound = promised(last, estimator[:-1].transform(rows), weight_bits, activation_bits)
    if len(model.labels) == 2:
        keeps_to_its_error(model, values, np.hstack([0 * decisions, decisions]))
        assert (np.abs(model.decode(outputs)[:, 1:] - decisions)[:, 0] <= bound).all()
    clear = (np.abs(decisions) > bound[:, None]).all(axis=1)
    assert (np.array(model.answers(outputs))[clear] == labels[clear]).all()
    if kernel != "poly":  # whose vectors have ranges of their own, as columns have
        composes(model, values, drawn.seed)


@pytest.mark.parametrize("kernel", ["rbf", "poly", "sigmoid"])
@given(samples())
@unshrunk
def test_coarse_kernels_count_as_errors(kernel: str, drawn: Samples) -> None:
    labels = np.argsort(np.argsort(drawn.targets)) % 2
    last = SVC(kernel=kernel, C=0.1, degree=5, coef0=1.0)
    estimator = make_pipeline(StandardScaler(), last).fit(drawn.inputs, labels)
    model = from_sklearn(estimator, drawn.columns, weight_bits=22, activation_bits=2)
    values, rows = drawn.asked(model)
    decisions = estimator.decision_function(rows)[:, np.newaxis]
    keeps_to_its_error(model, values, np.hstack([0 * decisions, decisions]))


@given(samples(), kernels, bits, bits, st.sampled_from([SVR, NuSVR]))
@unshrunk
def test_a_regression_is_as_near_as_its_bits(
    drawn: Samples, kernel: str, weight_bits: int, activation_bits: int, which: type[Estimator]
) -> None:
    last = which(kernel=kernel, coef0=0.5)
    estimator = make_pipeline(StandardScaler(), last).fit(drawn.inputs, drawn.targets)
    model = imported(estimator, drawn, weight_bits, activation_bits)
    values, rows = drawn.asked(model)
    errors = np.abs(model.decode(model.component.run(values))[:, 0] - estimator.predict(rows))
    bound = promised(last, estimator[:-1].transform(rows), weight_bits, activation_bits)
    assert (errors <= bound).all()
    keeps_to_its_error(model, values, estimator.predict(rows)[:, np.newaxis])
    if kernel != "poly":  # whose vectors have ranges of their own, as columns have
        composes(model, values, drawn.seed)


CIRCLE = np.array([[0.0, 1.0], [0.0, -1.0], [1.0, 0.0], [-1.0, 0.0]])


@pytest.mark.parametrize("labels", [[0, 0, 1, 1], ["c", "b", "a", "d"], [2, 1, 3, 3]])
def test_equal_votes_and_what_is_between_two_go_where_libsvm_sends_them(
    labels: list[object],
) -> None:
    estimator = SVC(kernel="linear", C=1).fit(CIRCLE, labels)
    estimator.coef_  # noqa: B018 - as it is before the weights are made round
    model = from_sklearn(estimator, columns_of(CIRCLE, decimals=0))
    grid = np.array([[x, y] for x in (-1.0, 0.0, 1.0) for y in (-1.0, 0.0, 1.0)])
    assert model.predict(grid) == estimator.predict(grid).tolist()


def test_what_is_exactly_between_two_classes_is_the_second() -> None:
    inputs = np.array([[-1.0], [1.0]])
    for kernel in ("linear", "rbf"):
        estimator = SVC(kernel=kernel).fit(inputs, ["a", "b"])
        assert not estimator.decision_function([[0.0]]).any()
        model = from_sklearn(estimator, columns_of(inputs))
        assert model.predict([[0.0]]) == estimator.predict([[0.0]]).tolist() == ["b"]


def test_far_out_a_radial_kernel_is_nothing() -> None:
    """Its table ends where it rounds to 0; what is left is the bias, exactly."""
    inputs = np.array([[-1.0], [0.5], [1.0]])
    estimator = SVR().fit(inputs, [1.0, 2.0, 4.0])
    model = from_sklearn(estimator, columns_of(inputs, margin=1000.0))
    far = [[1500.0], [-1500.0]]
    assert len({*model.predict(far)}) == 1
    assert model.predict(far) == pytest.approx(estimator.predict(far), abs=1e-3)


@pytest.mark.parametrize(
    ("estimator", "problem"),
    [
        (SVC(kernel="precomputed"), "kernel 'precomputed': only linear, rbf, poly, sigmoid can be"),
        (SVC(kernel=lambda a, b: a @ b.T), "kernel .*: only linear, rbf, poly, sigmoid can be"),
        (SVC(kernel="poly", degree=0), "degree 0, which does not look at its inputs"),
        (SVC(break_ties=True), "break_ties=True: votes are counted without"),
    ],
)
def test_what_is_not_imported_says_why(estimator: Estimator, problem: str) -> None:
    inputs = np.eye(3)
    with pytest.raises(ModelError, match=f"SVC: {problem}"):
        from_sklearn(clone(estimator).fit(inputs, [0, 1, 2]), columns_of(inputs))


def test_where_no_vector_is_needed_the_bias_is_all() -> None:
    inputs = np.array([[-1.0], [1.0]])
    estimator = SVR(epsilon=1.0).fit(inputs, [2.0, 2.5])
    assert not len(estimator.support_vectors_)
    assert from_sklearn(estimator, columns_of(inputs)).predict(inputs) == [2.25, 2.25]


@pytest.mark.parametrize("classes", [2, 3])
def test_where_no_vector_is_needed_biases_vote(classes: int) -> None:
    inputs, labels = np.arange(9.0).reshape(-1, 1), np.arange(9) % classes
    estimator = SVC(kernel="sigmoid", tol=3).fit(inputs, labels)
    assert not len(estimator.support_vectors_)
    model = from_sklearn(estimator, columns_of(inputs))
    assert model.predict(inputs) == estimator.predict(inputs).tolist()


@pytest.mark.filterwarnings("ignore:The `probability` parameter:FutureWarning")
@pytest.mark.parametrize("probabilities", [False, True])
def test_probabilities_that_are_fitted_apart_are_refused(probabilities: bool) -> None:
    inputs, columns = np.tile(CIRCLE, (5, 1)), columns_of(CIRCLE)
    estimator = SVC(probability=True).fit(inputs, [0, 0, 1, 1] * 5)
    with pytest.raises(ModelError, match="SVC: probability=True: its probabilities are fitted a"):
        from_sklearn(estimator, columns, probabilities=probabilities)
    model = from_sklearn(estimator.set_params(probability=False), columns)
    assert model.predict(CIRCLE) == estimator.predict(CIRCLE).tolist()


def test_probabilities_that_there_are_not_are_refused() -> None:
    with pytest.raises(ModelError, match="SVC: its scores stand for no probabilities"):
        from_sklearn(SVC().fit(CIRCLE, [0, 0, 1, 1]), columns_of(CIRCLE), probabilities=True)


MACHINE, REGRESSION = SVC(), SVR(epsilon=0.1)


@pytest.mark.parametrize(
    "estimator",
    [
        MACHINE,
        REGRESSION,
        SVC(kernel="poly"),
        make_pipeline(StandardScaler(), MACHINE),
        GridSearchCV(MACHINE, {"C": [1.0, 2.0]}),
        OneVsRestClassifier(MACHINE),
        VotingClassifier([("one", MACHINE), ("two", make_pipeline(StandardScaler(), MACHINE))]),
        BaggingRegressor(REGRESSION, 2, random_state=0),
        StackingRegressor([("one", REGRESSION)], REGRESSION, cv=3),
    ],
)
def test_rows_that_it_was_trained_with_are_found_wherever_they_are(estimator: Estimator) -> None:
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(60, 2))
    labels = (inputs[:, 0] + inputs[:, 1] > 0).astype(int)
    assert training_rows(clone(estimator).fit(inputs, labels)) > 0
    if estimator in (MACHINE, REGRESSION):
        assert training_rows(estimator.fit(inputs, labels)) == len(estimator.support_vectors_)


def test_a_linear_kernel_shows_no_rows() -> None:
    inputs = np.random.default_rng(0).normal(size=(60, 2))
    linear = SVC(kernel="linear").fit(inputs, (inputs[:, 0] > 0).astype(int))
    assert training_rows(linear) == 0


@pytest.mark.parametrize("kernel", ["rbf", "sigmoid"])
@pytest.mark.parametrize("cost", [1.0, 1e2, 1e3])
@pytest.mark.parametrize("which", [SVC, SVR])
def test_large_weights_leave_decisions_as_near(
    kernel: str, cost: float, which: type[Estimator]
) -> None:
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(40, 2))
    estimator = which(kernel=kernel, C=cost, max_iter=5000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is stopped early
        estimator.fit(inputs, generator.integers(0, 2, 40))
    model = from_sklearn(estimator, columns_of(inputs))
    loss = measure(model, estimator, inputs)
    unit = 1.0 if which is SVC else np.abs(estimator.predict(inputs) - estimator.intercept_).max()
    assert max(loss.held_out.largest, loss.uniform.largest) < unit * 2.0 ** -(KEPT - 2)


def test_weights_that_need_more_bits_than_a_steep_kernel_leaves_are_refused() -> None:
    """However few bits are asked for, for it is the weights that ask for more."""
    inputs, mixed = np.linspace(-1, 1, 30)[:, np.newaxis], np.arange(30) % 4 // 2
    estimator = NuSVC(kernel="poly", degree=5, gamma=6.0, coef0=0.5, nu=0.05).fit(inputs, mixed)
    for few in (6, 16):
        with pytest.raises(CertificateError, match=r"with a lower C, or another nu"):
            from_sklearn(estimator, columns_of(inputs), weight_bits=few, activation_bits=few)
    calmer = NuSVC(kernel="poly", degree=5, gamma=6.0, coef0=0.5, nu=0.9).fit(inputs, mixed)
    assert from_sklearn(calmer, columns_of(inputs), weight_bits=6, activation_bits=6).labels


def test_weights_that_no_bits_are_enough_for_are_refused() -> None:
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(40, 2))
    estimator = SVC(kernel="sigmoid", C=1e6).fit(inputs, generator.integers(0, 2, 40))
    with pytest.raises(
        ModelError, match=r"SVC: weights of vectors that sum to .*train it with a lower C"
    ):
        from_sklearn(estimator, columns_of(inputs))
