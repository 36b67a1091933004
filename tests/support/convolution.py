"""A small convolutional network that reads digits, trained with plain numpy."""

from typing import Self

import attrs
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from impl.models.fixedpoint import Integers, Reals
from impl.models.training import Samples

RATE, DECAY, MOMENTUM = 0.05, 1e-3, 0.9


@attrs.define
class Convolutional:
    """Two convolutions of 3x3, each rectified and pooled by 2x2, and a dense layer.

    Attributes:
        weights: (9 * channels, units), rows and columns of the window first; of the last, (64, 10),
            of rows, columns and channels.
        biases: (units,).
    """

    weights: list[Reals]
    biases: list[Reals]

    @classmethod
    def trained(cls, samples: Samples, epochs: int = 15, seed: int = 0) -> Self:
        """One that has been fitted to images of 8x8."""
        rng = np.random.default_rng(seed)
        shapes = [(9, 8), (72, 16), (64, 10)]
        weights = [rng.normal(size=shape) * np.sqrt(2 / shape[0]) for shape in shapes]
        made = cls(weights, [np.zeros(units) for _, units in shapes])
        speed = [np.zeros_like(one) for one in (*made.weights, *made.biases)]
        for _ in range(epochs):
            for rows in np.array_split(rng.permutation(len(samples.inputs)), 16):
                slopes = made.slopes(samples.inputs[rows], samples.labels[rows])
                for one, moving, slope in zip(
                    (*made.weights, *made.biases), speed, slopes, strict=True
                ):
                    moving *= MOMENTUM
                    moving -= RATE * (slope + DECAY * one)
                    one += moving
        return made

    def slopes(self, inputs: Reals, labels: Integers) -> list[Reals]:
        """Of the cross entropy, by each of the weights and then each of the biases."""
        value, kept = inputs.reshape(-1, 8, 8, 1), []
        for weights, bias in zip(self.weights[:2], self.biases[:2], strict=True):
            seen = windows(value)
            rectified = np.maximum(seen @ weights + bias, 0)
            kept.append((seen, rectified))
            value = blocks(rectified).max(axis=(2, 4))
        flat = value.reshape(len(value), -1)
        scores = flat @ self.weights[2] + self.biases[2]
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        chances[np.arange(len(labels)), labels] -= 1
        slope = chances / len(labels)
        by_weights, by_biases = [flat.T @ slope], [slope.sum(axis=0)]
        back = (slope @ self.weights[2].T).reshape(value.shape)
        for (seen, rectified), weights in zip(kept[::-1], self.weights[1::-1], strict=True):
            greatest = blocks(rectified).max(axis=(2, 4), keepdims=True)
            first = blocks(rectified) == greatest
            spread = first * back[:, :, np.newaxis, :, np.newaxis]
            inner = spread.reshape(rectified.shape) * (rectified > 0)
            by_weights.insert(0, np.einsum("nhwi,nhwu->iu", seen, inner, optimize=True))
            by_biases.insert(0, inner.sum(axis=(0, 1, 2)))
            back = scattered(inner @ weights.T)
        return [*by_weights, *by_biases]


def windows(value: Reals) -> Reals:
    """What windows of 3x3 see of images (rows, height, width, channels), padded by one."""
    padded = np.pad(value, ((0, 0), (1, 1), (1, 1), (0, 0)))
    seen = sliding_window_view(padded, (3, 3), axis=(1, 2))
    return np.moveaxis(seen, 3, 5).reshape(*value.shape[:3], -1)


def scattered(seen: Reals) -> Reals:
    """The sum of what windows see, where it stands: what `windows` does, transposed."""
    rows, height, width, wide = seen.shape
    cells, made = (
        seen.reshape(rows, height, width, 3, 3, -1),
        np.zeros((rows, height + 2, width + 2, wide // 9)),
    )
    for i in range(3):
        for j in range(3):
            made[:, i : i + height, j : j + width] += cells[:, :, :, i, j]
    return made[:, 1:-1, 1:-1]


def blocks(value: Reals) -> Reals:
    """Images in blocks of 2x2: (rows, height / 2, 2, width / 2, 2, channels)."""
    rows, height, width, channels = value.shape
    return value.reshape(rows, height // 2, 2, width // 2, 2, channels)
