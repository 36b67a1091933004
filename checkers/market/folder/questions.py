"""What is asked of a model that is on the market, and what is answered."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import attrs

from adversaries.victim import API as DIGITS
from checkers.market.rows import FILES, Rows, read_rows
from impl.models.component import parse_tensor
from impl.models.face import Face, Given
from impl.models.fixedpoint import Integers, Reals
from impl.models.operators import ModelError
from impl.models.training import load_digits
from spec.notation import MachineError


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
        label: that of the highest score, or the number or numbers; None if what came is no output
            of a model.
        scores: of each label; or the numbers.
    """

    right: int | None
    label: Given | None
    scores: Sequence[float]

    @classmethod
    def of(cls, output: bytes, face: Face, right: int | None = None) -> Self:
        """The answer in an output, whatever that is, as the model's face has it."""
        try:
            tensor = parse_tensor(output)
            [label] = face.answers(tensor)
            [scores] = face.decode(tensor).tolist()
        except ValueError:
            return cls(right, None, ())
        return cls(right, label, scores)

    def __str__(self) -> str:
        several = isinstance(self.label, tuple)
        told = ", ".join(map(str, self.scores)) if several else str(self.label)
        told = "no output of a model" if self.label is None else told
        return f"answer: {told}" + (
            "" if self.right is None else f" (the sample is a {self.right})"
        )

    def json(self) -> dict[str, object]:
        """The same as plain data."""
        return {"answer": self.label, "label": self.right, "output": self.scores}


def questions(asked: Sequence[str], face: Face) -> list[Question]:
    """What is asked, row by row, of a model with a face. Raises MachineError."""
    return [question for one in asked for question in _questions(one, face)]


def _questions(asked: str, face: Face) -> list[Question]:
    name, colon, number = asked.partition(":")
    if colon and name == DIGITS:
        sample, label = _sample(asked, number)
        return [Question(asked, _encoded(asked, sample, face), label)]
    path = Path(asked)
    if not path.is_file():
        raise MachineError(f"{asked}: no such file; give {DIGITS}:N for a sample, or {FILES}")
    rows = read_rows(path)
    _check_names(asked, rows, face)
    data = _encoded(asked, rows.numbers, face)
    several = len(data) > 1
    return [
        Question(f"{asked}, row {i}" if several else asked, data[i : i + 1])
        for i in range(len(data))
    ]


def _check_names(asked: str, rows: Rows, face: Face) -> None:
    """Refuse a file whose columns are called otherwise than the model's. Raises MachineError."""
    wanted = tuple(column.name for column in face.columns)
    if rows.names is not None and rows.names != wanted:
        raise MachineError(
            f"{asked}: columns {', '.join(rows.names)}; the model takes {', '.join(wanted)}, in "
            "this order: nothing was paid"
        )


def _encoded(asked: str, rows: Reals, face: Face) -> Integers:
    """Rows as the model takes them. Raises MachineError for what it does not take."""
    try:
        return face.encode(rows)
    except ModelError as error:
        raise MachineError(f"{asked}: {error}: nothing was paid") from None


def _sample(asked: str, number: str) -> tuple[Reals, int]:
    samples = load_digits().traffic
    many = len(samples.inputs)
    if not (number.isdecimal() and len(number) < 9 and int(number) < many):
        raise MachineError(f"{asked}: there are samples {DIGITS}:0 to {DIGITS}:{many - 1}")
    row = int(number)
    return samples.inputs[row : row + 1], int(samples.labels[row])
