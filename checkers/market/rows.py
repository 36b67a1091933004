"""Files of rows of numbers."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import attrs
import numpy as np
from numpy.typing import ArrayLike

from impl.models.fixedpoint import Reals
from spec.notation import MachineError

FILES = "a file of rows of numbers: .npy, .csv (which may begin with names) or .json"


@attrs.frozen(eq=False)
class Rows:
    """Numbers (rows, columns), and what the columns are called, if it is said."""

    numbers: Reals
    names: tuple[str, ...] | None = None


def read_rows(path: Path) -> Rows:
    """The rows of a file. Raises MachineError, naming it."""
    try:
        array, names = read(path)
        numbers = np.atleast_2d(reals(array))
        if numbers.ndim != 2 or not numbers.size:
            raise ValueError("no rows of numbers")
    except OSError as error:
        raise MachineError(f"{path}: {error.strerror}; give {FILES}") from None
    except (ValueError, TypeError, OverflowError, EOFError, csv.Error) as error:
        raise MachineError(f"{path}: {' '.join(str(error).split())}; give {FILES}") from None
    return Rows(numbers, names)


def reals(values: ArrayLike) -> Reals:
    """Real numbers, in rows of one length. Raises ValueError."""
    try:
        array = np.asarray(values)
    except ValueError:  # rows of several lengths
        array = np.empty(0, object)
    if array.dtype.kind not in "iufb":
        raise ValueError("not rows of real numbers, each row of as many as the others")
    return array.astype(np.float64)


def read(path: Path) -> tuple[ArrayLike, tuple[str, ...] | None]:
    """What a file has, and the names of its columns. Raises OSError, ValueError or csv.Error."""
    match path.suffix:
        case ".npy":
            return np.load(path, allow_pickle=False), None
        case ".csv":
            with path.open(newline="", encoding="utf-8-sig") as file:
                return _table([row for row in csv.reader(file) if row])
        case ".json":
            return json.loads(path.read_bytes()), None
    raise ValueError(f"{path.suffix or 'no ending'} is none of .npy, .csv and .json")


def _table(rows: Sequence[Sequence[str]]) -> tuple[ArrayLike, tuple[str, ...] | None]:
    """The numbers of a table, and the names above them, if its first row is none of numbers."""
    for other in (";", "\t"):
        if rows and all(any(other in cell for cell in row) for row in rows):
            raise ValueError(f"cells are apart by {other!r}: put commas between them")
    if not rows or any(map(_is_number, rows[0])):
        return _cells(rows), None
    if len(rows) == 1:
        raise ValueError("a row of names, or of no numbers, and none below it")
    if len({len(row) for row in rows}) > 1:
        raise ValueError("rows are not as long as the names above them")
    return _cells(rows[1:]), tuple(rows[0])


def _cells(rows: Sequence[Sequence[str]]) -> list[list[float]]:
    """The numbers in cells. Raises ValueError, naming the first that has none."""
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if not _is_number(cell):
                raise ValueError(f"row {number}, column {column}: {cell[:40]!r} is no number")
    return [[float(cell) for cell in row] for row in rows]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
