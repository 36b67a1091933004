"""Programs: graphs of operators in single assignment, as they are written and checked.

A program has inputs, constants and nodes, and a value for each of them; operands are numbers of
values, counted in that order, so a node can only use what stands before it. What it is given is one
matrix of which the inputs are consecutive columns, each within bounds that the program states; what
it gives is the value of its last node. Of constants it knows the widths alone (`component` has
their numbers), so a referee can read it who was told digests.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Self, TypeVar

import attrs

from impl.models.fixedpoint import EXACT
from impl.models.operators import OPERATORS, ModelError, Operator, check
from spec.bytes.encoding import LARGEST, Value

_Parsed = TypeVar("_Parsed")

ARITHMETIC = "integers below 2**53, divided and shifted downwards"  # named in canonical bytes
WIDEST = 2**22
"""Numbers that all values but constants have in a row, at most: what a node can ask to be made."""
TURNS = 2**30
"""Turns that a row takes, at most."""
NODES = 2**12
"""Nodes of a program at most, and inputs, and constants."""
OPERANDS = 2**16
"""Operands of all nodes together, at most."""
USES = 4
"""How often all constants together can be used, at most, by nodes that certify each use; for small
ones, `WIDEST` numbers are used."""


@attrs.frozen
class Input:
    """Some columns of what a program is given, and the bounds between which their numbers lie."""

    width: int
    least: int
    most: int

    def __attrs_post_init__(self) -> None:
        whole = self.width > 0 and -EXACT < self.least <= self.most < EXACT
        check(whole, f"{self.body}: give a width, a least and a most number, below 2**53")

    @property
    def body(self) -> list[Value]:
        """The input as it is encoded."""
        return [self.width, self.least, self.most]

    @classmethod
    def parse(cls, body: Value) -> Self:
        """The input of a body. Raises ModelError."""
        match body:
            case [int(width), int(least), int(most)] if not any(isinstance(x, bool) for x in body):
                return cls(width, least, most)
        raise ModelError("not [width, least, most]")


@attrs.frozen
class Node:
    """An operator, the numbers of the values that it takes, and its attributes."""

    operator: Operator
    operands: tuple[int, ...]
    attributes: tuple[int, ...] = ()

    @property
    def body(self) -> list[Value]:
        """The node as it is encoded."""
        return [self.operator.name, list(self.operands), list(self.attributes)]

    @classmethod
    def parse(cls, body: Value) -> Self:
        """The node of a body. Raises ModelError."""
        match body:
            case [str(name), [*operands], [*attributes]]:
                operator = OPERATORS.get(name)
                if operator is None:
                    raise ModelError(f"no operator {name[:40]!r}: use {', '.join(OPERATORS)}")
                return cls(operator, _integers(operands), _integers(attributes))
        raise ModelError("not [operator, [operand, ...], [attribute, ...]]")


@attrs.frozen
class Program:
    """What a component computes, but for its constants.

    Raises ModelError, naming the node, if an operand does not stand before it or does not fit, and
    for more than `NODES` nodes, or what makes more than `WIDEST` numbers a row, or takes more than
    `TURNS` turns.

    Attributes:
        inputs: what it is given, column by column.
        constants: the width of each constant.
        nodes: in an order in which they can be computed; the last one is what it gives.
    """

    inputs: tuple[Input, ...]
    constants: tuple[int, ...]
    nodes: tuple[Node, ...]

    def __attrs_post_init__(self) -> None:
        check(0 < len(self.inputs) <= NODES, f"{len(self.inputs)} inputs: give 1 to {NODES}")
        check(len(self.constants) <= NODES, f"more than {NODES} constants: give fewer")
        operands = sum(len(node.operands) for node in self.nodes)
        check(operands <= OPERANDS, f"more than {OPERANDS} operands: give fewer")
        check(0 < len(self.nodes) <= NODES, f"{len(self.nodes)} nodes: give 1 to {NODES}")
        check(min(self.constants, default=1) > 0, "a constant without numbers: drop it")
        check(sum(self.constants) <= LARGEST, f"more than {LARGEST} constant numbers: give fewer")
        assert self._checked

    @property
    def widths(self) -> Sequence[int]:
        """The width of each value."""
        return self._checked[0]

    @property
    def turns(self) -> Sequence[int]:
        """How many turns each number of each node takes."""
        return self._checked[1]

    @cached_property
    def _checked(self) -> tuple[Sequence[int], Sequence[int]]:
        widths, turns = [*(one.width for one in self.inputs), *self.constants], []
        room, time = WIDEST - self.takes, TURNS
        uses = WIDEST + USES * sum(self.constants)
        for index, node in enumerate(self.nodes):
            try:
                taken = self._operands(node, widths)
                width = node.operator.width(taken, node.attributes)
                turns.append(node.operator.turns(taken, node.attributes))
            except ModelError as error:
                raise ModelError(f"node {index} ({node.operator.name}): {error}") from None
            widths.append(width)
            room, time = room - width, time - width * turns[-1]
            uses -= sum(widths[v] for v in node.operands if self.is_constant(v))
            check(room >= 0, f"node {index}: more than {WIDEST} numbers a row: use fewer")
            check(uses >= 0, f"node {index}: constants are used too often: use each once or twice")
            check(time >= 0, f"node {index}: more than {TURNS} turns a row: use fewer")
        return widths, turns

    def _operands(self, node: Node, widths: Sequence[int]) -> list[int]:
        """The widths of a node's operands. Raises ModelError."""
        kind, given = node.operator, node.operands
        counted = kind.operands in (None, len(given)) and given
        check(bool(counted), f"{len(given)} operands: give {kind.operands or 'some'}")
        check(len(node.attributes) == kind.attributes, f"give {kind.attributes} attributes")
        unknown = next((v for v in given if not 0 <= v < len(widths)), None)
        check(unknown is None, f"operand {unknown}: name values that stand before it")
        fixed = all(self.is_constant(given[place]) for place in kind.weights)
        check(fixed, "weights or biases that are no constants: give constants")
        made = any(not self.is_constant(operand) for operand in given)
        check(made, "all operands are constants: give what comes of them as one")
        return [widths[operand] for operand in given]

    def is_constant(self, value: int) -> bool:
        """Whether a value is one of the constants."""
        return 0 <= value - len(self.inputs) < len(self.constants)

    @property
    def first(self) -> int:
        """The number of the value of the first node."""
        return len(self.inputs) + len(self.constants)

    @cached_property
    def takes(self) -> int:
        """How many columns it is given."""
        return sum(one.width for one in self.inputs)

    @property
    def gives(self) -> int:
        """How many columns it gives."""
        return self.widths[-1]

    @cached_property
    def last_use(self) -> list[int]:
        """The last node that uses each value, by its index; of the output, one past the last."""
        last = [-1] * len(self.widths)
        for index, node in enumerate(self.nodes):
            for operand in node.operands:
                last[operand] = index
        last[-1] = len(self.nodes)
        return last

    def live(self, node: int) -> list[int]:
        """The values, but for constants, that stand before a node and are needed from there on."""
        before = range(self.first + node)
        last = self.last_use
        return [v for v in before if last[v] >= node and not self.is_constant(v)]

    @property
    def body(self) -> list[Value]:
        """The program as it is encoded."""
        return [
            [one.body for one in self.inputs],
            list(self.constants),
            [node.body for node in self.nodes],
        ]

    @classmethod
    def parse(cls, body: Value) -> Self:
        """The program of a body. Raises ModelError, naming the place."""
        match body:
            case [[*inputs], [*constants], [*nodes]]:
                return cls(
                    tuple(_at(f"input {i}", Input.parse, one) for i, one in enumerate(inputs)),
                    _integers(constants),
                    tuple(_at(f"node {i}", Node.parse, one) for i, one in enumerate(nodes)),
                )
        raise ModelError("not a program: expected lists of inputs, of constants and of nodes")


def _integers(body: list[Value]) -> tuple[int, ...]:
    found = tuple(one for one in body if isinstance(one, int) and not isinstance(one, bool))
    check(len(found) == len(body), "sizes, operands and attributes are integers")
    return found


def _at(place: str, parse: Callable[[Value], _Parsed], body: Value) -> _Parsed:
    """What a body is parsed to. Raises ModelError, naming the place."""
    try:
        return parse(body)
    except ModelError as error:
        raise ModelError(f"{place}: {error}") from None
