"""What each operator of ONNX becomes."""

import reprlib
from collections.abc import Callable
from math import prod
from typing import TypeAlias, TypeVar

import attrs
import numpy as np

from impl.models.fixedpoint import EXACT, Integers, Reals
from impl.models.graph import Symbol
from impl.models.importing.onnx.reading import NUMBERS, RANK, Step
from impl.models.importing.onnx.windows import Windows
from impl.models.importing.onnx.writing import (
    BEYOND,
    ZERO,
    Sums,
    Tensor,
    Value,
    Writer,
    fixed,
    in_columns,
    moved,
    stretched,
)
from impl.models.importing.tables import LOGISTIC, TANH, softened, softmax
from impl.models.operators import CertificateError, ModelError, check
from impl.models.program import WIDEST

_Attribute = TypeVar("_Attribute", int, float, str, tuple[int, ...])

MATRICES = 16
"""Products of which a convolution by groups is made, at most: groups beyond are taken together."""


@attrs.frozen(eq=False)
class Call:
    """A step with the tensors that it takes; None is what is left out.

    Attributes:
        alone: for each of them, whether nothing else takes it.
    """

    step: Step
    writer: Writer
    operands: tuple[Tensor | None, ...]
    alone: tuple[bool, ...]

    def tensor(self, index: int) -> Tensor:
        """A tensor of any kind."""
        found = self.operands[index] if index < len(self.operands) else None
        if found is None:
            raise ModelError(f"input {index} is missing")
        return found

    def value(self, index: int) -> Value:
        """Real numbers that depend on what the model is asked."""
        found = self.writer.written(self.tensor(index))
        if not isinstance(found, Value):
            raise ModelError(f"input {index} is a constant: fold it with what uses it")
        check(not found.whole, "calculates with places: what ArgMax makes is only cast or given")
        return found

    def constant(self, index: int) -> Reals:
        """Numbers that do not."""
        found = self.tensor(index)
        if not isinstance(found, np.ndarray):
            raise ModelError(f"input {index} is computed: it must be a constant")
        return found

    def optional(self, index: int) -> Reals | None:
        """The same; None if they are left out."""
        given = index < len(self.operands) and self.operands[index] is not None
        return self.constant(index) if given else None

    def integers(self, index: int) -> list[int]:
        """The integers of a constant: sizes or axes."""
        found = self.constant(index).ravel()
        whole = len(found) <= 2 * RANK and (np.abs(found) < EXACT).all() and (found % 1 == 0).all()
        check(bool(whole), f"input {index}: not a few integers")
        return [int(number) for number in found]

    def pending(self, index: int) -> Sums | None:
        """Sums that nothing else takes, which can take up what is done here."""
        found = self.operands[index]
        return found if isinstance(found, Sums) and self.alone[index] else None

    def attribute(self, name: str, default: _Attribute) -> _Attribute:
        """An attribute, of the type of its default."""
        found = self.step.attributes.get(name, default)
        if not isinstance(found, type(default)):
            kind = type(default).__name__
            raise ModelError(f"attribute {name}: not of type {kind}, or of too many numbers")
        return found

    def axes(self, index: int, rank: int) -> tuple[int, ...]:
        """Axes as an attribute or an input has them; all, if neither does."""
        given = index < len(self.operands) and self.operands[index] is not None
        named = self.integers(index) if given else self.attribute("axes", ())
        made = tuple(axis_of(axis, rank) for axis in named)
        check(len({*made}) == len(made), f"axes {list(named)}: name each once")
        return made or tuple(range(rank))


Handler: TypeAlias = Callable[[Call], Tensor]
HANDLERS: dict[str, Handler] = {}
MOVES = frozenset(
    {"Cast", "Concat", "Constant", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze"}
    | {"Transpose", "Unsqueeze"}
)
"""What can be done with constants as well."""
ARITHMETIC: dict[str, Callable[[Reals, Reals], Reals]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
}


def _handles(*names: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, handler))
        return handler

    return register


def handled(call: Call) -> Tensor:
    """What a step makes. Raises ModelError."""
    operator = call.step.operator
    constants = [one for one in call.operands if isinstance(one, np.ndarray)]
    if len(constants) == len(call.operands) and operator not in MOVES:
        check(operator in ARITHMETIC, "works on constants alone: fold it first")
        one, other = constants
        stretched(one.shape, other.shape)
        return ARITHMETIC[operator](one, other)
    return HANDLERS[operator](call)


def axis_of(axis: int, rank: int) -> int:
    """An axis counted from the first one. Raises ModelError."""
    check(-rank <= axis < rank, f"axis {axis} of {rank}: name one of them")
    return axis % rank


# Layers.


@_handles("Gemm")
def _gemm(call: Call) -> Tensor:
    check(not call.attribute("transA", 0), "transA: weights are on the right")
    weights = call.constant(1) * call.attribute("alpha", 1.0)
    if call.attribute("transB", 0):
        weights = weights.T
    bias = call.optional(2)
    return _dense(call, weights, 0.0 if bias is None else bias * call.attribute("beta", 1.0))


@_handles("MatMul")
def _matmul(call: Call) -> Tensor:
    check(isinstance(call.tensor(1), np.ndarray), "multiplies by what is computed: give constants")
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


@_handles("Conv")
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


@_handles("BatchNormalization")
def _normalise(call: Call) -> Tensor:
    check(not call.attribute("training_mode", 0), "is being trained: export it for inference")
    rank, sizes = call.tensor(0), [call.constant(i) for i in range(1, 5)]
    shape = _shape(rank)
    check(
        len(shape) > 1 and all(one.shape == (shape[1],) for one in sizes),
        f"parameters for {shape}: give one a channel",
    )
    scale, bias, mean, variance = sizes
    spread = variance + call.attribute("epsilon", 1e-5)
    check(bool((spread > 0).all()), "variance and epsilon below 0: train it anew")
    factor = scale / np.sqrt(spread)
    across = (-1, *[1] * (len(shape) - 2))
    return _affine(call, 0, factor.reshape(across), (bias - mean * factor).reshape(across))


# One number of one, or of two.


def _affine(call: Call, index: int, factor: Reals | float, offset: Reals | float) -> Tensor:
    """A tensor times a factor plus an offset, which weights before it take up if they can."""
    by, plus = np.asarray(factor, np.float64), np.asarray(offset, np.float64)
    pending = call.pending(index)
    if pending and stretched(shape := _shape(pending), by.shape, plus.shape) == shape:
        folded = pending.scaled(by, plus)
        if folded:
            return folded
    return call.writer.scaled(call.value(index), by, plus)


def _both(writer: Writer, one: Value, other: Value) -> tuple[Value, Value]:
    """Two values in the order of the first one, with as many fractional bits."""
    bits, shape = max(one.bits, other.bits), stretched(_shape(one), _shape(other))
    one, other = (writer.spread(_raised(value, bits), shape) for value in (one, other))
    order = np.empty(one.places.size, np.int64)
    order[one.places] = other.places
    return one, attrs.evolve(writer.taken(other, order), places=one.places)


def _raised(value: Value, bits: int) -> Value:
    """The same with more fractional bits."""
    if value.bits == bits:
        return value
    return attrs.evolve(value, symbol=value.symbol * (1 << bits - value.bits), bits=bits)


def _ordered(writer: Writer, like: Value, symbol: Symbol, bits: int, error: Reals) -> Value:
    """Columns in the order of others."""
    made = writer.value(symbol, (len(like.error),), bits, error)
    return attrs.evolve(made, places=like.places)


@_handles("Add")
def _add(call: Call) -> Tensor:
    match call.operands:
        case [other, np.ndarray() as constant]:
            return _affine(call, 0, 1.0, constant)
        case [np.ndarray() as constant, other]:
            return _affine(call, 1, 1.0, constant)
    one, other = _both(call.writer, call.value(0), call.value(1))
    symbol, error = one.symbol + other.symbol, one.error + other.error
    return _ordered(call.writer, one, symbol, one.bits, error)


@_handles("Sub")
def _sub(call: Call) -> Tensor:
    match call.operands:
        case [_, np.ndarray() as constant]:
            return _affine(call, 0, 1.0, -constant)
        case [np.ndarray() as constant, _]:
            return _affine(call, 1, -1.0, constant)
    one, other = _both(call.writer, call.value(0), call.value(1))
    symbol, error = one.symbol - other.symbol, one.error + other.error
    return _ordered(call.writer, one, symbol, one.bits, error)


@_handles("Mul")
def _mul(call: Call) -> Tensor:
    match call.operands:
        case [_, np.ndarray() as constant]:
            return _affine(call, 0, constant, 0.0)
        case [np.ndarray() as constant, _]:
            return _affine(call, 1, constant, 0.0)
    writer = call.writer
    one, other = _both(writer, call.value(0), call.value(1))
    shift = max(2 * one.bits - writer.activation_bits, 0)
    symbol, bits = one.symbol * other.symbol, 2 * one.bits - shift
    if shift:
        symbol = (symbol + (1 << shift >> 1)) >> shift
    error = writer.reach(one) * other.error + (writer.reach(other) + other.error) * one.error
    return _ordered(writer, one, symbol, bits, error + 2.0**-bits / 2)


@_handles("Div")
def _div(call: Call) -> Tensor:
    writer, bits = call.writer, call.writer.activation_bits
    match call.operands:
        case [_, np.ndarray() as constant]:
            check(bool((constant != 0).all()), "divides by 0")
            return _affine(call, 0, 1 / constant, 0.0)
        case [np.ndarray() as constant, _]:
            value = call.value(1)
            below = writer.spread(value, stretched(constant.shape, _shape(value)))
            above = in_columns(below, constant)
            over: Symbol | Integers = fixed(above, below.bits + bits, "constants")
            reach, error = np.abs(above), np.array(below.unit * writer.unit / 2)
        case _:
            one, below = _both(writer, call.value(0), call.value(1))
            over, reach, error = one.symbol * (1 << bits), writer.reach(one), one.error
    least = writer.bound(below.symbol).least * below.unit
    check(bool((least > 0).all()), "divides by what can be 0 or less: clip it")
    least -= below.error
    if not (least > 0).all():
        raise CertificateError("divides by what can be next to 0: clip it further from that")
    symbol = ((below.symbol >> 1) + over) // below.symbol
    error = (reach / least * below.error + error) / least + writer.unit / 2
    return _ordered(writer, below, symbol, bits, error)


@_handles("Relu")
def _relu(call: Call) -> Tensor:
    value = call.value(0)
    return attrs.evolve(value, symbol=value.symbol.maximum(0))


@_handles("LeakyRelu")
def _leaky(call: Call) -> Tensor:
    value, slope = call.writer.settled(call.value(0)), call.attribute("alpha", 0.01)
    down = call.writer.scaled(value, np.array(slope), np.array(0.0))
    value = _raised(value, down.bits)
    check(value.bits == down.bits, "is given finer numbers than pass between layers")
    pick = value.symbol.maximum if slope <= 1 else value.symbol.minimum
    return attrs.evolve(value, symbol=pick(down.symbol), error=np.maximum(value.error, down.error))


@_handles("Clip")
def _clip(call: Call) -> Tensor:
    value, ends = call.writer.settled(call.value(0)), []
    for index, limit in ((1, -np.inf), (2, np.inf)):
        given = call.optional(index)
        end = np.full(1, limit) if given is None else given.ravel()
        check(len(end) == 1 and not np.isnan(end[0]), "limits that are no numbers")
        furthest = (EXACT - 1) * value.unit
        ends.append(fixed(np.clip(end, -furthest, furthest), value.bits, "limits")[0])
    least, most = map(int, ends)
    symbol = value.symbol.clamp(min(least, most), most)
    return attrs.evolve(value, symbol=symbol, error=value.error + value.unit / 2)


@_handles("Sigmoid", "Tanh")
def _curved(call: Call) -> Tensor:
    curve = {"Sigmoid": LOGISTIC, "Tanh": TANH}[call.step.operator]
    writer, value = call.writer, call.writer.settled(call.value(0))
    bits = writer.activation_bits
    symbol = writer.apart(value.symbol, lambda one: curve.of(one, value.bits, bits))
    return _ordered(writer, value, symbol, bits, curve.drift(value.error, bits))


# Several numbers at a time.


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
    taken = writer.taken(value, places)
    symbol, error = taken.symbol.reduce_sum(size), taken.error.reshape(-1, size).sum(axis=1)
    if kind == "mean":
        counted = places > BEYOND if call.attribute("count_include_pad", 0) else places >= ZERO
        count = counted.sum(axis=-1).ravel()
        check(bool((count > 0).all()), "windows with nothing in them: pad it less")
        error = error / count + value.unit / 2
        by = count[:1] if (count == count[0]).all() else count
        symbol = (symbol + by // 2) // by
    return writer.value(symbol, shape, value.bits, error)


@_handles("MaxPool")
def _max_pool(call: Call) -> Tensor:
    return _pool(call, _windows(call, call.value(0), call.attribute("kernel_shape", ())), "max")


@_handles("AveragePool")
def _average_pool(call: Call) -> Tensor:
    return _pool(call, _windows(call, call.value(0), call.attribute("kernel_shape", ())), "mean")


@_handles("GlobalMaxPool", "GlobalAveragePool")
def _global_pool(call: Call) -> Tensor:
    places = call.value(0).places
    check(places.ndim > 2, f"takes {places.shape}: give channels and positions")
    spatial = [1] * (places.ndim - 2)
    kind = "max" if call.step.operator == "GlobalMaxPool" else "mean"
    return _pool(call, places.reshape(*places.shape[:2], *spatial, -1), kind)


@_handles("ReduceMax", "ReduceMean", "ReduceSum")
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


@_handles("Softmax")
def _softmax(call: Call) -> Tensor:
    writer, value = call.writer, call.value(0)
    axis = axis_of(call.attribute("axis", -1), value.places.ndim)
    places = np.moveaxis(value.places, axis, -1)
    size, bits, made = places.shape[-1], writer.activation_bits, []
    for group in places.reshape(-1, size):
        taken = writer.taken(value, group)
        symbol = writer.apart(taken.symbol, lambda one: softmax(one, value.bits, size, bits))
        error = softened(float(taken.error.max()), size, bits)
        made.append(writer.value(symbol, (size,), bits, np.full(size, error)))
    whole = writer.beside(made, 0)
    order = np.moveaxis(whole.places.reshape(places.shape), -1, axis)
    return attrs.evolve(whole, places=order)


@_handles("ArgMax")
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


# Numbers that move about.


@_handles("Constant")
def _made(call: Call) -> Tensor:
    [(name, found)] = call.step.attributes.items()
    check(name.startswith("value") and not isinstance(found, str), f"{name[:40]}: give numbers")
    return np.asarray(found, np.float64)


def _shape(tensor: Tensor) -> tuple[int, ...]:
    shape: tuple[int, ...] = (tensor if isinstance(tensor, np.ndarray) else tensor.places).shape
    return shape


@_handles("Identity", "Dropout")
def _same(call: Call) -> Tensor:
    trained = call.optional(2)
    check(trained is None or not trained.any(), "is being trained: export it for inference")
    return call.tensor(0)


@_handles("Cast")
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


@_handles("Flatten")
def _flatten(call: Call) -> Tensor:
    shape = _shape(call.tensor(0))
    axis = call.attribute("axis", 1)
    check(-len(shape) <= axis <= len(shape), f"axis {axis} of {len(shape)}: name one of them")
    axis = axis + len(shape) if axis < 0 else axis
    to = (prod(shape[:axis]), prod(shape[axis:]))
    return moved(call.tensor(0), lambda places: places.reshape(to))


@_handles("Reshape")
def _reshape(call: Call) -> Tensor:
    shape, asked = _shape(call.tensor(0)), call.integers(1)
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


@_handles("Transpose")
def _transpose(call: Call) -> Tensor:
    rank = len(_shape(call.tensor(0)))
    order = call.attribute("perm", (*range(rank)[::-1],))
    check(sorted(order) == [*range(rank)], f"order {list(order)} of {rank} axes: name each once")
    return moved(call.tensor(0), lambda places: places.transpose(order))


@_handles("Squeeze")
def _squeeze(call: Call) -> Tensor:
    shape = _shape(call.tensor(0))
    ones = tuple(axis for axis, size in enumerate(shape) if size == 1)
    axes = call.axes(1, len(shape)) if len(call.operands) > 1 else ones
    check({*axes} <= {*ones}, f"axes {list(axes)} of {shape}: not of one place each")
    return moved(call.tensor(0), lambda places: places.squeeze(axes))


@_handles("Unsqueeze")
def _unsqueeze(call: Call) -> Tensor:
    rank = len(_shape(call.tensor(0))) + call.constant(1).size
    check(rank <= RANK, f"{rank} axes: {RANK} at most")
    axes = call.axes(1, rank)
    return moved(call.tensor(0), lambda places: np.expand_dims(places, axes))


@_handles("Concat")
def _concat(call: Call) -> Tensor:
    tensors = [call.tensor(i) for i in range(len(call.operands))]
    shapes = [_shape(tensor) for tensor in tensors]
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
    values = [_raised(one, bits) for one in values]
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


@_handles("Pad")
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
