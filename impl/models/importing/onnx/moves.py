"""Operators of ONNX that move numbers about, or take them as they are."""

import reprlib
from math import prod

import attrs
import numpy as np

from impl.models.importing.onnx.elementwise import raised
from impl.models.importing.onnx.reading import RANK
from impl.models.importing.onnx.steps import Call, axis_of, handles, shape_of
from impl.models.importing.onnx.writing import (
    ZERO,
    Tensor,
    Value,
    Writer,
    fixed,
    moved,
)
from impl.models.operators import check
from impl.models.program import WIDEST


@handles("Constant")
def _made(call: Call) -> Tensor:
    [(name, found)] = call.step.attributes.items()
    check(name.startswith("value") and not isinstance(found, str), f"{name[:40]}: give numbers")
    return np.asarray(found, np.float64)


@handles("Identity", "Dropout")
def _same(call: Call) -> Tensor:
    trained = call.optional(2)
    check(trained is None or not trained.any(), "is being trained: export it for inference")
    return call.tensor(0)


@handles("Cast")
def _cast(call: Call) -> Tensor:
    tensor, to = call.tensor(0), call.attribute("to", 0)
    real, integer = to in (1, 11), to in (6, 7)  # FLOAT and DOUBLE; INT32 and INT64
    if isinstance(tensor, np.ndarray):
        same = real or (integer and (tensor % 1 == 0).all())
        check(bool(same), f"to type {to} changes numbers")
        return tensor
    written = call.writer.written(tensor)
    assert isinstance(written, Value)
    check(real or (integer and written.whole), f"to type {to} changes numbers")
    return attrs.evolve(written, whole=written.whole and not real)


@handles("Flatten")
def _flatten(call: Call) -> Tensor:
    shape = shape_of(call.tensor(0))
    axis = call.attribute("axis", 1)
    check(-len(shape) <= axis <= len(shape), f"axis {axis} of {len(shape)}: name one of them")
    axis = axis + len(shape) if axis < 0 else axis
    to = (prod(shape[:axis]), prod(shape[axis:]))
    return moved(call.tensor(0), lambda places: places.reshape(to))


@handles("Reshape")
def _reshape(call: Call) -> Tensor:
    shape, asked = shape_of(call.tensor(0)), call.integers(1)
    check(len(asked) <= RANK, f"{len(asked)} axes: {RANK} at most")
    if not call.attribute("allowzero", 0):
        check(
            all(i < len(shape) for i, n in enumerate(asked) if n == 0), f"no axis for a 0: {asked}"
        )
        asked = [shape[i] if size == 0 else size for i, size in enumerate(asked)]
    known = prod(size for size in asked if size != -1)
    if asked.count(-1) == 1 and known > 0:
        asked[asked.index(-1)] = prod(shape) // known
    fits = min(asked, default=1) >= 0 and prod(asked) == prod(shape)
    check(fits, f"{shape} to {call.integers(1)}: not as many numbers, of one row")
    return moved(call.tensor(0), lambda places: places.reshape(asked))


@handles("Transpose")
def _transpose(call: Call) -> Tensor:
    rank = len(shape_of(call.tensor(0)))
    order = call.attribute("perm", (*range(rank)[::-1],))
    check(sorted(order) == [*range(rank)], f"order {list(order)} of {rank} axes: name each once")
    return moved(call.tensor(0), lambda places: places.transpose(order))


@handles("Squeeze")
def _squeeze(call: Call) -> Tensor:
    shape = shape_of(call.tensor(0))
    ones = tuple(axis for axis, size in enumerate(shape) if size == 1)
    axes = call.axes(1, len(shape)) if len(call.operands) > 1 else ones
    check({*axes} <= {*ones}, f"axes {list(axes)} of {shape}: not of one place each")
    return moved(call.tensor(0), lambda places: places.squeeze(axes))


@handles("Unsqueeze")
def _unsqueeze(call: Call) -> Tensor:
    rank = len(shape_of(call.tensor(0))) + call.constant(1).size
    check(rank <= RANK, f"{rank} axes: {RANK} at most")
    axes = call.axes(1, rank)
    return moved(call.tensor(0), lambda places: np.expand_dims(places, axes))


@handles("Concat")
def _concat(call: Call) -> Tensor:
    tensors = [call.tensor(i) for i in range(len(call.operands))]
    shapes = [shape_of(tensor) for tensor in tensors]
    axis = axis_of(call.attribute("axis", 0), len(shapes[0]))
    others = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}
    same = len(others) == 1 and len({*map(len, shapes)}) == 1
    check(same, f"shapes {reprlib.repr(shapes)[1:-1]} do not fit together")
    check(sum(map(prod, shapes)) <= WIDEST, f"more than {WIDEST} numbers a row")
    constants = [one for one in tensors if isinstance(one, np.ndarray)]
    if len(constants) == len(tensors):
        return np.concatenate(constants, axis)
    values = [_held(call.writer, tensor) for tensor in tensors]
    check(len({one.whole for one in values}) == 1, "places beside real numbers")
    bits = max(one.bits for one in values)
    values = [raised(call.writer, one, bits) for one in values]
    return call.writer.beside(values, axis)


def _held(writer: Writer, tensor: Tensor) -> Value:
    """A tensor as a value, also if it is constant."""
    written = writer.written(tensor)
    if isinstance(written, Value):
        return written
    numbers = fixed(np.asarray(written, np.float64), writer.activation_bits, "constants")
    symbol = writer.graph.constant(numbers)
    order = np.arange(numbers.size).reshape(numbers.shape)
    return Value(symbol, order, writer.activation_bits, np.full(numbers.size, writer.unit / 2))


@handles("Pad")
def _pad(call: Call) -> Tensor:
    check(call.attribute("mode", "constant") == "constant", "pads not by a constant")
    value, ends, filling = call.value(0), call.integers(1), call.optional(2)
    check(filling is None or not filling.any(), "pads by other numbers than 0")
    rank = value.places.ndim
    axes = call.axes(3, rank)
    check(len(ends) == 2 * len(axes), f"{len(ends)} sizes for {len(axes)} axes: give two each")
    check(min(ends) >= 0 and max(ends) <= WIDEST, "cuts, or pads by too much")
    widths = [(0, 0) for _ in range(rank)]
    for axis, before, after in zip(axes, ends[: len(axes)], ends[len(axes) :], strict=True):
        widths[axis] = (before, after)
    made = prod(n + sum(both) for n, both in zip(value.places.shape, widths, strict=True))
    check(made <= WIDEST, f"{made} numbers a row: {WIDEST} at most")
    places = np.pad(value.places, widths, constant_values=ZERO)
    return attrs.evolve(value, places=places)
