"""A run of a component, as who holds the component can follow it and show its steps."""

from functools import cached_property
from typing import Self

import attrs
import numpy as np

from impl.models.fixedpoint import LIMIT, Integers
from impl.models.model import Component, ModelError, chain, parse_tensor
from impl.quarrel.binding import Values, bind
from impl.quarrel.outline import Outline, Place, parameters
from impl.quarrel.peaks import Subtrees, leaves
from impl.quarrel.step import Element, State, Witness
from spec.bytes.encoding import EncodingError
from spec.bytes.merkle import inclusion_proof


@attrs.frozen
class Run:
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
    def _outputs(self) -> list[Subtrees]:
        return [Subtrees.over(leaves(tensor)) for tensor in self.activations[1:]]

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
            _show(parameters(self.component), place.parameter),
            _show(self.activations[place.layer], place.value),
        ).canonical()


def _show(numbers: Integers, index: int | None) -> Element | None:
    if index is None:
        return None
    return Element(int(numbers.ravel()[index]), inclusion_proof(leaves(numbers), index))


def rerun(component: bytes, data: bytes, rounds: int) -> bytes:
    """What a component makes of data, both by their bytes.

    What it does not take gives nothing; so does what is too large for a quarrel of so many rounds.
    """
    try:
        held = Component.parse(component)
    except (ModelError, EncodingError):
        return b""
    return held.run_bytes(data) if Outline.of(held).takes(bind(data), rounds) else b""
