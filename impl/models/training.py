"""Real models to sell: scikit-learn's bundled digits, and a multilayer perceptron trained on them.

Only what is split and run later must be exact. Training is in floating point and deterministic for
one seed, machine and version of the libraries; another machine may train slightly other weights.
scikit-learn takes a second to import, so only the functions that use it do.
"""

from collections.abc import Sequence
from typing import Protocol

import attrs
import numpy as np
from numpy.typing import ArrayLike

from impl.models.fixedpoint import Integers, Reals

HIDDEN = (32, 16)


@attrs.frozen(eq=False)
class Samples:
    """Inputs (rows, 64) in [0, 1], the grey levels of 8x8 images, and labels (rows,) in 0..9."""

    inputs: Reals
    labels: Integers


@attrs.frozen(eq=False)
class Digits:
    """Three disjoint parts: what trains a model, what consumers ask, what it is judged by."""

    train: Samples  # 497 rows
    traffic: Samples  # 1000 rows
    held_out: Samples  # 300 rows


@attrs.frozen(eq=False)
class Perceptron:
    """Affine layers in floating point, with a rectifier (ReLU) after each but the last.

    Layer i has `weights[i]` of shape (inputs, units) and `biases[i]` of shape (units,).
    """

    weights: tuple[Reals, ...]
    biases: tuple[Reals, ...]

    def scores(self, inputs: Reals) -> Reals:
        """One score for each row and class."""
        *hidden, last = zip(self.weights, self.biases, strict=True)
        for weights, bias in hidden:
            inputs = np.maximum(inputs @ weights + bias, 0)
        weights, bias = last
        return inputs @ weights + bias


def load_digits(seed: int = 0) -> Digits:
    """The 1797 handwritten digits that come with scikit-learn, shuffled and divided."""
    from sklearn.datasets import load_digits

    inputs, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(inputs))
    train, traffic, held_out = (
        Samples(inputs[rows] / 16, labels[rows]) for rows in np.split(order, [497, 1497])
    )
    return Digits(train, traffic, held_out)


def train(samples: Samples, seed: int = 0, hidden: Sequence[int] = HIDDEN) -> Perceptron:
    """A classifier of digits: 64-32-16-10, or with other hidden layers."""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        hidden_layer_sizes=hidden,
        alpha=1e-3,
        learning_rate_init=5e-3,
        max_iter=1000,
        random_state=seed,
    )
    return _perceptron(model.fit(samples.inputs, samples.labels))


def imitate(
    inputs: Reals, scores: Reals, seed: int = 0, hidden: Sequence[int] = HIDDEN
) -> Perceptron:
    """A perceptron with such hidden layers, fitted to the scores (rows, classes) of another one."""
    from sklearn.neural_network import MLPRegressor

    model = MLPRegressor(
        hidden_layer_sizes=hidden, learning_rate_init=5e-3, max_iter=1000, random_state=seed
    )
    return _perceptron(model.fit(inputs, scores))


class _Fitted(Protocol):
    """What scikit-learn's two perceptrons have in common; it ships no types."""

    coefs_: list[ArrayLike]
    intercepts_: list[ArrayLike]


def _perceptron(model: _Fitted) -> Perceptron:
    return Perceptron(
        tuple(np.asarray(weights, np.float64) for weights in model.coefs_),
        tuple(np.asarray(bias, np.float64) for bias in model.intercepts_),
    )
