"""Where the numbers that a part gives come from: which it was given itself, and of what question.

Whatever is copied is followed, not only what keeps its name: through values side by side, through
columns that constants pick, and through shifts by nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import pairwise
from typing import Self, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from impl.models.component import Component
from impl.models.operators import (
    ARITHMETIC_RIGHT_SHIFT,
    CONCAT,
    GATHER,
    MATMUL,
    Operator,
    Reduce,
)
from impl.models.program import Node
from spec.bytes.encoding import Tensor

Places: TypeAlias = NDArray[np.int32]
"""Of some numbers, a column each; -1 for none."""
_NONE = np.iinfo(np.int32).max
"""Where no column of the question is the first."""


@attrs.frozen(eq=False)
class Origins:
    """Where the numbers of a value come from, column by column; all of them int32 (width,).

    Attributes:
        copied: which of the numbers that the component is given it is; -1 if it is none of them.
        first, last: the first and the last column of the question that it depends on: the same if
            it is made of one alone, and the last below the first if of none.
    """

    copied: Places
    first: Places
    last: Places

    @classmethod
    def question(cls, columns: int) -> Self:
        """Those of the question itself."""
        each = np.arange(columns, dtype=np.int32)
        return cls(each, each, each)

    @classmethod
    def nothing(cls, width: int) -> Self:
        """Those of constants."""
        minus = np.full(width, -1, np.int32)
        return cls(minus, np.full(width, _NONE, np.int32), minus)

    @property
    def alone(self) -> Places:
        """The column of the question of which each is made alone; -1 if it is not of one."""
        return np.where(self.first == self.last, self.first, -1)

    def pick(self, columns: slice | NDArray[np.intp]) -> Self:
        """Those of some columns."""
        return type(self)(self.copied[columns], self.first[columns], self.last[columns])

    def made(self, other: Self) -> Self:
        """Those of what is made of each of these and of another value's, which can have one."""
        return self.changed(np.minimum(self.first, other.first), np.maximum(self.last, other.last))

    def changed(self, first: Places, last: Places) -> Self:
        """Those of numbers that are none that the component was given."""
        return type(self)(np.full(len(first), -1, np.int32), first, last)

    def grouped(self, size: int) -> Self:
        """Those of what is made of each so many."""
        first, last = self.first.reshape(-1, size), self.last.reshape(-1, size)
        return self.changed(first.min(axis=1), last.max(axis=1))


def trace(component: Component, given: Origins) -> Origins:
    """Where what a component gives comes from, of where what it is given does."""
    program = component.program
    given = attrs.evolve(given, copied=np.arange(program.takes, dtype=np.int32))
    ends = np.cumsum([0, *(one.width for one in program.inputs)]).tolist()
    values = [given.pick(slice(*each)) for each in pairwise(ends)]
    values += [Origins.nothing(width) for width in program.constants]
    for node in program.nodes:
        constants = [_constant(component, operand) for operand in node.operands]
        values.append(_made(node, [values[operand] for operand in node.operands], constants))
    return values[-1]


def _constant(component: Component, value: int) -> Tensor | None:
    """The numbers of a value that is a constant."""
    program = component.program
    held = program.is_constant(value)
    return component.constants[value - len(program.inputs)] if held else None


def _made(node: Node, operands: Sequence[Origins], constants: Sequence[Tensor | None]) -> Origins:
    if node.operator is ARITHMETIC_RIGHT_SHIFT and node.attributes == (0,):
        return operands[0]
    if isinstance(node.operator, Reduce):
        return operands[0].grouped(*node.attributes)
    return _RULES.get(node.operator, _elementwise)(operands, constants)


def _elementwise(operands: Sequence[Origins], constants: Sequence[Tensor | None]) -> Origins:
    return reduce(Origins.made, operands, Origins.nothing(1))


def _side_by_side(operands: Sequence[Origins], constants: Sequence[Tensor | None]) -> Origins:
    each = [attrs.astuple(one, recurse=False) for one in operands]
    return Origins(*map(np.concatenate, zip(*each, strict=True)))


def _picked(operands: Sequence[Origins], constants: Sequence[Tensor | None]) -> Origins:
    values, places = operands
    if constants[1] is not None:
        return values.pick(constants[1].astype(np.intp))
    return places.made(values.grouped(len(values.first)))


def _product(operands: Sequence[Origins], constants: Sequence[Tensor | None]) -> Origins:
    """Of a product with a matrix: a number depends on those whose weights in it are not 0."""
    values, (_, weights, bias) = operands[0], constants
    assert weights is not None
    assert bias is not None
    used = weights.reshape(-1, len(bias)) != 0
    size = len(used)
    groups = [values.pick(slice(i, i + size)) for i in range(0, len(values.first), size)]
    first = [np.where(used.T, each.first, _NONE).min(axis=1) for each in groups]
    last = [np.where(used.T, each.last, -1).max(axis=1) for each in groups]
    return values.changed(np.concatenate(first), np.concatenate(last))


_Rule = Callable[[Sequence[Origins], Sequence[Tensor | None]], Origins]
_RULES: Mapping[Operator, _Rule] = {CONCAT: _side_by_side, GATHER: _picked, MATMUL: _product}
"""Of the operators of which a number does not come of those in the same place."""
