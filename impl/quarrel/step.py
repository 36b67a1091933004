"""A single step of a run, which a referee can take who knows digests alone.

What a run holds between two steps is small: an accumulator, the Merkle root of the layer's values,
and the peaks of the tree of its outputs so far, with the block that is not full. A witness of a
step opens that, and shows a block of weights and one of values. The arithmetic is that of
`impl.models.fixedpoint`, in Python's integers.
"""

from collections.abc import Sequence
from typing import Self, TypeAlias

import attrs

from impl.models.fixedpoint import LIMIT
from impl.quarrel.binding import Values, WitnessError, check
from impl.quarrel.blocks import (
    NUMBER,
    appended,
    block_count,
    block_of,
    length_of,
    number_at,
)
from impl.quarrel.outline import Outline, Place
from impl.quarrel.peaks import append, peaks_root
from impl.quarrel.salts import SALT, Salt
from spec.bytes.digest import digest
from spec.bytes.encoding import EncodingError, Value, decode, encode
from spec.bytes.merkle import verify_inclusion

Rounds: TypeAlias = tuple[int | None, int | None]
"""In which rounds of a quarrel the states before and after a step were claimed; None at an end."""


@attrs.frozen
class Bound:
    """What the executor of a run is bound to, beside where it begins and ends.

    Attributes:
        component: the digest of the component's outline.
        salts: the root of the run's salts.
        rounds: in how many rounds a quarrel about it is halved, each with a salt of its own.
    """

    component: bytes
    salts: bytes
    rounds: int


@attrs.frozen
class State:
    """What a run holds between two steps.

    Attributes:
        accumulator: the sum so far.
        values: the digest of what the layer was given.
        peaks: of the tree of the full blocks of what the layer has put out.
        rest: what binds the block that is not full; nothing if none is begun.
    """

    accumulator: int
    values: bytes
    peaks: tuple[bytes, ...] = ()
    rest: bytes = b""

    @property
    def digest(self) -> bytes:
        """What binds all this."""
        return digest("state", encode([self.accumulator, self.values, list(self.peaks), self.rest]))


def claim_of(state: bytes, salt: bytes) -> bytes:
    """What binds an executor to a state, by its digest, and tells nothing of it."""
    return digest("claim", salt + state)


def boundary_state(values: bytes) -> bytes:
    """The digest of the first state, by the input's digest, or of the last, by the output's."""
    return State(0, values).digest


def rest_of(salt: bytes, block: bytes) -> bytes:
    """What binds a block that is not full, by the salt that it will have; if empty, nothing."""
    return digest("rest", salt + block) if block else b""


@attrs.frozen
class Block:
    """A block of parameters or values and its salt, with the proof that a root binds them."""

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
    def parse(cls, body: Value, place: str) -> Self | None:
        """The block that a body shows, if any. Raises WitnessError."""
        match body:
            case None:
                return None
            case [bytes(salt), bytes(numbers), [*proof]] if len(salt) == SALT:
                return cls(salt, numbers, _parse_hashes(proof, place))
        raise WitnessError(f"witness.{place}: not a salt, a block and their proof, or null")


@attrs.frozen
class Witness:
    """All that a referee must see of a step.

    Attributes:
        outline: of the component.
        values: what the layer was given.
        accumulator, peaks, rest: of the state before the step.
        parameter: the block of the weight or bias.
        value: that of what is multiplied.
        block: the numbers of the block that is not full; only where the step adds to it.
        salts: of the state before the step, of the state after it, and of what the step puts out.
    """

    outline: Outline
    values: Values
    accumulator: int
    peaks: Sequence[bytes]
    rest: bytes
    parameter: Block | None
    value: Block | None
    block: bytes | None
    salts: tuple[Salt | None, Salt | None, Salt | None]

    def canonical(self) -> bytes:
        """The one encoding of this witness."""
        return encode(
            {
                "outline": self.outline.body,
                "values": self.values.body,
                "accumulator": self.accumulator,
                "peaks": list(self.peaks),
                "rest": self.rest,
                "parameter": self.parameter.body if self.parameter else None,
                "value": self.value.body if self.value else None,
                "block": self.block,
                "salts": [[salt.salt, list(salt.proof)] if salt else None for salt in self.salts],
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
                "rest": bytes(rest),
                "parameter": parameter,
                "value": value,
                "block": (bytes() | None) as block,
                "salts": [before, after, output],
                **more,
            } if not more:
                return cls(
                    Outline.parse(outline),
                    Values((rows, columns), root_),
                    accumulator,
                    _parse_hashes(peaks, "peaks"),
                    rest,
                    Block.parse(parameter, "parameter"),
                    Block.parse(value, "value"),
                    block,
                    (_parse_salt(before), _parse_salt(after), _parse_salt(output)),
                )
        raise WitnessError(
            "witness: expected a map of outline, values ([rows, columns] and a root), accumulator, "
            "peaks, rest, parameter, value, block and salts (before, after, output)"
        )

    def check(self, bound: Bound, place: Place, rounds: Rounds) -> None:
        """Check that all this is bound, but for the state. Raises WitnessError."""
        outline, (rows, columns) = self.outline, self.values.shape
        check(outline.digest == bound.component, ".outline: not the component's")
        plan = outline.plan
        check(columns == plan.layers[place.layer].inputs, ".values: not as many as the layer takes")
        full = plan.full_blocks(place, rows)
        check(len(self.peaks) == full.bit_count(), ".peaks: not those of the outputs")
        self._check_operands(place)
        blocks = plan.blocks(rows)
        put_out = bound.rounds + sum(blocks[: place.layer]) + full if place.puts_out else None
        for salt, index in zip(self.salts, (*rounds, put_out), strict=True):
            check((salt is None) == (index is None), ".salts: needed just where they are used")
            if salt is not None and index is not None:
                count = bound.rounds + sum(blocks)
                holds = verify_inclusion(salt.salt, index, count, salt.proof, bound.salts)
                check(holds, ".salts: not those of the run")
        self._check_block(place, plan.sizes(rows)[place.layer])

    def _check_operands(self, place: Place) -> None:
        """Check that the blocks of both operands are what their roots bind. Raises WitnessError."""
        outline, (rows, columns) = self.outline, self.values.shape
        for name, block, index, count, root in (
            ("parameter", self.parameter, place.parameter, outline.plan.parameters, outline.root),
            ("value", self.value, place.value, rows * columns, self.values.root),
        ):
            check((block is None) == (index is None), f".{name}: needed just where it is used")
            if block is not None and index is not None:
                holds = block.is_bound(index, count, root)
                check(holds, f".{name}: not what its root binds")

    def _check_block(self, place: Place, count: int) -> None:
        """Check that the block that is not full is what is bound. Raises WitnessError."""
        _, _, salt = self.salts
        check((self.block is None) == (salt is None), ".block: needed just where it is added to")
        if self.block is not None and salt is not None:
            _, begun = block_of(place.outputs, count)
            check(len(self.block) == NUMBER * begun, ".block: not as many as were put out")
            check(rest_of(salt.salt, self.block) == self.rest, ".block: not what the state binds")

    @property
    def state(self) -> State:
        """The state before the step."""
        return State(self.accumulator, self.values.digest, tuple(self.peaks), self.rest)

    def operands(self, place: Place) -> tuple[int | None, int | None]:
        """The parameter that the step uses, and the value that it multiplies, if any."""
        rows, columns = self.values.shape
        return (
            _number(self.parameter, place.parameter, self.outline.plan.parameters),
            _number(self.value, place.value, rows * columns),
        )

    def after(self, place: Place) -> State:
        """The state after the step. Raises OverflowError for a number that no block can hold."""
        layer = self.outline.plan.layers[place.layer]
        parameter, value = self.operands(place)
        if parameter is None:
            outputs = Values((self.values.shape[0], layer.units), peaks_root(self.peaks))
            return State(0, outputs.digest)
        if value is not None:
            total = self.accumulator + parameter * max(-LIMIT, min(LIMIT, value))
            return attrs.evolve(self.state, accumulator=total)
        total = self.accumulator + parameter
        rectified = max(total, 0) if layer.rectified else total
        return self._putting_out((rectified + (1 << layer.shift >> 1)) >> layer.shift, place)

    def _putting_out(self, number: int, place: Place) -> State:
        """The state once another number is put out."""
        _, _, salt = self.salts
        assert self.block is not None  # both were checked
        assert salt is not None
        count = self.outline.plan.sizes(self.values.shape[0])[place.layer]
        full, _ = block_of(place.outputs, count)
        block, peaks = appended(number, self.block), tuple(self.peaks)
        if len(block) < NUMBER * length_of(full, count):
            return State(0, self.values.digest, peaks, rest_of(salt.salt, block))
        return State(0, self.values.digest, append(peaks, full, salt.salt + block))


def _number(block: Block | None, index: int | None, count: int) -> int | None:
    """The number at an index of a tensor of so many, in its block; None where there is none."""
    if block is None or index is None:
        return None
    _, place = block_of(index, count)
    return number_at(place, block.numbers)


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
    rows, _ = shown.values.shape
    place = shown.outline.plan.place(position, rows)
    try:
        shown.check(bound, place, rounds)
        states = shown.state.digest, shown.after(place).digest
    except (EncodingError, OverflowError) as error:  # sums that no certified component can reach
        raise WitnessError(f"witness: {error}") from None
    before, after, _ = shown.salts
    return _claimed(states[0], before), _claimed(states[1], after)


def _claimed(state: bytes, salt: Salt | None) -> bytes:
    return state if salt is None else claim_of(state, salt.salt)
