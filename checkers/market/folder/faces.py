"""The faces of models that are on the market, as providers publish them in its folder.

A hardened version's terms bind its face by a digest, so its providers answer for it.
"""

from pathlib import Path
from typing import Self

import attrs

from checkers.host.files import check_plain, make_folder, write_whole
from checkers.results.page import Line
from impl.models.face import Face
from impl.models.operators import ModelError
from spec.bytes.digest import digest
from spec.notation import MachineError

_FOLDER = "faces"


def publish(folder: Path, named: bytes, face: Face) -> None:
    """Publish a face in a market's folder, by its digest or an API's name. Raises MachineError."""
    make_folder(folder / _FOLDER)
    write_whole(_file(folder, named), face.json())


def published(folder: Path, named: bytes, bound: bytes | None = None) -> Face:
    """The face of that name. Raises MachineError unless it is the one that is bound.

    Args:
        bound: its digest; None where nothing binds it.
    """
    file = _file(folder, named)
    check_plain(file, _MEND)
    try:
        face = Face.parse(file.read_text())
    except (ModelError, UnicodeDecodeError, OSError) as error:
        what = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise MachineError(f"{file}: {what}; {_MEND}") from None
    if bound is not None and face.digest != bound:
        raise MachineError(f"{file}: not the face that the version's terms bind; {_MEND}")
    return face


@attrs.frozen
class Sold:
    """How something on the market is asked.

    Attributes:
        api: what it is called.
        face: as it is published; None if it cannot be read.
        problem: why not.
    """

    api: str
    face: Face | None
    problem: str = ""

    @classmethod
    def of(cls, folder: Path, api: str, named: bytes, bound: bytes | None = None) -> Self:
        """How a version, or an API, is asked; the rest is as `published` has it."""
        try:
            return cls(api, published(folder, named, bound))
        except MachineError as error:
            return cls(api, None, str(error))

    @property
    def line(self) -> Line:
        """What people are shown."""
        if self.face is None:
            return Line(f"{self.api}: {self.problem}", "undecided")
        return Line(f"{self.api} is {self.face.brief}")

    def json(self) -> dict[str, object] | None:
        """The face as plain data."""
        return None if self.face is None else attrs.asdict(self.face)


def check_same(folder: Path, named: bytes, face: Face, api: str) -> None:
    """Refuse to replace what is on the market by a model that is asked otherwise.

    Raises MachineError.
    """
    if not _file(folder, named).exists():
        return
    before, now = (
        [column.name for column in one.columns] for one in (published(folder, named), face)
    )
    if before != now:
        raise MachineError(
            f"{api} is on the market, and takes {', '.join(before)}; this model takes "
            f"{', '.join(now)}: put it there by another name, with --api"
        )


_MEND = "without a model's face nobody can ask it: put it back, or deploy the model anew"


def _file(folder: Path, named: bytes) -> Path:
    return folder / _FOLDER / f"{digest('face-of', named).hex()[:16]}.json"
