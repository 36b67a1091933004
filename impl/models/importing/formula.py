"""Formulas, as they are written in Python, as models.

`expression` says what may be written, `real` how real numbers become integers, and `interpolated`
where functions come from.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from functools import partial
from math import ceil, floor

import attrs
import numpy as np

from impl.models.fixedpoint import Reals
from impl.models.graph import Graph, Symbol
from impl.models.importing.expression import Expression, parse, refusal
from impl.models.importing.interpolated import CURVES
from impl.models.importing.real import FACTOR_BITS, Arithmetic, Real, constant
from impl.models.model import Column, Model
from impl.models.operators import ModelError, check

_MOST_DECIMALS = 12
_FURTHEST = 2**50
"""Magnitudes of integers that are asked with, at most."""


@attrs.frozen(kw_only=True)
class Formula(Model):
    """A formula as a model: it gives one number, and can be cut before any of its operations.

    Attributes:
        expression: what was written.
        error: what the model can be off by for any numbers on its grid, at most, but for what
            floating point is off by itself. Beside a threshold that is not compared exactly, that
            is as much as the pieces are apart.
    """

    expression: Expression
    error: float

    def evaluate(self, inputs: Reals) -> Reals:
        """What the formula comes to in floating point: rows (rows, columns) to (rows,)."""
        named = {column.name: inputs[:, i] for i, column in enumerate(self.columns)}
        return np.broadcast_to(self.expression.evaluate(named), len(inputs))

    def errors(self, inputs: Reals) -> Reals:
        """How far the model is from the formula, row by row. Raises OutOfRange or ModelError."""
        given = self.decode(self.component.run(self.encode(inputs)))[:, 0]
        return np.abs(given - self.evaluate(inputs))

    def loss(self, inputs: Reals) -> float:
        """How far at most, on some rows. Raises OutOfRange, or ModelError, also for none."""
        check(len(inputs) > 0, "no rows: give some to compare")
        return float(self.errors(inputs).max())

    def uniform(self, rows: int, seed: int = 0) -> Reals:
        """Numbers of its grid, uniform over the ranges: (rows, columns)."""
        random = np.random.default_rng(seed)
        ranges = [(one.least, one.most, one.steps) for one in self.columns]
        drawn = [random.integers(low, high, rows, endpoint=True) / n for low, high, n in ranges]
        return np.stack(drawn, axis=1)


def formula(
    text: str,
    ranges: Mapping[str, tuple[float, float]],
    decimals: int | Mapping[str, int] = 2,
    bits: int = 22,
) -> Formula:
    """The model of a formula.

    Args:
        text: an expression of numbers and names: + - * /, whole powers, log, exp, sqrt, logistic,
            tanh, abs, min, max, comparisons, and `a if b < c else d`.
        ranges: for each name in it, between which bounds the model takes numbers; in the order in
            which they are asked for.
        decimals: in which the numbers are given, of all or by name; 2 unless they are named.
        bits: of what is looked up in tables, 8 to 25; four more make them four times as large.

    Raises ModelError, which says where, if it cannot be read or is not certain to have a value.
    """
    if not 8 <= bits <= FACTOR_BITS:
        raise ModelError(f"{bits} bits: give 8 to {FACTOR_BITS}")
    if not isinstance(ranges, Mapping):
        raise ModelError(f"ranges {ranges!r:.60}: give for each name a least and a most number")
    expression = parse(text)
    _check_names(expression, ranges)
    places = decimals if isinstance(decimals, Mapping) else dict.fromkeys(ranges, decimals)
    columns = tuple(_column(name, ends, places.get(name, 2)) for name, ends in ranges.items())
    writer = _Writer(Arithmetic(Graph(), bits))
    for column in columns:
        writer.take(column)
    real, steps = writer.give(writer.write(expression))
    graph = writer.arithmetic.graph
    return Formula(
        component=graph.component(),
        columns=columns,
        seams=tuple(sorted(writer.seams & {*range(1, len(graph.nodes))})),
        steps=steps,
        expression=expression,
        error=real.error,
    )


@attrs.frozen
class _Writer:
    """Writes a formula into a graph.

    Attributes:
        names: the inputs.
        seams: how many nodes there were when an operation was written.
    """

    arithmetic: Arithmetic
    names: dict[str, Real] = attrs.Factory(dict)
    seams: set[int] = attrs.Factory(set)

    def take(self, column: Column) -> None:
        """Have the program take one column more."""
        symbol = self.arithmetic.graph.input(1, column.least, column.most)
        unit = Fraction(1, column.steps)
        self.names[column.name] = Real(symbol, unit, column.least, column.most)

    def write(self, expression: Expression) -> Real:
        """What an expression comes to. Raises ModelError, naming the column."""
        operands = [self.write(operand) for operand in expression.operands]
        try:
            made = self._made(expression, operands)
        except ModelError as error:
            raise refusal(expression.column, str(error)) from None
        self.seams.add(len(self.arithmetic.graph.nodes))
        return made

    def _made(self, expression: Expression, operands: Sequence[Real]) -> Real:
        match expression:
            case Expression("number", number=number):
                return constant(number)
            case Expression("name", name=name):
                return self.names[name]
        return self._operation(expression.kind)(*operands)

    def _operation(self, kind: str) -> Callable[..., Real]:
        """What writes an operation."""
        does = self.arithmetic
        if kind in CURVES:
            return partial(does.curve, CURVES[kind])
        written: dict[str, Callable[..., Real]] = {
            "+": does.add,
            "-": does.subtract,
            "*": does.multiply,
            "/": does.divide,
            "**": does.power,
            "min": does.minimum,
            "max": does.maximum,
            "abs": does.magnitude,
            ">=": does.at_least,
            "if": does.choose,
        }
        return written[kind]

    def give(self, real: Real) -> tuple[Real, int]:
        """The last node, and the steps to 1 in which it counts. Raises ModelError."""
        try:
            real, steps = self.arithmetic.output(real)
        except ModelError as error:
            raise ModelError(f"formula: {error}") from None
        symbol, nodes = real.number, self.arithmetic.graph.nodes
        assert isinstance(symbol, Symbol)
        if symbol.kind != "nodes" or symbol.index != len(nodes) - 1:
            _ = symbol >> 0  # for a component gives what its last node does
        return real, steps


def _column(name: str, ends: tuple[float, float], decimals: int) -> Column:
    """What is asked for by a name. Raises ModelError."""
    if not 0 <= decimals <= _MOST_DECIMALS:
        raise ModelError(f"{name}: {decimals} decimals: give 0 to {_MOST_DECIMALS}")
    steps = 10**decimals
    if not name.isidentifier():
        raise ModelError(f"{name[:40]!r}: no name that a formula can use: give another")
    try:
        low, high = (Fraction(str(float(end))) * steps for end in ends)
    except (TypeError, ValueError):
        raise ModelError(f"{name}: range {ends!r}: give two finite numbers") from None
    least, most = ceil(low), floor(high)  # what lies within, and none beside
    if low > high:
        raise ModelError(f"{name}: range {ends!r}: the least is above the most")
    if not -_FURTHEST <= low <= high <= _FURTHEST:
        mend = "give fewer decimals, or scale it"
        raise ModelError(f"{name}: range {ends!r}: not below 2**50 in steps of 1/{steps}: {mend}")
    if least > most:
        raise ModelError(f"{name}: range {ends!r}: no number of {decimals} decimals lies within")
    return Column(name, steps, least, most)


def _check_names(expression: Expression, ranges: Collection[str]) -> None:
    """Raise ModelError unless there are ranges for all the names, and for no other."""
    known = ", ".join(ranges) or "none"
    named = list(expression.names())
    for each in named:
        if each.name not in ranges:
            raise refusal(
                each.column, f"{each.name[:40]}: give it a range; these have one: {known}"
            )
    for name in ranges:
        if name not in {each.name for each in named}:
            raise ModelError(f"{name!r} is not in the formula: leave its range out")
