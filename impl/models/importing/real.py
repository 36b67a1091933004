"""Real numbers in programs: integers times units, with what they can be off by.

Every real number of a formula is held as an integer times a unit, which is a fraction known when
the program is written. So a product with a constant costs nothing (the unit is another one), sums
of numbers on decimal grids are exact, and so are thresholds. The integers lie in intervals that the
certificate of the program has as well; from them it follows how many bits can be kept.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import ceil, floor, gcd

import attrs
import numpy as np

from impl.models import operators as ops
from impl.models.graph import Graph, Symbol
from impl.models.importing.interpolated import Curve, tabulate
from impl.models.operators import Elementwise, ModelError

ROOM = 2**51
"""Magnitudes of integers that come of sums: halves for rounding can still be added."""
FACTOR_BITS = 25
"""Of factors, at most: a product has 50."""
_TABLE_BITS = 44
"""Of what is looked up: times as many segments as a table has, it stays below 2**53."""
_FURTHEST = Fraction(10) ** 100
"""Magnitudes of reals, at most; the inverse at least, of what is not 0."""


@attrs.frozen(eq=False)
class Real:
    """A real number.

    Attributes:
        number: an integer, or the value of a program that has one column of them.
        unit: what 1 stands for, above 0.
        least, most: between which bounds the integers lie.
        error: what `number * unit` can be off by, at most.
    """

    number: Symbol | int
    unit: Fraction
    least: int
    most: int
    error: float = 0.0

    def __attrs_post_init__(self) -> None:
        furthest = self.reach * self.unit
        if furthest and not 1 / _FURTHEST < furthest < _FURTHEST:
            raise ModelError("its numbers leave 1e-100 to 1e100: rescale what it is made of")

    @property
    def reach(self) -> int:
        """The largest magnitude of the integers."""
        return max(-self.least, self.most)

    @property
    def furthest(self) -> float:
        """The largest magnitude of the real."""
        return float(self.reach * self.unit)

    @property
    def ends(self) -> tuple[float, float]:
        """Between which bounds it lies, but for its error."""
        return float(self.least * self.unit), float(self.most * self.unit)

    def __str__(self) -> str:
        off = f", give or take {self.error:.2g}" if self.error else ""
        return "{:.6g} to {:.6g}".format(*self.ends) + off


def constant(number: Fraction) -> Real:
    """A constant."""
    sign = (number > 0) - (number < 0)
    return Real(sign, abs(number) or Fraction(1), sign, sign)


def _whole(number: int) -> Real:
    return Real(number, Fraction(1), number, number)


@attrs.frozen
class Arithmetic:
    """Writes what comes of real numbers into a graph.

    Attributes:
        graph: of the program.
        bits: of what is looked up, at most `FACTOR_BITS`.
    """

    graph: Graph
    bits: int

    def add(self, one: Real, other: Real) -> Real:
        """Their sum."""
        one, other = self._aligned(one, other)
        return self._node(ops.ADD, one, other, error=one.error + other.error)

    def subtract(self, one: Real, other: Real) -> Real:
        """Their difference."""
        one, other = self._aligned(one, other)
        return self._node(ops.SUB, one, other, error=one.error + other.error)

    def multiply(self, one: Real, other: Real) -> Real:
        """Their product; with a constant it is the unit that changes."""
        if isinstance(one.number, int):
            one, other = other, one
        if isinstance(other.number, int):
            return self._times(one, other.number * other.unit)
        one, other = self._narrow(one), self._narrow(other)
        error = one.furthest * other.error + other.furthest * one.error + one.error * other.error
        made = self._node(ops.MUL, one, other, unit=one.unit * other.unit, error=error)
        if one.number is other.number and made.least < 0:  # the interval does not know of squares
            made = self._node(ops.MAXIMUM, made, _whole(0), unit=made.unit, error=error)
        return made

    def _times(self, one: Real, factor: Fraction) -> Real:
        if factor < 0:
            one = self._negative(one)
        size = abs(factor)
        return attrs.evolve(one, unit=one.unit * size, error=one.error * float(size))

    def _negative(self, one: Real) -> Real:
        return self.subtract(constant(Fraction(0)), one)

    def divide(self, one: Real, other: Real) -> Real:
        """Their quotient. Raises ModelError unless the divisor is certainly not 0."""
        if isinstance(other.number, int) and other.number:
            return self._times(one, 1 / (other.number * other.unit))
        if other.most < 0:
            one, other = self._negative(one), self._negative(other)
        # What is left of the smallest divisor tells how exact the greatest quotients are.
        kept = self._shifted(other, other.least.bit_length() - FACTOR_BITS)
        least, _ = kept.ends
        if not least > kept.error:
            raise ModelError(
                f"divides by {other}, which can be 0: narrow the ranges, or divide by max(..., 1)"
            )
        one = self._narrow(one)
        one = self._refined(one, 2 ** (52 - one.reach.bit_length()))
        unit = one.unit / kept.unit
        off = (one.error + one.furthest / least * kept.error) / (least - kept.error)
        return self._node(ops.INTDIV, one, kept, unit=unit, error=off + float(unit))

    def power(self, one: Real, exponent: Real) -> Real:
        """It times itself as often as a whole constant says. Raises ModelError as division does."""
        times = int(exponent.least * exponent.unit)
        made = constant(Fraction(1))
        for bit in f"{abs(times):b}":
            made = self.multiply(made, made)
            if bit == "1":
                made = self.multiply(made, one)
        return self.divide(constant(Fraction(1)), made) if times < 0 else made

    def maximum(self, one: Real, other: Real) -> Real:
        """The greater of both."""
        one, other = self._aligned(one, other)
        return self._node(ops.MAXIMUM, one, other, error=max(one.error, other.error))

    def minimum(self, one: Real, other: Real) -> Real:
        """The smaller of both."""
        one, other = self._aligned(one, other)
        return self._node(ops.MINIMUM, one, other, error=max(one.error, other.error))

    def magnitude(self, one: Real) -> Real:
        """How far it is from 0."""
        made = self.maximum(one, self._negative(one))
        return self.maximum(made, constant(Fraction(0)))  # of which alone the interval is certain

    def at_least(self, one: Real, other: Real) -> Real:
        """1 where it is as great or greater, else 0; off by 1 where that is not certain."""
        if isinstance(other.number, int):
            border = ceil(other.number * other.unit / one.unit)
            other = _whole(min(max(border, one.least), one.most + 1))
        elif isinstance(one.number, int):
            border = floor(one.number * one.unit / other.unit)
            one = _whole(min(max(border, other.least - 1), other.most))
        else:
            one, other = self._aligned(one, other)
        error = 1.0 if one.error or other.error else 0.0
        return self._node(ops.GREATER_EQUAL, one, other, unit=Fraction(1), error=error)

    def choose(self, chosen: Real, one: Real, other: Real) -> Real:
        """One where it is 1, the other where it is 0."""
        one, other = self._aligned(one, other)
        error = max(one.error, other.error)
        if chosen.error:  # it can be the wrong one
            apart = max(one.most - other.least, other.most - one.least)
            error += float(apart * one.unit)
        return self._node(ops.SELECT, chosen, one, other, unit=one.unit, error=error)

    def curve(self, curve: Curve, one: Real) -> Real:
        """What a function makes of it. Raises ModelError where it has no value, or too great a one.

        The cell in which a number lies is told by the high bits of the sum of what it has passed of
        each stretch of cells of one width, in such cells; the low bits say where in it.
        """
        one = self._shifted(one, one.reach.bit_length() - _TABLE_BITS)
        assert isinstance(one.number, Symbol)  # constants are computed when the text is read
        if not curve.takes(*one.ends, one.error):
            raise ModelError(f"{curve.name} of {one}: {curve.mend}")
        table = tabulate(curve, one.least, one.most, one.unit, self.bits)
        values, unit, low = table.values, table.unit, int(table.widths.max())
        passed = one.number - table.starts
        if len(table.starts) > 1:
            passed = passed.maximum(0).minimum(np.diff(table.starts, append=one.most + 1))
            passed = passed.matmul(np.left_shift(1, low - table.widths), np.zeros(1, np.int64))
        cell, known = passed >> low if low else passed, self.graph.table
        made, error = cell.look_up(known(values[:-1])), table.error + float(unit) / 2
        if low:
            kept = min(low, 50 - self.bits)  # so that rises times it stay below 2**53
            rises = np.diff(values)
            within = (passed - cell * (1 << low)).clamp(0, (1 << low) - 1)
            if kept < low:
                within >>= low - kept
                error += float(unit * int(rises.max())) / 2**kept
            made += (cell.look_up(known(rises)) * within + (1 << kept - 1)) >> kept
            made = made.clamp(int(values[0]), int(values[-1]))
            error += float(unit) / 2
        drift = curve.drift(*one.ends, one.error)
        return Real(made, unit, int(values[0]), int(values[-1]), error + drift)

    def output(self, one: Real) -> tuple[Real, int]:
        """It on a grid, and how many steps of that make 1. Raises ModelError."""
        whole, steps = one.unit.numerator, one.unit.denominator
        if steps > 2**52 or one.reach * whole > 2**52:
            one = self._binary(one)
            one = self._at(one, max(one.unit, Fraction(1, 2**52)))
            whole, steps = one.unit.numerator, one.unit.denominator
        if one.reach * whole > 2**52:
            raise ModelError(f"comes to {one}: rescale it, to stay below 2**52")
        if isinstance(one.number, int):
            raise ModelError(f"comes to {one.ends[0]:g} whatever is given: use an input")
        return self._refined(one, whole), steps

    def _aligned(self, one: Real, other: Real) -> tuple[Real, Real]:
        """Both in the same unit: exactly if there is one in which they fit."""
        if other.number == 0:  # in any unit
            return one, attrs.evolve(other, unit=one.unit)
        if one.number == 0:
            return attrs.evolve(one, unit=other.unit), other
        unit = _common(one.unit, other.unit)
        if (one.reach * one.unit + other.reach * other.unit) / unit > ROOM:
            one, other = self._binary(one), self._binary(other)
            top = _exponent(one.reach * one.unit + other.reach * other.unit)
            unit = max(min(one.unit, other.unit), Fraction(2) ** top / ROOM)
        return self._at(one, unit), self._at(other, unit)

    def _at(self, one: Real, unit: Fraction) -> Real:
        """It in another unit, that is so many times as small or, as a power of two, as great."""
        if one.unit >= unit:
            return self._refined(one, int(one.unit / unit))
        return self._shifted(one, _exponent(unit / one.unit))

    def _binary(self, one: Real) -> Real:
        """It in a unit that is a power of two."""
        top = _exponent(one.unit)
        if one.unit == Fraction(2) ** top:
            return one
        one = self._narrow(one)
        unit = Fraction(2) ** (_exponent(one.unit) - FACTOR_BITS)
        times = round(one.unit / unit)
        off = float(abs(one.unit - times * unit) * one.reach)
        return self._node(ops.MUL, one, _whole(times), unit=unit, error=one.error + off)

    def _narrow(self, one: Real) -> Real:
        """It in so many bits as factors have."""
        return self._shifted(one, one.reach.bit_length() - FACTOR_BITS)

    def _shifted(self, one: Real, bits: int) -> Real:
        """It without so many bits, if any, rounded to the nearest, halves up."""
        if bits <= 0:
            return one
        step = min(bits, 40)
        raised = self._node(ops.ADD, one, _whole(1 << step - 1), error=one.error)
        unit = one.unit * 2**step
        shift = ops.ARITHMETIC_RIGHT_SHIFT
        error = one.error + float(unit) / 2
        made = self._node(shift, raised, attributes=[step], unit=unit, error=error)
        return self._shifted(made, bits - step)

    def _refined(self, one: Real, times: int) -> Real:
        """It in a unit so many times as small."""
        if times == 1:
            return one
        return self._node(ops.MUL, one, _whole(times), unit=one.unit / times, error=one.error)

    def _node(
        self,
        operator: Elementwise,
        *operands: Real,
        error: float,
        unit: Fraction | None = None,
        attributes: Sequence[int] = (),
    ) -> Real:
        """What an operator makes of integers, in a unit; that of the first unless given."""
        ends = product(*((operand.least, operand.most) for operand in operands))
        corners = [operator.number(*corner, *attributes) for corner in ends]
        numbers = [operand.number for operand in operands]
        made: Symbol | int = corners[0]  # of constants alone
        if not all(isinstance(number, int) for number in numbers):
            made = self.graph.node(operator, *numbers, attributes=attributes)
        return Real(made, unit or operands[0].unit, min(corners), max(corners), error)


def _exponent(number: Fraction) -> int:
    """The least power of two that is no less."""
    near = number.numerator.bit_length() - number.denominator.bit_length()
    return near + (number > Fraction(2) ** near)


def _common(one: Fraction, other: Fraction) -> Fraction:
    """The greatest unit of which both are multiples."""
    below = one.denominator * other.denominator
    return Fraction(
        gcd(one.numerator * other.denominator, other.numerator * one.denominator), below
    )
