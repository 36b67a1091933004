"""Networks of affine layers: rounding, accuracy, and cuts between layers."""

import re
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from math import floor

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from impl.models.component import chain, labels
from impl.models.fixedpoint import Integers, to_fixed, to_real
from impl.models.model import Model
from impl.models.network import ACTIVATION_BITS, LIMIT, WEIGHT_BITS, Layer, network, quantise
from impl.models.operators import CertificateError, ModelError
from impl.models.training import Digits, Perceptron, load_digits, train
from spec.bytes.encoding import encode


def oracle(layers: list[Layer], row: list[int]) -> list[int]:
    """One row through the layers, in Python's integers."""
    for layer in layers:
        units = zip(*layer.weights.tolist(), strict=True)
        sums = [
            sum(weight * value for weight, value in zip(unit, row, strict=True)) + offset
            for unit, offset in zip(units, layer.bias.tolist(), strict=True)
        ]
        if layer.rectified:
            sums = [max(value, 0) for value in sums]
        row = [(2 * value + 2**layer.shift) // 2 ** (layer.shift + 1) for value in sums]
    return row


@st.composite
def networks(draw: st.DrawFn) -> list[Layer]:
    """Some small layers, whose numbers stay below 2**53 if inputs stay below 2**10."""
    widths = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    numbers = st.integers(-(2**11), 2**11)
    return [
        Layer(
            draw(nps.arrays(np.int64, (inputs, units), elements=numbers)),
            draw(nps.arrays(np.int64, units, elements=numbers)),
            draw(st.integers(0, 52) | st.integers(0, 9)),
            draw(st.booleans()),
        )
        for inputs, units in pairwise(widths)
    ]


@pytest.fixture(scope="session")
def digits() -> Digits:
    return load_digits()


@pytest.fixture(scope="session")
def perceptron(digits: Digits) -> Perceptron:
    return train(digits.train)


@pytest.fixture(scope="session")
def model(perceptron: Perceptron) -> Model:
    return network(quantise(perceptron), 0, 2**ACTIVATION_BITS, range(10))


@pytest.fixture(scope="session")
def requests(digits: Digits) -> Integers:
    return to_fixed(digits.held_out.inputs, ACTIVATION_BITS)


@given(st.floats(-1e6, 1e6), st.integers(0, 30))
def test_numbers_round_half_up(value: float, bits: int) -> None:
    expected = floor(Fraction(value) * 2**bits + Fraction(1, 2))
    assert to_fixed(np.array([value]), bits).tolist() == [expected]


@pytest.mark.parametrize(
    ("value", "expected"), [(0.5, 1), (-0.5, 0), (-1.5, -1), (np.nextafter(0.5, 0), 0)]
)
def test_halves_round_towards_plus_infinity(value: float, expected: int) -> None:
    assert to_fixed(np.array([value]), 0).tolist() == [expected]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 2.0**41])
def test_a_number_that_does_not_fit_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="biases of layer 2"):
        to_fixed(np.array([0.0, value]), 12, "biases of layer 2")


@settings(deadline=None)
@given(networks(), st.data())
def test_a_network_computes_what_python_integers_do(
    layers: list[Layer], data: st.DataObject
) -> None:
    shape = st.tuples(st.integers(1, 3), st.just(len(layers[0].weights)))
    edges = st.sampled_from([-(2**10), 2**10]) | st.integers(-(2**10), 2**10)
    values = data.draw(nps.arrays(np.int64, shape, elements=edges))
    found = network(layers, -(2**10), 2**10).component.run(values)
    assert found.tolist() == [oracle(layers, row) for row in values.tolist()]


def test_digits_come_out_as_in_python_integers(
    model: Model, perceptron: Perceptron, requests: Integers
) -> None:
    rows, layers = requests[:20], quantise(perceptron)
    assert model.component.run(rows).tolist() == [oracle(layers, row) for row in rows.tolist()]


def test_the_certificate_names_the_node_and_a_mend_that_works(perceptron: Perceptron) -> None:
    weights, biases = perceptron.weights, perceptron.biases
    steep = Perceptron((weights[0], weights[1] * 2**24), biases[:2])
    with pytest.raises(CertificateError, match=r"node 3 \(MATMUL\): .* bits fewer") as refused:
        network(quantise(steep), 0, 2**ACTIVATION_BITS)
    [fewer] = re.findall(r"(\d+) bits fewer", str(refused.value))
    bits = WEIGHT_BITS - int(fewer)
    assert network(quantise(steep, weight_bits=bits), 0, 2**ACTIVATION_BITS)


@pytest.mark.parametrize("size", [1, 7, 64])
def test_rows_do_not_depend_on_their_batch(model: Model, requests: Integers, size: int) -> None:
    run = model.component.run
    batches = [run(requests[at : at + size]) for at in range(0, len(requests), size)]
    assert np.array_equal(np.concatenate(batches), run(requests))


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_summation_does_not_matter(
    model: Model, perceptron: Perceptron, requests: Integers, seed: int
) -> None:
    order = np.random.default_rng(seed).permutation(64)
    first, *others = quantise(perceptron)
    permuted = network([attrs.evolve(first, weights=first.weights[order]), *others])
    expected = model.component.run(requests)
    assert np.array_equal(permuted.component.run(requests[:, order]), expected)


@pytest.mark.parametrize("parts", [1, 2, 3, None])
def test_parts_in_a_row_give_the_bits_of_the_whole(
    model: Model, requests: Integers, parts: int | None
) -> None:
    split = model.split(parts)
    assert len(split) == (parts or 3)
    assert np.array_equal(chain(split, requests)[-1], model.component.run(requests))


@pytest.mark.parametrize("parts", [0, 4, -1])
def test_as_many_parts_as_there_are_layers_or_fewer(model: Model, parts: int) -> None:
    with pytest.raises(ModelError, match="it has seams for 1 to 3"):
        model.split(parts)


def test_layers_that_do_not_fit_are_refused(perceptron: Perceptron) -> None:
    first, second, last = quantise(perceptron)
    with pytest.raises(ModelError, match=r"node 3 \(MATMUL\): 32 columns for weights of 20 rows"):
        network([first, attrs.evolve(second, weights=second.weights[:20]), last])
    with pytest.raises(ModelError, match="at least one layer"):
        network([])


def test_integers_keep_the_accuracy_of_floats(
    model: Model, perceptron: Perceptron, digits: Digits, requests: Integers
) -> None:
    truth, component = digits.held_out.labels, model.component
    exact = (np.array(labels(component.run_bytes(encode(requests)))) == truth).mean()
    real = (perceptron.scores(digits.held_out.inputs).argmax(axis=1) == truth).mean()
    assert real >= 0.94
    assert abs(exact - real) <= 0.005
    scores = to_real(component.run(requests), ACTIVATION_BITS)
    assert np.abs(scores - perceptron.scores(digits.held_out.inputs)).max() < 0.05
    assert model.predict(digits.held_out.inputs) == labels(component.run_bytes(encode(requests)))


@pytest.mark.parametrize("scores", [np.array([1, 2]), np.zeros((3, 0), np.int64)])
def test_scores_of_no_classes_have_no_label(scores: Integers) -> None:
    with pytest.raises(ModelError, match=r"scores are \(rows, classes\)"):
        labels(encode(scores))


def test_training_is_deterministic(model: Model, digits: Digits) -> None:
    again, other = (quantise(train(digits.train, seed=seed)) for seed in (0, 1))
    assert network(again, 0, 2**ACTIVATION_BITS).component == model.component
    assert network(other, 0, 2**ACTIVATION_BITS).component != model.component


def test_ties_go_to_the_lowest_label() -> None:
    assert labels(encode(np.array([[1, 3, 3], [0, 0, 0], [-5, -4, -6]]))) == [1, 0, 1]


@pytest.mark.parametrize(
    ("weights", "bias", "message"),
    [
        (np.ones((2, 2)), np.array([0, 0]), "not int64"),
        (np.array([[1]]), np.array([0.5]), "not int64"),
        (np.zeros((0, 1), np.int64), np.array([0]), "at least one input and one unit"),
        (np.zeros((1, 0), np.int64), np.zeros(0, np.int64), "at least one input and one unit"),
        (np.array([1]), np.array([0]), "do not match"),
        (np.array([[1]]), np.array([0, 0]), "do not match"),
    ],
)
def test_arrays_of_no_layer_are_refused(weights: Integers, bias: Integers, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Layer(weights, bias, 0, rectified=True)


def test_arrays_of_reals_are_refused(model: Model, digits: Digits) -> None:
    with pytest.raises(ModelError, match="float64"):
        model.component.run(digits.held_out.inputs)  # type: ignore[arg-type]  # that is the test


def test_only_training_imports_scikit_learn() -> None:
    program = "import sys, impl.models.network; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_what_a_network_takes_is_stated() -> None:
    layer = Layer(np.array([[1]]), np.array([0]), 0, rectified=False)
    assert network([layer]).component.run(np.array([[LIMIT]])).tolist() == [[LIMIT]]
    with pytest.raises(ModelError, match="which takes"):
        network([layer]).component.run(np.array([[LIMIT + 1]]))
