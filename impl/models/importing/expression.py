"""Formulas as text: what may be written, and what it comes to in floating point.

The text is read with `ast` and is never run: only what is listed here is understood.
"""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

import attrs
import numpy as np

from impl.models.fixedpoint import Reals
from impl.models.importing.interpolated import CURVES
from impl.models.operators import ModelError

LONGEST = 10_000
"""Characters of a formula, at most."""
DEEPEST = 100
"""Levels of operations in one another, which are too many: a + b + c has two."""
HIGHEST = 64
"""The highest power."""

_REAL: Mapping[str, Callable[..., Reals]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
    "min": np.minimum,
    "max": np.maximum,
    "abs": np.abs,
    **{curve.name: curve.function for curve in CURVES.values()},
    ">=": lambda a, b: np.greater_equal(a, b).astype(np.float64),
    "if": lambda chosen, one, other: np.choose(chosen != 0, (other, one)),
}
"""All operations, in floating point."""
_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_FUNCTIONS = (*CURVES, "abs", "min", "max")
_ALLOWED = f"+ - * / **, comparisons, `a if b < c else d`, {', '.join(_FUNCTIONS)}"


@attrs.frozen
class Expression:
    """A formula, or a part of one.

    Attributes:
        kind: which operation; or "number", or "name".
        column: where it stands in the text, from 1.
        operands: of the operation.
        number: which.
        name: which.
        depth: levels of operations.
    """

    kind: str
    column: int
    operands: tuple["Expression", ...] = ()
    number: Fraction = Fraction(0)
    name: str = ""
    depth: int = 0

    @property
    def is_zero(self) -> bool:
        """Whether it is the number 0."""
        return self.kind == "number" and not self.number

    def evaluate(self, columns: Mapping[str, Reals]) -> Reals:
        """What it comes to in floating point, for columns of numbers by their names."""
        if self.kind == "number":
            return np.array(float(self.number))
        if self.kind == "name":
            return columns[self.name]
        with np.errstate(all="ignore"):
            return _REAL[self.kind](*(operand.evaluate(columns) for operand in self.operands))

    def names(self) -> Iterator["Expression"]:
        """The names in it, each as often as it stands there."""
        if self.kind == "name":
            yield self
        for operand in self.operands:
            yield from operand.names()


def parse(text: str) -> Expression:
    """The formula that a text writes. Raises ModelError, naming the column."""
    if len(text) > LONGEST:
        raise ModelError(
            f"formula of {len(text)} characters: at most {LONGEST} are read; sell it in pieces"
        )
    if "#" in text:
        raise refusal(text.index("#") + 1, "a comment: leave it out")
    line = " ".join(text.splitlines())
    start = len(line) - len(line.lstrip())
    try:
        read = ast.parse(line[start:], mode="eval").body
    except SyntaxError as error:
        raise refusal(start + (error.offset or 1), f"{error.msg}: write an expression") from None
    except (ValueError, RecursionError, MemoryError) as error:
        said = str(error) or "nested too deep, or no expression"
        raise ModelError(f"formula: {said}: write a shorter one") from None
    return _Reader(line, start).read(read, DEEPEST)


def refusal(column: int, problem: str) -> ModelError:
    """That something in a formula cannot be used, and the mend."""
    return ModelError(f"formula, column {column}: {problem}")


@attrs.frozen
class _Reader:
    """Reads a syntax tree of a line, from a column of it on."""

    line: str
    start: int

    def read(self, node: ast.expr, levels: int) -> Expression:
        """What a node writes, of so many levels at most."""
        column = self._column(node)
        _check_depth(DEEPEST - levels, column)
        operands = [self.read(each, levels - 1) for each in _operands(node)]
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return _number(value, column)
            case ast.Name(id=name):
                return Expression("name", column, name=name)
            case ast.UnaryOp(op=ast.USub()):
                return _negative(operands[0])
            case ast.BinOp(op=ast.Pow()):
                return _power(operands[0], operands[1], column)
            case ast.BinOp(op=op) if type(op) in _OPERATORS:
                return _made(_OPERATORS[type(op)], operands, column)
            case ast.Compare(ops=ops):
                return self._compared(ops, operands, column)
            case ast.IfExp(test=ast.Compare()):
                return _made("if", operands, column)
            case ast.IfExp():
                raise refusal(column, "chooses by a number: compare it, as `a if b > 0 else c`")
            case ast.Call(func=ast.Name(id=name), keywords=[]) if name in _FUNCTIONS:
                return _called(name, operands, column)
        said = ast.get_source_segment(self.line[self.start :], node) or type(node).__name__
        raise refusal(column, f"{said[:40]!r} is not understood: use {_ALLOWED}")

    def _compared(
        self, ops: Sequence[ast.cmpop], operands: Sequence[Expression], column: int
    ) -> Expression:
        """1 where each operand is to the next as it must be, else 0."""
        pairs = zip(ops, operands, operands[1:], strict=False)
        return _joined("min", [_pair(*pair, column) for pair in pairs], column)

    def _column(self, node: ast.expr) -> int:
        before = self.line[self.start :].encode()[: node.col_offset]  # ast counts in bytes
        return self.start + len(before.decode()) + 1


def _operands(node: ast.expr) -> list[ast.expr]:
    """What is in a node, if it can be used."""
    match node:
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.Compare(left=left, comparators=others):
            return [left, *others]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return [test, body, orelse]
        case ast.Call(func=ast.Name(id=name), args=args) if name in _FUNCTIONS:
            return args
    return []


def _number(value: float, column: int) -> Expression:
    try:
        # As it is written: 0.1 is a tenth, and lies on a grid of tenths.
        return Expression("number", column, number=Fraction(str(float(value))))
    except (ValueError, OverflowError):
        raise refusal(column, "no number that a float holds: give another") from None


def _made(kind: str, operands: Sequence[Expression], column: int) -> Expression:
    """An operation; of numbers alone, the number that it comes to."""
    depth = 1 + max(operand.depth for operand in operands)
    _check_depth(depth, column)
    made = Expression(kind, column, tuple(operands), depth=depth)
    if all(operand.kind == "number" for operand in operands):
        return _number(float(made.evaluate({})), column)
    if kind == "*" and any(operand.is_zero for operand in operands):
        raise refusal(column, "a product with 0: leave it out")
    match made:
        # Written out it is the same, but exp reaches what no integer holds.
        case Expression("/", _, (above, Expression("+", _, below))):
            for one, other in (below, below[::-1]):
                if one.kind == "exp" and other.number == 1:
                    logistic = Expression("logistic", column, (_negative(one.operands[0]),))
                    return _made("*", [above, logistic], column)
    return made


def _negative(operand: Expression) -> Expression:
    if operand.kind == "-" and operand.operands[0].is_zero:
        return operand.operands[1]
    return _made("-", [Expression("number", operand.column), operand], operand.column)


def _power(base: Expression, exponent: Expression, column: int) -> Expression:
    power = exponent.number
    whole = exponent.kind == "number" and power.denominator == 1 and 0 < abs(power) <= HIGHEST
    if not whole and {base.kind, exponent.kind} != {"number"}:
        raise refusal(
            exponent.column,
            f"a power that is no integer from 1 to {HIGHEST}, or below 0: use sqrt, exp and log",
        )
    return _made("**", [base, exponent], column)


def _pair(op: ast.cmpop, one: Expression, other: Expression, column: int) -> Expression:
    """1 where a comparison holds, else 0."""
    up, down = _made(">=", [one, other], column), _made(">=", [other, one], column)
    match op:
        case ast.GtE():
            return up
        case ast.LtE():
            return down
        case ast.Gt():
            return _not(down)
        case ast.Lt():
            return _not(up)
        case ast.Eq():
            return _made("min", [up, down], column)
        case ast.NotEq():
            return _not(_made("min", [up, down], column))
    raise refusal(column, "not a comparison of numbers: use < <= > >= == !=")


def _not(chosen: Expression) -> Expression:
    return _made("-", [_number(1, chosen.column), chosen], chosen.column)


def _called(name: str, operands: Sequence[Expression], column: int) -> Expression:
    several = name in ("min", "max")
    if several and len(operands) > 1:
        return _joined(name, operands, column)
    if several or len(operands) != 1:
        some = "two or more" if several else "one"
        raise refusal(column, f"{name} of {len(operands)} numbers: give it {some}")
    return _made(name, operands, column)


def _joined(kind: str, operands: Sequence[Expression], column: int) -> Expression:
    """An operation of two, on as many as there are."""
    if len(operands) == 1:
        return operands[0]
    half = len(operands) // 2
    halves = [_joined(kind, some, column) for some in (operands[:half], operands[half:])]
    return _made(kind, halves, column)


def _check_depth(depth: int, column: int) -> None:
    if depth >= DEEPEST:
        raise refusal(column, f"{DEEPEST} levels deep: group sums, as (a + b) + (c + d)")
