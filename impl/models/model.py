"""Models split by layers, run in exact integers, and the bytes in which they travel.

A component is a run of layers, held by one vendor; a whole model is the component of all of its
layers. Each vendor feeds the canonical bytes of its output to the next one. Because the arithmetic
is exact (`fixedpoint`), an arbitrator who runs a component again gets the very same bytes, and a
different digest is a proof of deviation.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Self

import attrs
import numpy as np

from impl.models import fixedpoint
from impl.models.fixedpoint import EXACT, Integers, affine, bound, rescale, to_fixed
from impl.models.training import Perceptron
from spec.bytes.digest import digest
from spec.bytes.encoding import Tensor, Value, decode, encode

ACTIVATION_BITS = 12  # fractional bits of everything that passes between layers
WEIGHT_BITS = 12


class ModelError(ValueError):
    """A model, a cut or some data cannot be used; the message names the place and the mend."""


class CertificateError(ModelError):
    """A layer's sums could leave the integers that float64 holds, so it might not be exact."""


def _frozen(array: Integers) -> Integers:
    copy = np.array(array)
    copy.setflags(write=False)
    return copy


@attrs.frozen
class Layer:
    """Saturate, multiply, add, rectify (in hidden layers), drop `shift` fractional bits.

    Weights are (inputs, units) and biases (units,), both int64; a bias has the fractional bits of
    the weights and of the activations together. Raises ModelError for any other shape or type.
    """

    weights: Integers = attrs.field(
        converter=_frozen, eq=attrs.cmp_using(eq=np.array_equal), hash=False
    )
    bias: Integers = attrs.field(
        converter=_frozen, eq=attrs.cmp_using(eq=np.array_equal), hash=False
    )
    shift: int
    rectified: bool

    def __attrs_post_init__(self) -> None:
        shapes = f"weights {self.weights.shape} and biases {self.bias.shape}"
        if self.weights.dtype != np.int64 or self.bias.dtype != np.int64:
            raise ModelError(f"{shapes} are not int64: convert them with to_fixed")
        if self.weights.ndim != 2 or self.bias.shape != self.weights.shape[1:]:
            raise ModelError(f"{shapes} do not match: they must be (inputs, units) and (units,)")
        if 0 in self.weights.shape:
            raise ModelError(f"{shapes}: a layer needs at least one input and one unit")
        if not 0 <= self.shift <= 52:
            raise ModelError(f"a layer cannot drop {self.shift} bits: choose 0 to 52")

    @property
    def body(self) -> dict[str, Value]:
        """The layer as it is encoded."""
        return {
            "weights": narrowed(self.weights),
            "bias": narrowed(self.bias),
            "shift": self.shift,
            "rectified": self.rectified,
        }

    def run(self, values: Integers) -> Integers:
        """(rows, inputs) to (rows, units)."""
        sums = affine(values, self.weights, self.bias)
        return rescale(np.maximum(sums, 0) if self.rectified else sums, self.shift)


@attrs.frozen
class Component:
    """A run of at least one layer, certified to be exact.

    Raises ModelError if neighbouring layers do not fit together, and CertificateError for a layer
    whose sums can reach 2**53.
    """

    layers: tuple[Layer, ...]

    def __attrs_post_init__(self) -> None:
        if not self.layers:
            raise ModelError("a component needs at least one layer")
        for index, (left, right) in enumerate(pairwise(self.layers)):
            if len(left.bias) != len(right.weights):
                raise ModelError(
                    f"layer {index} gives {len(left.bias)} values and layer {index + 1} takes "
                    f"{len(right.weights)}: cut and join models only between neighbouring layers"
                )
        for index, layer in enumerate(self.layers):
            reach = bound(layer.weights, layer.bias)
            if reach >= EXACT:
                excess = (reach // EXACT).bit_length()
                raise CertificateError(
                    f"layer {index} {layer.weights.shape}: its sums can reach {reach}, and are "
                    f"exact only below 2**53: give its weights {excess} fractional bits fewer"
                )

    @property
    def inputs(self) -> int:
        """How many values a row of the input has."""
        return len(self.layers[0].weights)

    def run(self, values: Integers) -> Integers:
        """int64 (rows, inputs) to int64 (rows, units of the last layer); any values are accepted.

        Raises ModelError for another shape or type.
        """
        if values.dtype != np.int64 or values.ndim != 2 or values.shape[1] != self.inputs:
            raise ModelError(
                f"input is {values.dtype} {values.shape}: this component takes int64 "
                f"(rows, {self.inputs})"
            )
        for layer in self.layers:
            values = layer.run(values)
        return values

    def run_bytes(self, data: bytes) -> bytes:
        """`run` on canonical tensor bytes. Raises ModelError or EncodingError."""
        return encode(self.run(parse_tensor(data)))

    def split(self, lengths: Sequence[int]) -> tuple["Component", ...]:
        """Consecutive parts of so many layers each, which composed are this component.

        Raises ModelError unless every part has a layer and every layer a part.
        """
        if sum(lengths) != len(self.layers) or min(lengths, default=0) < 1:
            raise ModelError(
                f"a cut into {list(lengths)} layers does not divide {len(self.layers)} layers: "
                f"give positive lengths that sum to {len(self.layers)}"
            )
        ends = np.cumsum(lengths).tolist()
        return tuple(Component(self.layers[start:end]) for start, end in pairwise([0, *ends]))

    def canonical(self) -> bytes:
        """The one encoding of this component: weights and biases in the narrowest type."""
        layers = [layer.body for layer in self.layers]
        return encode({"arithmetic": fixedpoint.ARITHMETIC, "layers": [*layers]})

    @property
    def digest(self) -> bytes:
        """What binds a vendor to this component as a whole, by its bytes.

        `impl.quarrel.outline.Outline.digest` binds it so that one parameter can be shown.
        """
        return digest("component", self.canonical())

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The component of these canonical bytes, certified anew.

        Raises ModelError or EncodingError.
        """
        match decode(data):
            # Bytes may have a tensor in any place, which is equal to nothing: types are told first.
            case {"arithmetic": str(name), "layers": [*layers], **rest} if (
                name == fixedpoint.ARITHMETIC and not rest
            ):
                return cls(tuple(_parse_layer(index, layer) for index, layer in enumerate(layers)))
        raise ModelError(
            "not a component: expected a map of layers (a list) and arithmetic "
            f"({fixedpoint.ARITHMETIC!r})"
        )


@lru_cache(16)
def component_of(data: bytes) -> Component:
    """`Component.parse`, remembered: whoever serves a component parses its weights once."""
    return Component.parse(data)


def _parse_layer(index: int, value: object) -> Layer:
    match value:
        case {
            "weights": np.ndarray() as weights,
            "bias": np.ndarray() as bias,
            "shift": int(shift),
            "rectified": bool(rectified),
            **rest,
        } if not rest and not isinstance(shift, bool):
            try:
                return Layer(_widened(weights), _widened(bias), shift, rectified)
            except ModelError as error:
                raise ModelError(f"layer {index}: {error}") from None
    raise ModelError(
        f"layer {index}: expected a map of weights and bias (tensors), shift (an integer) and "
        "rectified (true or false)"
    )


_NARROW = tuple(np.dtype(name) for name in ("i1", "<i2", "<i4", "<i8"))


def narrowed(tensor: Integers) -> Tensor:
    """A tensor in the narrowest type that holds its numbers."""
    least, most = (int(tensor.min()), int(tensor.max())) if tensor.size else (0, 0)
    limits = ((dtype, np.iinfo(dtype)) for dtype in _NARROW)
    return tensor.astype(next(t for t, has in limits if has.min <= least and most <= has.max))


def _widened(tensor: Tensor) -> Integers:
    """A tensor as it is computed with. Raises ModelError unless its type is the narrowest."""
    wide = tensor.astype(np.int64)
    if (narrow := narrowed(wide)).dtype != tensor.dtype:
        raise ModelError(f"{tensor.dtype} numbers that {narrow.dtype} holds: use that")
    return wide


def parse_tensor(data: bytes) -> Integers:
    """The int64 tensor of these canonical bytes. Raises ModelError or EncodingError."""
    value = decode(data)
    if not isinstance(value, np.ndarray):
        raise ModelError(f"expected the bytes of a tensor, not of {type(value).__name__}")
    if value.dtype != np.int64:
        raise ModelError(f"expected a tensor of int64, not of {value.dtype}")
    return value.astype(np.int64, copy=False)


def quantise(
    perceptron: Perceptron, activation_bits: int = ACTIVATION_BITS, weight_bits: int = WEIGHT_BITS
) -> Component:
    """The perceptron in integers that stand for multiples of `2**-activation_bits`, in and out.

    Raises CertificateError, naming the layer, if its exactness cannot be certified, and ValueError
    if a weight is not finite or fits no integer below 2**53.
    """
    last = len(perceptron.weights) - 1
    layers = [
        Layer(
            to_fixed(weights, weight_bits, f"weights of layer {index}"),
            to_fixed(bias, activation_bits + weight_bits, f"biases of layer {index}"),
            weight_bits,
            rectified=index < last,
        )
        for index, (weights, bias) in enumerate(
            zip(perceptron.weights, perceptron.biases, strict=True)
        )
    ]
    return Component(tuple(layers))


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
