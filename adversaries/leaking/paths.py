"""A network whose parts lie on a path, what passes between them, and copies of what is missing."""

from collections.abc import Collection, Sequence
from functools import cache, cached_property
from itertools import accumulate, pairwise
from typing import TypeAlias

import attrs
import numpy as np

from adversaries.leaking.copies import (
    Fidelity,
    compare,
    composed,
    solved,
    trained,
    uniform_inputs,
)
from impl.models.component import Component, chain
from impl.models.fixedpoint import Integers, to_fixed
from impl.models.network import ACTIVATION_BITS, Layer, network, quantise
from impl.models.training import load_digits, train

LIGHTEST = 2**ACTIVATION_BITS  # the greatest number that a digit's pixel is
WIDEST, NARROWEST = 32, 16  # units of the first and of the last hidden layer
UNIFORM = 2000  # inputs by which copies are judged

Cut: TypeAlias = tuple[int, ...]
"""How many layers each part has."""
Run: TypeAlias = tuple[int, int]
"""The first part of a run, counted from 0, and the one after its last."""


@attrs.frozen(eq=False)
class Path:
    """A network in parts, and inputs to ask it and to judge copies by.

    Attributes:
        ends: for each part its first layer, counted from 0, and at last how many layers there are.
    """

    parts: tuple[Component, ...]
    layers: tuple[Layer, ...]
    ends: tuple[int, ...]
    traffic: Integers
    held_out: Integers
    uniform: Integers

    @classmethod
    @cache
    def of(cls, cut: Cut, seed: int = 0) -> "Path":
        """One of digits, with hidden layers of 32 to 16 units."""
        ends = tuple(accumulate(cut, initial=0))
        hidden = tuple(np.linspace(WIDEST, NARROWEST, ends[-1] - 1).round().astype(int).tolist())
        digits = load_digits(seed)
        layers = quantise(train(digits.train, seed, hidden))
        model = network(layers, 0, LIGHTEST)
        traffic, held_out = (
            to_fixed(samples.inputs, ACTIVATION_BITS)
            for samples in (digits.traffic, digits.held_out)
        )
        return cls(
            model.split([model.seams[end - 1] for end in ends[1:-1]]),
            tuple(layers),
            ends,
            traffic,
            held_out,
            uniform_inputs(UNIFORM, traffic.shape[1], LIGHTEST, seed),
        )

    def inputs(self, requests: int, broad: bool) -> Integers:
        """So many requests, of traffic, or half of them uniform."""
        if not broad:
            return self.traffic[:requests]
        ordinary = self.traffic[: requests // 2]
        others = requests - len(ordinary)
        return np.concatenate(
            [ordinary, uniform_inputs(others, ordinary.shape[1], LIGHTEST, requests)]
        )

    def hidden(self, run: Run) -> tuple[int, ...]:
        """How many units each hidden layer of a run has: that much of it is known."""
        first, last = (self.ends[part] for part in run)
        return tuple(len(layer.bias) for layer in self.layers[first : last - 1])


@attrs.frozen(eq=False)
class Transcript:
    """What passes between the parts of a path that is asked.

    Attributes:
        path: that is asked.
        values: the inputs, and then what each part gives.
        seed: of all that is trained.
    """

    path: Path
    values: Sequence[Integers]
    seed: int = 0
    _copies: dict[Run, Component] = attrs.Factory(dict)

    @classmethod
    def of(cls, path: Path, inputs: Integers, seed: int = 0) -> "Transcript":
        """What passes if it is asked so."""
        return cls(path, chain(path.parts, inputs), seed)

    @property
    def runs(self) -> tuple[Run, ...]:
        """All parts, each a run of its own, as it is for whoever sees all that passes."""
        return tuple(pairwise(range(len(self.path.parts) + 1)))

    def copied(self, run: Run) -> Component:
        """What becomes of a run with both ends in sight: a layer is solved, more are trained."""
        if run not in self._copies:
            given, made = (self.values[part] for part in run)
            hidden = self.path.hidden(run)
            copy = trained(given, made, hidden, self.seed) if hidden else solved(given, made)
            self._copies[run] = copy
        return self._copies[run]

    def judged(self, runs: Collection[Run]) -> Fidelity:
        """How well a model agrees in which these runs are copies and all else is the original."""
        path, copy, end = self.path, list[Component](), 0
        for run in sorted(runs):
            copy += [*path.parts[end : run[0]], self.copied(run)]
            end = run[1]
        copy += path.parts[end:]
        return compare(composed(copy), composed(path.parts), path.held_out, path.uniform)

    @cached_property
    def black_box(self) -> Fidelity:
        """How well a consumer's copy agrees, who has inputs and answers alone."""
        return self.judged([(0, len(self.path.parts))])
