"""What consumers see of a model: what it can be asked, and what its numbers mean.

Whoever has a model's face can refuse a question that the model would not take before anything is
paid for it, and read the answer that comes; of what the model computes it says nothing.
"""

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn, Self, TypeAlias, TypeVar

import attrs
import numpy as np
from numpy.typing import ArrayLike

from impl.models.component import OutOfRange
from impl.models.fixedpoint import EXACT, Integers, Reals
from impl.models.operators import ModelError, check
from impl.models.program import WIDEST
from spec.bytes.digest import digest

Label: TypeAlias = bool | int | float | str
"""What a classifier calls a class."""
Given: TypeAlias = Label | tuple[float, ...]
"""What is answered to a row: a label; or the number of a model without labels, or its numbers."""

_Kind = TypeVar("_Kind")
_SHOWN = 6  # columns in a line


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

    @property
    def grid(self) -> str:
        """To what a real number is rounded, as people say it."""
        decimals = len(str(self.steps)) - 1
        if self.steps == 1:
            return "whole numbers"
        if self.steps == 10**decimals:
            return f"{decimals} decimals" if decimals > 1 else "1 decimal"
        return f"steps of 1/{self.steps}"

    def __str__(self) -> str:
        return f"{self.name}, {self.least / self.steps:g} to {self.most / self.steps:g}"


@attrs.frozen
class Face:
    """How a model is asked, and how its answers are read.

    Attributes:
        columns: what it takes, column by column.
        gives: how many numbers it gives for a row.
        steps: to 1, of the numbers that it gives.
        labels: of a classifier, what the numbers that it gives are scores of; else none.
    """

    columns: tuple[Column, ...]
    gives: int
    steps: int
    labels: tuple[Label, ...] = ()

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
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused below
            scaled = reals * steps
            below = np.floor(scaled)
            up = scaled - below >= 0.5  # floor(x + 0.5) takes the float below 0.5 up to 1
        grid = below + up
        outside = ~((least <= grid) & (grid <= most))  # so written, it catches NaN too
        if outside.any():
            row, column = (int(place[0]) for place in outside.nonzero())
            raise OutOfRange(
                f"row {row}: {reals[row, column]:g} is outside of {self.columns[column]}"
            )
        return grid.astype(np.int64)

    def rounded(self, inputs: ArrayLike) -> int:
        """How many rows of real numbers are not on the grid already. Raises as `encode` does."""
        steps = [column.steps for column in self.columns]
        return int((self.encode(inputs) / steps != np.asarray(inputs)).any(axis=1).sum())

    def decode(self, outputs: Integers) -> Reals:
        """What the component gives as real numbers, in the same shape."""
        return outputs / float(self.steps)

    def answers(self, outputs: Integers) -> list[Given]:
        """The label of the highest score of each row, the first if there are several.

        Of a model that has no labels, the number that it gives, or all of them. Raises ModelError.
        """
        if outputs.ndim != 2 or outputs.shape[1] != self.gives:
            raise ModelError(f"outputs {outputs.shape}: not what the model gives")
        if self.labels:
            return [self.labels[place] for place in outputs.argmax(axis=1)]
        rows: list[list[float]] = self.decode(outputs).tolist()
        return [row[0] if self.gives == 1 else tuple(row) for row in rows]

    @property
    def brief(self) -> str:
        """With what it is asked, in a line; of many columns the first, and how many more."""
        shown = [f"{column}, in {column.grid}" for column in self.columns[:_SHOWN]]
        if len(self.columns) > _SHOWN:
            shown.append(f"{len(self.columns) - _SHOWN} more")
        numbers = "1 number" if len(self.columns) == 1 else f"{len(self.columns)} numbers"
        return f"asked with {numbers}: {'; '.join(shown)}"

    @property
    def digest(self) -> bytes:
        """What binds it."""
        return digest("face", self.json().encode())

    def json(self) -> str:
        """It as text. Raises ModelError if a label cannot be written."""
        columns = [attrs.asdict(column) for column in self.columns]
        whole = {"columns": columns, "gives": self.gives, "steps": self.steps}
        try:
            return json.dumps({**whole, "labels": [*self.labels]}, indent=2, allow_nan=False) + "\n"
        except (TypeError, ValueError) as error:
            raise ModelError(f"labels: {error}: name classes by texts or numbers") from None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The face that a text writes. Raises ModelError, which names the place."""
        try:
            read = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        except RecursionError:
            raise ModelError("model.json: nested too deep: give what a split has written") from None
        except ModelError as error:
            raise ModelError(f"model.json: {error}") from None
        except ValueError as error:
            raise ModelError(f"model.json is no JSON: {error}") from None
        return cls._of(_Place("model.json", read))

    @classmethod
    def _of(cls, whole: "_Place") -> Self:
        found = whole.fields("columns", "gives", "steps", "labels")
        gives = found["gives"].integer(1, WIDEST)
        columns, labels = found["columns"].items(), found["labels"].items()
        check(bool(columns), f"{found['columns'].name}: give at least one")
        check(
            len(labels) in (0, gives),
            f"{found['labels'].name}: {len(labels)} labels for {gives} numbers: give as many",
        )
        return cls(
            tuple(_column(column) for column in columns),
            gives,
            found["steps"].integer(1, EXACT),
            tuple(label.label() for label in labels),
        )


def _column(place: "_Place") -> Column:
    found = place.fields("name", "steps", "least", "most")
    steps = found["steps"].integer(1, EXACT)
    least = found["least"].integer(1 - EXACT, EXACT - 1)
    return Column(found["name"].of(str), steps, least, found["most"].integer(least, EXACT - 1))


@attrs.frozen
class _Place:
    """Something that was read, and where. Raises ModelError, naming it, if it is something else."""

    name: str
    value: object

    def of(self, kind: type[_Kind]) -> _Kind:
        """It, if it is of a kind."""
        if not isinstance(self.value, kind) or (kind is int and isinstance(self.value, bool)):
            found = type(self.value).__name__
            raise ModelError(f"{self.name}: {found}, not {kind.__name__}")
        return self.value

    def fields(self, *names: str) -> Mapping[str, "_Place"]:
        """The fields of a map of these, and of no others."""
        held: Mapping[str, object] = self.of(dict)
        check({*held} == {*names}, f"{self.name}: fields {[*held]}: give {', '.join(names)}")
        return {name: _Place(f"{self.name}, {name}", held[name]) for name in names}

    def items(self) -> Sequence["_Place"]:
        """What is in a list."""
        return [_Place(f"{self.name} {i}", one) for i, one in enumerate(self.of(list))]

    def integer(self, least: int, most: int) -> int:
        """An integer between two others."""
        number = self.of(int)
        check(least <= number <= most, f"{self.name}: not an integer from {least} to {most}")
        return number

    def label(self) -> Label:
        """What a class can be called."""
        if not isinstance(self.value, bool | int | float | str):
            raise ModelError(f"{self.name}: neither a text nor a number")
        return self.value


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """A map, of which each field is there once."""
    held = dict(pairs)
    check(len(held) == len(pairs), f"fields {[name for name, _ in pairs]}: give each once")
    return held


def _no_number(text: str) -> NoReturn:
    raise ModelError(f"{text} is no number")
