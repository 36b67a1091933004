"""Models as people speak of them: a component, what its columns mean, and where it can be cut."""

from collections.abc import Sequence

import attrs
from numpy.typing import ArrayLike

from impl.models.component import Component
from impl.models.face import Column, Face, Given, Label
from impl.models.fixedpoint import Integers, Reals
from impl.models.operators import ModelError

__all__ = ["Column", "Label", "Model"]


@attrs.frozen
class Model:
    """A component, and what people need to speak of it.

    Attributes:
        component: what is computed.
        columns: what the component takes, column by column.
        seams: the nodes before which it is naturally cut: between layers, trees or subformulas.
        steps: to 1, of the numbers that it gives.
        labels: of a classifier, what the columns that it gives are scores of; else none.
        error: how far a number that it gives can be from what it was made of makes in real numbers
            of what it was asked, on the grid; at most, for all that it takes. None if nothing
            bounds that.
        cut: the magnitude past which a number on the way is cut off, where what is made of it would
            not be exact; infinite if none is. The error has that in it.
    """

    component: Component
    columns: tuple[Column, ...]
    seams: tuple[int, ...]
    steps: int
    labels: tuple[Label, ...] = ()
    error: float | None = None
    cut: float = float("inf")

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

    @property
    def face(self) -> Face:
        """What consumers see of it."""
        return Face(self.columns, self.component.program.gives, self.steps, self.labels)

    def encode(self, inputs: ArrayLike) -> Integers:
        """Rows of real numbers as the component takes them. Raises as `Face.encode` does."""
        return self.face.encode(inputs)

    def decode(self, outputs: Integers) -> Reals:
        """What the component gives as real numbers, in the same shape."""
        return self.face.decode(outputs)

    def answers(self, outputs: Integers) -> list[Given]:
        """What outputs answer, row by row. Raises as `Face.answers` does."""
        return self.face.answers(outputs)

    def predict(self, inputs: ArrayLike) -> list[Given]:
        """What it answers to rows of real numbers. Raises OutOfRange or ModelError."""
        return self.answers(self.component.run(self.encode(inputs)))
