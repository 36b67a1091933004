"""Networks of affine layers as models."""

from collections.abc import Sequence

import attrs
import numpy as np

from impl.models.fixedpoint import Integers, to_fixed
from impl.models.graph import Graph
from impl.models.model import Column, Label, Model
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


def network(
    layers: Sequence[Layer], least: int = -LIMIT, most: int = LIMIT, labels: Sequence[Label] = ()
) -> Model:
    """The model of some layers, of inputs between these bounds, which is cut between layers.

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
    steps = 1 << ACTIVATION_BITS
    columns = (Column(f"column {i}", steps, least, most) for i in range(len(layers[0].weights)))
    return Model(graph.component(), tuple(columns), tuple(ends[1:]), steps, tuple(labels))


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
