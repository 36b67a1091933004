"""A single step of a run, which a referee can take who knows digests alone.

What a run holds between two steps is small: an accumulator, the Merkle root of the layer's values,
and the peaks of the tree of its outputs so far. A witness of a step opens that, and shows one
weight and one value. The arithmetic is that of `impl.models.fixedpoint`, in Python's integers.
"""

from collections.abc import Sequence
from typing import Self

import attrs

from impl.models.fixedpoint import LIMIT
from impl.quarrel.binding import Values, WitnessError, check
from impl.quarrel.outline import Outline, Place
from impl.quarrel.peaks import append, peaks_root
from spec.bytes.digest import digest
from spec.bytes.encoding import EncodingError, Value, decode, encode
from spec.bytes.merkle import verify_inclusion


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
    """The digest of the first state, by the input's digest, or of the last, by the output's."""
    return State(0, values, ()).digest


@attrs.frozen
class Element:
    """A parameter or a value, with the proof that it is where its root binds it."""

    number: int
    proof: Sequence[bytes]

    @property
    def body(self) -> list[Value]:
        """Both, as they are encoded."""
        return [self.number, list(self.proof)]

    @classmethod
    def parse(cls, body: Value, place: str) -> Self | None:
        """The element that a body shows, if any. Raises WitnessError."""
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
    parameter: Element | None
    value: Element | None

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
                    Element.parse(parameter, "parameter"),
                    Element.parse(value, "value"),
                )
        raise WitnessError(
            "witness: expected a map of outline, values ([rows, columns] and a root), accumulator, "
            "peaks, parameter and value"
        )

    def check(self, component: bytes, place: Place, before: bytes) -> None:
        """Check that all this is bound. Raises WitnessError."""
        outline, (rows, columns) = self.outline, self.values.shape
        check(outline.digest == component, ".outline: not the component's")
        check(self.state.digest == before, ": it does not open the state before the step")
        check(
            columns == outline.layers[place.layer].inputs, ".values: not as many as the layer takes"
        )
        check(len(self.peaks) == place.outputs.bit_count(), ".peaks: not those of the outputs")
        for name, element, index, size, bound in (
            ("parameter", self.parameter, place.parameter, outline.parameters, outline.root),
            ("value", self.value, place.value, rows * columns, self.values.root),
        ):
            check((element is None) == (index is None), f".{name}: needed just where it is used")
            if element is not None and index is not None:
                holds = verify_inclusion(encode(element.number), index, size, element.proof, bound)
                check(holds, f".{name}: not what its root binds")

    @property
    def state(self) -> State:
        """The state before the step."""
        return State(self.accumulator, self.values.digest, tuple(self.peaks))

    def after(self, place: Place) -> State:
        """The state after the step."""
        layer = self.outline.layers[place.layer]
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
        peaks = append(self.peaks, place.outputs, encode(output))
        return State(0, self.values.digest, peaks)


def _parse_hashes(hashes: Sequence[Value], place: str) -> list[bytes]:
    found = [h for h in hashes if isinstance(h, bytes) and len(h) == 32]
    check(len(found) == len(hashes), f".{place}: a hash is 32 bytes")
    return found


def take_step(component: bytes, position: int, before: bytes, witness: bytes) -> bytes:
    """The digest of the state after a step, by that of the state before it and by a witness.

    Raises WitnessError unless the witness is what the component's outline and the state bind.
    """
    shown = Witness.parse(witness)
    rows, _ = shown.values.shape
    place = shown.outline.place(position, rows)
    try:
        shown.check(component, place, before)
        return shown.after(place).digest
    except EncodingError as error:  # a sum that no certified component can reach
        raise WitnessError(f"witness: {error}") from None
