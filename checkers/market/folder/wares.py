"""What is sold in a market in a folder, and what is asked of it: models, and inputs.

Numbers of an input are those that the model was trained on, as grey levels from 0 to 1; a model in
integers takes them with 12 fractional bits.
"""

import csv
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Self
from zipfile import BadZipFile

import attrs
import numpy as np

from adversaries.victim import API as DIGITS
from adversaries.victim import victim
from checkers.market.rows import read, reals
from impl.models.component import Component, labels, parse_tensor
from impl.models.fixedpoint import Integers, to_fixed, to_real
from impl.models.model import Column, Model
from impl.models.network import ACTIVATION_BITS, network, quantise
from impl.models.operators import MATMUL, ModelError
from impl.models.training import Perceptron, load_digits
from spec.notation import MachineError

_UNREADABLE = (
    *(ValueError, KeyError, TypeError, OverflowError, EOFError, OSError),
    *(csv.Error, BadZipFile, zlib.error),
)
"""What is raised for a file that is not what it should be."""
_MODELS = f"give {DIGITS}, an .npz of weights_0, biases_0, weights_1, ..., or a component's bytes"
_INPUTS = f"give {DIGITS}:N for a sample, or a file of rows of numbers: .npy, .csv or .json"


@attrs.frozen
class Ware:
    """A model for sale, and what people call it."""

    name: str
    model: Model

    def split(self, parts: int | None) -> Sequence[Component]:
        """So many parts, as equal as can be; else as many as there are. Raises MachineError."""
        try:
            return self.model.split(parts)
        except ModelError as error:
            raise MachineError(f"--parts {parts}: {self.name}: {error}") from None


@attrs.frozen
class Question:
    """What a model is asked about: one row.

    Attributes:
        told: what people call it: `digits:17`, or the file and row.
        data: int64 (1, inputs).
        label: what a sample is labelled as, if it is one.
    """

    told: str
    data: Integers
    label: int | None = None


@attrs.frozen
class Answer:
    """What a market answers to a question.

    Attributes:
        right: what the sample that was asked about is labelled as, if it was one.
        label: that of the highest score; None if what came is no output of a model.
        scores: of each label.
    """

    right: int | None
    label: int | None
    scores: Sequence[float]

    @classmethod
    def of(cls, output: bytes, right: int | None = None) -> Self:
        """The answer in an output, whatever that is."""
        try:
            [label] = labels(output)
            [scores] = to_real(parse_tensor(output), ACTIVATION_BITS).tolist()
        except ValueError:
            return cls(right, None, ())
        return cls(right, label, scores)

    def __str__(self) -> str:
        told = "no output of a model" if self.label is None else str(self.label)
        return f"answer: {told}" + (
            "" if self.right is None else f" (the sample is a {self.right})"
        )

    def json(self) -> dict[str, object]:
        """The same as plain data."""
        return {"answer": self.label, "label": self.right, "output": self.scores}


def ware(named: str) -> Ware:
    """The model of a name, or in a file. Raises MachineError."""
    if named == DIGITS:
        return Ware(DIGITS, victim()[0])
    path = Path(named)
    if not path.is_file():
        raise MachineError(f"{named}: no such model, and no such file; {_MODELS}")
    try:
        if path.suffix == ".npz":
            return Ware(path.stem, network(quantise(_perceptron(path))))
        return Ware(path.stem, _bare(Component.parse(path.read_bytes())))
    except _UNREADABLE as error:
        raise MachineError(f"{named}: {_line(error)}; {_MODELS}") from None


def _bare(component: Component) -> Model:
    """A component as a model, which is cut before products."""
    program, steps = component.program, 1 << ACTIVATION_BITS
    columns = [
        Column(f"column {i}", steps, one.least, one.most)
        for i, one in enumerate(one for one in program.inputs for _ in range(one.width))
    ]
    products = [i for i, node in enumerate(program.nodes) if node.operator is MATMUL and i]
    return Model(component, tuple(columns), tuple(products), steps)


def _perceptron(path: Path) -> Perceptron:
    with np.load(path, allow_pickle=False) as arrays:
        layers = range(len(arrays.files) // 2)
        weights, biases = (
            tuple(reals(arrays[f"{kind}_{layer}"]) for layer in layers)
            for kind in ("weights", "biases")
        )
    return Perceptron(weights, biases)


def questions(asked: Sequence[str], inputs: int) -> list[Question]:
    """What is asked, row by row, of a model that takes so many numbers. Raises MachineError."""
    return [question for one in asked for question in _questions(one, inputs)]


def _questions(asked: str, inputs: int) -> list[Question]:
    name, colon, number = asked.partition(":")
    if colon and name == DIGITS:
        return [_fitting(_sample(asked, number), inputs)]
    path = Path(asked)
    if not path.is_file():
        raise MachineError(f"{asked}: no such file; {_INPUTS}")
    try:
        array, _ = read(path)
        rows = np.atleast_2d(reals(array))
        if rows.ndim != 2:
            raise MachineError(f"{asked}: {rows.ndim} dimensions; give rows of numbers")
        fixed = to_fixed(rows, ACTIVATION_BITS, asked)
    except _UNREADABLE as error:
        raise MachineError(f"{asked}: {_line(error)}; {_INPUTS}") from None
    if not fixed.size:
        raise MachineError(f"{asked}: no numbers; {_INPUTS}")
    several = len(fixed) > 1
    return [
        _fitting(Question(f"{asked}, row {i}" if several else asked, fixed[i : i + 1]), inputs)
        for i in range(len(fixed))
    ]


def _sample(asked: str, number: str) -> Question:
    samples = load_digits().traffic
    many = len(samples.inputs)
    if not (number.isdecimal() and len(number) < 9 and int(number) < many):
        raise MachineError(f"{asked}: there are samples {DIGITS}:0 to {DIGITS}:{many - 1}")
    row = int(number)
    data = to_fixed(samples.inputs[row : row + 1], ACTIVATION_BITS)
    return Question(asked, data, int(samples.labels[row]))


def _fitting(question: Question, inputs: int) -> Question:
    """A question that the model can take. Raises MachineError."""
    given = question.data.shape[1]
    if given != inputs:
        raise MachineError(
            f"{question.told}: {given} numbers; the model takes {inputs}: nothing was paid"
        )
    return question


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
