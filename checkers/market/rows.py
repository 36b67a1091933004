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
    except (ValueError, TypeError, OverflowError, EOFError, OSError, csv.Error) as error:
        raise MachineError(f"{path}: {' '.join(str(error).split())}; give {FILES}") from None
    return Rows(numbers, names)


def reals(values: ArrayLike) -> Reals:
    """Real numbers, in rows of one length. Raises ValueError."""
    array = np.asarray(values)
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
    if len(rows) < 2 or any(map(_is_number, rows[0])):
        return [[float(cell) for cell in row] for row in rows], None
    if len({len(row) for row in rows}) > 1:
        raise ValueError("rows are not as long as the names above them")
    return [[float(cell) for cell in row] for row in rows[1:]], tuple(rows[0])


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
