"""What runs of a program take, step by step.

First each number that went in is checked. Then each node in turn: it puts out the numbers of its
value one by one, each in as many steps as its operator takes turns, and in one step more the value
is complete, and values that nobody needs any more are let go of.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

import attrs

from impl.models.program import Input, Node, Program
from impl.quarrel.binding import WitnessError
from impl.quarrel.blocks import block_count, block_of

GIVEN = 0
"""The number of the tensor that goes in. That of what a node makes is one more than the node's."""


@attrs.frozen
class Place:
    """What a step is about.

    Attributes:
        node: the number of its node; None while what went in is checked.
        number: how many numbers were put out, or checked, before.
        turn: which turn of the next one is taken; None where all are there, or are only checked.
        last: whether it is the last turn of a number, which then is put out.
    """

    node: int | None
    number: int
    turn: int | None = None
    last: bool = False


@attrs.frozen
class Spot:
    """Where a number stands that a step reads: in which tensor, if not the constants; and where."""

    tensor: int | None
    index: int


@attrs.frozen
class Plan:
    """What runs of a program take."""

    program: Program

    @property
    def parameters(self) -> int:
        """How many constants there are."""
        return sum(self.program.constants)

    @cached_property
    def widths(self) -> Sequence[int]:
        """How many numbers a row has of each tensor: of what goes in, and of each node's value."""
        return [self.program.takes, *self.program.widths[self.program.first :]]

    @cached_property
    def _starts(self) -> Sequence[int]:
        """Where what went in has the columns of each input, and the constants those of each."""
        inputs = accumulate((one.width for one in self.program.inputs), initial=0)
        constants = accumulate(self.program.constants, initial=0)
        return [*[*inputs][:-1], *constants]

    @cached_property
    def _columns(self) -> Sequence[Input]:
        return [one for one in self.program.inputs for _ in range(one.width)]

    def sizes(self, rows: int) -> list[int]:
        """How many numbers each node puts out."""
        return [rows * width for width in self.widths[1:]]

    def blocks(self, rows: int) -> list[int]:
        """How many blocks each node puts out."""
        return [*map(block_count, self.sizes(rows))]

    def full_blocks(self, node: int, number: int, rows: int) -> int:
        """How many full blocks a node has put out, of so many numbers."""
        count = rows * self.widths[node + 1]
        return block_count(count) if number == count else block_of(number, count)[0]

    @cached_property
    def _work(self) -> Sequence[int]:
        """How many turns each node takes a row."""
        return [w * turns for w, turns in zip(self.widths[1:], self.program.turns, strict=True)]

    def steps(self, rows: int) -> int:
        """How many steps a run takes."""
        return rows * (self.program.takes + sum(self._work)) + len(self._work)

    def halvings(self, rows: int) -> int:
        """How often a quarrel about a run is halved until it is about one step."""
        return (self.steps(rows) - 1).bit_length()

    def rows_of(self, shape: Sequence[int] | None, rounds: int) -> int | None:
        """How many rows an input has; None if it is none of a run that so many rounds halve.

        Args:
            shape: the input's; None for what is no tensor.
        """
        match shape:
            case (rows, self.program.takes) if self.steps(rows) <= 1 << rounds:
                return rows
        return None

    def place(self, position: int, rows: int) -> Place:
        """What the step after so many steps is about. Raises WitnessError if there is none."""
        if 0 <= position < rows * self.program.takes:
            return Place(None, position)
        position -= rows * self.program.takes
        for node, work in enumerate(self._work):
            if 0 <= position < rows * work:
                turns = self.program.turns[node]
                number, turn = divmod(position, turns)
                return Place(node, number, turn, last=turn == turns - 1)
            if position == rows * work:
                return Place(node, rows * self.widths[node + 1])
            position -= rows * work + 1
        raise WitnessError("witness: the run has no such step")

    def salt_of(self, place: Place, rows: int, rounds: int) -> int | None:
        """Where among a run's salts that of the block stands which a step adds to, if it does.

        Args:
            rounds: each of which has a salt, before those of the blocks.
        """
        if place.node is None or not place.last:
            return None
        full = self.full_blocks(place.node, place.number, rows)
        return rounds + sum(self.blocks(rows)[: place.node]) + full

    def live(self, node: int | None) -> Sequence[int]:
        """The tensors that are held while a node puts out its value; one past the last, the output.

        Args:
            node: None while what went in is checked.
        """
        return [GIVEN] if node is None else self._live[node]

    @cached_property
    def _live(self) -> Sequence[Sequence[int]]:
        inputs, first = len(self.program.inputs), self.program.first
        last = [max(self.program.last_use[:inputs]), *self.program.last_use[first:]]
        return [
            [tensor for tensor in range(node + 1) if last[tensor] >= node]
            for node in range(len(self._work) + 1)
        ]

    def spot(self, node: Node, operand: int, row: int, column: int) -> Spot:
        """Where the number of an operand stands that has this row and column."""
        value = node.operands[operand]
        inputs = len(self.program.inputs)
        if self.program.is_constant(value):
            return Spot(None, self._starts[value] + column)
        if value < inputs:
            return Spot(GIVEN, row * self.widths[GIVEN] + self._starts[value] + column)
        tensor = 1 + value - self.program.first
        return Spot(tensor, row * self.widths[tensor] + column)

    def takes(self, index: int, number: int) -> bool:
        """Whether a number at an index of what goes in is one that the program takes there."""
        one = self._columns[index % self.program.takes]
        return one.least <= number <= one.most
