"""A component by its outline: what runs of it take, and which parameter and value a step uses."""

from collections.abc import Sequence
from typing import Self

import attrs
import numpy as np

from impl.models.fixedpoint import ARITHMETIC, Integers
from impl.models.model import Component, Layer
from impl.quarrel.binding import WitnessError, check
from impl.quarrel.blocks import block_count, block_of, leaves
from impl.quarrel.salts import salting_key, salts_of, secret_digest
from spec.bytes.digest import digest
from spec.bytes.encoding import Value, encode
from spec.bytes.merkle import root


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

    @property
    def puts_out(self) -> bool:
        """Whether an output of the layer comes of it."""
        return self.parameter is not None and self.value is None


@attrs.frozen
class Plan:
    """What a run takes, as the shapes of a component's layers tell."""

    layers: tuple[Shape, ...]

    @classmethod
    def of(cls, component: Component) -> Self:
        """The plan of a component's runs."""
        return cls(tuple(map(Shape.of, component.layers)))

    @property
    def inputs(self) -> int:
        """How many numbers a row has that it takes."""
        return self.layers[0].inputs

    @property
    def outputs(self) -> int:
        """How many numbers a row has that it gives."""
        return self.layers[-1].units

    @property
    def parameters(self) -> int:
        """How many parameters there are."""
        return sum(layer.parameters for layer in self.layers)

    def sizes(self, rows: int) -> list[int]:
        """How many numbers each layer puts out."""
        return [rows * layer.units for layer in self.layers]

    def blocks(self, rows: int) -> list[int]:
        """How many blocks each layer puts out."""
        return [*map(block_count, self.sizes(rows))]

    def full_blocks(self, place: Place, rows: int) -> int:
        """How many full blocks the layer of a step has put out before it."""
        count = self.sizes(rows)[place.layer]
        return block_count(count) if place.outputs == count else block_of(place.outputs, count)[0]

    def steps(self, rows: int) -> int:
        """How many steps a run takes."""
        return rows * self.parameters + len(self.layers)

    def halvings(self, rows: int) -> int:
        """How often a quarrel about a run is halved until it is about one step."""
        return (self.steps(rows) - 1).bit_length()

    def rows_of(self, shape: Sequence[int] | None, rounds: int) -> int | None:
        """How many rows an input has; None if it is none of a run that so many rounds halve.

        Args:
            shape: the input's; None for what is no tensor.
        """
        match shape:
            case (rows, self.inputs) if self.steps(rows) <= 1 << rounds:
                return rows
        return None

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


@attrs.frozen
class Outline:
    """A component as digests bind it.

    Attributes:
        plan: of its runs.
        root: the Merkle root of the blocks of its parameters, each with its salt.
        salting: the digest of its salting key.
    """

    plan: Plan
    root: bytes
    salting: bytes

    @classmethod
    def of(cls, component: Component, secret: bytes) -> Self:
        """The outline of a component, hidden by a secret."""
        numbers = parameters(component)
        bound = root(leaves(numbers, salts_of(secret, block_count(numbers.size))))
        return cls(Plan.of(component), bound, secret_digest(salting_key(secret)))

    @property
    def body(self) -> list[Value]:
        """The outline as it is encoded."""
        layers: list[Value] = [list(attrs.astuple(layer)) for layer in self.plan.layers]
        return [layers, self.root, self.salting]

    @property
    def digest(self) -> bytes:
        """What binds all this, and the arithmetic: so one block of parameters can be shown alone.

        `Component.digest` binds the same component, and shows it only as a whole.
        """
        return digest("component-root", encode([ARITHMETIC, *self.body]))

    @classmethod
    def parse(cls, body: Value) -> Self:
        """The outline of a body. Raises WitnessError unless it can be a component's."""
        match body:
            case [[_, *_] as layers, bytes(root_), bytes(salting)]:
                plan = Plan(tuple(_parse_shape(layer) for layer in layers))
                for left, right in zip(plan.layers, plan.layers[1:], strict=False):
                    check(left.units == right.inputs, ".outline: the layers do not fit together")
                return cls(plan, root_, salting)
        raise WitnessError(
            "witness.outline: not [[[inputs, units, shift, rectified], ...], root, salting]"
        )


def _place(number: int, layer: Shape, first: int, position: int) -> Place:
    """What a step inside of a layer is about."""
    outputs, taken = divmod(position, layer.inputs + 1)
    parameter = first + position % layer.parameters
    value = outputs // layer.units * layer.inputs + taken if taken < layer.inputs else None
    return Place(number, outputs, taken, parameter, value)


def _parse_shape(body: Value) -> Shape:
    match body:
        case [int(inputs), int(units), int(shift), bool(rectified)]:
            check(inputs > 0 and units > 0 and 0 <= shift <= 52, ".outline: no layer's shape")
            return Shape(inputs, units, shift, rectified)
    raise WitnessError("witness.outline: a layer is [inputs, units, shift, rectified]")


def parameters(component: Component) -> Integers:
    """All parameters of a component, in the order in which its outline's root binds them."""
    layers = [np.vstack([layer.weights, layer.bias]).T.ravel() for layer in component.layers]
    return np.concatenate(layers)
