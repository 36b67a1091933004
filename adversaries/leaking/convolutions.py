"""What two neighbours learn of the convolution between them.

A kernel is the same at all places of an image, so one image gives as many equations as there are
places, where a dense layer gives one. Whoever takes the part for a dense layer needs an image for
each number that goes into it.
"""

from collections.abc import Sequence

import attrs
import numpy as np

from adversaries.leaking.copies import (
    CLOSE,
    compare,
    composed,
    independent,
    solve,
    solved,
    trained,
    uniform_inputs,
)
from adversaries.leaking.leakage import Case, Leakage, Tell, silent
from impl.models.component import Component, chain
from impl.models.fixedpoint import Integers, Reals, to_fixed, to_real
from impl.models.graph import Graph, Symbol
from impl.models.network import ACTIVATION_BITS, LIMIT, WEIGHT_BITS
from impl.models.training import load_digits

LIGHTEST = 2**ACTIVATION_BITS  # the greatest number that a digit's pixel is
SIDE, KERNEL = 8, 3  # pixels along an image, and along a kernel
CHANNELS = 4, 6  # that the first and the second convolution give
UNIFORM = 1000  # inputs by which copies are judged


@attrs.frozen(kw_only=True)
class Convolved(Case):
    """What two neighbours find.

    Attributes:
        equations: that are independent, of the unit that has fewest.
        unknowns: of each unit.
    """

    equations: int
    unknowns: int


def patches(side: int, channels: int) -> Integers:
    """What each place of a kernel is given: columns of (side, side, channels), row after row."""
    places = np.arange(side * side * channels).reshape(side, side, channels)
    windows = np.lib.stride_tricks.sliding_window_view(places, (KERNEL, KERNEL), axis=(0, 1))
    found: Integers = windows.transpose(0, 1, 3, 4, 2).reshape(-1, KERNEL * KERNEL * channels)
    return found


def convolved(values: Symbol, side: int, channels: int, kernel: Reals, bias: Reals) -> Symbol:
    """What a rectified convolution gives, place by place, of a (side, side, channels) image."""
    weights = to_fixed(kernel, WEIGHT_BITS)
    offset = to_fixed(bias, WEIGHT_BITS + ACTIVATION_BITS) + (1 << WEIGHT_BITS >> 1)
    sums = values.gather(patches(side, channels)).matmul(weights, offset)
    return (sums >> WEIGHT_BITS).maximum(0)


def victim(seed: int) -> tuple[Component, ...]:
    """A classifier of digits in three parts: two convolutions of random kernels, a trained head."""
    from sklearn.linear_model import RidgeClassifier

    rng, digits = np.random.default_rng(seed), load_digits(seed)
    graph, ends = Graph(), []
    value, side, given = graph.input(SIDE * SIDE, 0, LIGHTEST), SIDE, 1
    features = digits.train.inputs
    for made in CHANNELS:
        inner = KERNEL * KERNEL * given
        kernel = rng.normal(scale=np.sqrt(2 / inner), size=(inner, made))
        seen = features[:, patches(side, given)].reshape(-1, inner)
        bias = -np.median(seen @ kernel, axis=0)  # each unit is active at half of all places
        value = convolved(value, side, given, kernel, bias)
        ends.append(len(graph.nodes))
        side, given = side - KERNEL + 1, made
        features = np.maximum(seen @ kernel + bias, 0).reshape(len(features), -1)
    head = RidgeClassifier()
    head.fit(features, digits.train.labels)
    offset = to_fixed(head.intercept_, WEIGHT_BITS + ACTIVATION_BITS)
    value.matmul(to_fixed(head.coef_.T, WEIGHT_BITS), offset) >> WEIGHT_BITS
    return graph.component().split(ends)


def windows(inputs: Integers, outputs: Integers) -> tuple[Reals, Reals]:
    """What the second kernel is given and gives at each place of some images."""
    side, (given, made) = SIDE - KERNEL + 1, CHANNELS
    rows = inputs[:, patches(side, given)].reshape(-1, KERNEL * KERNEL * given)
    return to_real(rows, ACTIVATION_BITS), to_real(outputs.reshape(-1, made), ACTIVATION_BITS)


def solved_kernel(inputs: Integers, outputs: Integers) -> Component:
    """The convolution that makes such outputs of such images."""
    graph = Graph()
    value = graph.input(inputs.shape[1], 0, LIMIT)
    convolved(value, SIDE - KERNEL + 1, CHANNELS[0], *solve(*windows(inputs, outputs)))
    return graph.component()


def convolutions(
    requests: Sequence[int] = (1, 5, 10, 20, 100), seed: int = 0, tell: Tell = silent
) -> Leakage:
    """The second of three parts, by its neighbours, as a convolution and as a dense layer."""
    parts, digits = victim(seed), load_digits(seed)
    traffic, held_out = (
        to_fixed(samples.inputs, ACTIVATION_BITS) for samples in (digits.traffic, digits.held_out)
    )
    uniform = uniform_inputs(UNIFORM, SIDE * SIDE, LIGHTEST, seed)
    rows = []
    for count in requests:
        tell(f"convolutions, {count} requests")
        asked, given, made, answers = chain(parts, traffic[:count])
        model = composed(parts)
        consumer = composed([trained(asked, answers, (32, 16), seed)])
        black_box = compare(consumer, model, held_out, uniform)
        values = to_real(given, ACTIVATION_BITS), to_real(made, ACTIVATION_BITS)
        for attack, copy, (taken, given_back) in (
            ("as a convolution", solved_kernel(given, made), windows(given, made)),
            ("as a dense layer", solved(given, made), values),
        ):
            whole = composed([parts[0], copy, parts[2]])
            rows.append(
                Convolved(
                    attack=f"neighbours, {attack}",
                    requests=count,
                    copy=compare(whole, model, held_out, uniform),
                    black_box=black_box,
                    equations=independent(taken, given_back),
                    unknowns=taken.shape[1] + 1,
                )
            )
    first = next((row.requests for row in rows if _known(row)), None)
    return Leakage(
        rows,
        f"the kernel between two neighbours is known after {first} ordinary images"
        if first
        else f"the kernel between two neighbours is not known after {max(requests)} images",
        [f"{row.attack}: {row.copy}" for row in rows if _solvable(row) and not _known(row)],
    )


def _known(row: Convolved) -> bool:
    """Whether a copy has every score."""
    return row.copy is not None and row.copy.error <= CLOSE


def _solvable(row: Convolved) -> bool:
    """Whether a copy must have every score."""
    return row.equations == row.unknowns
