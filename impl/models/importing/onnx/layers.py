"""Operators of ONNX that make each number of several: products, and what follows them."""

from math import prod

import attrs
import numpy as np

from impl.models.fixedpoint import Integers, Reals
from impl.models.importing.onnx.elementwise import SUM, affine
from impl.models.importing.onnx.reading import NUMBERS
from impl.models.importing.onnx.steps import Call, axis_of, handles, shape_of
from impl.models.importing.onnx.windows import Windows
from impl.models.importing.onnx.writing import BEYOND, ZERO, Sums, Tensor, Value
from impl.models.importing.tables import softened, softmax
from impl.models.operators import check
from impl.models.program import WIDEST

MATRICES = 16
"""Products of which a convolution by groups is made, at most: groups beyond are taken together."""


@handles("Gemm")
def _gemm(call: Call) -> Tensor:
    check(not call.attribute("transA", 0), "transA is 1: give what it multiplies as rows, and 0")
    weights = call.constant(1) * call.attribute("alpha", 1.0)
    if call.attribute("transB", 0):
        weights = weights.T
    bias = call.optional(2)
    return _dense(call, weights, 0.0 if bias is None else bias * call.attribute("beta", 1.0))


@handles("MatMul")
def _matmul(call: Call) -> Tensor:
    mend = "give what is computed first, and constant weights second"
    check(isinstance(call.tensor(1), np.ndarray), f"multiplies by what is computed: {mend}")
    return _dense(call, call.constant(1), 0.0)


def _dense(call: Call, weights: Reals, bias: Reals | float) -> Sums:
    value = call.value(0)
    *outer, inner = value.places.shape
    fits = outer and weights.ndim == 2 and len(weights) == inner and weights.size
    check(bool(fits), f"weights {weights.shape} for {value.places.shape}: give ({inner}, units)")
    units = weights.shape[1]
    check(np.shape(bias) in ((), (1,), (units,), (1, units)), f"bias {np.shape(bias)}: one a unit")
    windows = value.places.reshape(1, -1, inner)
    check(windows.shape[1] * units <= WIDEST, f"more than {WIDEST} numbers a row")
    places = np.arange(windows.shape[1] * units).reshape(*outer, units)
    return Sums(
        value,
        windows,
        np.asarray(weights, np.float64)[np.newaxis],
        np.broadcast_to(np.asarray(bias, np.float64), (1, units)),
        places,
    )


@handles("Conv")
def _conv(call: Call) -> Tensor:
    value, weights, bias = call.value(0), call.constant(1), call.optional(2)
    check(weights.ndim > 2, f"weights {weights.shape}: give (units, channels, ...)")
    units, inner, kernel = *weights.shape[:2], weights.shape[2:]
    groups = call.attribute("group", 1)
    channels = value.places.shape[1] if value.places.ndim == weights.ndim else 0
    fits = weights.size and 0 < groups <= units and channels == inner * groups
    check(
        bool(fits) and units % groups == 0,
        f"weights {weights.shape} in {groups} groups for {value.places.shape}: they do not fit",
    )
    check(bias is None or bias.shape == (units,), "bias: give one a unit")
    check(call.attribute("kernel_shape", kernel) == kernel, f"kernel_shape: not {kernel}")
    seen = _windows(call, value, kernel)
    *spatial, size = seen.shape[2:]
    positions = prod(spatial)
    check(positions * max(units, channels * size) <= WIDEST, f"more than {WIDEST} numbers a row")
    together = next(n for n in range(1, groups + 1) if n * MATRICES >= groups and groups % n == 0)
    check(weights.size * together <= NUMBERS, f"more than {NUMBERS} weights, side by side")
    blocks, wide = groups // together, together * inner * size
    taken = seen.reshape(blocks, together * inner, positions, size).swapaxes(1, 2)
    matrices = weights.reshape(blocks, together, units // groups, inner * size)
    apart = np.zeros((blocks, together, inner * size, together, units // groups))
    each = np.arange(together)
    apart[:, each, :, each] = matrices.transpose(1, 0, 3, 2)  # numpy puts the index first
    per_block = units // blocks
    places = np.arange(units * positions).reshape(blocks, positions, per_block).swapaxes(1, 2)
    return Sums(
        value,
        taken.reshape(blocks, positions, wide),
        apart.reshape(blocks, wide, per_block),
        np.zeros((blocks, per_block)) if bias is None else bias.reshape(blocks, per_block) * 1.0,
        places.reshape(1, units, *spatial),
    )


@handles("BatchNormalization")
def _normalise(call: Call) -> Tensor:
    check(not call.attribute("training_mode", 0), "is being trained: export it for inference")
    rank, sizes = call.tensor(0), [call.constant(i) for i in range(1, 5)]
    shape = shape_of(rank)
    check(
        len(shape) > 1 and all(one.shape == (shape[1],) for one in sizes),
        f"parameters for {shape}: give one a channel",
    )
    scale, bias, mean, variance = sizes
    spread = variance + call.attribute("epsilon", 1e-5)
    check(bool((spread > 0).all()), "variance and epsilon below 0: train it anew")
    factor = scale / np.sqrt(spread)
    across = (-1, *[1] * (len(shape) - 2))
    return affine(call, 0, factor.reshape(across), (bias - mean * factor).reshape(across))


def _windows(call: Call, value: Value, kernel: tuple[int, ...]) -> Integers:
    """(1, channels, positions along each axis, in a window)."""
    ones = (1,) * len(kernel)
    windows = Windows(
        kernel,
        call.attribute("strides", ones),
        call.attribute("dilations", ones),
        call.attribute("pads", ()),
        call.attribute("auto_pad", "NOTSET"),
        bool(call.attribute("ceil_mode", 0)),
    )
    return windows.over(value.places)


def _pool(call: Call, places: Integers, kind: str) -> Tensor:
    """Of what is in each window (..., in a window) the greatest number, the sum or the mean."""
    writer, value, shape = call.writer, call.value(0), places.shape[:-1]
    size = places.shape[-1]
    if kind == "max":
        # What a window does not have is like another number of it.
        inside = np.where(places < ZERO, places.max(axis=-1, keepdims=True), places)
        check(bool((inside >= ZERO).all()), "windows with nothing in them: pad it less")
        taken = writer.taken(value, inside)
        error = taken.error.reshape(-1, size).max(axis=1)
        return writer.value(taken.symbol.reduce_max(size), shape, value.bits, error)
    taken = writer.taken(writer.within(value, SUM // size), places)
    symbol, error = taken.symbol.reduce_sum(size), taken.error.reshape(-1, size).sum(axis=1)
    if kind == "mean":
        counted = places > BEYOND if call.attribute("count_include_pad", 0) else places >= ZERO
        count = counted.sum(axis=-1).ravel()
        check(bool((count > 0).all()), "windows with nothing in them: pad it less")
        error = error / count + value.unit / 2
        by = count[:1] if (count == count[0]).all() else count
        symbol = (symbol + by // 2) // by
    return writer.value(symbol, shape, value.bits, error)


@handles("MaxPool")
def _max_pool(call: Call) -> Tensor:
    return _pool(call, _windows(call, call.value(0), call.attribute("kernel_shape", ())), "max")


@handles("AveragePool")
def _average_pool(call: Call) -> Tensor:
    return _pool(call, _windows(call, call.value(0), call.attribute("kernel_shape", ())), "mean")


@handles("GlobalMaxPool", "GlobalAveragePool")
def _global_pool(call: Call) -> Tensor:
    places = call.value(0).places
    check(places.ndim > 2, f"takes {places.shape}: give channels and positions")
    spatial = [1] * (places.ndim - 2)
    kind = "max" if call.step.operator == "GlobalMaxPool" else "mean"
    return _pool(call, places.reshape(*places.shape[:2], *spatial, -1), kind)


@handles("ReduceMax", "ReduceMean", "ReduceSum")
def _reduce(call: Call) -> Tensor:
    value = call.value(0)
    shape = value.places.shape
    check(not call.attribute("noop_with_empty_axes", 0), "noop_with_empty_axes: name the axes")
    axes = call.axes(1, len(shape))
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    places = value.places.transpose(*kept, *axes)
    outer = [shape[axis] for axis in kept]
    if call.attribute("keepdims", 1):
        outer = [1 if axis in axes else size for axis, size in enumerate(shape)]
    kind = call.step.operator.removeprefix("Reduce").lower()
    return _pool(call, places.reshape(*outer, -1), kind)


@handles("Softmax")
def _softmax(call: Call) -> Tensor:
    writer, bits = call.writer, call.writer.activation_bits
    value = call.value(0)
    value = writer.within(value, SUM >> 2 + max(bits - value.bits, 0))
    axis = axis_of(call.attribute("axis", -1), value.places.ndim)
    places = np.moveaxis(value.places, axis, -1)
    size, made = places.shape[-1], list[Value]()
    for group in places.reshape(-1, size):
        taken = writer.taken(value, group)
        symbol = writer.apart(taken.symbol, lambda one: softmax(one, value.bits, size, bits))
        error = softened(float(taken.error.max()), size, bits)
        made.append(writer.value(symbol, (size,), bits, np.full(size, error)))
    whole = writer.beside(made, 0)
    order = np.moveaxis(whole.places.reshape(places.shape), -1, axis)
    return attrs.evolve(whole, places=order)


@handles("ArgMax")
def _argmax(call: Call) -> Tensor:
    check(not call.attribute("select_last_index", 0), "the last of equals: only the first is")
    value = call.value(0)
    rank = value.places.ndim
    axis = axis_of(call.attribute("axis", 0), rank)
    places = np.moveaxis(value.places, axis, -1)
    taken, size = call.writer.taken(value, places), places.shape[-1]
    symbol, shape = taken.symbol.argmax(size), places.shape[:-1]
    made = call.writer.value(symbol, shape, 0, np.full(prod(shape), size - 1.0))
    if call.attribute("keepdims", 1):
        made = attrs.evolve(made, places=np.expand_dims(made.places, axis))
    return attrs.evolve(made, whole=True)
