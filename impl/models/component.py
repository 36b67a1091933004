"""Components: what a vendor holds and runs in exact integers, and the bytes in which they travel.

A component is a program with its constants; a whole model is one as well, and is split into parts
that composed are it. Each vendor feeds the canonical bytes of its output to the next one. Because
the arithmetic is exact, an arbitrator who runs a component again gets the very same bytes, and a
different digest is a proof of deviation.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby, islice, pairwise
from typing import Self, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from impl.models.execution import Execution
from impl.models.fixedpoint import EXACT, Integers
from impl.models.operators import CONCAT, Interval, ModelError, Numbers, check, check_exact
from impl.models.program import ARITHMETIC, Input, Node, Program
from impl.recent import remembered
from spec.bytes.digest import digest
from spec.bytes.encoding import EncodingError, Tensor, Value, decode, encode

INT64 = np.dtype(np.int64)
Range: TypeAlias = tuple[int, int]
"""The least and the greatest number of a value."""


class OutOfRange(ModelError):
    """What a component was given lies outside of what it states, and nothing comes of it."""


def _frozen(constants: Sequence[Tensor]) -> tuple[Tensor, ...]:
    made = tuple(map(narrowed, constants))
    for constant in made:
        constant.setflags(write=False)
    return made


def _indices(given: Collection[int]) -> frozenset[int]:
    return frozenset(given)


def _equal(one: tuple[Tensor, ...], other: tuple[Tensor, ...]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


@attrs.frozen
class Component:
    """A program and its constants, certified to be exact for all that it takes.

    What it takes, it states itself, so its certificate is worth as much whoever feeds it. Constants
    are vectors of integers below 2**53, and are held in the narrowest type. Raises ModelError if
    they are not, or are not those of the program, or if a node cannot be computed of all that can
    come to it; and CertificateError if numbers can reach 2**53. Both name the node.

    Attributes:
        public: which of the constants, by their index, are no secret, but the tables of functions
            that everybody knows. That is what whoever made it says: its bytes do not, and nothing
            that is computed or signed depends on it.
    """

    program: Program
    constants: tuple[Tensor, ...] = attrs.field(
        converter=_frozen, eq=attrs.cmp_using(eq=_equal), hash=False
    )
    public: frozenset[int] = attrs.field(default=(), converter=_indices, eq=False)

    def __attrs_post_init__(self) -> None:
        for index, constant in enumerate(self.constants):
            least, most = int(constant.min(initial=0)), int(constant.max(initial=0))
            check(constant.ndim == 1, f"constant {index} of shape {constant.shape}: flatten it")
            check(least > -EXACT and most < EXACT, f"constant {index}: not below 2**53")
        sizes = tuple(map(len, self.constants))
        check(sizes == self.program.constants, f"constants of {sizes} numbers: not the program's")
        unknown = self.public.difference(range(len(sizes)))
        check(not unknown, f"public constants {sorted(unknown)}: there are {len(sizes)}")
        assert self.ranges

    @property
    def secret(self) -> NDArray[np.bool]:
        """Of all constants, in their order: which numbers are the model's own, and not public."""
        own = [index not in self.public for index in range(len(self.constants))]
        return np.repeat(np.array(own, np.bool), self.program.constants)

    @cached_property
    def ranges(self) -> Sequence[Range | None]:
        """Between which bounds the numbers of each value lie; of a constant, None."""
        found: list[Range | None] = [(one.least, one.most) for one in self.program.inputs]
        found += [None] * len(self.constants)
        return [*found, *((int(b.least.min()), int(b.most.max())) for b in self._bounds())]

    def _bounds(self) -> Iterator[Interval]:
        """The same of each node's value, column by column."""
        bounds = _Bounds.given(self)
        for index, node in enumerate(self.program.nodes):
            try:
                made = node.operator.bound(bounds.operands(node), node.attributes)
                check_exact(made.reach)
            except ModelError as error:
                place = f"node {index} ({node.operator.name})"
                raise type(error)(f"{place}: {error}") from None
            bounds.keep(index, made)
            yield made

    def run(self, values: Integers) -> Integers:
        """int64 (rows, columns that it takes) to int64 (rows, columns that it gives).

        Raises OutOfRange if a number is not between the bounds of its input, and ModelError for
        another shape or type.
        """
        self.check(values)
        return self._execution.run(values)

    def follow(self, values: Integers) -> list[Integers]:
        """The value of each node, int64 (rows, width), as its operator has it. Raises as `run`."""
        return [*map(_int64, self._values(values))]

    def _values(self, given: Integers) -> Iterator[Numbers]:
        """The value of each node in turn."""
        self.check(given)
        program = self.program
        held: list[Numbers | None] = [*self._columns(given), *self._constants]
        last = program.last_use
        for index, node in enumerate(program.nodes):
            operands = [held[operand] for operand in node.operands]
            made = node.operator.run([o for o in operands if o is not None], node.attributes)
            held.append(made)
            for operand in node.operands:
                if last[operand] == index:
                    held[operand] = None  # nobody needs it any more, and there can be many
            yield made

    @cached_property
    def _execution(self) -> Execution:
        return Execution.of(self)

    def check(self, values: Integers) -> None:
        """Raise OutOfRange or ModelError unless these are values that it takes."""
        if values.dtype != INT64 or values.ndim != 2 or values.shape[1] != self.program.takes:
            raise ModelError(
                f"input is {values.dtype} {values.shape}: this component takes int64 "
                f"(rows, {self.program.takes})"
            )
        if self._within(values):
            return
        for number, (one, columns) in enumerate(
            zip(self.program.inputs, self._columns(values), strict=True)
        ):
            outside = (columns < one.least) | (columns > one.most)
            if outside.any():
                row, column = (int(place[0]) for place in outside.nonzero())
                raise OutOfRange(
                    f"row {row}: {columns[row, column]} in column {column} of input {number}, "
                    f"which takes {one.least} to {one.most}"
                )

    def _within(self, values: Integers) -> bool:
        """Whether all numbers are between the bounds of their inputs."""
        if not values.size:
            return True
        if self._same is not None:  # argmin is several times faster than min on a few numbers
            least, most = self._same
            lowest, highest = values.item(values.argmin()), values.item(values.argmax())
            return bool(least <= lowest and highest <= most)
        lower, upper = self._limits
        return bool(((lower <= values) & (values <= upper)).all())

    @cached_property
    def _same(self) -> Range | None:
        """The bounds of all inputs, if they are the same."""
        bounds = {(one.least, one.most) for one in self.program.inputs}
        return next(iter(bounds)) if len(bounds) == 1 else None

    @cached_property
    def _limits(self) -> tuple[Integers, Integers]:
        """The least and the greatest number of each column that it takes."""
        inputs = self.program.inputs
        ends = [one.least for one in inputs], [one.most for one in inputs]
        lower, upper = (np.repeat(end, [one.width for one in inputs]) for end in ends)
        return lower, upper

    def _columns(self, values: Integers) -> list[Integers]:
        """What each input is given."""
        ends = np.cumsum([0, *(one.width for one in self.program.inputs)]).tolist()
        return [values[:, start:end] for start, end in pairwise(ends)]

    @cached_property
    def _constants(self) -> list[Numbers]:
        """The constants as they are computed with, in one row each."""
        return [constant.astype(np.int64).reshape(1, -1) for constant in self.constants]

    def run_bytes(self, data: bytes) -> bytes:
        """`run` on canonical tensor bytes. Raises ModelError or EncodingError."""
        return encode(self.run(parse_tensor(data)))

    def split(self, cuts: Sequence[int]) -> tuple["Component", ...]:
        """Consecutive parts that composed are this component, cut before these nodes.

        Each part carries through what a later one needs: it gives the values that do, side by side,
        and the next one takes them, each between the bounds that are certified here; if these are
        too wide for all columns of a value together, column by column. So each part is certified,
        whoever its neighbours are. Raises ModelError unless the cuts are nodes past the first, in
        order.
        """
        ends = [0, *cuts, len(self.program.nodes)]
        if any(start >= end for start, end in pairwise(ends)):
            raise ModelError(
                f"cuts before the nodes {list(cuts)}: give some of 1 to {ends[-1] - 1}, in order"
            )
        return tuple(self._part(start, end) for start, end in pairwise(ends))

    def _part(self, start: int, end: int) -> "Component":
        """What the nodes from one up to another compute."""
        taken = self.program.live(start) if start else [*range(len(self.program.inputs))]
        try:
            return self._taking({value: [self._input(value)] for value in taken}, start, end)
        except ModelError:
            first, inputs = self.program.first, len(self.program.inputs)
            bounds = {first + i: bound for i, bound in enumerate(islice(self._bounds(), start))}
            return self._taking(
                {v: [self._input(v)] if v < inputs else _inputs(bounds[v]) for v in taken},
                start,
                end,
            )

    def _input(self, value: int) -> Input:
        """A value as an input, all columns of which have the same bounds."""
        found = self.ranges[value]
        assert found is not None  # constants are in the part itself
        return Input(self.program.widths[value], *found)

    def _taking(self, taken: Mapping[int, Sequence[Input]], start: int, end: int) -> "Component":
        """What the nodes from one up to another compute of values that are given as inputs."""
        program, inputs = self.program, [one for pieces in taken.values() for one in pieces]
        nodes = program.nodes[start:end]
        used = sorted({v for node in nodes for v in node.operands if program.is_constant(v)})
        first, names, moved = len(inputs) + len(used), dict[int, int](), list[Node]()
        at = 0
        for value, pieces in taken.items():
            names[value] = at if len(pieces) == 1 else first + len(moved)
            if len(pieces) > 1:
                moved.append(Node(CONCAT, tuple(range(at, at + len(pieces)))))
            at += len(pieces)
        names |= {value: len(inputs) + i for i, value in enumerate(used)}
        for index, node in enumerate(nodes, start):
            names[program.first + index] = first + len(moved)
            moved.append(attrs.evolve(node, operands=tuple(names[v] for v in node.operands)))
        given = program.live(end)
        if end < len(program.nodes) and [names[v] for v in given] != [first + len(moved) - 1]:
            moved.append(Node(CONCAT, tuple(names[v] for v in given)))
        constants = [self.constants[value - len(program.inputs)] for value in used]
        sizes = tuple(map(len, constants))
        known = [i for i, v in enumerate(used) if v - len(program.inputs) in self.public]
        return Component(Program(tuple(inputs), sizes, tuple(moved)), constants, known)

    def canonical(self) -> bytes:
        """The one encoding of this component."""
        inputs, _, nodes = self.program.body
        return encode(
            {
                "arithmetic": ARITHMETIC,
                "inputs": inputs,
                "constants": list(self.constants),
                "nodes": nodes,
            }
        )

    @property
    def digest(self) -> bytes:
        """What binds a vendor to this component as a whole, by its bytes.

        `impl.quarrel.outline.Outline.digest` binds it so that one constant can be shown.
        """
        return digest("component", self.canonical())

    @classmethod
    def parse(cls, data: bytes, public: Collection[int] = ()) -> Self:
        """The component of these canonical bytes, certified anew; these constants are public.

        Raises ModelError or EncodingError.
        """
        match decode(data):
            # Bytes may have a tensor in any place, which is equal to nothing: types are told first.
            case {
                "arithmetic": str(name),
                "inputs": inputs,
                "constants": [*constants],
                "nodes": nodes,
                **rest,
            } if name == ARITHMETIC and not rest:
                held = [_constant(index, one) for index, one in enumerate(constants)]
                program = Program.parse([inputs, [len(one) for one in held], nodes])
                return cls(program, held, public)
        raise ModelError(
            "not a component: expected a map of inputs, constants and nodes (lists), and "
            f"arithmetic ({ARITHMETIC!r})"
        )


@attrs.define
class _Bounds:
    """Between which bounds the numbers of values lie, column by column, while they are needed."""

    component: Component
    found: dict[int, Interval]

    @classmethod
    def given(cls, component: Component) -> Self:
        """Those of the inputs."""
        inputs = enumerate(component.program.inputs)
        bounds = {i: _interval(one.width, one.least, one.most) for i, one in inputs}
        return cls(component, bounds)

    def operands(self, node: Node) -> list[Interval]:
        """Those of what a node takes."""
        return [self._of(value) for value in node.operands]

    def _of(self, value: int) -> Interval:
        program = self.component.program
        if not program.is_constant(value):
            return self.found[value]
        numbers = self.component.constants[value - len(program.inputs)].astype(np.float64)
        return Interval(numbers, numbers)

    def keep(self, index: int, made: Interval) -> None:
        """Keep those of what a node makes, and let go of what is not needed any more."""
        program = self.component.program
        self.found[program.first + index] = made
        for operand in program.nodes[index].operands:
            if program.last_use[operand] == index:
                self.found.pop(operand, None)


def _int64(numbers: Numbers) -> Integers:
    return numbers.astype(np.int64, copy=False)


def _inputs(bound: Interval) -> list[Input]:
    """A value as inputs: one for each run of columns that have the same bounds."""
    columns = zip(bound.least.astype(int).tolist(), bound.most.astype(int).tolist(), strict=True)
    return [Input(len([*each]), *ends) for ends, each in groupby(columns)]


def _interval(width: int, least: int, most: int) -> Interval:
    return Interval(np.full(width, float(least)), np.full(width, float(most)))


def component_of(data: bytes) -> Component:
    """`Component.parse`, remembered: whoever serves a component parses its constants once.

    Raises ModelError or EncodingError, which is remembered as well.
    """
    found = _found(data)
    if isinstance(found, Component):
        return found
    raise found.with_traceback(None)  # or it would grow


@remembered(1 << 27)  # one grows by as much as it holds, once it runs
def _found(data: bytes) -> Component | ModelError | EncodingError:
    try:
        return Component.parse(data)
    except (ModelError, EncodingError) as error:
        error.__context__ = None  # or what was on the way would be held
        return error.with_traceback(None)


def _constant(index: int, body: Value) -> Tensor:
    """A constant as bytes have it. Raises ModelError."""
    if not isinstance(body, np.ndarray) or body.ndim != 1:
        raise ModelError(f"constant {index}: not a vector")
    if (narrow := narrowed(body)).dtype != body.dtype:
        raise ModelError(f"constant {index}: {body.dtype} numbers that {narrow.dtype} holds")
    return body


_TENSOR = encode(np.zeros(0, np.int64))[:2]  # how the bytes of any begin
_NARROW = tuple(np.dtype(name) for name in ("i1", "<i2", "<i4", "<i8"))


def narrowed(tensor: Tensor) -> Tensor:
    """A tensor in the narrowest type that holds its numbers; itself, if nobody can change it."""
    least, most = (int(tensor.min()), int(tensor.max())) if tensor.size else (0, 0)
    limits = ((dtype, np.iinfo(dtype)) for dtype in _NARROW)
    narrowest = next(t for t, has in limits if has.min <= least and most <= has.max)
    return tensor.astype(narrowest, copy=not _is_settled(tensor))


def _is_settled(tensor: Tensor) -> bool:
    """Whether nobody can write where its numbers are, also not by another name."""
    held: object = tensor
    while isinstance(held, np.ndarray):
        if held.flags.writeable:
            return False
        held = held.base
    return held is None or isinstance(held, bytes)


def parse_tensor(data: bytes) -> Integers:
    """The int64 tensor of these canonical bytes. Raises ModelError or EncodingError.

    What does not begin as one is not read: it can be anybody's, and many values take long.
    """
    value = decode(data) if data.startswith(_TENSOR) else None
    if not isinstance(value, np.ndarray):
        raise ModelError("expected the bytes of a tensor, and these do not begin as one")
    if value.dtype != np.int64:
        raise ModelError(f"expected a tensor of int64, not of {value.dtype}")
    return value.astype(np.int64, copy=False)


def chain(parts: Sequence[Component], values: Integers) -> list[Integers]:
    """The input and the output of each part in turn, as an orchestrated request produces them."""
    transcript = [values]
    for part in parts:
        transcript.append(part.run(transcript[-1]))
    return transcript


def labels(scores: bytes) -> list[int]:
    """The label of each row of a model's output: its highest score, the lowest label on ties.

    Raises ModelError or EncodingError.
    """
    tensor = parse_tensor(scores)
    if tensor.ndim != 2 or tensor.shape[1] == 0:
        raise ModelError(f"scores are (rows, classes), not {tensor.shape}")
    return [int(label) for label in tensor.argmax(axis=1)]
