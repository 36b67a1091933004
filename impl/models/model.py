"""Models as people speak of them: a component, what its columns mean, and where it can be cut."""

from collections.abc import Sequence
from typing import TypeAlias

import attrs
import numpy as np
from numpy.typing import ArrayLike

from impl.models.component import Component, OutOfRange
from impl.models.fixedpoint import Integers, Reals
from impl.models.operators import ModelError

Label: TypeAlias = bool | int | float | str
"""What a classifier calls a class."""


@attrs.frozen
class Column:
    """A number that a model is asked with, on a grid: a real x is given as an integer, x * steps.

    Attributes:
        name: what people call it.
        steps: of the grid to 1: 4096 for 12 fractional bits, 100 for hundredths.
        least, most: the integers between which it lies.
    """

    name: str
    steps: int
    least: int
    most: int

    def __str__(self) -> str:
        return f"{self.name}, {self.least / self.steps:g} to {self.most / self.steps:g}"


@attrs.frozen
class Model:
    """A component, and what people need to speak of it.

    Attributes:
        component: what is computed.
        columns: what the component takes, column by column.
        seams: the nodes before which it is naturally cut: between layers, trees or subformulas.
        steps: to 1, of the numbers that it gives.
        labels: of a classifier, what the columns that it gives are scores of; else none.
    """

    component: Component
    columns: tuple[Column, ...]
    seams: tuple[int, ...]
    steps: int
    labels: tuple[Label, ...] = ()

    def __attrs_post_init__(self) -> None:
        program = self.component.program
        if len(self.columns) != program.takes:
            raise ModelError(f"{len(self.columns)} columns for {program.takes} that it takes")
        if self.labels and len(self.labels) != program.gives:
            raise ModelError(f"{len(self.labels)} labels for {program.gives} scores")

    def split(self, parts: int | Sequence[int] | None = None) -> tuple[Component, ...]:
        """Consecutive parts, which composed are the component.

        Args:
            parts: how many, each of as many of what lies between seams as the others or one more;
                or the nodes before which it is cut, which can be any; as many as seams allow unless
                given.

        Raises ModelError.
        """
        if parts is None:
            return self.component.split(self.seams)
        if not isinstance(parts, int):
            return self.component.split(parts)
        pieces = len(self.seams) + 1
        if not 1 <= parts <= pieces:
            raise ModelError(f"{parts} parts: it has seams for 1 to {pieces}; give cuts for others")
        return self.component.split(
            [self.seams[-(-pieces * i // parts) - 1] for i in range(1, parts)]
        )

    def encode(self, inputs: ArrayLike) -> Integers:
        """Rows of real numbers as the component takes them: the nearest of the grid, halves up.

        Args:
            inputs: (rows, columns), finite.

        Raises OutOfRange, naming row and column, for a number that the model does not take, and
        ModelError for another shape.
        """
        reals = np.asarray(inputs, np.float64)
        if reals.ndim != 2 or reals.shape[1] != len(self.columns):
            raise ModelError(f"inputs {reals.shape}: give rows of {len(self.columns)} numbers")
        steps, least, most = (
            np.array([getattr(column, name) for column in self.columns], np.float64)
            for name in ("steps", "least", "most")
        )
        scaled = reals * steps
        below = np.floor(scaled)
        grid = below + (scaled - below >= 0.5)  # floor(x + 0.5) takes the float below 0.5 up to 1
        outside = ~((least <= grid) & (grid <= most))  # so written, it catches NaN too
        if outside.any():
            row, column = (int(place[0]) for place in outside.nonzero())
            raise OutOfRange(
                f"row {row}: {reals[row, column]:g} is outside of {self.columns[column]}"
            )
        return grid.astype(np.int64)

    def decode(self, outputs: Integers) -> Reals:
        """What the component gives as real numbers, in the same shape."""
        return outputs / float(self.steps)

    def answers(self, outputs: Integers) -> list[Label]:
        """The label of the highest score of each row, the first if there are several.

        Of a model that gives a single number and has no labels, that number. Raises ModelError.
        """
        if outputs.ndim != 2 or outputs.shape[1] != self.component.program.gives:
            raise ModelError(f"outputs {outputs.shape}: not what the model gives")
        if self.labels:
            return [self.labels[place] for place in outputs.argmax(axis=1)]
        return [float(number) for number in self.decode(outputs)[:, 0]]

    def predict(self, inputs: ArrayLike) -> list[Label]:
        """What it answers to rows of real numbers. Raises OutOfRange or ModelError."""
        return self.answers(self.component.run(self.encode(inputs)))
