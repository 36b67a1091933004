"""A single step of a run, which a referee can take who knows digests alone.

What a run holds between two steps is small: an accumulator, the Merkle root of the layer's values,
and the peaks of the tree of its outputs so far. A witness of a step opens that, and shows one
weight and one value. The arithmetic is that of `impl.models.fixedpoint`, in Python's integers.
"""

from collections.abc import Sequence
from typing import Self, TypeAlias

import attrs

from impl.models.fixedpoint import LIMIT
from impl.quarrel.binding import Values, WitnessError, check
from impl.quarrel.outline import Outline, Place
from impl.quarrel.peaks import append, leaf, peaks_root
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
        peaks: of the tree of what the layer has put out.
    """

    accumulator: int
    values: bytes
    peaks: tuple[bytes, ...]

    @property
    def digest(self) -> bytes:
        """What binds all this."""
        return digest("state", encode([self.accumulator, self.values, list(self.peaks)]))


def claim_of(state: bytes, salt: bytes) -> bytes:
    """What binds an executor to a state, by its digest, and tells nothing of it."""
    return digest("claim", salt + state)


def boundary_state(values: bytes) -> bytes:
    """The digest of the first state, by the input's digest, or of the last, by the output's."""
    return State(0, values, ()).digest


@attrs.frozen
class Element:
    """A parameter or a value and its salt, with the proof that they are where a root binds them."""

    salt: bytes
    number: int
    proof: Sequence[bytes]

    @property
    def body(self) -> list[Value]:
        """All three, as they are encoded."""
        return [self.salt, self.number, list(self.proof)]

    @property
    def leaf(self) -> bytes:
        """What its root binds."""
        return leaf(self.salt, self.number)

    @classmethod
    def parse(cls, body: Value, place: str) -> Self | None:
        """The element that a body shows, if any. Raises WitnessError."""
        match body:
            case None:
                return None
            case [bytes(salt), int(number), [*proof]] if len(salt) == SALT:
                return cls(salt, number, _parse_hashes(proof, place))
        raise WitnessError(f"witness.{place}: not a salt, a number and their proof, or null")


@attrs.frozen
class Witness:
    """All that a referee must see of a step.

    Attributes:
        outline: of the component.
        values: what the layer was given.
        accumulator, peaks: of the state before the step.
        parameter: the weight or bias.
        value: what is multiplied.
        salts: of the state before the step, of the state after it, and of what the step puts out.
    """

    outline: Outline
    values: Values
    accumulator: int
    peaks: Sequence[bytes]
    parameter: Element | None
    value: Element | None
    salts: tuple[Salt | None, Salt | None, Salt | None]

    def canonical(self) -> bytes:
        """The one encoding of this witness."""
        return encode(
            {
                "outline": self.outline.body,
                "values": self.values.body,
                "accumulator": self.accumulator,
                "peaks": list(self.peaks),
                "parameter": self.parameter.body if self.parameter else None,
                "value": self.value.body if self.value else None,
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
                "parameter": parameter,
                "value": value,
                "salts": [before, after, output],
                **rest,
            } if not rest:
                return cls(
                    Outline.parse(outline),
                    Values((rows, columns), root_),
                    accumulator,
                    _parse_hashes(peaks, "peaks"),
                    Element.parse(parameter, "parameter"),
                    Element.parse(value, "value"),
                    (_parse_salt(before), _parse_salt(after), _parse_salt(output)),
                )
        raise WitnessError(
            "witness: expected a map of outline, values ([rows, columns] and a root), accumulator, "
            "peaks, parameter, value and salts (before, after, output)"
        )

    def check(self, bound: Bound, place: Place, rounds: Rounds) -> None:
        """Check that all this is bound, but for the state. Raises WitnessError."""
        outline, (rows, columns) = self.outline, self.values.shape
        check(outline.digest == bound.component, ".outline: not the component's")
        plan = outline.plan
        check(columns == plan.layers[place.layer].inputs, ".values: not as many as the layer takes")
        check(len(self.peaks) == place.outputs.bit_count(), ".peaks: not those of the outputs")
        for name, element, index, size, root in (
            ("parameter", self.parameter, place.parameter, plan.parameters, outline.root),
            ("value", self.value, place.value, rows * columns, self.values.root),
        ):
            check((element is None) == (index is None), f".{name}: needed just where it is used")
            if element is not None and index is not None:
                holds = verify_inclusion(element.leaf, index, size, element.proof, root)
                check(holds, f".{name}: not what its root binds")
        sizes = plan.sizes(rows)
        put_out = bound.rounds + sum(sizes[: place.layer]) + place.outputs
        indices = (*rounds, put_out if place.puts_out else None)
        for salt, index in zip(self.salts, indices, strict=True):
            check((salt is None) == (index is None), ".salts: needed just where they are used")
            if salt is not None and index is not None:
                count = bound.rounds + sum(sizes)
                holds = verify_inclusion(salt.salt, index, count, salt.proof, bound.salts)
                check(holds, ".salts: not those of the run")

    @property
    def state(self) -> State:
        """The state before the step."""
        return State(self.accumulator, self.values.digest, tuple(self.peaks))

    def after(self, place: Place) -> State:
        """The state after the step."""
        layer = self.outline.plan.layers[place.layer]
        if self.parameter is None:
            outputs = Values((self.values.shape[0], layer.units), peaks_root(self.peaks))
            return State(0, outputs.digest, ())
        if self.value is not None:
            saturated = max(-LIMIT, min(LIMIT, self.value.number))
            total = self.accumulator + self.parameter.number * saturated
            return attrs.evolve(self.state, accumulator=total)
        total = self.accumulator + self.parameter.number
        rectified = max(total, 0) if layer.rectified else total
        output = (rectified + (1 << layer.shift >> 1)) >> layer.shift
        _, _, salt = self.salts
        assert salt is not None  # it was checked
        peaks = append(self.peaks, place.outputs, leaf(salt.salt, output))
        return State(0, self.values.digest, peaks)


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
    except EncodingError as error:  # a sum that no certified component can reach
        raise WitnessError(f"witness: {error}") from None
    before, after, _ = shown.salts
    return _claimed(states[0], before), _claimed(states[1], after)


def _claimed(state: bytes, salt: Salt | None) -> bytes:
    return state if salt is None else claim_of(state, salt.salt)
