"""Perceptrons of scikit-learn: what they lose, layer by layer."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from impl.models.fixedpoint import Reals
from impl.models.importing import columns_of, from_sklearn
from impl.models.importing.network import ACTIVATIONS, REAL
from impl.models.importing.registry import Estimator, kind
from impl.models.operators import ModelError
from tests.support.imported import Samples, composes, keeps_to_its_error, samples, unshrunk

hidden = st.lists(st.integers(1, 8), max_size=3)
bits = st.integers(6, 14)


def fitted(estimator: Estimator, inputs: Reals, targets: object) -> Estimator:
    """The estimator, trained for a moment, behind a scaler."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make_pipeline(StandardScaler(), estimator).fit(inputs, targets)


def promised(estimator: Estimator, rows: Reals, weight_bits: int, activation_bits: int) -> Reals:
    """How much the scores of each row can be off, (rows, scores).

    Half of the last bit for each product, which is of 1 or, if inputs or outputs are larger, of
    these; half of the last bit for each number between layers, twice behind a table; and what
    weights make of what was off before.
    """
    scaler, last = (step for _, step in estimator.steps)
    values, off = scaler.transform(rows), np.zeros_like(rows)
    widest = np.abs(values).max() * 8  # nearer than the ends of ranges, which may be centred on
    for layer, (weights, bias) in enumerate(zip(last.coefs_, last.intercepts_, strict=True)):
        is_last = layer == len(last.coefs_) - 1
        size = (np.abs(values) + off).sum(axis=1, keepdims=True)
        whole = (np.abs(weights).sum(axis=0) * max(1, widest) + np.abs(bias)).max()
        unit = whole if is_last and not hasattr(last, "classes_") else 1
        products = (size + len(weights) + 1) * unit * 2.0 ** -(weight_bits + 1)
        off = off @ np.abs(weights) + products + whole * 2.0**-30
        values = values @ weights + bias
        if not is_last:
            values = REAL[last.activation](values)
            off = (
                off + (2 if last.activation in ("logistic", "tanh") else 1) * 2.0**-activation_bits
            )
        widest = 1
    return off


@pytest.mark.parametrize("activation", ACTIVATIONS)
@given(samples())
@unshrunk
def test_coarse_numbers_between_layers_count_as_errors(activation: str, drawn: Samples) -> None:
    last = MLPRegressor(hidden_layer_sizes=(9, 9), activation=activation, max_iter=9)
    last.set_params(random_state=drawn.seed)
    estimator = fitted(make_pipeline(StandardScaler(), last), drawn.inputs, drawn.targets)
    model = from_sklearn(estimator, drawn.columns, weight_bits=22, activation_bits=2)
    values, rows = drawn.asked(model)
    keeps_to_its_error(model, values, estimator.predict(rows)[:, np.newaxis])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@given(samples(), hidden, bits, bits)
@unshrunk
def test_a_regression_is_as_near_as_its_bits(
    activation: str, drawn: Samples, layers: list[int], weight_bits: int, activation_bits: int
) -> None:
    estimator = fitted(
        MLPRegressor(
            hidden_layer_sizes=layers, activation=activation, max_iter=9, random_state=drawn.seed
        ),
        drawn.inputs,
        drawn.targets,
    )
    model = from_sklearn(
        estimator, drawn.columns, weight_bits=weight_bits, activation_bits=activation_bits
    )
    values, rows = drawn.asked(model)
    errors = np.abs(model.decode(model.component.run(values))[:, 0] - estimator.predict(rows))
    assert (errors <= promised(estimator, rows, weight_bits, activation_bits)[:, 0]).all()
    keeps_to_its_error(model, values, estimator.predict(rows)[:, np.newaxis])
    assert len(model.seams) == len(layers)
    composes(model, values, drawn.seed)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@given(samples(), hidden, bits, bits)
@unshrunk
def test_a_classification_is_as_near_as_its_bits(
    activation: str, drawn: Samples, layers: list[int], weight_bits: int, activation_bits: int
) -> None:
    estimator = fitted(
        MLPClassifier(
            hidden_layer_sizes=layers, activation=activation, max_iter=9, random_state=drawn.seed
        ),
        drawn.inputs,
        drawn.labels,
    )
    model = from_sklearn(
        estimator, drawn.columns, weight_bits=weight_bits, activation_bits=activation_bits
    )
    values, rows = drawn.asked(model)
    outputs, expected = model.component.run(values), kind(estimator).reference(estimator, rows)
    bound = promised(estimator, rows, weight_bits, activation_bits).max(axis=1)
    assert (np.abs(model.decode(outputs) - expected) <= bound[:, None]).all()
    keeps_to_its_error(model, values, expected)
    *_, second, first = np.sort(expected, axis=1).T
    clear = first - second > 2 * bound
    answers, labels = np.array(model.answers(outputs)), estimator.predict(rows)
    assert (answers[clear] == labels[clear]).all()
    composes(model, values, drawn.seed)


@given(samples(), st.integers(6, 12))
@unshrunk
def test_probabilities_are_as_near_as_their_bits(drawn: Samples, activation_bits: int) -> None:
    last = MLPClassifier(hidden_layer_sizes=[], max_iter=9, random_state=drawn.seed)
    estimator = fitted(last, drawn.inputs, drawn.labels)
    model = from_sklearn(
        estimator,
        drawn.columns,
        weight_bits=20,
        activation_bits=activation_bits,
        probabilities=True,
    )
    values, rows = drawn.asked(model)
    outputs, expected = model.component.run(values), estimator.predict_proba(rows)
    bound = (len(model.labels) + 6) / 2 * 2.0**-activation_bits
    assert np.abs(model.decode(outputs) - expected).max() <= bound
    keeps_to_its_error(model, values, expected)
    composes(model, values, drawn.seed)


@given(samples())
@unshrunk
def test_what_it_is_held_against_is_what_scikit_learn_says(drawn: Samples) -> None:
    estimator = fitted(MLPClassifier([3], max_iter=9), drawn.inputs, drawn.labels)
    scores = np.exp(kind(estimator).reference(estimator, drawn.inputs))
    expected = estimator.predict_proba(drawn.inputs)
    assert np.allclose(scores / scores.sum(axis=1, keepdims=True), expected)


@pytest.mark.parametrize(
    ("estimator", "targets", "problem"),
    [
        (MLPRegressor(loss="poisson"), [1.0, 2.0], "exp as its last activation: use squared_error"),
        (MLPRegressor(), [[1.0, 2.0], [3.0, 4.0]], "predicts 2 numbers: train one model for each"),
        (MLPClassifier(), [[0, 1], [1, 1]], "it gives a row several labels: train one model"),
    ],
)
def test_what_is_not_imported_says_why(estimator: Estimator, targets: object, problem: str) -> None:
    inputs = np.array([[0.0], [1.0]])
    made = fitted(estimator.set_params(max_iter=1), inputs, targets)
    with pytest.raises(ModelError, match=problem):
        from_sklearn(made, columns_of(inputs))
