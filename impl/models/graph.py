"""Programs as they are written: symbols that stand for values, with the operators of Python.

What is taken beside a symbol can be an integer or an array of integers, and becomes a constant.
"""

from collections.abc import Sequence
from typing import TypeAlias

import attrs
import numpy as np

from impl.models import operators
from impl.models.component import Component
from impl.models.fixedpoint import Integers
from impl.models.operators import Interval, Operator
from impl.models.program import Input, Node, Program

Operand: TypeAlias = "Symbol | Integers | int"
"""A value of a graph, or constants."""


@attrs.define(eq=False)
class Graph:
    """A program while it is written, with its constants, some of which are public."""

    inputs: list[Input] = attrs.Factory(list)
    constants: list[Integers] = attrs.Factory(list)
    public: list[int] = attrs.Factory(list)
    nodes: list[tuple[Operator, list["Symbol"], tuple[int, ...]]] = attrs.Factory(list)
    _known: dict[tuple[object, ...], "Symbol"] = attrs.Factory(dict)
    _bounds: list[Interval] = attrs.Factory(list)
    """Those of the first nodes, which nothing changes any more."""

    def input(self, width: int, least: int, most: int) -> "Symbol":
        """So many more columns of what the program is given, between these bounds."""
        self.inputs.append(Input(width, least, most))
        return Symbol(self, "inputs", len(self.inputs) - 1)

    def constant(self, numbers: Integers | int) -> "Symbol":
        """Some constants, in the order of their rows; the same ones are there once."""
        return self._held("constant", np.asarray(numbers, np.int64).ravel())

    def table(self, numbers: Integers) -> "Symbol":
        """Constants that are no secret of a model: what a function comes to that everybody knows.

        Say so of no table that only its owner could make.
        """
        symbol = self._held("table", numbers)
        if symbol.index not in self.public:
            self.public.append(symbol.index)
        return symbol

    def _held(self, kind: str, array: Integers) -> "Symbol":
        key = (kind, array.tobytes())
        if key not in self._known:
            self.constants.append(array)
            self._known[key] = Symbol(self, "constants", len(self.constants) - 1)
        return self._known[key]

    def node(
        self, operator: Operator, *operands: Operand, attributes: Sequence[int] = ()
    ) -> "Symbol":
        """What an operator makes of operands; the same node is there once."""
        symbols = [self._symbol(operand) for operand in operands]
        key = (operator.name, *((s.kind, s.index) for s in symbols), *attributes)
        if key not in self._known:
            self.nodes.append((operator, symbols, tuple(attributes)))
            self._known[key] = Symbol(self, "nodes", len(self.nodes) - 1)
        return self._known[key]

    def _symbol(self, operand: Operand) -> "Symbol":
        return operand if isinstance(operand, Symbol) else self.constant(operand)

    def concat(self, *operands: Operand) -> "Symbol":
        """The operands side by side."""
        return self.node(operators.CONCAT, *operands)

    def interval(self, symbol: "Symbol") -> Interval:
        """Between which bounds the numbers of a value lie, column by column.

        Raises ModelError and CertificateError as operators do, if a node before it cannot be
        computed.
        """
        if symbol.kind == "inputs":
            one = self.inputs[symbol.index]
            return Interval(*(np.full(one.width, float(end)) for end in (one.least, one.most)))
        if symbol.kind == "constants":
            numbers = self.constants[symbol.index].astype(np.float64)
            return Interval(numbers, numbers)
        for operator, operands, attributes in self.nodes[len(self._bounds) : symbol.index + 1]:
            self._bounds.append(operator.bound([*map(self.interval, operands)], attributes))
        return self._bounds[symbol.index]

    def component(self) -> Component:
        """What the last node gives, of what the inputs take. Raises ModelError."""
        before = {"inputs": 0, "constants": len(self.inputs)}
        before["nodes"] = before["constants"] + len(self.constants)
        nodes = [
            Node(operator, tuple(before[s.kind] + s.index for s in symbols), attributes)
            for operator, symbols, attributes in self.nodes
        ]
        sizes = tuple(map(len, self.constants))
        return Component(
            Program(tuple(self.inputs), sizes, tuple(nodes)), self.constants, self.public
        )


@attrs.frozen(eq=False)
class Symbol:
    """A value of a graph: an input, a constant, or what a node makes."""

    graph: Graph
    kind: str
    index: int

    @property
    def interval(self) -> Interval:
        """Between which bounds its numbers lie. Raises as `Graph.interval` does."""
        return self.graph.interval(self)

    def __add__(self, other: Operand) -> "Symbol":
        return self.graph.node(operators.ADD, self, other)

    def __sub__(self, other: Operand) -> "Symbol":
        return self.graph.node(operators.SUB, self, other)

    def __rsub__(self, other: Operand) -> "Symbol":
        return self.graph.node(operators.SUB, other, self)

    def __mul__(self, other: Operand) -> "Symbol":
        return self.graph.node(operators.MUL, self, other)

    def __floordiv__(self, other: Operand) -> "Symbol":
        return self.graph.node(operators.INTDIV, self, other)

    def __rfloordiv__(self, other: Operand) -> "Symbol":
        return self.graph.node(operators.INTDIV, other, self)

    def __rshift__(self, bits: int) -> "Symbol":
        return self.graph.node(operators.ARITHMETIC_RIGHT_SHIFT, self, attributes=[bits])

    def at_least(self, other: Operand) -> "Symbol":
        """1 where it is as great or greater, and else 0."""
        return self.graph.node(operators.GREATER_EQUAL, self, other)

    def maximum(self, other: Operand) -> "Symbol":
        """The greater of both."""
        return self.graph.node(operators.MAXIMUM, self, other)

    def minimum(self, other: Operand) -> "Symbol":
        """The smaller of both."""
        return self.graph.node(operators.MINIMUM, self, other)

    def select(self, one: Operand, other: Operand) -> "Symbol":
        """One where it is 1, and the other where it is 0."""
        return self.graph.node(operators.SELECT, self, one, other)

    def clamp(self, least: int, most: int) -> "Symbol":
        """The number of a range that is nearest to it."""
        return self.graph.node(operators.CLAMP, self, attributes=[least, most])

    def gather(self, indices: Operand) -> "Symbol":
        """Of its columns those of these numbers."""
        return self.graph.node(operators.GATHER, self, indices)

    def look_up(self, table: Operand) -> "Symbol":
        """Of the numbers of a table those in its places."""
        return self.graph.node(operators.GATHER, table, self)

    def matmul(self, weights: Integers, bias: Integers) -> "Symbol":
        """Its product with weights (columns, units), or with each so many columns, and a bias."""
        return self.graph.node(operators.MATMUL, self, weights, bias)

    def reduce_sum(self, size: int) -> "Symbol":
        """The sum of each so many columns."""
        return self.graph.node(operators.REDUCE_SUM, self, attributes=[size])

    def reduce_max(self, size: int) -> "Symbol":
        """The greatest of each so many columns."""
        return self.graph.node(operators.REDUCE_MAX, self, attributes=[size])

    def argmax(self, size: int) -> "Symbol":
        """The place of the greatest of each so many columns, the first if there are several."""
        return self.graph.node(operators.ARGMAX, self, attributes=[size])
