"""What is sold in a market in a folder: models, from wherever they are."""

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import BadZipFile

import attrs
import numpy as np

from adversaries.victim import API as DIGITS
from adversaries.victim import victim
from checkers.host.files import check_plain
from checkers.market.rows import read_rows, reals
from checkers.market.splitting.lost import Lost
from checkers.market.splitting.public import read_public
from checkers.market.splitting.source import source
from checkers.market.splitting.splitting import FACE, cut, file_of
from checkers.results.page import Line
from impl.hardened.terms import NAME
from impl.models.component import Component
from impl.models.face import Face
from impl.models.model import Model
from impl.models.network import network, quantise
from impl.models.operators import ModelError
from impl.models.training import Perceptron
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
    told: tuple[Line, ...] = ()

    def lost(self) -> Iterator[Line]:
        """How far it is from what it was made of, as far as that is looked at."""
        yield from self.told

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

    def lost(self) -> Iterator[Line]:
        """Nothing: that was told when it was cut."""
        yield from ()

    def split(self, parts: int | None, most: int) -> Sequence[Component]:
        """The parts. Raises MachineError if another number of them is asked for."""
        if parts not in (None, len(self.components)):
            raise MachineError(
                f"--parts {parts}: {self.name} was cut into {len(self.components)}; leave it out"
            )
        return self.components


def ware(
    named: str, data: Path | None = None, api: str | None = None, labels: str | None = None
) -> Whole | Cut:
    """The model of a name, in a file, or in a folder that `tallystick split` has written.

    Args:
        data: rows that tell in which range an estimator is asked.
        api: what it is to be called on the market.
        labels: of what the numbers that it gives are scores, as `read_labels` takes them.

    Raises MachineError.
    """
    found = _ware(named, data, labels)
    name = found.name if api is None else api
    if not (name.isprintable() and len(name.encode()) <= NAME):
        raise MachineError(
            f"{name!r:.40}: a name has at most {NAME} bytes that can be printed: give --api"
        )
    return attrs.evolve(found, name=name)


def _ware(named: str, data: Path | None, labels: str | None) -> Whole | Cut:
    path = Path(named)
    has_its_own = named == DIGITS or path.is_dir() or path.suffix == ".npz"
    if has_its_own and labels is not None:
        raise MachineError(f"--labels {labels:.60}: {named} says what it gives; leave it out")
    if named == DIGITS:
        return Whole(DIGITS, victim()[0])
    if path.is_dir():
        return _cut(path)
    if ":" not in named and not path.is_file():
        raise MachineError(f"{named}: no such model, and no such file; {_MODELS}")
    if path.suffix == ".npz":
        return Whole(path.stem, _arrays(path))
    try:
        rows = read_rows(data) if data else None
        found = source(named, rows, bits=None, labels=labels)
        lost = Lost.of(found, rows)
    except MachineError as error:
        raise MachineError(f"{error}; {_MODELS}" if path.is_file() else str(error)) from None
    _, _, name = found.named.rpartition(":")
    return Whole(name, found.model, (*lost.page(), Line("")))


_CUT = f"give a folder that `tallystick split` has written, with {FACE} and all parts"


def _cut(folder: Path) -> Cut:
    """Parts that were written to a folder. Raises MachineError."""
    try:
        described = folder / FACE
        check_plain(described, _CUT)
        face, files = Face.parse(described.read_text()), list[Path]()
        while (file := folder / file_of(len(files))).is_file():
            files.append(file)
        public = read_public(folder, len(files))
        parts = [
            Component.parse(file.read_bytes(), known)
            for file, known in zip(files, public, strict=True)
        ]
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


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
