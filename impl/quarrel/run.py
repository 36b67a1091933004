"""A run of a component, as who holds the component can follow it and show its steps."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Self

import attrs

from impl.models.component import Component, OutOfRange, component_of, parse_tensor
from impl.models.fixedpoint import Integers
from impl.models.operators import ModelError, Turn
from impl.quarrel.binding import NOTHING, Given, Values
from impl.quarrel.blocks import block_count, block_of, block_size, leaves, packed
from impl.quarrel.outline import Outline, parameters
from impl.quarrel.peaks import Subtrees
from impl.quarrel.plan import GIVEN, Place, Plan, Spot
from impl.quarrel.salts import SALT, Occasion, Salting, SaltTable, salting_key, salts_of
from impl.quarrel.step import GONE, Block, Bound, Rounds, State, Step, Witness, claim_of, rest_of
from spec.bytes.encoding import EncodingError


@attrs.frozen
class Run:
    """A run of a component, as who holds it can follow it.

    Attributes:
        secret: the component's.
        salt: of the opening of the input.
        tensors: the input, and the value of each node; if nothing comes of the run, the input.
        occasion: what it is made for.
        rounds: in how many rounds a quarrel about it is halved; unless given, in as many as needed.
    """

    component: Component
    secret: bytes
    salt: bytes
    tensors: tuple[Integers, ...]
    occasion: Occasion
    rounds: int = attrs.Factory(lambda run: run.plan.halvings(run.rows), takes_self=True)
    _trees: dict[int | None, Subtrees] = attrs.field(init=False, eq=False, factory=dict)
    _sums: dict[tuple[int, int, int], int] = attrs.field(init=False, eq=False, factory=dict)
    """What numbers of nodes had come to after some turns; asked for again and again, nearby."""

    @classmethod
    def of(
        cls, handed: bytes, opening: bytes, occasion: Occasion, rounds: int | None = None
    ) -> Self:
        """A run of a component after its secret, on canonical tensor bytes after their salt.

        Raises ModelError, if these have not the shape that it takes, or EncodingError.
        """
        component, given = component_of(handed[SALT:]), parse_tensor(opening[SALT:])
        try:
            made = component.follow(given)
        except OutOfRange:
            made = []
        run = cls(component, handed[:SALT], opening[:SALT], (given, *made), occasion)
        return run if rounds is None else attrs.evolve(run, rounds=rounds)

    @cached_property
    def outline(self) -> Outline:
        """The component's."""
        return Outline.of(self.component, self.secret)

    @property
    def plan(self) -> Plan:
        """Of the component's runs."""
        return self.outline.plan

    @property
    def bound(self) -> Bound:
        """What its executor is bound to."""
        return Bound.of(self.outline, self.rows, self.salts.root, self.rounds)

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
        """The salts of the tensors' blocks."""
        return [salts_of(self.salt, block_count(self.tensors[GIVEN].size)), *self.salts.outputs]

    @cached_property
    def values(self) -> list[Values]:
        """The tensors, as they are bound."""
        return [*map(Values.of, self.tensors, map(b"".join, self.value_salts))]

    @property
    def output(self) -> Given:
        """What comes of the run, as it is bound."""
        return NOTHING if self.is_gone else self.values[-1]

    def _tree(self, tensor: int | None) -> Subtrees:
        """The tree over the blocks of a tensor, or of the constants."""
        if tensor not in self._trees:
            bound = leaves(self._salts(tensor), self._numbers(tensor))
            self._trees[tensor] = Subtrees.over(bound)
        return self._trees[tensor]

    def _salts(self, tensor: int | None) -> Sequence[bytes]:
        """The salts of its blocks."""
        if tensor is None:
            return salts_of(self.secret, block_count(self._parameters.size))
        return self.value_salts[tensor]

    @property
    def rows(self) -> int:
        """How many rows the input has."""
        return len(self.tensors[GIVEN])

    @property
    def steps(self) -> int:
        """How many steps the run takes."""
        return self.plan.steps(self.rows)

    @property
    def is_gone(self) -> bool:
        """Whether nothing comes of it, for a number went in that the component does not take."""
        return len(self.tensors) == 1

    @cached_property
    def _goes(self) -> int:
        """How many steps a run that comes to nothing takes until then."""
        numbers = enumerate(self.tensors[GIVEN].ravel().tolist())
        return 1 + next(i for i, number in numbers if not self.plan.takes(i, number))

    def state(self, position: int) -> State | None:
        """The state after so many steps; past the end, the last one.

        None where it is known already that nothing comes of the run.
        """
        if self.is_gone and position >= self._goes:
            return None
        if position >= self.steps:
            return State(0, (self.values[-1].digest,))
        place = self.plan.place(position, self.rows)
        held = tuple(self.values[tensor].digest for tensor in self.plan.live(place.node))
        if place.node is None:
            return State(0, held)
        full, block = self._put_out(place.node, place.number)
        return State(
            self._accumulator(place.node, place),
            held,
            self._tree(place.node + 1).peaks(full),
            rest_of(self.salts.outputs[place.node][full], block) if block else b"",
        )

    def claim(self, position: int, round_: int | None) -> bytes:
        """What binds to the state after so many steps, as claimed in a round; None at an end."""
        state = self.state(position)
        bound = GONE if state is None else state.digest
        return bound if round_ is None else claim_of(bound, self.salts.claims[round_])

    def _put_out(self, node: int, number: int) -> tuple[int, bytes]:
        """Of so many numbers that a node puts out, how many full blocks, and the rest of them."""
        made, full = self.tensors[node + 1].ravel(), self.plan.full_blocks(node, number, self.rows)
        return full, packed(made[full * block_size(made.size) : number])

    def _accumulator(self, node: int, place: Place) -> int:
        """What the next number has come to in the turns that were taken."""
        turns = place.turn or 0
        known = (t for n, number, t in self._sums if (n, number) == (node, place.number))
        first = max((turn for turn in known if turn <= turns), default=0)
        total = self._sums.get((node, place.number, first), 0)
        for turn in range(first, turns):
            total = self._take(node, place.number, turn, total, self._number)
        self._sums[node, place.number, turns] = total
        return total

    def _take(
        self, node: int, number: int, turn: int, so_far: int, find: Callable[[Spot], int]
    ) -> int:
        """What a number of a node's value has come to after a turn."""
        made, program = self.component.program.nodes[node], self.component.program
        row, column = divmod(number, self.plan.widths[node + 1])
        widths = [program.widths[operand] for operand in made.operands]
        return made.operator.take(
            Turn(column, turn, widths, made.attributes),
            lambda operand, column: find(self.plan.spot(made, operand, row, column)),
            so_far,
        )

    @cached_property
    def _parameters(self) -> Integers:
        return parameters(self.component)

    def _numbers(self, tensor: int | None) -> Integers:
        return self._parameters if tensor is None else self.tensors[tensor].ravel()

    def _number(self, spot: Spot) -> int:
        return int(self._numbers(spot.tensor)[spot.index])

    def witness(self, position: int, rounds: Rounds) -> bytes:
        """What shows the step after so many steps, the states at whose ends were so claimed.

        Past the end, nothing need be shown.
        """
        if position >= self.steps:
            return b""
        state, place = self.state(position), self.plan.place(position, self.rows)
        step = None if state is None else self._step(place, state)
        put_out = None if step is None else self.plan.salt_of(place, self.rows, self.rounds)
        before, after, output = map(self.salts.show, (*rounds, put_out))
        return Witness(step, (before, after, output)).canonical()

    def _step(self, place: Place, state: State) -> Step:
        """What is shown of a step, and the state before it."""
        read: list[Spot] = []

        def find(spot: Spot) -> int:
            read.append(spot)
            return self._number(spot)

        block = None
        if place.node is None:
            find(Spot(GIVEN, place.number))
        elif place.turn is not None:
            self._take(place.node, place.number, place.turn, state.accumulator, find)
            block = self._put_out(place.node, place.number)[1] if place.last else None
        roots = [self.values[tensor].root for tensor in self.plan.live(place.node)]
        shown = [*map(self._show, read)]
        peaks, rest = state.peaks, state.rest
        return Step(self.outline, roots, state.accumulator, peaks, rest, shown, block)

    def _show(self, spot: Spot) -> Block:
        """The block of a number, with its salt and proof."""
        numbers, salts = self._numbers(spot.tensor), self._salts(spot.tensor)
        number, _ = block_of(spot.index, numbers.size)
        size = block_size(numbers.size)
        shown = packed(numbers[size * number : size * (number + 1)])
        return Block(salts[number], shown, self._tree(spot.tensor).proof(number))


def rerun(component: bytes, data: bytes, rounds: int) -> bytes:
    """What a component makes of data, both by their bytes.

    What it does not take gives nothing; so does what is too large for a quarrel of so many rounds.
    """
    try:
        held, shape = component_of(component), parse_tensor(data).shape
        fits = Plan(held.program).rows_of(shape, rounds) is not None
        return held.run_bytes(data) if fits else b""
    except (ModelError, EncodingError):
        return b""


def execute(handed: bytes, opening: bytes, rounds: int, occasion: Occasion) -> bytes:
    """The opening of what a component after its secret makes of the opening of an input.

    Its salt follows from both secrets, so anybody who makes it for a request makes the same.
    """
    salting = Salting(opening[:SALT], salting_key(handed[:SALT]), occasion)
    return salting.output + rerun(handed[SALT:], opening[SALT:], rounds)
