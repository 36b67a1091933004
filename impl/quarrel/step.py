"""Bisection: a quarrel over a run of a component is narrowed down to one arithmetic operation.

A run is taken in small steps: a multiply-add for each weight and row, the end of each unit (add the
bias, rectify, drop bits), and the end of each layer, whose outputs are the next one's values. What
a run holds between two steps is small: an accumulator, the Merkle root of the layer's values, and
the peaks of the tree of its outputs so far (the full subtrees that it consists of, largest first).
So a referee that knows digests alone can follow a single step, and sees one weight and one value.

The arithmetic is that of `impl.models.fixedpoint`, in Python's integers.
"""

from collections.abc import Sequence
from enum import Enum
from functools import cached_property, reduce
from typing import Self, TypeAlias

import attrs
import numpy as np

from impl.ledger.transaction import Refused
from impl.models.fixedpoint import ARITHMETIC, LIMIT, Integers
from impl.models.model import Component, Layer, ModelError, chain, parse_tensor
from spec.bytes.digest import digest
from spec.bytes.encoding import EncodingError, Value, decode, encode
from spec.bytes.merkle import inclusion_proof, leaf_hash, node_hash, root, verify_inclusion


class WitnessError(ValueError):
    """What was shown is not what the digests bind; the message names the place."""


def _check(condition: bool, problem: str) -> None:
    if not condition:
        raise WitnessError(f"witness{problem}")


# Merkle trees that grow


def append(peaks: Sequence[bytes], count: int, leaf: bytes) -> tuple[bytes, ...]:
    """The peaks of a tree of so many leaves, once another leaf is appended."""
    node, left = leaf_hash(leaf), list(peaks)
    while count % 2:
        node, count = node_hash(left.pop(), node), count // 2
    return (*left, node)


def root_of(peaks: Sequence[bytes]) -> bytes:
    """The root (RFC 6962) of the tree that has these peaks."""
    if not peaks:
        return root([])
    return reduce(lambda right, left: node_hash(left, right), reversed(peaks))


@attrs.frozen
class _Subtrees:
    """The hashes of all full subtrees over some leaves, by height and then in order."""

    levels: Sequence[Sequence[bytes]]

    @classmethod
    def over(cls, leaves: Sequence[bytes]) -> Self:
        levels = [[leaf_hash(leaf) for leaf in leaves]]
        while len(nodes := levels[-1]) > 1:
            pairs = zip(nodes[::2], nodes[1::2], strict=False)  # an odd one out is in no pair
            levels.append([node_hash(left, right) for left, right in pairs])
        return cls(levels)

    def peaks(self, count: int) -> tuple[bytes, ...]:
        """The peaks of the tree over the first leaves."""
        heights = [h for h in range(len(self.levels)) if count >> h & 1]
        return tuple(self.levels[h][(count >> h) - 1] for h in reversed(heights))


def _leaves(numbers: Integers) -> list[bytes]:
    return [encode(number) for number in numbers.ravel().tolist()]


# What is bound: tensors and components


@attrs.frozen
class Values:
    """A tensor, by its shape and by the Merkle root of its elements."""

    shape: tuple[int, ...]
    root: bytes

    @classmethod
    def of(cls, tensor: Integers) -> Self:
        """The values of a tensor."""
        return cls(tensor.shape, root(_leaves(tensor)))

    @property
    def body(self) -> list[Value]:
        """Both, as they are encoded."""
        return [list(self.shape), self.root]

    @property
    def digest(self) -> bytes:
        """What binds both."""
        return digest("values", encode(self.body))


@attrs.frozen
class NoValues:
    """Bytes that are no tensor's, by their digest."""

    body: bytes

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Some bytes."""
        return cls(digest("no-tensor", data))

    @property
    def digest(self) -> bytes:
        """What binds them, and that they are no tensor's."""
        return digest("no-values", self.body)


Given: TypeAlias = Values | NoValues
"""What goes into a component, as it is bound."""
NOTHING = NoValues.of(b"")
"""What comes of what a component does not take."""


def bind(data: bytes) -> Given:
    """Some bytes, as they are bound."""
    try:
        return Values.of(parse_tensor(data))
    except (ModelError, EncodingError):
        return NoValues.of(data)


def value_root(data: bytes) -> bytes:
    """What binds a tensor by its bytes, so that one element can be shown; or any other bytes."""
    return bind(data).digest


def parse_given(body: Value) -> Given:
    """What a body says was given. Raises WitnessError."""
    match body:
        case [[*shape], bytes(root_)]:
            sizes = [size for size in shape if isinstance(size, int) and size >= 0]
            _check(len(sizes) == len(shape), ".input: a shape is of numbers from 0")
            return Values(tuple(sizes), root_)
        case bytes(hash_):
            return NoValues(hash_)
    raise WitnessError("witness.input: neither a shape with a root, nor a digest")


@attrs.frozen
class Shape:
    """A layer but for its parameters."""

    inputs: int
    units: int
    shift: int
    rectified: bool

    @classmethod
    def of(cls, layer: Layer) -> Self:
        """The shape of a layer."""
        inputs, units = layer.weights.shape
        return cls(inputs, units, layer.shift, layer.rectified)

    @property
    def parameters(self) -> int:
        """How many parameters it has: of each unit the weights, and then the bias."""
        return self.units * (self.inputs + 1)


@attrs.frozen
class Place:
    """What a step is about.

    Attributes:
        layer: the number of its layer.
        outputs: how many outputs the layer has so far.
        taken: how many inputs the unit has taken so far.
        parameter: the number of the parameter that is used; at the end of a layer, none.
        value: the number of the value that is multiplied; at the end of a unit or layer, none.
    """

    layer: int
    outputs: int
    taken: int = 0
    parameter: int | None = None
    value: int | None = None


@attrs.frozen
class Outline:
    """A component, by the shapes of its layers and by the Merkle root of its parameters."""

    layers: tuple[Shape, ...]
    root: bytes

    @classmethod
    def of(cls, component: Component) -> Self:
        """The outline of a component."""
        return cls(tuple(map(Shape.of, component.layers)), root(_leaves(_parameters(component))))

    @property
    def body(self) -> list[Value]:
        """The outline as it is encoded."""
        return [[list(attrs.astuple(layer)) for layer in self.layers], self.root]

    @property
    def digest(self) -> bytes:
        """What binds all this, and the arithmetic."""
        return digest("component-root", encode([ARITHMETIC, *self.body]))

    @property
    def parameters(self) -> int:
        """How many parameters there are."""
        return sum(layer.parameters for layer in self.layers)

    def steps(self, rows: int) -> int:
        """How many steps a run takes."""
        return rows * self.parameters + len(self.layers)

    def steps_on(self, given: Given) -> int | None:
        """How many steps a run on an input takes; None if the component does not take it."""
        match given:
            case Values((rows, inputs)) if inputs == self.layers[0].inputs:
                return self.steps(rows)
        return None

    def takes(self, given: Given, rounds: int) -> bool:
        """Whether it takes an input, on which a run can be halved to one step in so many rounds."""
        steps = self.steps_on(given)
        return steps is not None and steps <= 1 << rounds

    def place(self, position: int, rows: int) -> Place:
        """What the step after so many steps is about. Raises WitnessError if there is none."""
        first = 0
        for number, layer in enumerate(self.layers):
            work = rows * layer.parameters
            if 0 <= position < work:
                return _place(number, layer, first, position)
            if position == work:
                return Place(number, rows * layer.units)
            position, first = position - work - 1, first + layer.parameters
        raise WitnessError("witness: the run has no such step")

    @classmethod
    def parse(cls, body: Value) -> Self:
        """The outline of a body. Raises WitnessError unless it can be a component's."""
        match body:
            case [[_, *_] as layers, bytes(root_)]:
                outline = cls(tuple(_parse_shape(layer) for layer in layers), root_)
                for left, right in zip(outline.layers, outline.layers[1:], strict=False):
                    _check(left.units == right.inputs, ".outline: the layers do not fit together")
                return outline
        raise WitnessError("witness.outline: not [[[inputs, units, shift, rectified], ...], root]")


def _place(number: int, layer: Shape, first: int, position: int) -> Place:
    """What a step inside of a layer is about."""
    outputs, taken = divmod(position, layer.inputs + 1)
    parameter = first + position % layer.parameters
    value = outputs // layer.units * layer.inputs + taken if taken < layer.inputs else None
    return Place(number, outputs, taken, parameter, value)


def _parse_shape(body: Value) -> Shape:
    match body:
        case [int(inputs), int(units), int(shift), bool(rectified)]:
            _check(inputs > 0 and units > 0 and 0 <= shift <= 52, ".outline: no layer's shape")
            return Shape(inputs, units, shift, rectified)
    raise WitnessError("witness.outline: a layer is [inputs, units, shift, rectified]")


def _parameters(component: Component) -> Integers:
    layers = [np.vstack([layer.weights, layer.bias]).T.ravel() for layer in component.layers]
    return np.concatenate(layers)


def component_root(component: Component) -> bytes:
    """What binds a component, so that one of its parameters can be shown."""
    return Outline.of(component).digest


# The states of a run, and a single step


@attrs.frozen
class State:
    """What a run holds between two steps.

    Attributes:
        accumulator: the sum so far.
        values: the digest of what the layer was given.
        peaks: of the tree of what the layer has put out.
    """

    accumulator: int
    values: bytes
    peaks: tuple[bytes, ...]

    @property
    def digest(self) -> bytes:
        """What binds all this."""
        return digest("state", encode([self.accumulator, self.values, list(self.peaks)]))


def boundary_state(values: bytes) -> bytes:
    """The digest of the first state, by the input's value root, or of the last, by the output's."""
    return State(0, values, ()).digest


@attrs.frozen
class Shown:
    """One leaf of a Merkle tree, with the proof that it is."""

    number: int
    proof: Sequence[bytes]

    @property
    def body(self) -> list[Value]:
        """The leaf as it is encoded."""
        return [self.number, list(self.proof)]

    @classmethod
    def parse(cls, body: Value, place: str) -> Self | None:
        """The leaf of a body, if there is one."""
        match body:
            case None:
                return None
            case [int(number), [*proof]]:
                return cls(number, _parse_hashes(proof, place))
        raise WitnessError(f"witness.{place}: not a number with its proof, or null")


@attrs.frozen
class Witness:
    """All that a referee must see of a step.

    Attributes:
        outline: of the component.
        values: what the layer was given.
        accumulator, peaks: of the state before the step.
        parameter: the weight or bias.
        value: what is multiplied.
    """

    outline: Outline
    values: Values
    accumulator: int
    peaks: Sequence[bytes]
    parameter: Shown | None
    value: Shown | None

    def canonical(self) -> bytes:
        """The one encoding of this witness."""
        return encode(
            {
                "outline": self.outline.body,
                "values": [list(self.values.shape), self.values.root],
                "accumulator": self.accumulator,
                "peaks": list(self.peaks),
                "parameter": self.parameter.body if self.parameter else None,
                "value": self.value.body if self.value else None,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The witness of these canonical bytes. Raises WitnessError."""
        try:
            fields = decode(data)
        except EncodingError as error:
            raise WitnessError(f"witness: {error}") from None
        match fields:  # a truth value passes for a number here, but has another digest
            case {
                "outline": outline,
                "values": [[int(rows), int(columns)], bytes(root_)],
                "accumulator": int(accumulator),
                "peaks": [*peaks],
                "parameter": parameter,
                "value": value,
                **rest,
            } if not rest:
                return cls(
                    Outline.parse(outline),
                    Values((rows, columns), root_),
                    accumulator,
                    _parse_hashes(peaks, "peaks"),
                    Shown.parse(parameter, "parameter"),
                    Shown.parse(value, "value"),
                )
        raise WitnessError(
            "witness: expected a map of outline, values ([rows, columns] and a root), accumulator, "
            "peaks, parameter and value"
        )

    def check(self, component: bytes, place: Place, before: bytes) -> None:
        """Check that all this is bound. Raises WitnessError."""
        layer, (rows, columns) = self.outline.layers[place.layer], self.values.shape
        _check(self.outline.digest == component, ".outline: not the component's")
        _check(self.state.digest == before, ": it does not open the state before the step")
        _check(columns == layer.inputs, ".values: not as many as the layer takes")
        _check(len(self.peaks) == place.outputs.bit_count(), ".peaks: not those of the outputs")
        for name, shown, index, size, bound in (
            (
                "parameter",
                self.parameter,
                place.parameter,
                self.outline.parameters,
                self.outline.root,
            ),
            ("value", self.value, place.value, rows * columns, self.values.root),
        ):
            _check((shown is None) == (index is None), f".{name}: needed just where it is used")
            if shown is not None and index is not None:
                leaf = encode(shown.number)
                holds = verify_inclusion(leaf, index, size, shown.proof, bound)
                _check(holds, f".{name}: not what its root binds")

    @property
    def state(self) -> State:
        """The state before the step."""
        return State(self.accumulator, self.values.digest, tuple(self.peaks))

    def after(self, place: Place) -> State:
        """The state after the step."""
        layer = self.outline.layers[place.layer]
        if self.parameter is None:
            outputs = Values((self.values.shape[0], layer.units), root_of(self.peaks))
            return State(0, outputs.digest, ())
        if self.value is not None:
            saturated = max(-LIMIT, min(LIMIT, self.value.number))
            total = self.accumulator + self.parameter.number * saturated
            return attrs.evolve(self.state, accumulator=total)
        total = self.accumulator + self.parameter.number
        rectified = max(total, 0) if layer.rectified else total
        output = (rectified + (1 << layer.shift >> 1)) >> layer.shift
        peaks = append(self.peaks, place.outputs, encode(output))
        return State(0, self.values.digest, peaks)


def _parse_hashes(hashes: Sequence[Value], place: str) -> list[bytes]:
    found = [h for h in hashes if isinstance(h, bytes) and len(h) == 32]
    _check(len(found) == len(hashes), f".{place}: a hash is 32 bytes")
    return found


def take_step(component: bytes, position: int, before: bytes, witness: bytes) -> bytes:
    """The digest of the state after a step, by that of the state before it and by a witness.

    Raises WitnessError unless the witness is what the component's root and the state bind.
    """
    shown = Witness.parse(witness)
    rows, _ = shown.values.shape
    place = shown.outline.place(position, rows)
    try:
        shown.check(component, place, before)
        return shown.after(place).digest
    except EncodingError as error:  # a sum that no certified component can reach
        raise WitnessError(f"witness: {error}") from None


def check(component: bytes, position: int, before: bytes, after: bytes, witness: bytes) -> bool:
    """Whether a step leads from one state to another. Raises WitnessError, as `take_step`."""
    return take_step(component, position, before, witness) == after


# Who quarrels


@attrs.frozen
class Trace:
    """A run of a component, as who holds it can follow it.

    Attributes:
        activations: the input, and the outputs of each layer.
    """

    component: Component
    activations: tuple[Integers, ...]

    @classmethod
    def of(cls, component: Component, data: bytes) -> Self:
        """A run on canonical tensor bytes. Raises ModelError or EncodingError."""
        layers = component.split([1] * len(component.layers))
        return cls(component, tuple(chain(layers, parse_tensor(data))))

    @cached_property
    def outline(self) -> Outline:
        """The component's."""
        return Outline.of(self.component)

    @cached_property
    def values(self) -> list[Values]:
        """The activations, as they are bound."""
        return [Values.of(tensor) for tensor in self.activations]

    @cached_property
    def _outputs(self) -> list[_Subtrees]:
        return [_Subtrees.over(_leaves(tensor)) for tensor in self.activations[1:]]

    @property
    def rows(self) -> int:
        """How many rows the input has."""
        return len(self.activations[0])

    @property
    def steps(self) -> int:
        """How many steps the run takes."""
        return self.outline.steps(self.rows)

    def state(self, position: int) -> State:
        """The state after so many steps; past the end, the last one."""
        if position >= self.steps:
            return State(0, self.values[-1].digest, ())
        place = self.outline.place(position, self.rows)
        peaks = self._outputs[place.layer].peaks(place.outputs)
        return State(self._accumulator(place), self.values[place.layer].digest, peaks)

    def digest(self, position: int) -> bytes:
        """The digest of that state."""
        return self.state(position).digest

    def _accumulator(self, place: Place) -> int:
        if not place.taken:
            return 0
        weights = self.component.layers[place.layer].weights
        row, unit = divmod(place.outputs, weights.shape[1])
        taken = self.activations[place.layer][row, : place.taken]
        return int(np.clip(taken, -LIMIT, LIMIT) @ weights[: place.taken, unit])

    def witness(self, position: int) -> bytes:
        """What shows the step after so many steps; past the end, nothing need be shown."""
        if position >= self.steps:
            return b""
        place, state = self.outline.place(position, self.rows), self.state(position)
        return Witness(
            self.outline,
            self.values[place.layer],
            state.accumulator,
            state.peaks,
            _show(_parameters(self.component), place.parameter),
            _show(self.activations[place.layer], place.value),
        ).canonical()


def _show(numbers: Integers, index: int | None) -> Shown | None:
    if index is None:
        return None
    return Shown(int(numbers.ravel()[index]), inclusion_proof(_leaves(numbers), index))


class Side(Enum):
    """Who quarrels."""

    EXECUTOR = "executor"
    OPPONENT = "opponent"


class Verdict(Enum):
    """What is held of the executor's output."""

    OPEN = "open"
    RIGHT = "right"
    WRONG = "wrong"


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise Refused(reason)


@attrs.define
class Game:
    """The referee: who claims what, whose turn it is, and the verdict.

    It refuses for the reasons of the specification, in that order.

    Attributes:
        component: what binds it.
        steps: how many steps the run takes.
        start, end: the digests of the first state, beyond dispute, and of the last, as claimed.
        window: how much time there is for a move; 0 where somebody else keeps the time.
    """

    component: bytes
    steps: int
    start: bytes
    end: bytes
    window: int = 0
    low: int = 0
    high: int = attrs.Factory(lambda game: game.steps, takes_self=True)
    at_low: bytes = attrs.Factory(lambda game: game.start, takes_self=True)
    at_high: bytes = attrs.Factory(lambda game: game.end, takes_self=True)
    claimed: bytes = b""
    turn: Side = Side.EXECUTOR
    left: int = attrs.Factory(lambda game: game.window, takes_self=True)
    rounds: int = 0
    verdict: Verdict = Verdict.OPEN

    @classmethod
    def over(cls, outline: Outline, given: Values, output: bytes, window: int = 0) -> Self:
        """A quarrel over what a component made of an input; the output is by its value root.

        Raises WitnessError if the component does not take such an input.
        """
        steps = outline.steps_on(given)
        if steps is None:
            raise WitnessError(
                "witness: the component does not take such an input: open the whole step"
            )
        start, end = boundary_state(given.digest), boundary_state(output)
        return cls(outline.digest, steps, start, end, window)

    @classmethod
    def padded(cls, outline: Outline, given: Given, output: bytes, rounds: int) -> Self:
        """A quarrel that takes just so many rounds: past its end, a run stays where it is.

        Of an input that the component does not take in so many rounds comes nothing, in no step.
        """
        if not outline.takes(given, rounds):
            given = NOTHING
        steps = outline.steps_on(given) or 0
        start, end = boundary_state(given.digest), boundary_state(output)
        return cls(outline.digest, steps, start, end, high=1 << rounds)

    @property
    def middle(self) -> int:
        """Where the quarrel is halved."""
        return (self.low + self.high) // 2

    @property
    def is_narrow(self) -> bool:
        """Whether one step is left."""
        return self.high == self.low + 1

    def claim(self, state: bytes) -> None:
        """The executor says what the state at the middle is, by its digest."""
        self._require_open()
        _require(self.turn is Side.EXECUTOR, "executor has the turn")
        _require(not self.is_narrow, "more than one step is left")
        self.claimed = state
        self._hand_over(Side.OPPONENT)

    def answer(self, agrees: bool) -> None:
        """The opponent agrees up to the middle, or doubts it already."""
        self._require_open()
        _require(self.turn is Side.OPPONENT, "opponent has the turn")
        if agrees:
            self.low, self.at_low = self.middle, self.claimed
        else:
            self.high, self.at_high = self.middle, self.claimed
        self.rounds += 1
        self._hand_over(Side.EXECUTOR)

    def show(self, witness: bytes) -> None:
        """Somebody shows the one step that is left, and the referee takes it.

        Raises WitnessError, and holds nothing of anybody, if the witness is not of that step.
        """
        self._require_open()
        _require(self.is_narrow, "one step is left")
        if self.low < self.steps:
            holds = check(self.component, self.low, self.at_low, self.at_high, witness)
        else:
            _check(not witness, ": past the end there is nothing to show")
            holds = self.at_low == self.at_high
        self.verdict = Verdict.RIGHT if holds else Verdict.WRONG

    def tick(self) -> None:
        """Time passes."""
        self._require_open()
        _require(self.left > 0, "time is left")
        self.left -= 1

    def run_out(self) -> None:
        """Whose turn it is has not moved in time, and loses."""
        self._require_open()
        _require(self.left == 0, "deadline has passed")
        self.verdict = Verdict.WRONG if self.turn is Side.EXECUTOR else Verdict.RIGHT

    def _require_open(self) -> None:
        _require(self.verdict is Verdict.OPEN, "quarrel is open")

    def _hand_over(self, side: Side) -> None:
        self.turn, self.left = side, self.window


@attrs.frozen
class Executor:
    """Stands by its own run."""

    trace: Trace

    def move(self, game: Game) -> None:
        """Claim the middle, or show the step that is left."""
        if game.is_narrow:
            game.show(self.trace.witness(game.low))
        else:
            game.claim(self.trace.digest(game.middle))


@attrs.frozen
class Opponent:
    """Doubts what is not as in its own run."""

    trace: Trace

    def move(self, game: Game) -> None:
        """Answer the executor's claim."""
        game.answer(game.claimed == self.trace.digest(game.middle))
