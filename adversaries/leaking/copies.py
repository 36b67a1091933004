"""Copies of a model: how they are made of what was seen, and how well they agree with it.

All values are integers in units of a model's own; a copy is judged on held-out natural inputs and
on uniform ones, like no natural ones. Labels of natural inputs alone flatter a copy.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import TypeAlias

import attrs
import numpy as np

from impl.models.component import Component
from impl.models.fixedpoint import Integers, Reals, to_fixed, to_real
from impl.models.network import ACTIVATION_BITS, WEIGHT_BITS, Layer, network, quantise
from impl.models.training import imitate

Numbers: TypeAlias = Integers | Reals
Scores: TypeAlias = Callable[[Integers], Numbers]
"""Inputs (rows, columns) to scores (rows, classes), or to one number a row."""

CLOSE = 0.01  # of a number's range: by so much it can be off and still count as the same

TREES = 50  # of a grown copy


@attrs.frozen
class Fidelity:
    """How well a copy agrees with its victim.

    Attributes:
        held_out: the share of equal answers on held-out natural inputs.
        uniform: the same on uniform inputs.
        error: the largest difference of a score, as a share of their range; of both the greater.
    """

    held_out: float
    uniform: float
    error: float


def compare(copy: Scores, model: Scores, held_out: Integers, uniform: Integers) -> Fidelity:
    """How well a copy agrees with a model.

    An answer is the label of the highest score. Where a model gives one number, it is that number,
    and equal to another one that is off by `CLOSE` of the range at most.
    """
    both = held_out, uniform
    return fidelity([copy(inputs) for inputs in both], [model(inputs) for inputs in both])


def fidelity(copied: Sequence[Numbers], true: Sequence[Numbers]) -> Fidelity:
    """How well agrees what a copy gives, of held-out inputs and of uniform ones."""
    (natural, error), (uniform, other) = map(_agreement, copied, true)
    return Fidelity(natural, uniform, max(error, other))


def _agreement(copied: Numbers, true: Numbers) -> tuple[float, float]:
    """The share of equal answers, and the largest difference as a share of the range."""
    span = float(np.ptp(true)) or 1.0  # what is always the same has no range
    off = np.abs(copied - true) / span
    same = off <= CLOSE if true.shape[1] == 1 else copied.argmax(axis=1) == true.argmax(axis=1)
    return float(same.mean()), float(off.max())


def uniform_inputs(rows: int, columns: int, most: int, seed: int) -> Integers:
    """Inputs (rows, columns) drawn from all of 0 to `most`."""
    return np.random.default_rng(seed).integers(most, size=(rows, columns), endpoint=True)


def solve(inputs: Reals, outputs: Reals) -> tuple[Reals, Reals]:
    """Weights (columns, units) and biases (units,) of an affine layer, rectified or not.

    Inputs are (rows, columns), outputs (rows, units). On the rows where a unit is active it is a
    linear equation in its weights. Where they do not determine it, it is the smallest one that
    agrees with them; a unit never seen active is zero.
    """
    units = [np.linalg.lstsq(rows, output)[0] for rows, output in _equations(inputs, outputs)]
    solution = np.column_stack(units)
    return solution[:-1], solution[-1]


def independent(inputs: Reals, outputs: Reals) -> int:
    """How many independent equations the unit has that has fewest; see `solve`."""
    return min(int(np.linalg.matrix_rank(rows)) for rows, _ in _equations(inputs, outputs))


def _equations(inputs: Reals, outputs: Reals) -> Iterator[tuple[Reals, Reals]]:
    """For each unit what its weights and its bias are multiplied with, and what comes of it."""
    rows = np.column_stack([inputs, np.ones(len(inputs))])
    for output in outputs.T:
        active = output > 0 if outputs.min() >= 0 else np.full(len(output), True)
        yield rows[active], output[active]


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


def affine(inputs: Integers, outputs: Integers) -> Scores:
    """The layer that makes such outputs of such inputs, by least squares, in real numbers."""
    weights, bias = solve(inputs.astype(float), outputs.astype(float))
    return lambda rows: rows @ weights + bias


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


def grown(inputs: Integers, outputs: Numbers, seed: int) -> Scores:
    """Many trees that give nearly such outputs (rows, numbers) to such inputs."""
    from sklearn.ensemble import ExtraTreesRegressor

    model = ExtraTreesRegressor(TREES, random_state=seed).fit(inputs, np.squeeze(outputs))
    return lambda rows: np.asarray(model.predict(rows)).reshape(len(rows), -1)


def give(part: Component, values: Numbers) -> Integers:
    """What a part with one input gives to the nearest of what it takes."""
    [taken] = part.program.inputs
    return part.run(np.rint(values).clip(taken.least, taken.most).astype(np.int64))


def composed(parts: Sequence[Component]) -> Scores:
    """What parts give one after another, each to the nearest of what it takes."""
    return lambda inputs: reduce(lambda values, part: give(part, values), parts, inputs)
