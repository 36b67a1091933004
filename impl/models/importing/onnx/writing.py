"""Tensors as columns of a program, and the arithmetic of which layers are made.

A tensor has a batch of one row, so it is a matrix (1, width) whose columns stand for its numbers in
some order: what moves numbers about changes which column stands where, and costs nothing until
someone needs them in order. How far integers can be from what they stand for is computed with them.
"""

from collections.abc import Callable, Sequence
from math import ceil, log2, prod
from typing import TypeAlias

import attrs
import numpy as np

from impl.models.fixedpoint import EXACT, Integers, Reals, to_fixed
from impl.models.graph import Graph, Symbol
from impl.models.operators import Interval, ModelError, Operator, check, check_exact
from impl.models.program import NODES, TURNS, WIDEST

ZERO, PADDED, BEYOND = -1, -2, -3
"""Places without a column: a 0; one that a window adds; and one that it only touches."""
ROOM = 2**28
"""Magnitudes that are never cut off: there is room for 2**12 products with weights of 12 bits."""
FINEST = 12
"""How many bits more small weights can have than those that reach 1."""


@attrs.frozen(eq=False)
class Value:
    """A tensor as columns of a program.

    Attributes:
        symbol: the integers.
        places: which column stands for each of the tensor's numbers, in its shape; or `ZERO`.
        bits: fractional bits of the integers.
        error: how far each column, as a real number, can be from what the graph makes in real
            numbers; float64 (width,).
        whole: whether the numbers are of an integer type.
    """

    symbol: Symbol
    places: Integers
    bits: int
    error: Reals
    whole: bool = False

    @property
    def unit(self) -> float:
        """What an integer 1 stands for."""
        return 2.0**-self.bits


@attrs.frozen(eq=False)
class Sums:
    """Weighted sums that are not written yet, so that weights can still take up what follows.

    Attributes:
        value: of which numbers.
        windows: their places in it, (blocks, positions, inner).
        weights: for each block, (blocks, inner, units).
        bias: (blocks, units).
        places: as in a value, of columns (blocks, positions, units).
    """

    value: Value
    windows: Integers
    weights: Reals
    bias: Reals
    places: Integers

    def scaled(self, factor: Reals, offset: Reals) -> "Sums | None":
        """With numbers times a factor plus an offset, if these are the same wherever a unit is."""
        blocks, positions, units = len(self.bias), self.windows.shape[1], self.bias.shape[1]
        of_block, of_unit = self.places // (positions * units), self.places % units
        found = []
        for constant in (factor, offset):
            spread = np.broadcast_to(constant, self.places.shape)
            one = np.zeros((blocks, units))
            one[of_block, of_unit] = spread
            if not np.array_equal(one[of_block, of_unit], spread):
                return None
            found.append(one)
        by, plus = found
        return attrs.evolve(
            self, weights=self.weights * by[:, np.newaxis], bias=self.bias * by + plus
        )


Tensor: TypeAlias = Reals | Value | Sums


def size_of(tensor: Tensor) -> int:
    """How many numbers are held for a tensor."""
    if isinstance(tensor, np.ndarray):
        return tensor.size
    return tensor.places.size + (tensor.weights.size if isinstance(tensor, Sums) else 0)


def moved(tensor: Tensor, change: Callable[[Integers], Integers]) -> Tensor:
    """A tensor whose numbers are moved about."""
    if isinstance(tensor, np.ndarray):
        return tensor.ravel()[change(np.arange(tensor.size).reshape(tensor.shape))]
    return attrs.evolve(tensor, places=change(tensor.places))


@attrs.define(eq=False)
class Writer:
    """A program while it is written, of layers.

    Attributes:
        weight_bits: how many bits the greatest weight of a layer has, about.
        activation_bits: fractional bits of what passes between layers.
        seams: before which nodes layers begin.
        cut: beyond which magnitude a number between layers is cut off, as a real number, where what
            is made of it could not be exact otherwise; none is, if it is infinite.
    """

    graph: Graph
    weight_bits: int
    activation_bits: int
    seams: list[int] = attrs.Factory(list)
    cut: float = float("inf")
    _bounds: list[Interval] = attrs.Factory(list)
    _room: int = WIDEST
    _time: int = TURNS

    @property
    def unit(self) -> float:
        """What an integer 1 stands for between layers."""
        return 2.0**-self.activation_bits

    def bound(self, symbol: Symbol) -> Interval:
        """Between which bounds the numbers of a value lie. Raises as operators do."""
        graph = self.graph
        if symbol.kind == "inputs":
            one = graph.inputs[symbol.index]
            return Interval(*(np.full(one.width, float(end)) for end in (one.least, one.most)))
        if symbol.kind == "constants":
            numbers = graph.constants[symbol.index].astype(np.float64)
            return Interval(numbers, numbers)
        while len(self._bounds) <= symbol.index:
            self._bounds.append(self._next_bound(*graph.nodes[len(self._bounds)]))
        return self._bounds[symbol.index]

    def _next_bound(
        self, operator: Operator, operands: Sequence[Symbol], attributes: Sequence[int]
    ) -> Interval:
        taken = [self.bound(one) for one in operands]
        widths = [len(one.least) for one in taken]
        width = operator.width(widths, attributes)
        # A program is held to the same once it is whole, but then all of it has been bounded.
        self._room -= width
        self._time -= width * operator.turns(widths, attributes)
        check(len(self._bounds) < NODES, f"more than {NODES} nodes of the program: use fewer")
        check(self._room >= 0, f"more than {WIDEST} numbers a row: use fewer")
        check(self._time >= 0, f"more than {TURNS} turns a row: use fewer")
        made = operator.bound(taken, attributes)
        check_exact(made.reach)
        return made

    def apart(self, symbol: Symbol, write: Callable[[Symbol], Symbol]) -> Symbol:
        """What is written of a value, in a graph of its own that is copied into this one.

        Tables have all that stands before them bounded: there it is one input.
        """
        bound, graph = self.bound(symbol), Graph()
        ends = int(bound.least.min()), int(bound.most.max())
        write(graph.input(len(bound.least), *ends))
        copied: list[Symbol] = []
        for operator, operands, attributes in graph.nodes:
            taken = (
                symbol
                if one.kind == "inputs"
                else self._copied(graph, one.index)
                if one.kind == "constants"
                else copied[one.index]
                for one in operands
            )
            copied.append(self.graph.node(operator, *taken, attributes=attributes))
        return copied[-1]

    def _copied(self, graph: Graph, index: int) -> Symbol:
        """Constants of another graph, which stay as public as they are."""
        add = self.graph.table if index in graph.public else self.graph.constant
        return add(graph.constants[index])

    def reach(self, value: Value) -> Reals:
        """How large each column can be, as a real number."""
        return self.bound(value.symbol).magnitudes * value.unit

    def value(self, symbol: Symbol, shape: tuple[int, ...], bits: int, error: Reals) -> Value:
        """Columns in order as a tensor of some shape. Raises as operators do."""
        width = len(self.bound(symbol).least)
        return Value(symbol, np.arange(width).reshape(shape), bits, error)

    def within(self, value: Value, most: float) -> Value:
        """A value whose integers are no larger than what is made of them allows.

        What is larger is cut off, though not below `ROOM`: then what is made is refused. How far
        they can reach is mostly much more than how far they do.
        """
        bound, most = self.bound(value.symbol), max(int(most), ROOM)
        if bound.reach <= most:
            return value
        self.cut = min(self.cut, most * value.unit)
        beyond = np.maximum((bound.magnitudes - most) * value.unit + value.error, 0)
        symbol = value.symbol.clamp(-most, most)
        return attrs.evolve(value, symbol=symbol, error=value.error + beyond)

    def taken(self, value: Value, places: Integers) -> Value:
        """The numbers in some places of a value, in order."""
        check(places.size <= WIDEST, f"{places.size} numbers a row: {WIDEST} at most")
        symbol, error, named = value.symbol, value.error, places.ravel()
        if named.min() < 0:
            named = np.where(named < 0, len(error), named)
            symbol, error = self.graph.concat(symbol, 0), np.append(error, 0.0)
        if not np.array_equal(named, np.arange(len(error))):
            symbol, error = symbol.gather(named), error[named]
        order = np.arange(named.size).reshape(places.shape)
        return attrs.evolve(value, symbol=symbol, places=order, error=error)

    def beside(self, values: Sequence[Value], axis: int) -> Value:
        """Values side by side along an axis, which have as many fractional bits."""
        starts = np.cumsum([0, *(len(one.error) for one in values)])
        places = [
            np.where(one.places < 0, ZERO, one.places + start)
            for one, start in zip(values, starts, strict=False)
        ]
        symbols = [one.symbol for one in values]
        return attrs.evolve(
            values[0],
            symbol=self.graph.concat(*symbols) if len(symbols) > 1 else symbols[0],
            places=np.concatenate(places, axis),
            error=np.concatenate([one.error for one in values]),
        )

    def settled(self, value: Value) -> Value:
        """The same with one column for each number, in whichever order."""
        order = np.sort(value.places, axis=None)
        if np.array_equal(order, np.arange(len(value.error))):
            return value
        return self.taken(value, value.places)

    def spread(self, value: Value, shape: tuple[int, ...]) -> Value:
        """Settled, in a shape to which its own is stretched."""
        places = np.broadcast_to(value.places, shape)
        return self.settled(attrs.evolve(value, places=places))

    def written(self, tensor: Tensor) -> Tensor:
        """The same, with sums written."""
        return self.sums(tensor) if isinstance(tensor, Sums) else tensor

    def sums(self, sums: Sums) -> Value:
        """Sums as a value: multiply, add, and drop bits with halves up; a layer begins here."""
        begin, value = len(self.graph.nodes), sums.value
        fraction = self._fraction(sums.weights, value.bits)
        shift = value.bits + fraction - self.activation_bits
        weights = fixed(sums.weights, fraction, "weights")
        bias = fixed(sums.bias, value.bits + fraction, "bias") + (1 << shift >> 1)
        value = self._for_sums(value, sums.windows, weights, bias)
        lost = np.abs(sums.weights - weights * 2.0**-fraction)
        symbols, errors = [], []
        for index, windows in enumerate(sums.windows):
            taken = self.taken(value, windows)
            symbols.append(taken.symbol.matmul(weights[index], bias[index]))
            errors.append(
                taken.error.reshape(windows.shape) @ np.abs(sums.weights[index])
                + self.reach(taken).reshape(windows.shape) @ lost[index]
            )
        symbol = symbols[0] if len(symbols) == 1 else self.graph.concat(*symbols)
        rounded = np.concatenate(errors, axis=None) + self._rounding(value.bits + fraction)
        made = self.value(_shifted(symbol, shift), (len(rounded),), self.activation_bits, rounded)
        self.seams.append(begin)
        return attrs.evolve(made, places=sums.places)

    def scaled(self, value: Value, factor: Reals, offset: Reals) -> Value:
        """A value times a factor plus an offset, in the shape to which these stretch it."""
        shape = stretched(value.places.shape, np.shape(factor), np.shape(offset))
        value = self.spread(value, shape)
        by, plus = (in_columns(value, constant) for constant in (factor, offset))
        if (by == 1).all():
            added = fixed(plus, value.bits, "offset")
            value = self.within(value, _most(1, added))
            symbol, bits, error = value.symbol + added, value.bits, value.error + value.unit / 2
        else:
            fraction = self._fraction(by, value.bits)
            shift = value.bits + fraction - self.activation_bits
            weights = fixed(by, fraction, "factor")
            added = fixed(plus, value.bits + fraction, "offset") + (1 << shift >> 1)
            value = self.within(value, _most(np.abs(weights).max(), added))
            lost = np.abs(by - weights * 2.0**-fraction)
            error = value.error * np.abs(by) + self.reach(value) * lost
            error = error + self._rounding(value.bits + fraction)
            symbol, bits = _shifted(value.symbol * weights + added, shift), self.activation_bits
        made = self.value(
            symbol, (len(value.error),), bits, np.broadcast_to(error, value.error.shape)
        )
        return attrs.evolve(made, places=value.places)

    def _for_sums(
        self, value: Value, windows: Integers, weights: Integers, bias: Integers
    ) -> Value:
        """A value of which weighted sums are exact: cut off only if they are not otherwise."""
        magnitudes = np.append(self.bound(value.symbol).magnitudes, 0.0)
        taken = np.maximum(windows, ZERO)  # of what has no column, the last one
        factors = np.abs(weights).astype(np.float64)
        reach = (
            magnitudes[one] @ by + np.abs(plus)
            for one, by, plus in zip(taken, factors, bias, strict=True)
        )
        if max(float(each.max()) for each in reach) < EXACT:
            return value
        return self.within(value, _most(factors.sum(axis=1).max(), bias))

    def _rounding(self, bits: int) -> float:
        """How far off it is to round an offset to so many bits, and then the sum to its own."""
        return float(2.0**-bits + self.unit) / 2

    def _fraction(self, weights: Reals, bits: int) -> int:
        """With how many fractional bits weights are held that numbers of so many are taken by."""
        check(bool(np.isfinite(weights).all()), "weights that are not finite: train it anew")
        reach = float(np.abs(weights).max())
        size = ceil(log2(reach)) if reach else 0
        finest = self.weight_bits + min(FINEST, -size)
        return max(finest, self.activation_bits - bits, 0)


def _most(factor: float, added: Integers) -> float:
    """How large an integer can be, so that a factor times it, and more, is exact."""
    return (EXACT - 1 - float(np.abs(added).max())) / max(float(factor), 1.0) * (1 - 2.0**-40)


def fixed(numbers: Reals, bits: int, name: str) -> Integers:
    """The integers nearest to numbers times 2**bits. Raises ModelError if they are too large."""
    try:
        return to_fixed(numbers, bits, name)
    except ValueError as error:
        raise ModelError(str(error)) from None


def stretched(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape to which all of these are stretched. Raises ModelError, before anything is made."""
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise ModelError(f"shapes {', '.join(map(str, shapes))} do not fit together") from None
    check(0 < prod(shape) <= WIDEST, f"{prod(shape)} numbers a row: give 1 to {WIDEST}")
    return shape


def in_columns(value: Value, constant: Reals) -> Reals:
    """Constants in the order of a settled value's columns; a single one if all are the same."""
    spread = np.broadcast_to(constant, value.places.shape)
    found = np.empty(value.places.size)
    found[value.places] = spread
    return found[:1] if (found == found[0]).all() else found


def _shifted(symbol: Symbol, bits: int) -> Symbol:
    return symbol >> bits if bits else symbol
