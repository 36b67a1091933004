"""A run of a component, as who holds the component can follow it and show its steps."""

from collections.abc import Sequence
from functools import cached_property
from typing import Self

import attrs
import numpy as np

from impl.models.fixedpoint import LIMIT, Integers
from impl.models.model import Component, ModelError, chain, component_of, parse_tensor
from impl.quarrel.binding import Values
from impl.quarrel.blocks import block_count, block_of, block_size, leaves, packed
from impl.quarrel.outline import Outline, Place, Plan, parameters
from impl.quarrel.peaks import Subtrees
from impl.quarrel.salts import SALT, Occasion, Salting, SaltTable, salting_key, salts_of
from impl.quarrel.step import Block, Rounds, State, Witness, claim_of, rest_of
from spec.bytes.encoding import EncodingError
from spec.bytes.merkle import inclusion_proof


@attrs.frozen
class Run:
    """A run of a component, as who holds it can follow it.

    Attributes:
        secret: the component's.
        salt: of the opening of the input.
        activations: the input, and the outputs of each layer.
        occasion: what it is made for.
        rounds: in how many rounds a quarrel about it is halved; unless given, in as many as needed.
    """

    component: Component
    secret: bytes
    salt: bytes
    activations: tuple[Integers, ...]
    occasion: Occasion
    rounds: int = attrs.Factory(lambda run: run.plan.halvings(run.rows), takes_self=True)

    @classmethod
    def of(
        cls, handed: bytes, opening: bytes, occasion: Occasion, rounds: int | None = None
    ) -> Self:
        """A run of a component after its secret, on canonical tensor bytes after their salt.

        Raises ModelError or EncodingError.
        """
        component = component_of(handed[SALT:])
        layers = component.split([1] * len(component.layers))
        activations = tuple(chain(layers, parse_tensor(opening[SALT:])))
        run = cls(component, handed[:SALT], opening[:SALT], activations, occasion)
        return run if rounds is None else attrs.evolve(run, rounds=rounds)

    @cached_property
    def outline(self) -> Outline:
        """The component's."""
        return Outline.of(self.component, self.secret)

    @property
    def plan(self) -> Plan:
        """The component's."""
        return self.outline.plan

    @property
    def salting(self) -> Salting:
        """The secrets from which the salts of the run follow."""
        return Salting(self.salt, salting_key(self.secret), self.occasion)

    @cached_property
    def salts(self) -> SaltTable:
        """The salts of the run."""
        return self.salting.table(self.rounds, self.plan.blocks(self.rows))

    @cached_property
    def value_salts(self) -> list[Sequence[bytes]]:
        """The salts of the activations' blocks."""
        first = block_count(self.activations[0].size)
        return [salts_of(self.salt, first), *self.salts.outputs]

    @cached_property
    def values(self) -> list[Values]:
        """The activations, as they are bound."""
        return list(map(Values.of, self.activations, self.value_salts))

    @cached_property
    def _outputs(self) -> list[Subtrees]:
        pairs = zip(self.activations[1:], self.salts.outputs, strict=True)
        return [Subtrees.over(leaves(*pair)) for pair in pairs]

    @property
    def rows(self) -> int:
        """How many rows the input has."""
        return len(self.activations[0])

    @property
    def steps(self) -> int:
        """How many steps the run takes."""
        return self.plan.steps(self.rows)

    def state(self, position: int) -> State:
        """The state after so many steps; past the end, the last one."""
        if position >= self.steps:
            return State(0, self.values[-1].digest)
        place = self.plan.place(position, self.rows)
        full, block = self._put_out(place)
        return State(
            self._accumulator(place),
            self.values[place.layer].digest,
            self._outputs[place.layer].peaks(full),
            rest_of(self.salts.outputs[place.layer][full], block) if block else b"",
        )

    def claim(self, position: int, round_: int | None) -> bytes:
        """What binds to the state after so many steps, as claimed in a round; None at an end."""
        state = self.state(position).digest
        return state if round_ is None else claim_of(state, self.salts.claims[round_])

    def _put_out(self, place: Place) -> tuple[int, bytes]:
        """How many full blocks a layer has put out so far, and the block that is not full."""
        outputs, full = (
            self.activations[place.layer + 1].ravel(),
            self.plan.full_blocks(place, self.rows),
        )
        return full, packed(outputs[full * block_size(outputs.size) : place.outputs])

    def _accumulator(self, place: Place) -> int:
        if not place.taken:
            return 0
        weights = self.component.layers[place.layer].weights
        row, unit = divmod(place.outputs, weights.shape[1])
        taken = self.activations[place.layer][row, : place.taken]
        return int(np.clip(taken, -LIMIT, LIMIT) @ weights[: place.taken, unit])

    def witness(self, position: int, rounds: Rounds) -> bytes:
        """What shows the step after so many steps, the states at whose ends were so claimed.

        Past the end, nothing need be shown.
        """
        if position >= self.steps:
            return b""
        place, state = self.plan.place(position, self.rows), self.state(position)
        numbers, before = parameters(self.component), self.activations[place.layer]
        full, block = self._put_out(place)
        put_out = self.rounds + sum(self.plan.blocks(self.rows)[: place.layer]) + full
        first, second, third = map(self.salts.show, (*rounds, put_out if place.puts_out else None))
        return Witness(
            self.outline,
            self.values[place.layer],
            state.accumulator,
            state.peaks,
            state.rest,
            _show(numbers, salts_of(self.secret, block_count(numbers.size)), place.parameter),
            _show(before, self.value_salts[place.layer], place.value),
            block if place.puts_out else None,
            (first, second, third),
        ).canonical()


def _show(numbers: Integers, salts: Sequence[bytes], index: int | None) -> Block | None:
    if index is None:
        return None
    number, _ = block_of(index, numbers.size)
    bound = leaves(numbers, salts)
    return Block(salts[number], bound[number][SALT:], inclusion_proof(bound, number))


def rerun(component: bytes, data: bytes, rounds: int) -> bytes:
    """What a component makes of data, both by their bytes.

    What it does not take gives nothing; so does what is too large for a quarrel of so many rounds.
    """
    try:
        held, shape = component_of(component), parse_tensor(data).shape
    except (ModelError, EncodingError):
        return b""
    fits = Plan.of(held).rows_of(shape, rounds) is not None
    return held.run_bytes(data) if fits else b""


def execute(handed: bytes, opening: bytes, rounds: int, occasion: Occasion) -> bytes:
    """The opening of what a component after its secret makes of the opening of an input.

    Its salt follows from both secrets, so anybody who makes it for a request makes the same.
    """
    salting = Salting(opening[:SALT], salting_key(handed[:SALT]), occasion)
    return salting.output + rerun(handed[SALT:], opening[SALT:], rounds)
