"""The instruction set: what a node of a program does with its operands.

A value is a matrix of integers, (rows, width). Each operator treats every row by itself, and is
defined four times, each time in a few lines: how wide its value is, between which bounds its
numbers lie, what it makes of whole arrays, and how one number of its value comes about, in turns of
which each takes a few numbers at most. The last is what a referee takes; tests hold the others to
it. Names are those of TOSA (www.mlplatform.org/tosa); division rounds down, as shifting does.

An operand may be a constant, which is the same in each row. Where operands are taken side by side,
one of width 1 stands for a column of any width.
"""

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import product
from typing import TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from impl.models.fixedpoint import EXACT, Reals


class ModelError(ValueError):
    """A model, a cut or some data cannot be used; the message names the place and the mend."""


class CertificateError(ModelError):
    """Some numbers could leave those that are computed exactly."""


Numbers: TypeAlias = NDArray[np.int64 | np.float64]
"""Integers below 2**53, in whichever type is at hand: both hold them exactly."""
AT_ONCE = 2**17
"""Numbers that are computed with at a time: more of them leave the cache."""
Read: TypeAlias = Callable[[int, int], int]
"""Reads a number of an operand, by the operand's number and the column."""


def check(condition: bool, problem: str) -> None:
    """Raise ModelError unless something holds of a program."""
    if not condition:
        raise ModelError(problem)


@attrs.frozen(eq=False)
class Interval:
    """Between which bounds the numbers of a value lie, column by column; both float64 (width,)."""

    least: Reals
    most: Reals

    @property
    def reach(self) -> float:
        """The largest magnitude."""
        return float(max(-self.least.min(), self.most.max()))

    @property
    def magnitudes(self) -> Reals:
        """The largest magnitude in each column."""
        return np.maximum(-self.least, self.most)


@attrs.frozen
class Turn:
    """Which turn of which number of a node's value is taken.

    Attributes:
        column: the number's.
        number: how many turns it has taken before.
        widths: of the node's operands.
        attributes: the node's.
    """

    column: int
    number: int
    widths: Sequence[int]
    attributes: Sequence[int]


class Operator(ABC):
    """What a node does.

    Attributes:
        name: by which canonical bytes call it.
        operands: how many it takes; None for any number from one.
        attributes: how many numbers belong to the node itself.
        weights: which of the operands are constants in every node.
    """

    name: str
    operands: int | None
    attributes: int = 0
    weights: Sequence[int] = ()

    def __repr__(self) -> str:
        return self.name

    @abstractmethod
    def width(self, widths: Sequence[int], attributes: Sequence[int]) -> int:
        """How wide its value is. Raises ModelError if the operands do not fit."""

    def turns(self, widths: Sequence[int], attributes: Sequence[int]) -> int:
        """How many turns each number of its value takes."""
        return 1

    @abstractmethod
    def bound(self, operands: Sequence[Interval], attributes: Sequence[int]) -> Interval:
        """Between which bounds its value lies.

        Raises ModelError if it cannot be computed for some of the operands' numbers, and
        CertificateError if what is computed on the way can reach 2**53.
        """

    @abstractmethod
    def run(self, operands: Sequence[Numbers], attributes: Sequence[int]) -> Numbers:
        """Its value: operands (rows, width), of which constants have one row, to (rows, width)."""

    @abstractmethod
    def take(self, turn: Turn, read: Read, so_far: int) -> int:
        """What one number of its value has come to after a turn; at the first, `so_far` is 0."""


@attrs.frozen(repr=False)
class Elementwise(Operator):
    """Each number comes of the numbers in the same place of the operands.

    The function is monotone in each operand, so its extremes are at the corners.

    Attributes:
        number: the function, of integers.
        array: the same, of arrays.
        allows: whether a node can have such attributes.
        takes: whether the function has a value for all numbers of operands in such intervals.
        mend: what to do if not.
    """

    name: str
    operands: int
    number: Callable[..., int]
    array: Callable[..., Numbers]
    attributes: int = 0
    allows: Callable[..., bool] = lambda *attributes: True
    takes: Callable[..., bool] = lambda *operands: True
    mend: str = ""

    def width(self, widths: Sequence[int], attributes: Sequence[int]) -> int:
        check(self.allows(*attributes), f"attributes {list(attributes)}: {self.mend}")
        widest = max(widths)
        check({*widths} <= {1, widest}, f"operands of widths {list(widths)}: give one, or 1")
        return widest

    def bound(self, operands: Sequence[Interval], attributes: Sequence[int]) -> Interval:
        check(self.takes(*operands), self.mend)
        ends = product(*((operand.least, operand.most) for operand in operands))
        corners = [self.array(*corner, *attributes).astype(np.float64) for corner in ends]
        return Interval(reduce(np.minimum, corners), reduce(np.maximum, corners))

    def run(self, operands: Sequence[Numbers], attributes: Sequence[int]) -> Numbers:
        return self.array(*operands, *attributes)

    def take(self, turn: Turn, read: Read, so_far: int) -> int:
        columns = (turn.column if width > 1 else 0 for width in turn.widths)
        return self.number(*(read(i, c) for i, c in enumerate(columns)), *turn.attributes)


class Concat(Operator):
    """The operands side by side."""

    name = "CONCAT"
    operands = None

    def width(self, widths: Sequence[int], attributes: Sequence[int]) -> int:
        return sum(widths)

    def bound(self, operands: Sequence[Interval], attributes: Sequence[int]) -> Interval:
        ends = ([o.least for o in operands], [o.most for o in operands])
        return Interval(*map(np.concatenate, ends))

    def run(self, operands: Sequence[Numbers], attributes: Sequence[int]) -> Numbers:
        rows = max(map(len, operands), key=lambda count: (count != 1, count))
        full = [np.broadcast_to(o, (rows, o.shape[1])) if len(o) != rows else o for o in operands]
        return np.concatenate(full, axis=1)

    def take(self, turn: Turn, read: Read, so_far: int) -> int:
        column, number = turn.column, 0
        while column >= turn.widths[number]:
            column, number = column - turn.widths[number], number + 1
        return read(number, column)


class Gather(Operator):
    """Of the first operand, the columns that the second one names."""

    name = "GATHER"
    operands = 2

    def width(self, widths: Sequence[int], attributes: Sequence[int]) -> int:
        return widths[1]

    def bound(self, operands: Sequence[Interval], attributes: Sequence[int]) -> Interval:
        values, indices = operands
        first, last, width = int(indices.least.min()), int(indices.most.max()), len(values.least)
        check(0 <= first <= last < width, f"columns {first} to {last} of {width}: name only those")
        if (indices.least == indices.most).all():
            named = indices.least.astype(np.intp)
            return Interval(values.least[named], values.most[named])
        reached = slice(first, last + 1)
        ends = values.least[reached].min(), values.most[reached].max()
        return Interval(*(np.full(len(indices.least), end) for end in ends))

    def run(self, operands: Sequence[Numbers], attributes: Sequence[int]) -> Numbers:
        values, indices = operands
        named = indices.astype(np.intp, copy=False)
        if len(values) == 1:
            found: Numbers = values[0].take(named)
        elif len(named) == 1:
            found = values.take(named[0], axis=1)
        else:
            found = np.take_along_axis(values, named, axis=1)
        return found

    def take(self, turn: Turn, read: Read, so_far: int) -> int:
        return read(0, read(1, turn.column))


class MatMul(Operator):
    """A product with a matrix of constants, and a bias.

    The first operand is taken so many numbers at a time as the matrix has rows; of each such group
    come as many numbers as the matrix has columns, which is the width of the bias.
    """

    name = "MATMUL"
    operands = 3
    weights = (1, 2)

    def width(self, widths: Sequence[int], attributes: Sequence[int]) -> int:
        values, weights, units = widths
        check(weights % units == 0, f"{weights} weights for {units} biases: give each as many")
        inner = weights // units
        check(values % inner == 0, f"{values} columns for weights of {inner} rows: give a multiple")
        return values // inner * units

    def turns(self, widths: Sequence[int], attributes: Sequence[int]) -> int:
        _, weights, units = widths
        return 1 + weights // units

    def bound(self, operands: Sequence[Interval], attributes: Sequence[int]) -> Interval:
        values, weights, bias = operands
        offset, matrix = bias.least, weights.least.reshape(-1, len(bias.least))
        ends = [end.reshape(-1, len(matrix)) for end in attrs.astuple(values, recurse=False)]
        ends.append(np.maximum(-ends[0], ends[1]))
        by_positive, by_negative = np.zeros((2, 3, len(ends[0]), len(offset)))
        for part in at_once(matrix):
            positive = np.maximum(matrix[part], 0)
            negative = matrix[part] - positive
            for number, end in enumerate(ends):
                by_positive[number] += end[:, part] @ positive
                by_negative[number] += end[:, part] @ negative
        # Sums of what is not negative: as soon as one reaches 2**53, so does what is rounded.
        check_exact(float((by_positive[2] - by_negative[2] + np.abs(offset)).max()))
        least = by_positive[0] + by_negative[1] + offset
        most = by_positive[1] + by_negative[0] + offset
        return Interval(least.ravel(), most.ravel())

    def run(self, operands: Sequence[Numbers], attributes: Sequence[int]) -> Numbers:
        values, weights, bias = operands
        rows, units = len(values), bias.shape[1]
        matrix = weights.reshape(-1, units).astype(np.float64, copy=False)
        groups = values.shape[1] // len(matrix)
        taken = values.reshape(rows * groups, len(matrix)).astype(np.float64, copy=False)
        sums = taken @ matrix  # float64, for its BLAS is some 50 times faster than int64
        sums += bias
        return sums.reshape(rows, groups * units)

    def take(self, turn: Turn, read: Read, so_far: int) -> int:
        _, weights, units = turn.widths
        group, unit = divmod(turn.column, units)
        if turn.number == 0:
            return read(2, unit)
        row = turn.number - 1
        factors = read(0, group * (weights // units) + row), read(1, row * units + unit)
        return so_far + factors[0] * factors[1]


class Reduce(Operator):
    """One number of each so many columns of the operand, which the attribute says."""

    operands = 1
    attributes = 1

    def width(self, widths: Sequence[int], attributes: Sequence[int]) -> int:
        [width], [size] = widths, attributes
        check(size > 0 and width % size == 0, f"{width} columns, {size} at a time: give a divisor")
        return width // size

    def turns(self, widths: Sequence[int], attributes: Sequence[int]) -> int:
        return attributes[0]

    def run(self, operands: Sequence[Numbers], attributes: Sequence[int]) -> Numbers:
        [values], [size] = operands, attributes
        return self.reduced(values.reshape(len(values), values.shape[1] // size, size))

    @abstractmethod
    def reduced(self, groups: Numbers) -> Numbers:
        """(rows, groups, size) to (rows, groups)."""

    def next(self, turn: Turn, read: Read) -> int:
        """The number that a turn adds."""
        return read(0, turn.column * turn.attributes[0] + turn.number)


class ReduceSum(Reduce):
    """The sum of each group."""

    name = "REDUCE_SUM"

    def bound(self, operands: Sequence[Interval], attributes: Sequence[int]) -> Interval:
        [values], [size] = operands, attributes
        check_exact(float(values.magnitudes.reshape(-1, size).sum(axis=1).max()))
        ends = values.least, values.most
        return Interval(*(end.reshape(-1, size).sum(axis=1) for end in ends))

    def reduced(self, groups: Numbers) -> Numbers:
        sums: Numbers = groups.sum(axis=2)
        return sums

    def take(self, turn: Turn, read: Read, so_far: int) -> int:
        return so_far + self.next(turn, read)


class ReduceMax(Reduce):
    """The greatest number of each group."""

    name = "REDUCE_MAX"

    def bound(self, operands: Sequence[Interval], attributes: Sequence[int]) -> Interval:
        [values], [size] = operands, attributes
        return Interval(*(end.reshape(-1, size).max(axis=1) for end in (values.least, values.most)))

    def reduced(self, groups: Numbers) -> Numbers:
        greatest: Numbers = groups.max(axis=2)
        return greatest

    def take(self, turn: Turn, read: Read, so_far: int) -> int:
        number = self.next(turn, read)
        return max(so_far, number) if turn.number else number


class ArgMax(Reduce):
    """Where in each group the greatest number stands: the first place, if there are several."""

    name = "ARGMAX"

    def bound(self, operands: Sequence[Interval], attributes: Sequence[int]) -> Interval:
        [values], [size] = operands, attributes
        groups = len(values.least) // size
        return Interval(np.zeros(groups), np.full(groups, size - 1.0))

    def reduced(self, groups: Numbers) -> Numbers:
        places: Numbers = groups.argmax(axis=2)
        return places

    def take(self, turn: Turn, read: Read, so_far: int) -> int:
        best = read(0, turn.column * turn.attributes[0] + so_far)
        return turn.number if self.next(turn, read) > best else so_far


def at_once(matrix: NDArray[np.generic]) -> Iterator[slice]:
    """Some rows of a matrix after the other, so that what comes of them needs little room."""
    rows = max(1, AT_ONCE // matrix.shape[1])
    return (slice(i, i + rows) for i in range(0, len(matrix), rows))


def check_exact(reach: float) -> None:
    """Raise CertificateError unless all magnitudes up to one are of exact numbers."""
    if not reach < EXACT:
        bits = int(reach / EXACT).bit_length() if reach < np.inf else "many"
        raise CertificateError(
            f"numbers can reach {reach:.6g}, and are exact only below 2**53: "
            f"give it {bits} bits fewer, or a narrower input"
        )


def _at_least(array: Numbers, other: Numbers) -> Numbers:
    return np.greater_equal(array, other).astype(np.int64)


def _chosen(chosen: Numbers, one: Numbers, other: Numbers) -> Numbers:
    return np.where(chosen != 0, one, other)


def _clamped(array: Numbers, least: int, most: int) -> Numbers:
    return np.minimum(np.maximum(array, least), most)


def _shifted(array: Numbers, bits: int) -> Numbers:
    if array.dtype.kind == "f":
        shifted: Numbers = np.floor(array * 2.0**-bits)  # exact, and faster than dividing
    else:
        shifted = np.right_shift(array.astype(np.int64, copy=False), bits)
    return shifted


ADD = Elementwise("ADD", 2, operator.add, np.add)
SUB = Elementwise("SUB", 2, operator.sub, np.subtract)
MUL = Elementwise("MUL", 2, operator.mul, np.multiply)
MAXIMUM = Elementwise("MAXIMUM", 2, max, np.maximum)
MINIMUM = Elementwise("MINIMUM", 2, min, np.minimum)
GREATER_EQUAL = Elementwise("GREATER_EQUAL", 2, lambda a, b: int(a >= b), _at_least)
INTDIV = Elementwise(
    "INTDIV",
    2,
    operator.floordiv,
    np.floor_divide,
    takes=lambda _, divisor: bool(divisor.least.min() > 0),
    mend="divides by what can be 0 or less: keep it from that with MAXIMUM",
)
SELECT = Elementwise(
    "SELECT",
    3,
    lambda chosen, one, other: one if chosen else other,
    _chosen,
    takes=lambda chosen, *_: bool(chosen.least.min() >= 0 and chosen.most.max() <= 1),
    mend="chooses by what is not 0 or 1: compare with GREATER_EQUAL",
)
CLAMP = Elementwise(
    "CLAMP",
    1,
    lambda number, least, most: min(max(number, least), most),
    _clamped,
    attributes=2,
    allows=lambda least, most: -EXACT < least <= most < EXACT,
    mend="give a least and a most below 2**53",
)
ARITHMETIC_RIGHT_SHIFT = Elementwise(
    "ARITHMETIC_RIGHT_SHIFT",
    1,
    operator.rshift,
    _shifted,
    attributes=1,
    allows=lambda bits: 0 <= bits <= 52,
    mend="a shift drops 0 to 52 bits",
)
CONCAT, GATHER, MATMUL = Concat(), Gather(), MatMul()
REDUCE_SUM, REDUCE_MAX, ARGMAX = ReduceSum(), ReduceMax(), ArgMax()

OPERATORS: dict[str, Operator] = {
    each.name: each
    for each in (
        *(CONCAT, GATHER, MATMUL, REDUCE_SUM, REDUCE_MAX, ARGMAX, ADD, SUB, MUL, MAXIMUM, MINIMUM),
        *(INTDIV, GREATER_EQUAL, SELECT, CLAMP, ARITHMETIC_RIGHT_SHIFT),
    )
}
"""All operators, by name."""
