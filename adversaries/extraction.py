"""Stealing a model from a public ledger that shows the inputs and outputs of every step.

Extraction from the outside has to find where a network's rectifiers switch (Jagielski et al.,
USENIX Security 2020; Carlini, Jagielski and Mironov, CRYPTO 2020). The basic protocol posts the
values between the parts, which removes that difficulty: on the rows where a unit is active, a part
of one layer is a set of linear equations in the unit's weights, and inputs + 1 independent rows
determine them. Ordinary traffic is enough; the observer sends no request.

Fixed point only blurs this: an output is off by at most half a unit in the last place, which the
least squares average out in well-seen directions and enlarge in scarcely seen ones.
"""

from collections.abc import Sequence
from itertools import pairwise

import attrs
import numpy as np

from impl.fixedpoint import Integers, Reals, to_real
from impl.model import ACTIVATION_BITS, Component, chain
from impl.training import Network, imitate


def extract_layer(inputs: Reals, outputs: Reals) -> tuple[Reals, Reals]:
    """Weights (features, units) and biases (units,) of an affine layer, rectified or not.

    Inputs are (rows, features), outputs (rows, units). Where the rows do not determine a unit, it
    is the smallest one that agrees with them; a unit never seen active is zero.
    """
    equations = np.column_stack([inputs, np.ones(len(inputs))])
    rectified = bool((outputs >= 0).all())
    units = []
    for output in outputs.T:
        rows = output > 0 if rectified else np.full(len(output), True)
        units.append(np.linalg.lstsq(equations[rows], output[rows])[0])
    solution = np.column_stack(units)
    return solution[:-1], solution[-1]


def extract_network(records: Sequence[tuple[Reals, Reals]]) -> Network:
    """The whole network, from the inputs and outputs of each of its parts in order.

    Right only where every part is one layer: a part of two is no longer linear in what is seen.
    """
    layers = [extract_layer(inputs, outputs) for inputs, outputs in records]
    return Network(tuple(weights for weights, _ in layers), tuple(bias for _, bias in layers))


@attrs.frozen
class Fidelity:
    """How well a copy agrees with its victim, on natural and on off-distribution inputs.

    Labels of natural inputs alone flatter a copy. Those of uniform inputs depend also on pixels
    that digits hardly ever light, whose weights the traffic scarcely shows.
    """

    held_out: float  # share of equal labels on held-out digits
    uniform: float  # share of equal labels on uniform inputs
    score_error: float  # largest difference of a score on held-out digits


@attrs.frozen
class Theft:
    """What so many ordinary requests give to a chain observer, and to a consumer who asks them."""

    requests: int
    observer: Fidelity
    consumer: Fidelity


def steal(
    parts: Sequence[Component], traffic: Integers, held_out: Integers, *, seed: int = 0
) -> Theft:
    """Measure the theft of a model that runs on some traffic; see `measure`."""
    return measure(chain(parts, traffic), parts, held_out, seed=seed)


def measure(
    seen: Sequence[Integers], parts: Sequence[Component], held_out: Integers, *, seed: int = 0
) -> Theft:
    """Measure the chain observer against a consumer who knows the same requests and their scores.

    What was seen is the requests' inputs and then each part's outputs, (rows, values); these and
    the held-out inputs are in units of `2**-ACTIVATION_BITS`. The seed draws 5,000 uniform inputs
    in [0, 1] and starts the consumer's training.
    """
    values = [to_real(part, ACTIVATION_BITS) for part in seen]
    observer = extract_network(list(pairwise(values)))
    consumer = imitate(values[0], values[-1], seed)

    uniform = np.random.default_rng(seed).integers(
        2**ACTIVATION_BITS, size=(5000, held_out.shape[1]), endpoint=True
    )
    return Theft(
        len(seen[0]),
        _fidelity(observer, parts, held_out, uniform),
        _fidelity(consumer, parts, held_out, uniform),
    )


def _fidelity(
    copy: Network, parts: Sequence[Component], held_out: Integers, uniform: Integers
) -> Fidelity:
    def compare(inputs: Integers) -> tuple[float, float]:
        scores = to_real(chain(parts, inputs)[-1], ACTIVATION_BITS)
        copied = copy.scores(to_real(inputs, ACTIVATION_BITS))
        agreement = (copied.argmax(axis=1) == scores.argmax(axis=1)).mean()
        return float(agreement), float(np.abs(copied - scores).max())

    natural, error = compare(held_out)
    return Fidelity(natural, compare(uniform)[0], error)
