"""Networks of affine layers as components."""

from collections.abc import Sequence

import attrs
import numpy as np

from impl.models.component import Component
from impl.models.fixedpoint import Integers, to_fixed
from impl.models.graph import Graph
from impl.models.operators import ModelError
from impl.models.training import Perceptron

ACTIVATION_BITS = 12  # fractional bits of everything that passes between layers
WEIGHT_BITS = 12
LIMIT = 2**23
"""Magnitudes that a network takes unless it is said: 2048 at 12 fractional bits."""


@attrs.frozen(eq=False)
class Layer:
    """Multiply, add, drop `shift` fractional bits with halves up, and rectify (in hidden layers).

    Weights are (inputs, units) and biases (units,), both int64; a bias has the fractional bits of
    the weights and of the activations together. Raises ModelError for any other shape or type.
    """

    weights: Integers
    bias: Integers
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


@attrs.frozen(eq=False)
class Network:
    """A component that consists of layers, and where they end.

    Attributes:
        ends: before which node each layer but the first begins.
    """

    component: Component
    ends: tuple[int, ...]

    def split(self, lengths: Sequence[int]) -> tuple[Component, ...]:
        """Parts of so many layers each. Raises ModelError unless every layer has a part."""
        layers = len(self.ends) + 1
        if sum(lengths) != layers or min(lengths, default=0) < 1:
            raise ModelError(
                f"a cut into {list(lengths)} layers does not divide {layers} layers: "
                f"give positive lengths that sum to {layers}"
            )
        return self.component.split([self.ends[i - 1] for i in np.cumsum(lengths)[:-1]])


def network(layers: Sequence[Layer], least: int = -LIMIT, most: int = LIMIT) -> Network:
    """The component of some layers, of inputs between these bounds.

    Raises ModelError if layers do not fit together, and CertificateError if sums can reach 2**53.
    """
    if not layers:
        raise ModelError("a network needs at least one layer")
    graph, ends = Graph(), []
    value = graph.input(len(layers[0].weights), least, most)
    for layer in layers:
        ends.append(len(graph.nodes))
        value = value.matmul(layer.weights, layer.bias + (1 << layer.shift >> 1))
        if layer.shift:
            value >>= layer.shift
        if layer.rectified:
            value = value.maximum(0)
    return Network(graph.component(), tuple(ends[1:]))


def quantise(
    perceptron: Perceptron, activation_bits: int = ACTIVATION_BITS, weight_bits: int = WEIGHT_BITS
) -> list[Layer]:
    """The perceptron in integers that stand for multiples of `2**-activation_bits`, in and out.

    Raises ValueError if a weight is not finite or fits no integer below 2**53.
    """
    last = len(perceptron.weights) - 1
    return [
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
