"""What can go wrong when a protocol text is read or run."""

import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from types import CodeType, FrameType, TracebackType

import attr
import attrs

Place = tuple[str, int]
"""A file and a line of it, from 1."""


class MachineError(Exception):
    """A machine, its text or its size is not one that can be run; the message says the mend.

    Attributes:
        at: the file and line that have to be mended, where they are known; the message begins so.
    """

    def __init__(self, said: str, at: Place | None = None) -> None:
        super().__init__(said)
        self.at = at

    def __str__(self) -> str:
        said = super().__str__()
        return f"{shown(self.at[0])}:{self.at[1]}: {said}" if self.at else said


def shown(file: str | Path) -> str:
    """A file as people find it from where they are: by its whole path only if it is elsewhere."""
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


class Refused(Exception):
    """An action's guard does not hold; `reason` is the guard's text, the stable reason code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OutOfRange(Exception):
    """An action would use or store a number outside its sort: `low` below zero, else past the size.

    Past the size is the edge of what a run looks at; below zero is a fault of the protocol.
    """

    def __init__(self, what: str, *, low: bool) -> None:
        super().__init__(what)
        self.low = low


@attrs.frozen
class Naming:
    """While an author's text is read: whatever goes wrong is told in one line that says where.

    Args:
        label: what is read, as `machine.action`.
    """

    label: str

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: object, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, Exception) or isinstance(error, Refused | OutOfRange):
            return
        if not isinstance(error, MachineError):
            raise MachineError(f"in {self.label}: {said(error)}", innermost(trace)) from error
        if error.at is None:
            what = str(error)
            label = "" if what.startswith("in ") else f"in {self.label}: "
            raise MachineError(f"{label}{what}", innermost(trace)) from error


@contextmanager
def placing(at: Place | None = None) -> Iterator[None]:
    """Give an error that names no place this one, or that of the author's call."""
    try:
        yield
    except MachineError as error:
        raise error if error.at else MachineError(str(error), at or _caller()) from error


def _caller() -> Place | None:
    """Where the author called what is running now."""
    frame: FrameType | None = sys._getframe(1)
    while frame and not is_authors(frame.f_code.co_filename):
        frame = frame.f_back
    return (frame.f_code.co_filename, frame.f_lineno) if frame else None


def where(function: object) -> Place | None:
    """Where a function is written; None where it is none that a file of the author's has."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType) or not is_authors(code.co_filename):
        return None
    return code.co_filename, code.co_firstlineno


def an(name: str) -> str:
    """A name with its article: `a bool`, `an int`."""
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def meant(name: str, names: Iterable[str]) -> str:
    """Which of the names there are may have been meant: `did you mean held?`."""
    known = [other for other in names if not other.startswith("_")]
    return close(name, known) or f"there are {', '.join(known)}"


def close(name: str, names: Iterable[str]) -> str:
    """Which names are much like another, in whichever case, as a question; of none, nothing."""
    known = {other.casefold(): other for other in names}
    like = get_close_matches(name.casefold(), known)
    return f"did you mean {' or '.join(known[one] for one in like)}?" if like else ""


def said(error: Exception) -> str:
    """What Python says of an error, and the mend."""
    what = f"{type(error).__name__}: {error}".replace("'Term'", "a state value")
    return f'{" ".join(what.split())}; mend this line (README, "The notation in full")'


def innermost(trace: TracebackType | None) -> Place | None:
    """The line of the author's that an error comes from."""
    found = None
    for frame, line in _frames(trace):
        if is_authors(frame.f_code.co_filename):
            found = frame.f_code.co_filename, line
    return found


def _frames(trace: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while trace:
        yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next


_OURS = (str(Path(__file__).parent), str(Path(attr.__file__).parent))
_PYTHON = sysconfig.get_path("stdlib")


def is_authors(file: str) -> bool:
    """Whether a file is the author's: none of the notation's, and none of Python's."""
    pythons = file.startswith(_PYTHON) and "site-packages" not in file
    return not (file.startswith(("<", *_OURS)) or pythons)
