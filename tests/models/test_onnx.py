"""ONNX graphs are imported as exact integer programs, which say how far off they are."""

import sys
import tracemalloc
from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from impl.models.component import Component, chain
from impl.models.fixedpoint import Reals
from impl.models.importing.onnx import Imported, from_onnx
from impl.models.importing.onnx.layers import MATRICES
from impl.models.importing.onnx.reading import NEWEST, OLDEST, SUPPORTED
from impl.models.importing.onnx.steps import HANDLERS
from impl.models.importing.onnx.windows import Windows
from impl.models.model import Column
from impl.models.operators import CertificateError, ModelError
from impl.models.training import Digits, load_digits
from tests.support.convolution import Convolutional

onnx = pytest.importorskip("onnx", reason="reading ONNX is an extra: tallystick[onnx]")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402

ROUGH = 1e-9
"""By how much float64, in which the oracle computes, can be off itself."""


@attrs.define(repr=False)
class Drawing:
    """An ONNX graph while it is drawn, and its tensors for some rows, as the oracle has them.

    Attributes:
        rows: what it is asked, on the grid of 8 fractional bits.
    """

    rows: Reals
    rng: np.random.Generator
    nodes: list[Any] = attrs.Factory(list)
    constants: dict[str, Any] = attrs.Factory(dict)
    tensors: dict[str, Any] = attrs.Factory(dict)

    def __attrs_post_init__(self) -> None:
        self.tensors["asked"] = self.rows

    def __repr__(self) -> str:
        return " ".join(node.op_type for node in self.nodes)

    def constant(self, numbers: Any, name: str = "") -> str:
        """An initialiser."""
        name = name or f"c{len(self.constants)}"
        self.constants[name] = self.tensors[name] = np.asarray(numbers)
        return name

    def weights(self, *shape: int, spread: float = 0.5) -> str:
        """An initialiser of random numbers."""
        return self.constant(self.rng.normal(size=shape) * spread)

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """What an operator makes."""
        name = f"t{len(self.nodes)}"
        node = helper.make_node(operator, inputs, [name], name=f"n{len(self.nodes)}", **attributes)
        self.nodes.append(node)
        if operator in ("MaxPool", "AveragePool"):
            self.tensors[name] = pooled_slowly(operator, self.tensors[inputs[0]], **attributes)
        else:
            taken = {one: self.tensors[one] for one in inputs if one}
            evaluator = ReferenceEvaluator(node, opsets={"": NEWEST})
            [self.tensors[name]] = evaluator.run(None, taken)
        return name

    def shape(self, name: str) -> tuple[int, ...]:
        """Of a tensor, of one row."""
        return (1, *self.tensors[name].shape[1:])

    def model(self, output: str, opset: int = NEWEST) -> Any:
        """The graph, with an output."""
        info = helper.make_tensor_value_info
        shape = [None, *self.rows.shape[1:]]
        kind = helper.np_dtype_to_tensor_dtype(self.tensors[output].dtype)
        graph = helper.make_graph(
            self.nodes,
            "drawn",
            [info("asked", TensorProto.DOUBLE, shape)],
            [info(output, kind, [None] * self.tensors[output].ndim)],
            [numpy_helper.from_array(array, name) for name, array in self.constants.items()],
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])

    def imported(self, output: str, **options: Any) -> Imported:
        """The model of the graph."""
        data = self.model(output).SerializeToString()
        return from_onnx(data, (-1.0, 1.0), **options)

    def oracle(self, output: str) -> Reals:
        """What the graph makes of its rows, (rows, numbers)."""
        return np.asarray(self.tensors[output], np.float64).reshape(len(self.rows), -1)


def drawing(seed: int, *shape: int, rows: int = 4) -> Drawing:
    """An empty one, asked with random rows of a shape."""
    rng = np.random.default_rng(seed)
    return Drawing(np.round(rng.uniform(-1, 1, (rows, *shape)) * 256) / 256, rng)


def given_by(model: Imported, rows: Reals) -> Reals:
    """What a model gives to rows, as real numbers."""
    return model.decode(model.component.run(model.encode(rows.reshape(len(rows), -1))))


def check_near(drawn: Drawing, output: str, **options: Any) -> Imported:
    """Hold a graph's model against the oracle, and its parts against it."""
    model, oracle = drawn.imported(output, **options), drawn.oracle(output)
    found = given_by(model, drawn.rows)
    assert np.isfinite(model.error)
    assert np.abs(found - oracle).max() <= model.error + ROUGH
    ranked = np.sort(oracle, axis=1)
    if oracle.shape[1] > 1:
        sure = ranked[:, -1] - ranked[:, -2] > 2 * (model.error + ROUGH)
        assert (found.argmax(axis=1) == oracle.argmax(axis=1))[sure].all()
    asked = model.encode(drawn.rows.reshape(len(drawn.rows), -1))
    *_, last = chain(model.split(), asked)
    assert last.tolist() == model.component.run(asked).tolist()
    assert last.tolist() == model.component.follow(asked)[-1].tolist()
    assert Component.parse(model.component.canonical()) == model.component
    return model


def pooled_slowly(
    operator: str,
    tensor: Reals,
    kernel_shape: Sequence[int],
    pads: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    ceil_mode: int = 0,
    count_include_pad: int = 0,
) -> Reals:
    """What a pool makes, window by window, as ONNX describes it.

    The reference evaluator of onnx 1.23 does not: it takes pads of MaxPool for others, and puts
    half of what AveragePool has to add for rounding up before the tensor.
    """
    spatial, rank = tensor.shape[2:], len(kernel_shape)
    axes = []
    for n, k, d, stride, before, after in zip(
        spatial, kernel_shape, dilations, strides, pads[:rank], pads[rank:], strict=True
    ):
        starts = [
            start
            for start in range(-before, n + after, stride)
            if (end := start + (k - 1) * d + 1) <= n + after
            or (ceil_mode and end - stride < n + after and start < n)
        ]
        axes.append([[(at, n, after) for at in range(s, s + (k - 1) * d + 1, d)] for s in starts])
    made = np.empty((*tensor.shape[:2], *map(len, axes)))
    flat, result = tensor.reshape(*tensor.shape[:2], -1), made.reshape(*tensor.shape[:2], -1)
    for number, place in enumerate(product(*axes)):
        cells = [*product(*place)]
        within = [
            np.ravel_multi_index([at for at, *_ in cell], spatial)
            for cell in cells
            if all(0 <= at < n for at, n, _ in cell)
        ]
        counted = sum(all(at < n + after for at, n, after in cell) for cell in cells)
        if operator == "MaxPool":
            result[..., number] = flat[..., np.array(within, int)].max(axis=-1, initial=-np.inf)
        else:
            divisor = counted if count_include_pad else len(within)
            result[..., number] = flat[..., np.array(within, int)].sum(axis=-1) / (
                divisor or np.nan
            )
    return made


# Networks that are drawn.


@st.composite
def convolved(draw: st.DrawFn) -> tuple[Drawing, str]:
    """A network of convolutions in one or two dimensions."""
    rank = draw(st.sampled_from([1, 2, 2, 3]))
    channels = draw(st.integers(1, 4))
    spatial = sizes(draw, rank, 3, 7 if rank < 3 else 4)
    drawn = drawing(draw(st.integers(0, 2**32 - 1)), channels, *spatial)
    name = "asked"
    for _ in range(draw(st.integers(1, 3))):
        name = convolution(draw, drawn, name)
        name = draw(st.sampled_from([normalised, shifted, unchanged]))(drawn, name)
        name = draw(st.sampled_from([rectified, leaking, clipped, residual, unchanged]))(
            drawn, name
        )
        name = draw(st.sampled_from([pooled, unchanged_too]))(draw, drawn, name)
    return drawn, draw(st.sampled_from([dense, flat_dense, averaged]))(drawn, name)


def sizes(draw: st.DrawFn, rank: int, least: int, most: int) -> list[int]:
    """One for each axis."""
    return draw(st.lists(st.integers(least, most), min_size=rank, max_size=rank))


def fits(spatial: Sequence[int], kernel: Sequence[int], pads: Sequence[int]) -> bool:
    """Whether a window has room."""
    return all(
        n + before + after >= k
        for n, k, before, after in zip(
            spatial, kernel, pads[: len(kernel)], pads[len(kernel) :], strict=True
        )
    )


def convolution(draw: st.DrawFn, drawn: Drawing, name: str) -> str:
    _, channels, *spatial = drawn.shape(name)
    rank = len(spatial)
    groups = draw(st.sampled_from([g for g in (1, 2, 3, 4) if channels % g == 0]))
    units = groups * draw(st.integers(1, 2))
    kernel, dilations = sizes(draw, rank, 1, 3), sizes(draw, rank, 1, 2)
    how: dict[str, Any] = {"group": groups, "dilations": dilations}
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    auto = draw(st.sampled_from(["NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"]))
    if auto == "NOTSET":
        how["pads"] = sizes(draw, 2 * rank, 0, 2)
    else:
        how |= {"auto_pad": auto, "dilations": [1] * rank}
        reach = [1] * rank if auto.startswith("SAME") else kernel
    assume(fits(spatial, reach, how.get("pads", [0] * 2 * rank)))
    how["strides"] = sizes(draw, rank, 1, 2)
    inputs = [name, drawn.weights(units, channels // groups, *kernel)]
    if draw(st.booleans()):
        inputs.append(drawn.weights(units))
    return drawn.node("Conv", *inputs, **how)


def pooled(draw: st.DrawFn, drawn: Drawing, name: str) -> str:
    spatial = drawn.shape(name)[2:]
    rank = len(spatial)
    kernel, dilations = sizes(draw, rank, 1, 3), sizes(draw, rank, 1, 2)
    pads = [draw(st.integers(0, k // 2)) for k in (*kernel, *kernel)]
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    assume(fits(spatial, reach, pads))
    how: dict[str, Any] = {"kernel_shape": kernel, "pads": pads, "dilations": dilations}
    how |= {"strides": sizes(draw, rank, 1, 3), "ceil_mode": draw(st.integers(0, 1))}
    operator = draw(st.sampled_from(["MaxPool", "AveragePool"]))
    if operator == "AveragePool":
        how["count_include_pad"] = draw(st.integers(0, 1))
    made = drawn.node(operator, name, **how)
    assume(np.isfinite(drawn.tensors[made]).all())  # windows with nothing in them are refused
    return made


def unchanged(drawn: Drawing, name: str) -> str:
    return name


def unchanged_too(draw: st.DrawFn, drawn: Drawing, name: str) -> str:
    return name


def normalised(drawn: Drawing, name: str) -> str:
    channels = drawn.shape(name)[1]
    variance = drawn.constant(drawn.rng.uniform(0.2, 2, channels))
    others = [drawn.weights(channels) for _ in range(3)]
    return drawn.node("BatchNormalization", name, *others, variance)


def shifted(drawn: Drawing, name: str) -> str:
    """Times numbers and plus numbers, of which some differ from place to place."""
    factor = drawn.weights(*drawn.shape(name)[1:])
    return drawn.node("Sub", drawn.node("Mul", factor, name), drawn.weights(1))


def rectified(drawn: Drawing, name: str) -> str:
    return drawn.node("Relu", name)


def leaking(drawn: Drawing, name: str) -> str:
    return drawn.node("LeakyRelu", name, alpha=float(drawn.rng.uniform(-2, 2)))


def clipped(drawn: Drawing, name: str) -> str:
    return drawn.node("Clip", name, "", drawn.constant(0.3))


def residual(drawn: Drawing, name: str) -> str:
    channels = drawn.shape(name)[1]
    weights = drawn.weights(channels, channels, *[1] * (len(drawn.shape(name)) - 2))
    return drawn.node("Add", drawn.node("Conv", name, weights), name)


def dense(drawn: Drawing, name: str) -> str:
    width = int(np.prod(drawn.shape(name)))
    bias = drawn.weights(3)
    return drawn.node(
        "Gemm", drawn.node("Flatten", name), drawn.weights(3, width), bias, transB=1, alpha=0.5
    )


def flat_dense(drawn: Drawing, name: str) -> str:
    width = int(np.prod(drawn.shape(name)))
    flat = drawn.node("Reshape", name, drawn.constant([0, width]))
    return drawn.node("Add", drawn.node("MatMul", flat, drawn.weights(width, 3)), drawn.weights(3))


def averaged(drawn: Drawing, name: str) -> str:
    return drawn.node("Flatten", drawn.node("GlobalAveragePool", name))


@given(convolved(), st.sampled_from([8, 12, 16]))
@settings(max_examples=40)
def test_convolutions_are_as_near_as_they_promise(net: tuple[Drawing, str], bits: int) -> None:
    drawn, output = net
    check_near(drawn, output, weight_bits=bits, activation_bits=bits)


@st.composite
def pools(draw: st.DrawFn) -> tuple[Drawing, str]:
    """One pool, in one or two dimensions."""
    spatial = sizes(draw, draw(st.integers(1, 2)), 3, 7)
    drawn = drawing(draw(st.integers(0, 2**32 - 1)), 2, *spatial, rows=2)
    return drawn, pooled(draw, drawn, "asked")


@given(pools())
@settings(max_examples=60)
def test_pools_see_what_they_should(net: tuple[Drawing, str]) -> None:
    check_near(*net)


@pytest.mark.parametrize("counted", [0, 1])
def test_what_windows_only_touch_is_not_counted(counted: int) -> None:
    drawn = drawing(0, 1, 4)
    how = {"kernel_shape": [2], "pads": [0, 0], "strides": [3], "dilations": [1], "ceil_mode": 1}
    check_near(drawn, drawn.node("AveragePool", "asked", count_include_pad=counted, **how))


@pytest.mark.parametrize("groups", [16, 17, 32, 34])
def test_many_groups_are_multiplied_together(groups: int) -> None:
    drawn = drawing(groups, groups, 4)
    weights = drawn.weights(2 * groups, 1, 3)
    model = check_near(drawn, drawn.node("Conv", "asked", weights, group=groups))
    products = sum(node.operator.name == "MATMUL" for node in model.component.program.nodes)
    assert products <= MATRICES


@given(st.integers(0, 2**32 - 1), st.sampled_from([8, 12]))
@settings(max_examples=30)
def test_sums_are_rounded_to_the_nearest(seed: int, bits: int) -> None:
    """Nothing of these weights is lost, so what is off is the rounding of biases and of sums."""
    drawn, options = drawing(seed, 6, rows=16), {"weight_bits": bits, "activation_bits": bits}
    one, other = (drawn.rng.integers(-64, 65, shape) / 64 for shape in ((6, 4), (4, 3)))
    name = drawn.node("Gemm", "asked", drawn.constant(one), drawn.weights(4))
    half = 0.51 * 2.0**-bits
    assert check_near(drawn, name, **options).error < half
    name = drawn.node("Gemm", name, drawn.constant(other), drawn.weights(3))
    assert check_near(drawn, name, **options).error < half * (1 + np.abs(other).sum(axis=0).max())


def test_what_is_constant_is_computed_at_once() -> None:
    drawn = drawing(0, 3, 4)
    matrix = drawn.node("Transpose", drawn.weights(5, 4), perm=[1, 0])
    made = drawn.node("Constant", value=numpy_helper.from_array(np.array([0.5, 2.0])))
    longer = drawn.node("Concat", made, drawn.weights(3), axis=0)
    scaled = drawn.node("Mul", matrix, drawn.node("Sub", longer, drawn.constant(0.25)))
    name = drawn.node("MatMul", "asked", scaled)
    beside = drawn.node("Concat", name, drawn.constant(np.full((4, 3, 1), 0.1)), axis=2)
    drawn.constants[drawn.nodes[-1].input[1]] = np.full((1, 3, 1), 0.1)
    model = check_near(drawn, beside)
    assert [node.operator.name for node in model.component.program.nodes].count("MATMUL") == 1


@pytest.mark.parametrize("operator", ["GlobalMaxPool", "GlobalAveragePool"])
def test_all_of_a_channel_is_pooled(operator: str) -> None:
    drawn = drawing(1, 3, 2, 5)
    check_near(drawn, drawn.node(operator, "asked"))


@pytest.mark.parametrize(("axis", "keepdims"), [(1, 0), (1, 1), (-1, 0), (2, 1)])
def test_places_of_the_greatest_are_exact(axis: int, keepdims: int) -> None:
    drawn = drawing(2, 3, 4)
    drawn.rows[0] = 0.5  # equals, of which the first is meant
    found = drawn.node("ArgMax", "asked", axis=axis, keepdims=keepdims)
    for output in (found, drawn.node("Cast", found, to=TensorProto.DOUBLE)):
        model = drawn.imported(output)
        assert given_by(model, drawn.rows).tolist() == drawn.oracle(output).tolist()


def test_files_are_read_as_their_bytes_are(tmp_path: Path) -> None:
    data = several_layers()
    (tmp_path / "model.onnx").write_bytes(data)
    assert from_onnx(tmp_path / "model.onnx", (-1.0, 1.0)) == from_onnx(data, (-1.0, 1.0))


# Whatever is computed of numbers in the same places, or moved about.


ALONE = ["Relu", "Sigmoid", "Tanh", "Softmax"]
AXES = st.sampled_from([1, 2, -1])


@st.composite
def combined(draw: st.DrawFn) -> tuple[Drawing, str]:
    """Sums, products, quotients and reductions of what has been made before, stretched to fit."""
    drawn = drawing(draw(st.integers(0, 2**32 - 1)), 2, 3)
    shapes = [(2, 3), (2, 1), (1, 3), (1, 1)]
    names = ["asked"]
    for _ in range(draw(st.integers(1, 6))):
        one, other = (draw(st.sampled_from(names)) for _ in range(2))
        kind = draw(st.sampled_from(["Add", "Sub", "Mul", "Div", "with", "Clip", "Reduce", *ALONE]))
        if kind == "with":
            constant = drawn.constant(
                drawn.rng.choice([-1, 1], draw(st.sampled_from(shapes))) * drawn.rng.uniform(0.5, 2)
            )
            pair = draw(st.permutations([constant, one]))
            operator = draw(st.sampled_from(["Add", "Sub", "Mul", "Div"]))
            if operator == "Div" and pair[1] == one:
                pair[1] = positive(drawn, one)
            made = drawn.node(operator, *pair)
        elif kind == "Clip":
            made = drawn.node(kind, one, *map(drawn.constant, sorted(drawn.rng.normal(size=2))))
        elif kind in ALONE:
            made = drawn.node(kind, one, **({"axis": draw(AXES)} if kind == "Softmax" else {}))
        elif kind == "Reduce":
            operator = draw(st.sampled_from(["ReduceMean", "ReduceSum", "ReduceMax"]))
            made = drawn.node(operator, one, drawn.constant([draw(AXES)]))
        else:
            made = drawn.node(kind, one, positive(drawn, other) if kind == "Div" else other)
        names.append(made)
    return drawn, names[-1]


def positive(drawn: Drawing, name: str) -> str:
    """What can be divided by."""
    return drawn.node("Clip", name, drawn.constant(0.5), "")


@given(combined(), st.sampled_from([8, 12, 16]))
@settings(max_examples=80)
def test_numbers_are_as_near_as_they_promise(net: tuple[Drawing, str], bits: int) -> None:
    drawn, output = net
    try:
        check_near(drawn, output, weight_bits=bits, activation_bits=bits)
    except CertificateError:
        reject()  # products of products


def reshaped(draw: st.DrawFn, drawn: Drawing, name: str) -> str:
    _, *sizes = drawn.shape(name)
    width = int(np.prod(sizes))
    first = draw(st.sampled_from([n for n in range(1, width + 1) if width % n == 0]))
    to = draw(st.sampled_from([[0, first, -1], [-1, first, width // first], [0, -1]]))
    return drawn.node("Reshape", name, drawn.constant(to))


def transposed(draw: st.DrawFn, drawn: Drawing, name: str) -> str:
    rank = len(drawn.shape(name))
    return drawn.node("Transpose", name, perm=[0, *draw(st.permutations(range(1, rank)))])


def flattened(draw: st.DrawFn, drawn: Drawing, name: str) -> str:
    return drawn.node("Flatten", name)


def widened(draw: st.DrawFn, drawn: Drawing, name: str) -> str:
    if len(drawn.shape(name)) > 3:
        return drawn.node("Identity", name)
    return drawn.node("Unsqueeze", name, drawn.constant([draw(st.sampled_from([1, -1]))]))


def narrowed(draw: st.DrawFn, drawn: Drawing, name: str) -> str:
    ones = [axis for axis, size in enumerate(drawn.shape(name)) if size == 1 and axis]
    if not ones:
        return drawn.node("Dropout", name)
    return drawn.node("Squeeze", name, drawn.constant([draw(st.sampled_from(ones))]))


def joined(draw: st.DrawFn, drawn: Drawing, name: str) -> str:
    axis = draw(st.integers(1, len(drawn.shape(name)) - 1))
    other = drawn.node("Relu", name) if draw(st.booleans()) else name
    return drawn.node("Concat", name, other, axis=axis)


def bordered(draw: st.DrawFn, drawn: Drawing, name: str) -> str:
    ends = [draw(st.integers(0, 2)), draw(st.integers(0, 2))]
    axis = draw(st.integers(1, len(drawn.shape(name)) - 1))
    return drawn.node("Pad", name, drawn.constant(ends), "", drawn.constant([axis]))


MOVES = [reshaped, transposed, flattened, widened, narrowed, joined, bordered]


@st.composite
def moved(draw: st.DrawFn) -> tuple[Drawing, str]:
    """Numbers that only change their places."""
    drawn, name = drawing(draw(st.integers(0, 2**32 - 1)), 2, 3), "asked"
    for kind in draw(st.lists(st.sampled_from(MOVES), min_size=1, max_size=6)):
        name = kind(draw, drawn, name)
    return drawn, name


@given(moved())
@settings(max_examples=60)
def test_moving_numbers_about_changes_none(net: tuple[Drawing, str]) -> None:
    assert check_near(*net).error == 0


# A network that reads digits.


def reader(digits: Digits) -> tuple[Drawing, str]:
    """The graph of a trained network, asked with rows that it was not trained with."""
    network, asked = Convolutional.trained(digits.train), digits.held_out.inputs
    drawn = Drawing(asked.reshape(-1, 1, 8, 8), np.random.default_rng(0))
    name, inner = "asked", 1
    for weights, bias in zip(network.weights[:2], network.biases[:2], strict=True):
        units = len(bias)
        kernels = weights.reshape(3, 3, inner, units).transpose(3, 2, 0, 1)
        # With a normalisation that takes back what it does to them.
        scale, variance = drawn.rng.uniform(0.5, 2, (2, units))
        factor = scale / np.sqrt(variance + 1e-5)
        undone = drawn.constant(kernels / factor.reshape(-1, 1, 1, 1))
        name = drawn.node("Conv", name, undone, pads=[1] * 4)
        statistics = map(drawn.constant, (scale, bias, np.zeros(units), variance))
        name = drawn.node("Relu", drawn.node("BatchNormalization", name, *statistics))
        window = {"kernel_shape": [2, 2], "strides": [2, 2], "pads": [0] * 4, "dilations": [1, 1]}
        name, inner = drawn.node("MaxPool", name, **window), units
    flat = drawn.node("Flatten", drawn.node("Transpose", name, perm=[0, 2, 3, 1]))
    last = map(drawn.constant, (network.weights[2], network.biases[2]))
    return drawn, drawn.node("Gemm", flat, *last)


@pytest.mark.full
def test_digits_are_read_as_the_graph_reads_them() -> None:
    digits = load_digits()
    drawn, output = reader(digits)
    rows, oracle = drawn.rows.reshape(len(drawn.rows), -1), drawn.oracle(output).argmax(axis=1)
    assert (oracle == digits.held_out.labels).mean() > 0.93
    data = drawn.model(output).SerializeToString()
    for bits in (12, 8):
        model = from_onnx(
            data, (0.0, 1.0), labels=range(10), weight_bits=bits, activation_bits=bits
        )
        assert len(model.split()) == 3
        assert model.predict(rows) == oracle.tolist()


# What is supported.


def test_operators_mean_what_was_read() -> None:
    assert {*SUPPORTED} == {*HANDLERS}
    for name, changed in SUPPORTED.items():
        assert onnx.defs.get_schema(name, NEWEST).since_version == changed, name


@pytest.mark.parametrize("opset", range(OLDEST, NEWEST + 1))
def test_all_opsets_are_read(opset: int) -> None:
    drawn = drawing(0, 2, 4)
    output = dense(drawn, rectified(drawn, "asked"))
    data = drawn.model(output, opset).SerializeToString()
    found = given_by(from_onnx(data, (-1.0, 1.0)), drawn.rows)
    assert np.allclose(found, drawn.oracle(output), atol=1e-2)


def test_columns_have_grids_of_their_own() -> None:
    rows = np.array([[0.25, 3], [0.1, 5], [0.01, -4], [0, 0]])
    drawn = Drawing(rows, np.random.default_rng(0))
    output = drawn.node("Relu", "asked")
    columns = [Column("hundredths", 100, 0, 100), Column("ones", 1, -5, 5)]
    model = from_onnx(drawn.model(output).SerializeToString(), columns)
    found = given_by(model, drawn.rows)
    assert np.abs(found - drawn.oracle(output)).max() <= model.error < 2**-11


# What is refused, and how.


def simple(*inputs: str, operator: str = "Relu", axes: int = 3, **attributes: Any) -> Any:
    """The smallest graph, with some node, of which comes a tensor of so many axes."""
    drawn = drawing(0, 3, 3)
    drawn.nodes.append(
        helper.make_node(operator, inputs or ["asked"], ["made"], "it", **attributes)
    )
    drawn.tensors["made"] = np.zeros((1,) * axes)
    return drawn


def changed(change: Callable[[Any], None], drawn: Any = None) -> bytes:
    """The bytes of a small graph, after a change."""
    model = (drawn or simple()).model("made")
    change(model)
    data: bytes = model.SerializeToString()
    return data


def with_constants(drawn: Drawing, **constants: Any) -> Drawing:
    for name, numbers in constants.items():
        drawn.constant(numbers, name)
    return drawn


def external(model: Any) -> None:
    tensor = model.graph.initializer.add(name="w", data_type=1, dims=[1])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def open_size(model: Any) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_param = "n"


def batch_of_four(model: Any) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 4


def vast_input(model: Any) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 2**40


def vast_constant(model: Any) -> None:
    model.graph.initializer.add(name="w", data_type=1, dims=[2**20, 2**20])


def many_attributes(model: Any) -> None:
    """Constants each of which is allowed, in a node and an initialiser, of which none is needed."""
    data = bytes(3 * 2**23)
    kept = {"data_type": TensorProto.BOOL, "dims": [2**23, 3], "raw_data": data}
    model.graph.initializer.add(name="w", **kept)
    for number in range(3):
        node = helper.make_node("Constant", [], [f"c{number}"], value=onnx.TensorProto(**kept))
        model.graph.node.insert(0, node)


def long_attribute(model: Any) -> None:
    """A list of few numbers, but beside them a tensor of nearly as many as there can be."""
    model.graph.node[0].attribute.append(helper.make_attribute("axes", [0] * 9))
    kept = {"data_type": TensorProto.BOOL, "dims": [2**26]}
    model.graph.initializer.add(name="w", **kept)


def wide_input(model: Any, width: int = 2**21) -> None:
    """As wide as a row can be, but for what is made of it."""
    _, channels, positions = model.graph.input[0].type.tensor_type.shape.dim
    channels.dim_value, positions.dim_value = 1, width


def wide_inputs(model: Any) -> None:
    """Two, each of which is as wide as a row can be."""
    wide_input(model, 2**22)
    other = model.graph.input.add()
    other.CopyFrom(model.graph.input[0])
    other.name = "other"


def many_axes(model: Any) -> None:
    model.opset_import[0].version = 13  # in which they are no input yet
    model.graph.node[0].attribute.append(helper.make_attribute("axes", [1] * 10**5))


def many_outputs(model: Any) -> None:
    for number in range(1000):
        model.graph.node.add(op_type="Relu", input=["asked"], output=[f"other{number}"])
        model.graph.output.add().CopyFrom(model.graph.output[0])
        model.graph.output[-1].name = f"other{number}"


def lying_constant(model: Any) -> None:
    model.graph.initializer.add(name="w", data_type=1, dims=[7], raw_data=b"1234")


def words(model: Any) -> None:
    model.graph.initializer.add(name="w", data_type=8, dims=[1], string_data=[b"w"])


def of_integers(model: Any) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.INT64


def circle(model: Any) -> None:
    model.graph.node[0].input[0] = "made"


def old(model: Any) -> None:
    model.opset_import[0].version = 11


def of_no_kind(model: Any) -> None:
    model.graph.node[0].domain = "com.example"


def function(model: Any) -> None:
    model.functions.add(name="Relu", domain="")


def nothing(model: Any) -> None:
    pass


REFUSED: list[tuple[str, bytes]] = [
    ("not an ONNX file, or a damaged one", b"\xffnot protobuf"),
    ("is in another file", changed(external)),
    ("only the batch can be open", changed(open_size)),
    ("batch 4: make it 1, or leave it open", changed(batch_of_four)),
    ("input 'asked': shape", changed(vast_input)),
    ("tensor 'w': shape .*: 8 axes and 67108864 numbers at most", changed(vast_constant)),
    ("100663296 constants: 67108864 at most", changed(many_attributes)),
    ("67108873 constants: 67108864 at most", changed(long_attribute)),
    ("inputs: 8388608 numbers a row: 4194304 at most", changed(wide_inputs)),
    ("tensor 'w'", changed(lying_constant)),
    ("not of floats, int32, int64 or bool", changed(words)),
    ("not a tensor of floats", changed(of_integers, simple(operator="Identity"))),
    ("not a valid ONNX graph", changed(circle)),
    ("not a valid ONNX graph", changed(nothing, simple("nowhere"))),
    ("opset 11: convert it to one of 13 to 28", changed(old)),
    ("of domain 'com.example'", changed(of_no_kind)),
    ("functions of its own", changed(function)),
    (
        r"node 'it' \(Sin\): there is no exact form for this operator; supported are Add, ArgMax",
        changed(nothing, simple(operator="Sin")),
    ),
    (
        r"node 'it' \(MatMul\): multiplies by what is computed",
        changed(nothing, simple("asked", "asked", operator="MatMul")),
    ),
    (
        r"node 'it' \(Div\): divides by what can be 0 or less: clip it",
        changed(nothing, simple("asked", "asked", operator="Div")),
    ),
    (
        r"node 'it' \(Reshape\): \(1, 3, 3\) to \[2, -1\]: not as many numbers",
        changed(
            nothing, with_constants(simple("asked", "c", operator="Reshape", axes=2), c=[2, -1])
        ),
    ),
    (
        r"node 'it' \(Pad\): .* numbers a row: 4194304 at most",
        changed(
            nothing,
            with_constants(simple("asked", "c", operator="Pad"), c=[0, 0, 0, 0, 2**21, 2**21]),
        ),
    ),
    (
        r"node 'it' \(Add\): .* numbers a row",
        changed(
            nothing,
            with_constants(simple("asked", "c", operator="Add"), c=np.zeros((2**20, 1, 1))),
        ),
    ),
    (
        r"node 'it' \(Conv\): windows of \d+ numbers a row: 4194304 at most",
        changed(
            nothing,
            with_constants(
                simple("asked", "c", operator="Conv", pads=[2**22, 0]), c=np.zeros((1, 3, 2**18))
            ),
        ),
    ),
    (
        r"node 'it' \(ReduceMean\): attribute axes: not of type tuple, or of too many numbers",
        changed(many_axes, simple(operator="ReduceMean")),
    ),
    (r"outputs 'made', 'other0', .*, \.\.\.: choose one", changed(many_outputs)),
    (
        r"node 'it' \(Clip\): input 1 is computed: it must be a constant",
        changed(nothing, simple("asked", "asked", operator="Clip")),
    ),
    (
        "does not depend on what is asked",
        changed(nothing, with_constants(simple("c", operator="Identity", axes=1), c=[1.0])),
    ),
]


@pytest.mark.parametrize(("words", "data"), REFUSED, ids=[words for words, _ in REFUSED])
def test_what_cannot_be_imported_is_refused_in_a_line(words: str, data: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(ModelError, match=words) as refused:
        from_onnx(data, (-1.0, 1.0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 700
    assert peak < 2**28


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("operator", "numbers", "attributes"),
    [
        ("BatchNormalization", [1, 0, np.inf, np.inf], {}),
        ("BatchNormalization", [np.inf, 0, np.inf, 1], {}),
        ("MatMul", [1e308], {}),
        ("Gemm", [1], {"alpha": np.inf}),
        ("Gemm", [0, 1e308], {"alpha": np.inf, "beta": 1e38}),
        ("Div", [1e-310], {}),
        ("Add", [1e308], {}),
        ("LeakyRelu", [], {"alpha": np.inf}),
    ],
)
def test_what_is_not_finite_is_refused_without_a_warning(
    operator: str, numbers: Sequence[float], attributes: dict[str, Any]
) -> None:
    drawn, matrix = simple(axes=2), operator in ("MatMul", "Gemm")
    shapes = [(3, 3), (3,)] if matrix else [(3,)] * len(numbers)
    names = [
        drawn.constant(np.full(*each, np.float64)) for each in zip(shapes, numbers, strict=False)
    ]
    drawn.nodes[:] = [helper.make_node(operator, ["asked", *names], ["made"], **attributes)]
    drawn.rows = drawn.rows[:, 0]
    with pytest.raises(ModelError, match="not finite"):
        from_onnx(changed(nothing, drawn), (-1.0, 1.0))


@pytest.mark.full
def test_a_wide_input_is_refused_before_each_of_its_columns_has_a_name() -> None:
    drawn = simple("asked", "asked", operator="Mul")
    data = changed(partial(wide_input, width=2**21 + 1), drawn)
    tracemalloc.start()
    with pytest.raises(ModelError, match="more than 4194304 numbers a row"):
        from_onnx(data, (-1.0, 1.0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**28


def test_windows_are_counted_before_they_are_laid_out() -> None:
    windows = Windows((1400,), (1,), (1,), pads=(1399, 1399))
    tracemalloc.start()
    with pytest.raises(ModelError, match="windows of 5888400 numbers a row: 4194304 at most"):
        windows.over(np.arange(9).reshape(1, 3, 3))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20


def test_other_uses_are_refused_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    data = simple().model("made").SerializeToString()
    with pytest.raises(ModelError, match="1 columns are declared: the graph takes 9"):
        from_onnx(data, [Column("a", 1, 0, 1)])
    with pytest.raises(ModelError, match="output 'other': the graph has 'made'"):
        from_onnx(data, (0.0, 1.0), output="other")
    with pytest.raises(CertificateError, match="use fewer bits, or declare"):
        from_onnx(product_of_itself(), (-(2.0**20), 2.0**20))
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ModelError, match=r"pip install tallystick\[onnx\]"):
        from_onnx(data, (0.0, 1.0))


def product_of_itself() -> bytes:
    return changed(nothing, simple("asked", "asked", operator="Mul"))


@cache
def several_layers() -> bytes:
    """A graph of a kilobyte with many kinds of nodes."""
    drawn = drawing(1, 2, 4, 4)
    convolution = drawn.node("Conv", "asked", drawn.weights(2, 1, 2, 2), group=2, pads=[1, 0, 1, 0])
    name = normalised(drawn, convolution)
    name = drawn.node("LeakyRelu", name, alpha=0.25)
    window = {"kernel_shape": [2, 2], "strides": [1, 2], "pads": [0, 0, 1, 1], "dilations": [1, 1]}
    name = drawn.node("MaxPool", name, **window)
    name = drawn.node("AveragePool", name, **window)
    name = drawn.node("Transpose", name, perm=[0, 2, 3, 1])
    name = drawn.node("Concat", name, name, axis=1)
    name = dense(drawn, name)
    name = drawn.node("Softmax", name)
    name = drawn.node("Pad", name, drawn.constant([0, 1, 0, 1]))
    name = drawn.node("Clip", name, drawn.constant(-1.0), drawn.constant(1.0))
    name = drawn.node("ReduceMean", name, drawn.constant([1]))
    data: bytes = drawn.model(name).SerializeToString()
    return data


def import_or_refuse(data: bytes) -> str:
    """Import a graph if it can be; else the words in which it is refused."""
    try:
        from_onnx(data, (-1.0, 1.0))
    except ModelError as error:
        return str(error)
    return ""


@given(
    st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 7)), max_size=3),
    st.just(0) | st.integers(0, 2**11),
)
@settings(max_examples=150)
def test_damaged_files_are_refused_in_a_line(flips: Sequence[tuple[int, int]], end: int) -> None:
    data = bytearray(several_layers())
    for at, bit in flips:
        data[at % len(data)] ^= 1 << bit
    assert "\n" not in import_or_refuse(bytes(data[: end or None]))


EXTREME = st.sampled_from([-(2**63), -(2**31), -1, 0, 1, 2, 3, 2**22, 2**31, 2**62])


@given(st.data())
@settings(max_examples=150)
def test_what_contradicts_itself_is_refused_in_a_line(data: st.DataObject) -> None:
    model = onnx.ModelProto.FromString(several_layers())
    for _ in range(data.draw(st.integers(1, 3))):
        node = data.draw(st.sampled_from(list(model.graph.node)))
        constant = data.draw(st.sampled_from(list(model.graph.initializer)))
        match data.draw(st.sampled_from(["operator", "input", "attribute", "constant", "shape"])):
            case "operator":
                node.op_type = data.draw(st.sampled_from(sorted(SUPPORTED)))
            case "input":
                names = [*(one.output[0] for one in model.graph.node), constant.name, ""]
                at = data.draw(st.integers(0, len(node.input) - 1))
                node.input[at] = data.draw(st.sampled_from(names))
            case "attribute" if node.attribute:
                attribute = data.draw(st.sampled_from(list(node.attribute)))
                attribute.i = data.draw(EXTREME)
                if attribute.ints:
                    attribute.ints[0] = data.draw(EXTREME)
            case "constant":
                number = data.draw(st.floats(width=64) | EXTREME.map(float))
                shape = data.draw(st.lists(st.integers(0, 3), max_size=4))
                array = np.full(shape, number)
                constant.CopyFrom(numpy_helper.from_array(array, constant.name))
            case "shape":
                sizes = model.graph.input[0].type.tensor_type.shape.dim
                data.draw(st.sampled_from(list(sizes))).dim_value = data.draw(EXTREME)
    assert "\n" not in import_or_refuse(model.SerializeToString())


# How large numbers can be


def large(drawn: Drawing, operator: str, size: float) -> str:
    """A graph in which numbers of a size come about, and are taken on."""
    wide = drawn.node("MatMul", "asked", drawn.weights(4, 4, spread=size))
    match operator:
        case "nothing":
            return wide
        case "Add" | "Sub":
            other = drawn.node("MatMul", "asked", drawn.weights(4, 4, spread=size))
            return drawn.node(operator, wide, other)
        case "Add a constant":
            return drawn.node("Add", drawn.node("Relu", wide), drawn.weights(4))
        case "Mul by a constant":
            return drawn.node("Mul", drawn.node("Relu", wide), drawn.weights(4))
        case "LeakyRelu" | "Softmax" | "Tanh" | "Sigmoid":
            return drawn.node(operator, wide)
        case "Div":
            below = drawn.node("Sigmoid", "asked")
            return drawn.node("Div", wide, drawn.node("Add", below, drawn.constant(np.ones(4))))
        case "ReduceSum" | "ReduceMean" | "ReduceMax":
            return drawn.node(operator, wide, drawn.constant([1]), keepdims=1)
        case "Concat":
            return drawn.node("Concat", wide, drawn.node("Tanh", "asked"), axis=1)
    return drawn.node("MatMul", drawn.node("Relu", wide), drawn.weights(4, 3))


LARGE = (
    *("nothing", "Add", "Sub", "Add a constant", "Mul by a constant", "LeakyRelu", "Softmax"),
    *("Tanh", "Sigmoid", "Div", "ReduceSum", "ReduceMean", "ReduceMax", "Concat", "MatMul"),
)


@pytest.mark.parametrize("operator", LARGE)
@given(seed=st.integers(0, 99), size=st.sampled_from([1e3, 1e5, 1e6]), bits=st.integers(8, 14))
@settings(max_examples=8)
def test_nothing_is_cut_off_that_is_exact_as_it_is(
    operator: str, seed: int, size: float, bits: int
) -> None:
    drawn = drawing(seed, 4)
    output = large(drawn, operator, size)
    model = check_near(drawn, output, weight_bits=bits, activation_bits=bits)
    assert model.cut == np.inf
    off = np.abs(given_by(model, drawn.rows) - drawn.oracle(output)).max()
    assert off <= size * 2.0 ** (4 - bits)


def test_what_is_cut_off_is_told_and_counts_as_an_error() -> None:
    """Where what is made of it would not be exact."""
    drawn = drawing(0, 4)
    wide = drawn.node("MatMul", "asked", drawn.weights(4, 64, spread=1e6))
    output = drawn.node("MatMul", drawn.node("Relu", wide), drawn.weights(64, 1, spread=1e2))
    model = check_near(drawn, output, weight_bits=20, activation_bits=20)
    assert model.cut < np.abs(drawn.oracle(wide)).max()
    assert model.error > 1


@pytest.mark.parametrize("operator", ["Softmax", "Sigmoid", "Tanh"])
def test_the_table_of_a_function_that_everybody_knows_is_no_secret(operator: str) -> None:
    drawn = drawing(0, 4)
    output = drawn.node(operator, drawn.node("MatMul", "asked", drawn.weights(4, 3)))
    secret = drawn.imported(output).component.secret
    assert secret.sum() < 100 < len(secret)
