"""Interpolated tables of functions of one number, as fine everywhere as the function is curved.

The range is cut into segments, each as long as a power of two, and these into cells, within which
the function is taken to be straight. So a table fits the range that it is made for: the logarithm
has small cells near 0 only, and the logistic function has few far away from it.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction

import attrs
import numpy as np

from impl.models.fixedpoint import Integers, Reals

SEGMENTS, CELLS = 64, 2**14
"""Of a table, at most."""
_CELLS_OF_A_SEGMENT = (4, 6, 8, 10, 12)  # in bits


@attrs.frozen(eq=False)
class Curve:
    """A function that rises, and is curved one way only, or one way below 0 and the other above.

    Attributes:
        name: what formulas call it.
        function: in floating point.
        takes: whether it has a value that fits from one number to another, of which either can be
            off by so much.
        mend: what to do if not.
        drift: of the same numbers, what its value can be off by.
    """

    name: str
    function: Callable[[Reals], Reals]
    takes: Callable[[float, float, float], bool]
    mend: str
    drift: Callable[[float, float, float], float]


def _of_least(function: Callable[[float], float]) -> Callable[[float, float, float], float]:
    """How far a function can drift that is steepest where it begins."""

    def drift(least: float, most: float, error: float) -> float:
        start = max(least - error, 0.0)
        return float(function(start + error) - function(start)) if error else 0.0

    return drift


CURVES: Mapping[str, Curve] = {
    curve.name: curve
    for curve in (
        Curve(
            "log",
            np.log,
            takes=lambda least, most, error: least - error > 0,
            mend="it must be certain to be above 0: narrow the ranges, or take max(..., 0.01)",
            drift=_of_least(np.log),
        ),
        Curve(
            "sqrt",
            lambda x: np.sqrt(np.maximum(x, 0)),  # floating point can round 0 to less
            takes=lambda least, most, error: least >= 0,
            mend="it must be certain to be no less than 0: narrow the ranges, or take max(..., 0)",
            drift=_of_least(np.sqrt),
        ),
        Curve(
            "exp",
            np.exp,
            takes=lambda least, most, error: most + error <= 36,
            mend="at most exp(36) fits below 2**53: narrow the ranges, or take min(..., 36)",
            drift=lambda least, most, error: float(np.exp(most + error)) * error,
        ),
        Curve(
            "logistic",
            lambda x: np.exp(-np.logaddexp(0, -x)),  # exact also where it is as good as 0
            takes=lambda least, most, error: True,
            mend="",
            drift=lambda least, most, error: error / 4,
        ),
        Curve(
            "tanh",
            np.tanh,
            takes=lambda least, most, error: True,
            mend="",
            drift=lambda least, most, error: error,
        ),
    )
}
"""All functions that are tabulated, by name."""


@attrs.frozen(eq=False)
class Table:
    """What a function comes to where cells begin, and at the end.

    Attributes:
        starts: where cells of another width begin, int64.
        widths: of the cells from there on, in bits.
        values: where each cell begins and where the last one ends, int64.
        unit: what 1 stands for among them.
        error: what a value in between can be off by, at most, but for rounding.
    """

    starts: Integers
    widths: Integers
    values: Integers
    unit: Fraction
    error: float


@attrs.frozen(eq=False)
class _Range:
    """A function on integers, each of which stands for so many units."""

    curve: Curve
    least: int
    most: int
    unit: float

    def ends(self, start: int, length: int, width: int) -> Integers:
        """Where the cells of a segment begin, and where the last one ends that is needed."""
        ends = start + (np.arange((1 << length - width) + 1, dtype=np.int64) << width)
        return ends[: np.searchsorted(ends, self.most, side="right") + 1]

    def at(self, points: Integers) -> Reals:
        """What the function comes to."""
        return self.curve.function(points.astype(np.float64) * self.unit)

    def error(self, start: int, length: int, width: int) -> float:
        """What is at most between the function and a straight line, in any cell of a segment."""
        if width == 0:
            return 0.0  # there is no integer in between
        ends = self.ends(start, length, width)
        with np.errstate(over="ignore", invalid="ignore"):  # past the end of the range
            reals, middles = self.at(ends), self.at(ends[:-1] + (1 << width - 1))
            # What is curved one way is in the middle at least half as far away as anywhere.
            apart = 2 * np.abs(middles - (reals[:-1] + reals[1:]) / 2)
        return float(apart.max())

    def segments(self, cells: int, tolerance: float) -> list[tuple[int, int, int]] | None:
        """Where segments begin, their length and that of their cells, in bits.

        None if too many are needed with so many cells each, in bits.
        """
        found = list[tuple[int, int, int]]()
        waiting, room = self._halves(), CELLS
        while waiting:
            start, length = waiting.pop()
            width = max(0, length - cells)
            if start > self.most or start + (1 << length) <= self.least:
                continue
            if self.error(start, length, width) <= tolerance:
                found.append((start, length, width))
                room -= 1 << length - width
            else:
                half = length - 1
                waiting += [(start + (1 << half), half), (start, half)]
            if len(found) + len(waiting) > SEGMENTS or room < 0:
                return None
        return found

    def _halves(self) -> list[tuple[int, int]]:
        """All of it, in segments; 0 is where one begins, so that no cell is curved both ways."""
        if self.least < 0 <= self.most:
            below = (-self.least).bit_length()
            return [(0, self.most.bit_length()), (-(1 << below), below)]
        return [(self.least, (self.most - self.least).bit_length())]


def tabulate(curve: Curve, least: int, most: int, unit: Fraction, bits: int) -> Table:
    """A table of a function for the integers of a range, each of which stands for so many units.

    Its values have so many bits, and it is as exact if that can be had with `CELLS` cells.
    """
    asked = _Range(curve, least, most, float(unit))
    furthest = float(np.abs(asked.at(np.array([least, most]))).max())
    step = 2.0 ** (int(np.frexp(furthest)[1]) - bits)
    tolerance, found = step / 2, list[list[tuple[int, int, int]]]()
    while not found:
        tried = (asked.segments(cells, tolerance) for cells in _CELLS_OF_A_SEGMENT)
        found = [segments for segments in tried if segments is not None]
        tolerance *= 2
    best = min(
        found, key=lambda segments: sum(1 << length - width for _, length, width in segments)
    )
    ends = [asked.ends(*segment) for segment in best]
    reals = asked.at(np.concatenate([*(each[:-1] for each in ends), ends[-1][-1:]]))
    starts, _, widths = np.array(best, np.int64).T
    changes = np.diff(widths, prepend=-1) != 0
    error = max(asked.error(*segment) for segment in best)
    values = np.floor(reals / step + 0.5).astype(np.int64)
    return Table(starts[changes], widths[changes], values, Fraction(step), error)
