"""Copies of a model: how they are made of what was seen, and how well they agree with it.

All values are integers in units of a model's own; a copy is judged on held-out natural inputs and
on uniform ones, like no natural ones. Labels of natural inputs alone flatter a copy.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs
import numpy as np

from impl.models.component import Component
from impl.models.fixedpoint import Integers, Reals, to_fixed, to_real
from impl.models.network import ACTIVATION_BITS, WEIGHT_BITS, Layer, network, quantise
from impl.models.training import imitate

Scores: TypeAlias = Callable[[Integers], Integers | Reals]
"""Inputs (rows, columns) to scores (rows, classes), or to one number a row."""

CLOSE = 0.01  # of a number's range: by so much it can be off and still count as the same


@attrs.frozen
class Fidelity:
    """How well a copy agrees with its victim.

    Attributes:
        held_out: the share of equal answers on held-out natural inputs.
        uniform: the same on uniform inputs.
        error: the largest difference of a score on any of both, as a share of the scores' range.
    """

    held_out: float
    uniform: float
    error: float


def compare(copy: Scores, model: Scores, held_out: Integers, uniform: Integers) -> Fidelity:
    """How well a copy agrees with a model.

    An answer is the label of the highest score. Where a model gives one number, it is that number,
    and equal to another one that is off by `CLOSE` of the range at most.
    """
    true, copied = ([run(inputs) for inputs in (held_out, uniform)] for run in (model, copy))
    everything = np.concatenate(true)
    span = float(np.ptp(everything)) or 1.0  # what is always the same has no range
    errors = [np.abs(ours - theirs) / span for ours, theirs in zip(copied, true, strict=True)]
    if everything.shape[1] == 1:
        shares = [float((error <= CLOSE).mean()) for error in errors]
    else:
        shares = [
            float((ours.argmax(axis=1) == theirs.argmax(axis=1)).mean())
            for ours, theirs in zip(copied, true, strict=True)
        ]
    return Fidelity(shares[0], shares[1], float(max(error.max() for error in errors)))


def uniform_inputs(rows: int, columns: int, most: int, seed: int) -> Integers:
    """Inputs (rows, columns) drawn from all of 0 to `most`."""
    return np.random.default_rng(seed).integers(most, size=(rows, columns), endpoint=True)


def solve(inputs: Reals, outputs: Reals) -> tuple[Reals, Reals]:
    """Weights (columns, units) and biases (units,) of an affine layer, rectified or not.

    Inputs are (rows, columns), outputs (rows, units). On the rows where a unit is active it is a
    linear equation in its weights. Where they do not determine it, it is the smallest one that
    agrees with them; a unit never seen active is zero.
    """
    equations = np.column_stack([inputs, np.ones(len(inputs))])
    units = []
    for output in outputs.T:
        rows = output > 0 if outputs.min() >= 0 else np.full(len(output), True)
        units.append(np.linalg.lstsq(equations[rows], output[rows])[0])
    solution = np.column_stack(units)
    return solution[:-1], solution[-1]


def solved(inputs: Integers, outputs: Integers) -> Component:
    """The layer that makes such outputs of such inputs, by least squares."""
    weights, bias = solve(to_real(inputs, ACTIVATION_BITS), to_real(outputs, ACTIVATION_BITS))
    layer = Layer(
        to_fixed(weights, WEIGHT_BITS),
        to_fixed(bias, ACTIVATION_BITS + WEIGHT_BITS),
        WEIGHT_BITS,
        rectified=bool((outputs >= 0).all()),
    )
    return network([layer]).component


def trained(inputs: Integers, outputs: Integers, hidden: Sequence[int], seed: int) -> Component:
    """A perceptron with such hidden layers that makes nearly such outputs of such inputs.

    Whoever sees no output below zero rectifies them.
    """
    from sklearn.exceptions import ConvergenceWarning

    given, made = (to_real(numbers, ACTIVATION_BITS) for numbers in (inputs, outputs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a copy is judged by what it gives
        *layers, last = quantise(imitate(given, made, seed, hidden))
    rectified = attrs.evolve(last, rectified=bool((outputs >= 0).all()))
    return network([*layers, rectified]).component


def composed(parts: Sequence[Component]) -> Scores:
    """What parts give one after another, each given the nearest of what it takes."""

    def run(values: Integers) -> Integers:
        for part in parts:
            [taken] = part.program.inputs
            values = part.run(values.clip(taken.least, taken.most))
        return values

    return run
