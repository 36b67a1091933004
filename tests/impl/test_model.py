"""Split models: exact arithmetic, its certificate, canonical bytes, cuts, and accuracy."""

import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from math import floor

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from impl.models.fixedpoint import (
    ARITHMETIC,
    LIMIT,
    Integers,
    affine,
    bound,
    rescale,
    to_fixed,
    to_real,
)
from impl.models.model import (
    ACTIVATION_BITS,
    CertificateError,
    Component,
    Layer,
    ModelError,
    chain,
    labels,
    narrowed,
    quantise,
)
from impl.models.training import Digits, Perceptron, load_digits, train
from spec.bytes.encoding import EncodingError, Value, encode

LAYER: dict[str, Value] = {
    "weights": np.array([[1]], np.int8),
    "bias": np.array([0], np.int8),
    "shift": 0,
    "rectified": True,
}
EIGHT = np.array([0, 0], np.int8)
WIDER: dict[str, Value] = {**LAYER, "weights": np.array([[3]], np.int16)}

INT64 = st.integers(-(2**63), 2**63 - 1)


def oracle(layers: tuple[Layer, ...], row: list[int]) -> list[int]:
    """One row through the layers, in Python's integers."""
    for layer in layers:
        row = [max(-(2**23), min(2**23, value)) for value in row]
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
def components(draw: st.DrawFn) -> Component:
    """Small components whose weights go up to the edge of what can be certified."""
    widths = draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    layers = []
    for inputs, units in pairwise(widths):
        edge = (2**30 - 1) // inputs
        weight = st.integers(-edge, edge)
        bias = st.integers(-(2**23) + 1, 2**23 - 1)
        layers.append(
            Layer(
                draw(nps.arrays(np.int64, (inputs, units), elements=weight)),
                draw(nps.arrays(np.int64, units, elements=bias)),
                draw(st.integers(0, 52)),
                draw(st.booleans()),
            )
        )
    return Component(tuple(layers))


def inputs_of(component: Component) -> st.SearchStrategy[Integers]:
    edges = st.sampled_from([-(2**63), -LIMIT, -1, 0, 1, LIMIT - 1, LIMIT, 2**63 - 1])
    rows = st.tuples(st.integers(1, 4), st.just(component.inputs))
    return nps.arrays(np.int64, rows, elements=edges | INT64)


@pytest.fixture(scope="session")
def digits() -> Digits:
    return load_digits()


@pytest.fixture(scope="session")
def network(digits: Digits) -> Perceptron:
    return train(digits.train)


@pytest.fixture(scope="session")
def model(network: Perceptron) -> Component:
    return quantise(network)


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


@given(st.integers(-(2**53), 2**53), st.integers(0, 52))
def test_rescaling_rounds_half_up(value: int, bits: int) -> None:
    expected = floor(Fraction(value, 2**bits) + Fraction(1, 2))
    assert rescale(np.array([value]), bits).tolist() == [expected]


@given(st.data())
def test_a_component_computes_what_python_integers_do(data: st.DataObject) -> None:
    component = data.draw(components())
    values = data.draw(inputs_of(component))
    expected = [oracle(component.layers, row) for row in values.tolist()]
    assert component.run(values).tolist() == expected


@given(st.data())
def test_the_certified_bound_is_reached_and_never_passed(data: st.DataObject) -> None:
    layer = data.draw(components()).layers[0]
    edges = np.where(layer.weights.T >= 0, LIMIT, -LIMIT)
    signs = np.where(layer.bias >= 0, 1, -1)[:, None]  # a row for each unit, to push it furthest
    reached = np.abs(affine(edges * signs, layer.weights, layer.bias)).max()
    assert reached == bound(layer.weights, layer.bias) < 2**53


EDGES = st.sampled_from([-(2**63), -(2**63) + 1, -(2**32), -1, 0, 1, 2**32 - 1, 2**32, 2**63 - 1])


@given(nps.arrays(np.int64, (5, 3), elements=EDGES), nps.arrays(np.int64, 3, elements=EDGES))
def test_no_bound_overflows(weights: Integers, bias: Integers) -> None:
    units = zip(weights.T.tolist(), bias.tolist(), strict=True)
    expected = max(LIMIT * sum(map(abs, unit)) + abs(offset) for unit, offset in units)
    assert bound(weights, bias) == expected


@given(nps.arrays(np.int64, (2, 3), elements=EDGES | st.integers(-(2**15), 2**15)))
def test_numbers_are_written_in_the_narrowest_type(numbers: Integers) -> None:
    found = narrowed(numbers)
    assert found.tolist() == numbers.tolist()
    half = np.dtype(f"i{found.itemsize // 2 or 1}")
    assert found.itemsize == 1 or numbers.astype(half).tolist() != numbers.tolist()


def test_a_component_in_a_wider_type_than_it_needs_is_none() -> None:
    """It would be another component that computes the same."""
    wider = encode({"arithmetic": ARITHMETIC, "layers": [WIDER]})
    with pytest.raises(ModelError, match=r"layer 0: int16 numbers that int8 holds"):
        Component.parse(wider)


def test_beyond_the_bound_float64_is_not_exact_and_the_model_is_refused() -> None:
    layer = Layer(np.array([[2**30], [1]]), np.array([0]), 0, rectified=False)
    row = [LIMIT, 1]
    assert affine(np.array([row]), layer.weights, layer.bias).tolist() != [oracle((layer,), row)]
    with pytest.raises(CertificateError, match=rf"layer 0 .* {2**53 + 2**23}, .* 1 fractional"):
        Component((layer,))


def test_the_certificate_holds_below_2_to_the_53_and_not_at_it() -> None:
    weights = np.array([[2**30 - 1]])
    layer = Layer(weights, np.array([2**23 - 1]), 0, rectified=False)
    assert Component((layer,)).run(np.array([[LIMIT]])).tolist() == [[2**53 - 1]]
    with pytest.raises(CertificateError, match="layer 0"):
        Component((attrs.evolve(layer, bias=np.array([2**23])),))


def test_the_certificate_names_the_layer_and_a_mend_that_works(network: Perceptron) -> None:
    weights, biases = network.weights, network.biases
    steep = Perceptron((weights[0], weights[1] * 2**20, weights[2]), biases)
    with pytest.raises(CertificateError, match=r"layer 1 .* give its weights 6 fractional bits"):
        quantise(steep)
    assert len(quantise(steep, weight_bits=6).layers) == 3


@pytest.mark.parametrize("weight", [-(2**63), 2**63 - 1])
def test_the_certificate_itself_does_not_overflow(weight: int) -> None:
    with pytest.raises(CertificateError):
        Component((Layer(np.full((4, 1), weight), np.array([0]), 0, rectified=True),))


@pytest.mark.parametrize("size", [1, 7, 64])
def test_rows_do_not_depend_on_their_batch(model: Component, requests: Integers, size: int) -> None:
    batches = [model.run(requests[at : at + size]) for at in range(0, len(requests), size)]
    assert np.array_equal(np.concatenate(batches), model.run(requests))


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_summation_does_not_matter(
    model: Component, requests: Integers, seed: int
) -> None:
    order = np.random.default_rng(seed).permutation(64)
    first, *others = model.layers
    permuted = Component((attrs.evolve(first, weights=first.weights[order]), *others))
    assert np.array_equal(permuted.run(requests[:, order]), model.run(requests))


def test_digits_come_out_as_in_python_integers(model: Component, requests: Integers) -> None:
    rows = requests[:20]
    assert model.run(rows).tolist() == [oracle(model.layers, row) for row in rows.tolist()]


@pytest.mark.parametrize("lengths", [(3,), (1, 2), (2, 1), (1, 1, 1)])
def test_parts_in_a_row_give_the_bits_of_the_whole(
    model: Component, requests: Integers, lengths: tuple[int, ...]
) -> None:
    parts = model.split(lengths)
    data = encode(requests)
    for part in parts:
        data = part.run_bytes(data)
    assert data == model.run_bytes(encode(requests))
    assert np.array_equal(chain(parts, requests)[-1], model.run(requests))


@pytest.mark.parametrize("lengths", [(), (1, 1), (1, 1, 1, 1), (0, 3), (4, -1)])
def test_a_cut_that_does_not_divide_the_layers_is_refused(
    model: Component, lengths: tuple[int, ...]
) -> None:
    with pytest.raises(ModelError, match="positive lengths that sum to 3"):
        model.split(lengths)


def test_parts_that_are_not_neighbours_do_not_join(model: Component) -> None:
    first, _, last = model.layers
    with pytest.raises(ModelError, match="layer 0 gives 32 values and layer 1 takes 16"):
        Component((first, last))


def test_integers_keep_the_accuracy_of_floats(
    model: Component, network: Perceptron, digits: Digits, requests: Integers
) -> None:
    truth = digits.held_out.labels
    exact = (np.array(labels(model.run_bytes(encode(requests)))) == truth).mean()
    real = (network.scores(digits.held_out.inputs).argmax(axis=1) == truth).mean()
    assert real >= 0.94
    assert abs(exact - real) <= 0.005
    error = to_real(model.run(requests), ACTIVATION_BITS) - network.scores(digits.held_out.inputs)
    assert np.abs(error).max() < 0.05


@pytest.mark.parametrize("scores", [np.array([1, 2]), np.zeros((3, 0), np.int64)])
def test_scores_of_no_classes_have_no_label(scores: Integers) -> None:
    with pytest.raises(ModelError, match=r"scores are \(rows, classes\)"):
        labels(encode(scores))


def test_training_is_deterministic(model: Component, digits: Digits) -> None:
    assert quantise(train(digits.train)).digest == model.digest
    assert quantise(train(digits.train, seed=1)).digest != model.digest


def test_ties_go_to_the_lowest_label() -> None:
    assert labels(encode(np.array([[1, 3, 3], [0, 0, 0], [-5, -4, -6]]))) == [1, 0, 1]


@given(components())
def test_bytes_and_components_are_the_same_thing(component: Component) -> None:
    data = component.canonical()
    again = Component.parse(data)
    assert again == component
    assert hash(again) == hash(component)
    assert again.canonical() == data
    assert again.digest == component.digest


def nudge(array: Integers) -> Integers:
    """The array with its last number moved by one, towards zero if it can be."""
    nudged = array.copy()
    nudged.flat[-1] += -1 if nudged.flat[-1] > 0 else 1
    return nudged


@given(components(), st.data())
def test_every_change_changes_the_digest(component: Component, data: st.DataObject) -> None:
    layer, *others = component.layers
    other = data.draw(
        st.sampled_from(
            [
                attrs.evolve(layer, weights=nudge(layer.weights)),
                attrs.evolve(layer, bias=nudge(layer.bias)),
                attrs.evolve(layer, shift=(layer.shift + 1) % 53),
                attrs.evolve(layer, rectified=not layer.rectified),
            ]
        )
    )
    changed = Component((other, *others))
    assert changed != component
    assert changed.digest != component.digest


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


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"arithmetic": ARITHMETIC, "layers": []}, "at least one layer"),
        ({"arithmetic": "float32", "layers": [LAYER]}, "not a component"),
        ({"arithmetic": ARITHMETIC, "layers": [LAYER], "owner": "P"}, "not a component"),
        ({"arithmetic": ARITHMETIC, "layers": [LAYER, LAYER | {"shift": True}]}, "layer 1: exp"),
        ({"arithmetic": ARITHMETIC, "layers": [LAYER | {"name": "x"}]}, "layer 0: expected a map"),
        ({"arithmetic": ARITHMETIC, "layers": [LAYER | {"shift": 53}]}, "layer 0: .* 53 bits"),
        (
            {"arithmetic": ARITHMETIC, "layers": [LAYER | {"bias": EIGHT}]},
            "match",
        ),
        ({"arithmetic": ARITHMETIC, "layers": [LAYER | {"weights": [[1]]}]}, "layer 0: expected"),
        (np.array([[1]]), "not a component"),
    ],
)
def test_bytes_of_no_component_are_refused(value: Value, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Component.parse(encode(value))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.array([1] * 64), r"int64 \(64,\): this component takes int64 \(rows, 64\)"),
        (np.array([[1] * 63]), r"\(1, 63\): this component takes int64 \(rows, 64\)"),
        ("input", "bytes of a tensor, not of str"),
    ],
)
def test_bytes_of_no_input_are_refused(model: Component, value: Value, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        model.run_bytes(encode(value))


def test_bytes_cut_short_are_refused(model: Component) -> None:
    with pytest.raises(EncodingError):
        Component.parse(model.canonical()[:-1])
    with pytest.raises(EncodingError):
        model.run_bytes(encode(np.zeros((1, 64), np.int64))[:-1])


def test_arrays_of_reals_are_refused(model: Component, digits: Digits) -> None:
    with pytest.raises(ModelError, match="float64"):
        model.run(digits.held_out.inputs)  # type: ignore[arg-type]  # what the test is about


def test_components_cannot_be_changed(model: Component) -> None:
    with pytest.raises(ValueError, match="read-only"):
        model.layers[0].weights[0, 0] = 1


def test_only_training_imports_scikit_learn() -> None:
    program = "import sys, adversaries.learning.extraction; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
