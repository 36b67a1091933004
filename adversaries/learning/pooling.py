"""What parties learn of parts that others hold, from their own and from what passes between all.

Each experiment measures a copy against that of a consumer with the same answers. The values are
those of one transcript: who sees which of them is a matter of the protocol, and said beside each.
"""

from collections.abc import Collection, Sequence
from itertools import accumulate

from adversaries.leaking.copies import uniform_inputs
from adversaries.learning.extraction import steal
from adversaries.script import Facts
from adversaries.victim import victim
from impl.models.network import ACTIVATION_BITS
from impl.models.training import HIDDEN

DEEP = (48, 32, 32, 24, 16)
"""Hidden layers of a model that has two nonlinear layers in each of three parts."""


def pooled(
    party: str,
    held: Collection[int],
    hidden: tuple[int, ...] = HIDDEN,
    cut: Sequence[int] = (1, 1, 1),
    requests: int = 500,
    chosen: bool = False,
) -> Facts:
    """Somebody holds some parts, saw what passes between all, and puts the model together.

    Each part has as many layers as the cut says. Sound only if it did see it: each part that is
    missing must lie between two that are held, or at an end whose values a consumer knows. Requests
    are ordinary traffic, or chosen at random.
    """
    model, traffic, held_out = victim(hidden)
    drawn = uniform_inputs(requests, traffic.shape[1], 1 << ACTIVATION_BITS, seed=1)
    data = drawn if chosen else traffic[:requests]
    return steal(
        model.split([model.seams[end - 1] for end in accumulate(cut[:-1])]),
        data,
        held_out,
        held=held,
    ).facts(party)


def sandwich(requests: int = 500) -> Facts:
    """The first and the third of three vendors pool what they saw, and solve for the second.

    The output of the first is the second's input, and the third's input is the second's output.
    """
    return pooled("coalition", (0, 2), requests=requests)


def deep_sandwich() -> Facts:
    """Two of three vendors, with two layers each, train a copy of what the second has."""
    return pooled("coalition", (0, 2), DEEP, (2, 2, 2))


def middle(requests: int = 500) -> Facts:
    """The second of three vendors opens a consumer account, and solves for both others.

    Its calls show it the input of the first and the output of the third.
    """
    return pooled("vendor", (1,), requests=requests)


def deep_middle() -> Facts:
    """The second of three vendors, with two layers each, trains copies of both others."""
    return pooled("vendor", (1,), DEEP, (2, 2, 2))


def orchestrator(requests: int = 500) -> Facts:
    """The orchestrator carries every input and output, and holds no part."""
    return pooled("orchestrator", (), requests=requests)


def joint_provider(calls: int = 40) -> Facts:
    """Of two providers with a layer each, the first makes calls and solves for the second's."""
    return pooled("provider", (0,), (32,), (1, 1), calls, chosen=True)


def joint_provider_backwards(calls: int = 200) -> Facts:
    """Of two providers with a layer each, the second makes calls and solves for the first's."""
    return pooled("provider", (1,), (32,), (1, 1), calls, chosen=True)


def deep_joint_provider() -> Facts:
    """The first of two providers with two nonlinear layers each trains a copy of the second's."""
    return pooled("provider", (0,), (48, 32, 24), (2, 2), 250)


def deep_joint_provider_backwards() -> Facts:
    """The second of two providers with two nonlinear layers each trains a copy of the first's."""
    return pooled("provider", (1,), (48, 32, 24), (2, 2), 250)
