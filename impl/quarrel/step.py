"""A single step of a run, which a referee can take who knows digests alone.

What a run holds between two steps is small: an accumulator, the Merkle roots of the values that are
still needed, and the peaks of the tree of what the node has put out so far, with the block that is
not full. A witness of a step opens that, and shows a block for each number that is read. What
becomes of these is the operator's `take`, in Python's integers.
"""

from collections.abc import Iterator, Sequence
from typing import Self, TypeAlias

import attrs

from impl.models.operators import Turn
from impl.quarrel.binding import NOTHING, Values, WitnessError, check
from impl.quarrel.blocks import (
    NUMBER,
    appended,
    block_count,
    block_of,
    length_of,
    number_at,
)
from impl.quarrel.outline import Outline
from impl.quarrel.peaks import append, peaks_root
from impl.quarrel.plan import GIVEN, Place, Spot
from impl.quarrel.salts import SALT, Salt
from spec.bytes.digest import digest
from spec.bytes.encoding import EncodingError, Value, decode, encode
from spec.bytes.merkle import verify_inclusion

LARGEST = 1 << 16
"""Bytes of a witness at most; those of models that vendors take have less by far."""
Rounds: TypeAlias = tuple[int | None, int | None]
"""In which rounds of a quarrel the states before and after a step were claimed; None at an end."""


@attrs.frozen
class Bound:
    """What the executor of a run is bound to, beside where it begins and ends.

    Attributes:
        component: the digest of the component's outline.
        rows: of what went in.
        salts: the root of the run's salts, one for each round and for each block that is put out.
        rounds: in how many rounds a quarrel about it is halved.
        blocks: how many blocks are put out.
    """

    component: bytes
    rows: int
    salts: bytes
    rounds: int
    blocks: int

    @classmethod
    def of(cls, outline: Outline, rows: int | None, salts: bytes, rounds: int) -> Self:
        """What binds to a run of so many rows; None if the component does not take what went in."""
        blocks = 0 if rows is None else sum(outline.plan.blocks(rows))
        return cls(outline.digest, rows or 0, salts, rounds, blocks)


@attrs.frozen
class State:
    """What a run holds between two steps.

    Attributes:
        accumulator: what the number that is next has come to so far.
        values: the digests of the tensors that are held.
        peaks: of the tree of the full blocks of what the node has put out.
        rest: what binds the block that is not full; nothing if none is begun.
    """

    accumulator: int
    values: tuple[bytes, ...]
    peaks: tuple[bytes, ...] = ()
    rest: bytes = b""

    @property
    def digest(self) -> bytes:
        """What binds all this."""
        held: list[Value] = [list(self.values), list(self.peaks), self.rest]
        return digest("state", encode([self.accumulator, *held]))


def claim_of(state: bytes, salt: bytes) -> bytes:
    """What binds an executor to a state, by its digest, and tells nothing of it."""
    return digest("claim", salt + state)


def boundary_state(values: bytes) -> bytes:
    """The digest of the first state, by the input's digest, or of the last, by the output's."""
    return State(0, (values,)).digest


GONE = boundary_state(NOTHING.digest)
"""The digest of the state from which on nothing comes of a run."""


def rest_of(salt: bytes, block: bytes) -> bytes:
    """What binds a block that is not full, by the salt that it will have; if empty, nothing."""
    return digest("rest", salt + block) if block else b""


@attrs.frozen
class Block:
    """A block of constants or of a tensor, with its salt and the proof that a root binds both."""

    salt: bytes
    numbers: bytes
    proof: Sequence[bytes]

    @property
    def body(self) -> list[Value]:
        """All three, as they are encoded."""
        return [self.salt, self.numbers, list(self.proof)]

    def is_bound(self, index: int, count: int, root: bytes) -> bool:
        """Whether it has the number at an index of the tensor that a root binds, of so many."""
        block, _ = block_of(index, count)
        is_whole = len(self.numbers) == NUMBER * length_of(block, count)
        leaf = self.salt + self.numbers
        return is_whole and verify_inclusion(leaf, block, block_count(count), self.proof, root)

    @classmethod
    def parse(cls, body: Value) -> Self:
        """The block that a body shows. Raises WitnessError."""
        match body:
            case [bytes(salt), bytes(numbers), [*proof]] if len(salt) == SALT:
                return cls(salt, numbers, _parse_hashes(proof, "read"))
        raise WitnessError("witness.read: not lists of a salt, a block and their proof")


@attrs.frozen
class Step:
    """What a step finds, and the blocks of what it reads.

    Attributes:
        outline: of the component.
        roots: of the tensors that are held.
        accumulator, peaks, rest: of the state before the step.
        read: a block for each number that is read, in turn.
        block: the numbers of the block that is not full; only where the step adds to it.
    """

    outline: Outline
    roots: Sequence[bytes]
    accumulator: int
    peaks: Sequence[bytes]
    rest: bytes
    read: Sequence[Block]
    block: bytes | None

    @property
    def body(self) -> dict[str, Value]:
        """All this, as it is encoded."""
        return {
            "outline": self.outline.body,
            "roots": list(self.roots),
            "accumulator": self.accumulator,
            "peaks": list(self.peaks),
            "rest": self.rest,
            "read": [block.body for block in self.read],
            "block": self.block,
        }

    @classmethod
    def parse(cls, body: Value) -> Self | None:
        """The step that a body shows; of a run of which nothing comes any more, none.

        Raises WitnessError.
        """
        match body:
            case None:
                return None
            case {
                "outline": outline,
                "roots": [*roots],
                "accumulator": int(accumulator),
                "peaks": [*peaks],
                "rest": bytes(rest),
                "read": [*read],
                "block": (bytes() | None) as block,
                **more,
            } if not more and not isinstance(accumulator, bool):
                return cls(
                    Outline.parse(outline),
                    _parse_hashes(roots, "roots"),
                    accumulator,
                    _parse_hashes(peaks, "peaks"),
                    rest,
                    [*map(Block.parse, read)],
                    block,
                )
        raise WitnessError(
            "witness.step: expected null, or a map of outline, roots, accumulator, peaks, rest, "
            "read and block"
        )

    def state(self, place: Place, rows: int) -> State:
        """The state before the step, of a run of so many rows."""
        plan = self.outline.plan
        held = plan.live(place.node)
        check(len(self.roots) == len(held), ".roots: not those of the tensors that are held")
        pairs = zip(held, self.roots, strict=True)
        values = (Values((rows, plan.widths[tensor]), root).digest for tensor, root in pairs)
        return State(self.accumulator, tuple(values), tuple(self.peaks), self.rest)

    def numbers(self, place: Place, rows: int) -> Sequence[int]:
        """What the step reads. Raises WitnessError."""
        reading = _Reading(self, place, rows, iter(self.read))
        if place.node is None:
            reading.given(place.number)
        elif place.turn is not None:
            reading.turn(place.node, place.turn)
        return reading.found

    def after(self, state: State, place: Place, rows: int, salt: Salt | None) -> bytes:
        """The digest of what follows a state, where a salt hides what is put out.

        Raises WitnessError, and OverflowError for a number that no block can hold.
        """
        reading = _Reading(self, place, rows, iter(self.read))
        if place.node is None:
            goes_on = self.outline.plan.takes(place.number, reading.given(place.number))
            after = state.digest if goes_on else GONE
        elif place.turn is None:
            after = self._complete(place.node, rows, state).digest
        else:
            total = reading.turn(place.node, place.turn)
            after = self._put_out(total, place, rows, state, salt).digest
        check(next(reading.blocks, None) is None, ".read: more than is read")
        return after

    def _complete(self, node: int, rows: int, state: State) -> State:
        """The state once a node's value is complete."""
        plan = self.outline.plan
        made = Values((rows, plan.widths[node + 1]), peaks_root(self.peaks)).digest
        held = dict(zip([*plan.live(node), node + 1], [*state.values, made], strict=True))
        return State(0, tuple(held[tensor] for tensor in plan.live(node + 1)))

    def _put_out(
        self, total: int, place: Place, rows: int, state: State, salt: Salt | None
    ) -> State:
        """The state once a turn is taken, and if it is the last, the number is put out."""
        if salt is None or self.block is None or place.node is None:
            return attrs.evolve(state, accumulator=total)
        count = self.outline.plan.sizes(rows)[place.node]
        full, begun = block_of(place.number, count)
        check(len(self.block) == NUMBER * begun, ".block: not as many as were put out")
        check(rest_of(salt.salt, self.block) == self.rest, ".block: not what the state binds")
        block, peaks = appended(total, self.block), tuple(self.peaks)
        if len(block) < NUMBER * length_of(full, count):
            return State(0, state.values, peaks, rest_of(salt.salt, block))
        return State(0, state.values, append(peaks, full, salt.salt + block))


@attrs.frozen
class _Reading:
    """How a referee reads the numbers of a step: from the blocks that are shown, one by one.

    Attributes:
        found: what was read so far.
    """

    step: Step
    place: Place
    rows: int
    blocks: Iterator[Block]
    found: list[int] = attrs.Factory(list)

    def turn(self, node: int, turn: int) -> int:
        """What a number has come to after a turn."""
        program = self.step.outline.program
        made, plan = program.nodes[node], self.step.outline.plan
        row, column = divmod(self.place.number, plan.widths[node + 1])
        widths = [program.widths[operand] for operand in made.operands]

        def read(operand: int, column: int) -> int:
            check(0 <= column < widths[operand], ": reads a column that there is not")
            return self._number(plan.spot(made, operand, row, column))

        so_far = self.step.accumulator
        try:
            taken = Turn(column, turn, widths, made.attributes)
            return made.operator.take(taken, read, so_far)
        except ZeroDivisionError:
            raise WitnessError("witness: divides by 0") from None

    def given(self, index: int) -> int:
        """A number of what went in."""
        return self._number(Spot(GIVEN, index))

    def _number(self, spot: Spot) -> int:
        step, plan = self.step, self.step.outline.plan
        block = next(self.blocks, None)
        if block is None:
            raise WitnessError("witness.read: less than is read")
        if spot.tensor is None:
            count, root = plan.parameters, step.outline.root
        else:
            held = plan.live(self.place.node)
            root = step.roots[held.index(spot.tensor)]
            count = self.rows * plan.widths[spot.tensor]
        check(block.is_bound(spot.index, count, root), ".read: not what its root binds")
        self.found.append(number_at(block_of(spot.index, count)[1], block.numbers))
        return self.found[-1]


@attrs.frozen
class Witness:
    """All that a referee must see of a step.

    Attributes:
        step: what it finds and reads; None where nothing comes of the run any more.
        salts: of the state before the step, of the state after it, and of what the step puts out.
    """

    step: Step | None
    salts: tuple[Salt | None, Salt | None, Salt | None]

    def canonical(self) -> bytes:
        """The one encoding of this witness."""
        salts: list[Value] = [[s.salt, list(s.proof)] if s else None for s in self.salts]
        return encode({"step": self.step.body if self.step else None, "salts": salts})

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The witness of these canonical bytes. Raises WitnessError."""
        check(len(data) <= LARGEST, f": {len(data)} bytes: give {LARGEST} at most")
        try:
            fields = decode(data)
        except EncodingError as error:
            raise WitnessError(f"witness: {error}") from None
        match fields:
            case {"step": step, "salts": [before, after, output], **more} if not more:
                salts = _parse_salt(before), _parse_salt(after), _parse_salt(output)
                return cls(Step.parse(step), salts)
        raise WitnessError("witness: expected a map of step and salts (before, after and output)")

    def take(self, bound: Bound, position: int, rounds: Rounds) -> tuple[bytes, bytes]:
        """The digests of the states before and after the step. Raises WitnessError."""
        step, rows = self.step, bound.rows
        if step is None:
            self._check_salts(bound, (*rounds, None))
            return GONE, GONE
        plan = step.outline.plan
        check(step.outline.digest == bound.component, ".outline: not the component's")
        place = plan.place(position, rows)
        full = 0 if place.node is None else plan.full_blocks(place.node, place.number, rows)
        check(len(step.peaks) == full.bit_count(), ".peaks: not those of what was put out")
        self._check_salts(bound, (*rounds, plan.salt_of(place, rows, bound.rounds)))
        check((step.block is not None) == place.last, ".block: needed just where it is added to")
        state = step.state(place, rows)
        return state.digest, step.after(state, place, rows, self.salts[2])

    def _check_salts(self, bound: Bound, places: tuple[int | None, ...]) -> None:
        """Check that salts are shown where they are used, and are those of the run."""
        count = bound.rounds + bound.blocks
        for salt, index in zip(self.salts, places, strict=True):
            check((salt is None) == (index is None), ".salts: needed just where they are used")
            if salt is not None and index is not None:
                holds = verify_inclusion(salt.salt, index, count, salt.proof, bound.salts)
                check(holds, ".salts: not those of the run")


def _parse_hashes(hashes: Sequence[Value], place: str) -> list[bytes]:
    found = [h for h in hashes if isinstance(h, bytes) and len(h) == 32]
    check(len(found) == len(hashes), f".{place}: a hash is 32 bytes")
    return found


def _parse_salt(body: Value) -> Salt | None:
    match body:
        case None:
            return None
        case [bytes(salt), [*proof]] if len(salt) == SALT:
            return Salt(salt, _parse_hashes(proof, "salts"))
    raise WitnessError("witness.salts: not a salt with its proof, or null")


def take_step(bound: Bound, position: int, rounds: Rounds, witness: bytes) -> tuple[bytes, bytes]:
    """What was claimed before a step after so many, and what is to be claimed after it.

    Raises WitnessError unless the witness is what the executor is bound to.
    """
    shown = Witness.parse(witness)
    try:
        states = shown.take(bound, position, rounds)
    except (EncodingError, OverflowError) as error:  # numbers that no certified component can reach
        raise WitnessError(f"witness: {error}") from None
    before, after, _ = shown.salts
    return _claimed(states[0], before), _claimed(states[1], after)


def _claimed(state: bytes, salt: Salt | None) -> bytes:
    return state if salt is None else claim_of(state, salt.salt)
