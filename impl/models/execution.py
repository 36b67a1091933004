"""Components as they are run: each is written once as a function that calls numpy, line by line.

What a program leaves open is settled when it is written: in which type each value is held,
integers, and floats from the first product on, so that nodes that agree convert nothing; constants
in the type in which they are used; the shift after a product folded into its weights, as a power of
two; bounds that the certificate shows idle left out; and which results are written over values that
nobody needs any more. Every type holds its numbers exactly, so what comes out is what the
operators' own `run` gives, bit by bit.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, ClassVar, Self, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from impl.models import operators
from impl.models.fixedpoint import EXACT, Integers
from impl.models.operators import AT_ONCE, at_once
from impl.models.program import Node
from spec.bytes.encoding import Tensor

if TYPE_CHECKING:
    from impl.models.component import Component

Array: TypeAlias = NDArray[np.bool_ | np.int64 | np.float32 | np.float64]

BOOL, INT, SINGLE, REAL = "bool_", "int64", "float32", "float64"
"""The types in which values are held, as numpy calls them."""
HELD = {SINGLE: 2**24, REAL: EXACT}
"""Below which magnitude floats of a type hold each integer."""
FEW = 8
"""So many columns or fewer are reduced faster one by one than by numpy's own reduction."""


@attrs.frozen(eq=False)
class Execution:
    """A component made ready to run.

    Attributes:
        function: of rows that were checked, to the rows that come out.
        rows: how many it is given at a time.
    """

    function: Callable[[Integers], Integers]
    rows: int

    @classmethod
    def of(cls, component: "Component") -> Self:
        """The execution of a component."""
        program = component.program
        made = (w for v, w in enumerate(program.widths) if not program.is_constant(v))
        multiplies = any(node.operator is operators.MATMUL for node in program.nodes)
        numbers = AT_ONCE * 8 if multiplies else AT_ONCE  # BLAS itself divides what is multiplied
        return cls(_Writer(component).function(), max(1, numbers // max(made)))

    def run(self, values: Integers) -> Integers:
        """What the component gives, int64 (rows, columns), of values that were checked."""
        if len(values) <= self.rows:
            return self.function(values)
        starts = range(0, len(values), self.rows)
        return np.concatenate([self.function(values[i : i + self.rows]) for i in starts])


@attrs.define(eq=False)
class _Value:
    """An array while the function is written.

    Attributes:
        width, kind: its columns, and their type.
        name: what it is called in the text.
        base: the array whose memory it has, if that is another one.
        fixed: whether it is an input or a constant, and not to be written over.
    """

    width: int
    kind: str
    name: str
    base: "_Value | None" = None
    fixed: bool = False

    @property
    def memory(self) -> "_Value":
        """The array whose memory it has."""
        return self if self.base is None else self.base.memory


@attrs.frozen(eq=False)
class _Line:
    """What makes a value of others: text with a place for each; `over` one of them, if it can."""

    text: str
    operands: Sequence[_Value]
    result: _Value
    over: bool

    def written(self, last: set[_Value]) -> list[str]:
        """The line, where some values are used for the last time."""
        text = self.text.format(*(operand.name for operand in self.operands))
        # Not over a view of what is still needed.
        free = (o for o in self.operands if {o, o.memory} <= last and self._fits(o))
        taken = next(free, None) if self.over else None
        if taken is not None:
            text = f"{text[:-1]}, out={taken.name})"
        dropped = "".join(f"{v.name} = " for v in last if not v.fixed)
        return [f"{self.result.name} = {text}", *([f"{dropped}None"] if dropped else [])]

    def _fits(self, operand: _Value) -> bool:
        same = (operand.width, operand.kind) == (self.result.width, self.result.kind)
        return same and not operand.memory.fixed


@attrs.define(eq=False)
class _Writer:
    """A function while it is written.

    Attributes:
        names: what its text can name: constants, and functions.
        values: those of the program that were made, by their numbers.
        users: the nodes that use each value.
        scaled: values of which a shift is done already, but for rounding down.
    """

    component: "Component"
    names: dict[str, object] = attrs.Factory(dict)
    lines: list[_Line] = attrs.Factory(list)
    values: dict[int, _Value] = attrs.Factory(dict)
    users: list[list[int]] = attrs.Factory(list)
    scaled: set[int] = attrs.Factory(set)
    _known: dict[tuple[int, str], _Value] = attrs.Factory(dict)

    def function(self) -> Callable[[Integers], Integers]:
        """The function of the component."""
        program = self.component.program
        self.names |= _NAMES
        for number, one in enumerate(program.inputs):
            self.values[number] = _Value(one.width, INT, f"v{number}", fixed=True)
        self.users = [[] for _ in program.widths]
        for index, node in enumerate(program.nodes):
            for operand in node.operands:
                self.users[operand].append(index)
        for index, node in enumerate(program.nodes):
            rule = self.RULES.get(node.operator.name, _Writer._elementwise)
            self.values[program.first + index] = rule(self, index, node)
        exec(self._text(self.values[len(program.widths) - 1]), self.names)
        function: Callable[[Integers], Integers] = self.names.pop("run")  # type: ignore[assignment]
        return function

    def _text(self, output: _Value) -> str:
        """The text of the function: what is needed, and each value dropped after its last use."""
        needed, body = {output, output.memory}, [f"return {output.name}.astype(int64)"]
        for line in reversed(self.lines):
            if line.result in needed:
                used = {each for value in line.operands for each in (value, value.memory)}
                body[:0] = line.written(used - needed)
                needed |= used
        ends = accumulate((one.width for one in self.component.program.inputs), initial=0)
        parts = [f"v{i} = given[:, {a}:{b}]" for i, (a, b) in enumerate(pairwise(ends))]
        if len(parts) == 1:
            parts = ["v0 = given"]
        return "\n    ".join(["def run(given):", *parts, *body])

    # What rules are written with.

    def _line(
        self,
        text: str,
        *operands: _Value,
        kind: str,
        width: int,
        base: _Value | None = None,
        over: bool = False,
    ) -> _Value:
        """What a line makes of values."""
        result = _Value(width, kind, f"t{len(self.lines)}", base)
        self.lines.append(_Line(text, operands, result, over))
        return result

    def _ufunc(self, name: str, *operands: _Value, kind: str) -> _Value:
        """What a function of numpy makes of values, number by number."""
        text = f"{name}({', '.join('{}' for _ in operands)})"
        width = max(operand.width for operand in operands)
        return self._line(text, *operands, kind=kind, width=width, over=True)

    def _constant(self, numbers: NDArray[np.generic], kind: str, width: int) -> _Value:
        """Some numbers that the text names."""
        name = f"c{len(self.names)}"
        self.names[name] = numbers
        return _Value(width, kind, name, fixed=True)

    def _number(self, number: float, kind: str) -> _Value:
        """A number, the same in all columns."""
        return self._constant(np.array(number, kind), kind, 1)

    def _as(self, value: int, kind: str) -> _Value:
        """A value of the program in this type."""
        found = self.values.get(value)
        if found is not None and found.kind == kind:
            return found
        if (value, kind) not in self._known:
            self._known[value, kind] = self._converted(value, kind)
        return self._known[value, kind]

    def _converted(self, value: int, kind: str) -> _Value:
        if value in self.values:
            one = self.values[value]
            return self._line(f"{{}}.astype({kind})", one, kind=kind, width=one.width)
        numbers = self._numbers(value).astype(kind)
        alone = len(numbers) == 1  # without dimensions numpy is faster
        return self._constant(numbers.reshape(()) if alone else numbers, kind, len(numbers))

    def _numbers(self, constant: int) -> Tensor:
        """The numbers of a constant of the program."""
        return self.component.constants[constant - len(self.component.program.inputs)]

    def _range(self, value: int) -> tuple[int, int]:
        """Between which bounds a value of the program lies."""
        if (found := self.component.ranges[value]) is not None:
            return found
        numbers = self._numbers(value)
        return int(numbers.min()), int(numbers.max())

    def _reach(self, value: int) -> int:
        """The largest magnitude of a value of the program."""
        least, most = self._range(value)
        return max(-least, most)

    def _kind(self, *values: int) -> str:
        """In which type values of the program are computed with, one of them perhaps the result."""
        kinds = {self.values[value].kind for value in values if value in self.values}
        if not kinds & HELD.keys():
            return INT
        short = REAL not in kinds and max(map(self._reach, values)) < HELD[SINGLE]
        return SINGLE if short else REAL

    def _result(self, index: int) -> int:
        """The value of a node."""
        return self.component.program.first + index

    def _width(self, index: int) -> int:
        return self.component.program.widths[self._result(index)]

    # Rules: they write the lines of a node, and give what holds its value.

    def _elementwise(self, index: int, node: Node) -> _Value:
        kind = self._kind(*node.operands, self._result(index))
        operands = (self._as(value, kind) for value in node.operands)
        return self._ufunc(_UFUNCS[node.operator.name], *operands, kind=kind)

    def _divided(self, index: int, node: Node) -> _Value:
        kind = self._kind(*node.operands, self._result(index))
        if kind == INT:
            return self._elementwise(index, node)
        # If n * b - a is 1 or more, a / b is rounded to n only if n * b is too large to be held.
        operands = (self._as(value, kind) for value in node.operands)
        return self._ufunc("floor", self._ufunc("divide", *operands, kind=kind), kind=kind)

    def _at_least(self, index: int, node: Node) -> _Value:
        kind = self._kind(*node.operands)
        operands = (self._as(value, kind) for value in node.operands)
        return self._ufunc("greater_equal", *operands, kind=BOOL)

    def _select(self, index: int, node: Node) -> _Value:
        chosen, *others = node.operands
        kind = self._kind(*others)
        operands = self._as(chosen, BOOL), *(self._as(value, kind) for value in others)
        return self._line("where({}, {}, {})", *operands, kind=kind, width=self._width(index))

    def _clamp(self, index: int, node: Node) -> _Value:
        [value], (least, most) = node.operands, node.attributes
        lowest, highest = self._range(value)
        kind = self._kind(value, self._result(index))
        array = self._as(value, kind)
        if lowest < least:
            array = self._ufunc("maximum", array, self._number(least, kind), kind=kind)
        if highest > most:
            array = self._ufunc("minimum", array, self._number(most, kind), kind=kind)
        return array

    def _shift(self, index: int, node: Node) -> _Value:
        [value], [bits] = node.operands, node.attributes
        kind = self._kind(value)
        array = self._as(value, kind)
        if bits == 0:
            return array
        if kind == INT:
            return self._ufunc("right_shift", array, self._number(bits, INT), kind=INT)
        if value not in self.scaled:
            array = self._ufunc("multiply", array, self._number(2.0**-bits, kind), kind=kind)
        return self._ufunc("floor", array, kind=kind)

    def _matmul(self, index: int, node: Node) -> _Value:
        value, *constants = node.operands
        numbers, bias = map(self._numbers, constants)
        matrix, width = numbers.reshape(-1, len(bias)), self._width(index)
        reach = self._reach(value) * _largest_sum(matrix) + self._reach(constants[1])
        kind = SINGLE if reach < HELD[SINGLE] else REAL
        factors, offset = (self._scaled(each, kind, index) for each in (matrix, bias))
        array, inner, units = self._as(value, kind), *matrix.shape
        if array.width == inner:
            product = self._line("{}.dot({})", array, factors, kind=kind, width=width)
            return self._ufunc("add", product, offset, kind=kind)
        text = f"{{}}.reshape(-1, {inner}).dot({{}})"
        product = self._line(text, array, factors, kind=kind, width=units)
        sums = self._ufunc("add", product, offset, kind=kind)
        return self._line(f"{{}}.reshape(-1, {width})", sums, kind=kind, width=width, base=sums)

    def _scaled(self, numbers: Tensor, kind: str, index: int) -> _Value:
        """Factors or offsets of a product, with the shift that is all that is done to it."""
        result, program = self._result(index), self.component.program
        made = numbers.astype(kind)
        nodes = [program.nodes[user] for user in self.users[result]]
        if len(nodes) == 1 and nodes[0].operator is operators.ARITHMETIC_RIGHT_SHIFT:
            self.scaled.add(result)
            made *= np.array(2.0 ** -nodes[0].attributes[0], kind)
        return self._constant(made, kind, made.shape[-1])

    def _concat(self, index: int, node: Node) -> _Value:
        kind = self._kind(*node.operands)
        operands = [self._as(value, kind) for value in node.operands]
        widths = (operand.width for operand in operands)
        ends = [*accumulate(widths, initial=0)]
        text = f"joined({kind}, {ends}, {', '.join('{}' for _ in operands)})"
        return self._line(text, *operands, kind=kind, width=ends[-1])

    def _gather(self, index: int, node: Node) -> _Value:
        value, indices = node.operands
        constant, width = self.component.program.is_constant, self._width(index)
        if constant(indices):
            return self._columns(self.values[value], self._numbers(indices).astype(np.intp))
        kind = self._kind(value)
        text = "{}.take({})" if constant(value) else "picked({}, {})"
        return self._line(
            text, self._as(value, kind), self._as(indices, INT), kind=kind, width=width
        )

    def _columns(self, array: _Value, named: NDArray[np.intp]) -> _Value:
        """Columns of a value that are always the same: a part of it, if they are evenly spaced."""
        width, kind = len(named), array.kind
        step = int(named[1] - named[0]) if width > 1 else 1
        if step > 0 and (np.diff(named) == step).all():
            text = f"{{}}[:, {named[0]}:{named[-1] + 1}:{step}]"
            return self._line(text, array, kind=kind, width=width, base=array)
        columns = self._constant(named, INT, width)
        return self._line("{}.take({}, axis=1)", array, columns, kind=kind, width=width)

    def _reduced(self, index: int, node: Node) -> _Value:
        [value], [size] = node.operands, node.attributes
        kind = self._kind(value, self._result(index))
        if kind == SINGLE and self._reach(value) * size >= HELD[SINGLE]:
            kind = REAL  # sums on the way can be larger than the last one
        how = "one_by_one" if size <= FEW else "grouped"
        text = f"{how}({_UFUNCS[node.operator.name]}, {{}}, {size})"
        return self._line(text, self._as(value, kind), kind=kind, width=self._width(index))

    def _argmax(self, index: int, node: Node) -> _Value:
        [value], [size] = node.operands, node.attributes
        array, width = self._as(value, self._kind(value)), self._width(index)
        text = f"{{}}.reshape(-1, {width}, {size}).argmax(axis=2)"
        return self._line(text, array, kind=INT, width=width)

    RULES: ClassVar[dict[str, Callable[["_Writer", int, Node], _Value]]] = {
        "ARGMAX": _argmax,
        "ARITHMETIC_RIGHT_SHIFT": _shift,
        "CLAMP": _clamp,
        "CONCAT": _concat,
        "GATHER": _gather,
        "GREATER_EQUAL": _at_least,
        "INTDIV": _divided,
        "MATMUL": _matmul,
        "REDUCE_MAX": _reduced,
        "REDUCE_SUM": _reduced,
        "SELECT": _select,
    }


def _joined(kind: type, ends: Sequence[int], *operands: Array) -> Array:
    """Arrays side by side, in the columns between these ends."""
    rows = max(len(operand) for operand in operands if operand.ndim == 2)
    whole: Array = np.empty((rows, ends[-1]), kind)
    for operand, start, end in zip(operands, ends[:-1], ends[1:], strict=True):
        whole[:, start:end] = operand
    return whole


def _picked(values: Array, indices: Integers) -> Array:
    """Of each row of values those of these columns."""
    rows, width = values.shape
    if rows != 1:
        indices = indices + np.arange(0, rows * width, width)[:, None]
    return values.reshape(-1).take(indices)


def _one_by_one(do: np.ufunc, values: Array, size: int) -> Array:
    """Each so many columns made one."""
    result = values[:, ::size].copy()
    for first in range(1, size):
        do(result, values[:, first::size], out=result)
    return result


def _grouped(do: np.ufunc, values: Array, size: int) -> Array:
    """The same, of many columns."""
    rows, width = values.shape
    result: Array = do.reduce(values.reshape(rows, width // size, size), axis=2)
    return result


def _largest_sum(matrix: Tensor) -> int:
    """The largest sum of magnitudes in a column."""
    parts = (matrix[part].astype(np.float64) for part in at_once(matrix))
    return int(np.max(sum(np.abs(part).sum(axis=0) for part in parts)))


_UFUNCS = {
    "ADD": "add",
    "SUB": "subtract",
    "MUL": "multiply",
    "INTDIV": "floor_divide",
    "MAXIMUM": "maximum",
    "MINIMUM": "minimum",
    "REDUCE_SUM": "add",
    "REDUCE_MAX": "maximum",
}
_NUMPY = (BOOL, INT, SINGLE, REAL, "divide", "floor", "greater_equal", "right_shift", "where")
_NAMES: dict[str, object] = {
    "joined": _joined,
    "picked": _picked,
    "one_by_one": _one_by_one,
    "grouped": _grouped,
    **{name: getattr(np, name) for name in {*_NUMPY, *_UFUNCS.values()}},
}
"""What the text can name, beside constants."""
