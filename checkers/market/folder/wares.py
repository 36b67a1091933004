"""What is sold in a market in a folder, and what is asked of it: models, and inputs."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Self, TypeAlias
from zipfile import BadZipFile

import attrs
import numpy as np

from adversaries.victim import API as DIGITS
from adversaries.victim import victim
from checkers.market.rows import FILES, Rows, read_rows, reals
from checkers.market.splitting.source import source
from checkers.market.splitting.splitting import FACE, cut, file_of
from impl.models.component import Component, parse_tensor
from impl.models.face import Face, Given
from impl.models.fixedpoint import Integers, Reals
from impl.models.model import Model
from impl.models.network import network, quantise
from impl.models.operators import ModelError
from impl.models.training import Perceptron, load_digits
from spec.bytes.encoding import EncodingError
from spec.notation import MachineError

_UNREADABLE = (ValueError, KeyError, TypeError, EOFError, OSError, BadZipFile, zlib.error)
"""What is raised for a file that is not what it should be."""
_MODELS = (
    f"give {DIGITS}, module:attribute, a folder that `tallystick split` has written, a file of "
    "ONNX or of a component, or an .npz of weights_0, biases_0, weights_1, ..."
)


@attrs.frozen
class Whole:
    """A model for sale, and what people call it."""

    name: str
    model: Model

    @property
    def face(self) -> Face:
        """How it is asked, and how its answers are read."""
        return self.model.face

    def split(self, parts: int | None, most: int) -> Sequence[Component]:
        """So many parts, as equal as can be; else as many as can be, but no more than the most.

        Raises MachineError.
        """
        many = min(len(self.model.seams) + 1, most) if parts is None else parts
        return cut(self.name, self.model, many)


@attrs.frozen
class Cut:
    """Parts for sale that were cut before, and what people call them together."""

    name: str
    face: Face
    components: tuple[Component, ...]

    def split(self, parts: int | None, most: int) -> Sequence[Component]:
        """The parts. Raises MachineError if another number of them is asked for."""
        if parts not in (None, len(self.components)):
            raise MachineError(
                f"--parts {parts}: {self.name} was cut into {len(self.components)}; leave it out"
            )
        return self.components


Ware: TypeAlias = Whole | Cut
"""What is put on the market."""


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


def ware(named: str, data: Path | None = None, api: str | None = None) -> Ware:
    """The model of a name, in a file, or in a folder that `tallystick split` has written.

    Args:
        data: rows that tell in which range an estimator is asked.
        api: what it is to be called on the market.

    Raises MachineError.
    """
    found = _ware(named, data)
    return found if api is None else attrs.evolve(found, name=api)


def _ware(named: str, data: Path | None) -> Ware:
    if named == DIGITS:
        return Whole(DIGITS, victim()[0])
    path = Path(named)
    if path.is_dir():
        return _cut(path)
    if ":" not in named and not path.is_file():
        raise MachineError(f"{named}: no such model, and no such file; {_MODELS}")
    if path.suffix == ".npz":
        return Whole(path.stem, _arrays(path))
    try:
        found = source(named, read_rows(data) if data else None, bits=None)
    except MachineError as error:
        raise MachineError(f"{error}; {_MODELS}" if path.is_file() else str(error)) from None
    _, _, name = found.named.rpartition(":")
    return Whole(name, found.model)


_CUT = f"give a folder that `tallystick split` has written, with {FACE} and all parts"


def _cut(folder: Path) -> Cut:
    """Parts that were written to a folder. Raises MachineError."""
    try:
        described = folder / FACE
        if described.exists() and not described.is_file():  # of which reading may never end
            raise MachineError(f"{described}: is no file; {_CUT}")
        face, parts = Face.parse(described.read_text()), list[Component]()
        while (file := folder / file_of(len(parts))).is_file():
            parts.append(Component.parse(file.read_bytes()))
    except FileNotFoundError:
        raise MachineError(f"{folder}: there is no {FACE} in it; {_CUT}") from None
    except (ModelError, EncodingError, UnicodeDecodeError, OSError) as error:
        raise MachineError(f"{folder}: {_line(error)}; {_CUT}") from None
    if not parts:
        raise MachineError(f"{folder}: there is no {file_of(0)} in it; {_CUT}")
    ends = [len(face.columns), *(part.program.gives for part in parts)]
    starts = [*(part.program.takes for part in parts), face.gives]
    if ends != starts:
        raise MachineError(f"{folder}: parts that do not fit together; split the model anew")
    return Cut(folder.name, face, tuple(parts))


def _arrays(path: Path) -> Model:
    """A network of weights_0, biases_0, weights_1, ... Raises MachineError."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            layers = range(len(arrays.files) // 2)
            weights, biases = (
                tuple(reals(arrays[f"{kind}_{layer}"]) for layer in layers)
                for kind in ("weights", "biases")
            )
        made = quantise(Perceptron(weights, biases))
        return network(made, labels=range(len(made[-1].bias)) if made else ())
    except _UNREADABLE as error:
        raise MachineError(f"{path}: {_line(error)}; {_MODELS}") from None


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


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
