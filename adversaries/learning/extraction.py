"""Stealing a model by whoever sees the inputs and outputs of its parts, or holds some of them.

Extraction from the outside has to find where a network's rectifiers switch (Jagielski et al.,
USENIX Security 2020; Carlini, Jagielski and Mironov, CRYPTO 2020). The basic protocol posts the
values between the parts, which removes that difficulty: on the rows where a unit is active, a part
of one layer is a set of linear equations in the unit's weights, and inputs + 1 independent rows
determine them. Ordinary traffic is enough; the observer sends no request.

Fixed point only blurs this: an output is off by at most half a unit in the last place, which the
least squares average out in well-seen directions and enlarge in scarcely seen ones.
"""

from collections.abc import Collection, Sequence
from itertools import pairwise, zip_longest

import attrs
import numpy as np

from adversaries.leaking.copies import solve, uniform_inputs
from adversaries.script import Facts
from impl.models.component import Component, chain
from impl.models.fixedpoint import Integers, Reals, to_real
from impl.models.network import ACTIVATION_BITS
from impl.models.operators import ARITHMETIC_RIGHT_SHIFT, MATMUL
from impl.models.training import Perceptron, imitate

STOLEN = 0.98  # share of equal labels on held-out inputs from which a copy counts as the model


def layers(part: Component) -> list[tuple[Reals, Reals]]:
    """Weights and biases of a part of a network that is known, as real numbers."""
    program, found = part.program, []
    for node, following in zip_longest(program.nodes, program.nodes[1:]):
        if node.operator is not MATMUL:
            continue
        weights, bias = (part.constants[v - len(program.inputs)] for v in node.operands[1:])
        shifted = following is not None and following.operator is ARITHMETIC_RIGHT_SHIFT
        [shift] = following.attributes if shifted else (0,)
        offsets = bias.astype(np.int64) - (1 << shift >> 1)  # without what rounds
        matrix = weights.astype(np.int64).reshape(-1, len(bias))
        found.append((to_real(matrix, shift), to_real(offsets, ACTIVATION_BITS + shift)))
    return found


def reconstruct(
    parts: Sequence[Sequence[tuple[Reals, Reals]]],
    held: Collection[int],
    seen: Sequence[Integers],
    *,
    seed: int = 0,
) -> Perceptron:
    """The copy that somebody puts together who holds some parts and saw the values between all.

    Of a part that is not held only the shape is used: a single layer is solved, a longer run is no
    linear equation any more, and a perceptron of its form is trained on what went in and came out.
    """
    found: list[tuple[Reals, Reals]] = []
    values = [to_real(tensor, ACTIVATION_BITS) for tensor in seen]
    for step, (part, (inputs, outputs)) in enumerate(zip(parts, pairwise(values), strict=True)):
        if step in held:
            found += part
        elif len(part) == 1:
            found.append(solve(inputs, outputs))
        else:
            trained = imitate(inputs, outputs, seed, hidden(part))
            found += zip(trained.weights, trained.biases, strict=True)
    return Perceptron(*zip(*found, strict=True))


def hidden(part: Sequence[tuple[Reals, Reals]]) -> tuple[int, ...]:
    """How many units each hidden layer of a part has."""
    return tuple(len(bias) for _, bias in part[:-1])


@attrs.frozen
class Fidelity:
    """How well a copy agrees with its victim, on natural and on off-distribution inputs.

    Labels of natural inputs alone flatter a copy. Those of uniform inputs depend also on pixels
    that digits hardly ever light, whose weights the traffic scarcely shows.
    """

    held_out: float  # share of equal labels on held-out digits
    uniform: float  # share of equal labels on uniform inputs
    score_error: float  # largest difference of a score on held-out digits

    def __str__(self) -> str:
        return f"{self.held_out:.1%} of held-out inputs and {self.uniform:.1%} of uniform ones"


@attrs.frozen
class Theft:
    """What so many requests give to whoever sees more, and to a consumer who asked them."""

    requests: int
    thief: Fidelity
    consumer: Fidelity

    @property
    def succeeded(self) -> bool:
        """Whether the copy counts as the model, and is more than what any consumer can have.

        It has the label of nearly all held-out inputs, and makes at most half as many mistakes as
        the consumer's copy, on natural inputs and on uniform ones.
        """
        thief, consumer = self.thief, self.consumer
        return (
            thief.held_out >= STOLEN
            and 2 * (1 - thief.held_out) <= 1 - consumer.held_out
            and 2 * (1 - thief.uniform) <= 1 - consumer.uniform
        )

    def facts(self, party: str) -> Facts:
        """What came of it, by whoever is the thief."""
        thief, consumer = self.thief, self.consumer
        return Facts(
            deviated=[party],
            convicted=[],
            harmed=self.succeeded,
            lines=[
                f"{self.requests} requests were answered",
                f"a consumer with as many answers agrees on {consumer}",
                f"the {party}'s copy agrees on {thief}",
                f"its scores are off by up to {thief.score_error:.2g}, the consumer's by up to "
                f"{consumer.score_error:.2g}; "
                + ("the copy is the better one" if self.succeeded else "the copy is no better"),
            ],
            figures={
                "requests": self.requests,
                "thief_held_out": thief.held_out,
                "thief_uniform": thief.uniform,
                "thief_score_error": thief.score_error,
                "consumer_held_out": consumer.held_out,
                "consumer_uniform": consumer.uniform,
                "consumer_score_error": consumer.score_error,
            },
        )


def steal(
    parts: Sequence[Component],
    requests: Integers,
    held_out: Integers,
    *,
    held: Collection[int] = (),
    seed: int = 0,
) -> Theft:
    """Measure the theft of a model that answers some requests; see `measure`."""
    return measure(chain(parts, requests), parts, held_out, held=held, seed=seed)


def measure(
    seen: Sequence[Integers],
    parts: Sequence[Component],
    held_out: Integers,
    *,
    held: Collection[int] = (),
    seed: int = 0,
) -> Theft:
    """Measure a thief who holds some parts against a consumer who has only requests and scores.

    What was seen is the requests' inputs and then each part's outputs, (rows, values); these and
    the held-out inputs are in units of `2**-ACTIVATION_BITS`. The seed draws 5,000 uniform inputs
    in [0, 1] and starts every training.
    """
    known = [*map(layers, parts)]
    whole = [layer for part in known for layer in part]
    copies = (
        reconstruct(known, held, seen, seed=seed),
        reconstruct([whole], (), [seen[0], seen[-1]], seed=seed),
    )
    uniform = uniform_inputs(5000, held_out.shape[1], 1 << ACTIVATION_BITS, seed)
    return Theft(len(seen[0]), *(fidelity(copy, parts, held_out, uniform) for copy in copies))


def fidelity(
    copy: Perceptron, parts: Sequence[Component], held_out: Integers, uniform: Integers
) -> Fidelity:
    """How well a copy agrees with a model in parts."""

    def compare(inputs: Integers) -> tuple[float, float]:
        scores = to_real(chain(parts, inputs)[-1], ACTIVATION_BITS)
        copied = copy.scores(to_real(inputs, ACTIVATION_BITS))
        agreement = (copied.argmax(axis=1) == scores.argmax(axis=1)).mean()
        return float(agreement), float(np.abs(copied - scores).max())

    natural, error = compare(held_out)
    return Fidelity(natural, compare(uniform)[0], error)
