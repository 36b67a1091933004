"""What parties learn from the values that pass between the parts, and from the parts they hold.

Each experiment measures a copy against that of a consumer with the same answers. The values are
those of one transcript: who sees which of them is a matter of the protocol, and said beside each.
"""

from collections.abc import Collection, Sequence

import numpy as np

from adversaries.learning.extraction import steal, uniform_inputs
from adversaries.script import Facts
from adversaries.victim import victim
from impl.models.fixedpoint import Integers, Reals, to_real
from impl.models.model import ACTIVATION_BITS, chain
from impl.models.training import HIDDEN, load_digits

DEEP = (48, 32, 32, 24, 16)
"""Hidden layers of a model that has two nonlinear layers in each of three parts."""

HEAD_START = 0.05  # the share of right answers from which on a part is worth something
IDENTIFIED = 0.5  # the share of inputs that are found from which on inputs are not private


def pooled(
    party: str,
    held: Collection[int],
    hidden: tuple[int, ...] = HIDDEN,
    cut: Sequence[int] = (1, 1, 1),
    requests: int = 500,
    chosen: bool = False,
) -> Facts:
    """Somebody holds some parts, saw what passes between all, and puts the model together.

    Sound only if it did see it: each part that is missing must lie between two that are held, or
    at an end whose values a consumer knows. Requests are ordinary traffic, or chosen at random.
    """
    model, traffic, held_out = victim(hidden)
    data = uniform_inputs(requests, model.inputs, seed=1) if chosen else traffic[:requests]
    return steal(model.split(cut), data, held_out, held=held).facts(party)


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


def share_value(labelled: int = 50, parts: int = 2, draws: int = 10) -> Facts:
    """A coalition with the first parts and a few labelled examples trains a head of its own."""
    from sklearn.linear_model import LogisticRegression

    model, traffic, held_out = victim()
    digits = load_digits()

    def features(samples: Integers) -> Integers:
        return chain(model.split((1, 1, 1))[:parts], samples)[-1]

    def right(train: Integers, test: Integers, rows: Integers) -> float:
        head = LogisticRegression(max_iter=2000)
        head.fit(to_real(train[rows], ACTIVATION_BITS), digits.traffic.labels[rows])
        return float(head.score(to_real(test, ACTIVATION_BITS), digits.held_out.labels))

    rng = np.random.default_rng(0)
    drawn = [rng.choice(len(traffic), labelled, replace=False) for _ in range(draws)]
    pixels = float(np.mean([right(traffic, held_out, rows) for rows in drawn]))
    shares = float(np.mean([right(features(traffic), features(held_out), rows) for rows in drawn]))
    return Facts(
        deviated=["coalition"],
        convicted=[],
        harmed=shares >= pixels + HEAD_START,
        lines=[
            f"with {labelled} labelled examples, a classifier of raw pixels is right on "
            f"{pixels:.1%} of held-out inputs",
            f"on what the first {parts} of 3 parts make of them, it is right on {shares:.1%}",
        ],
        figures={"labelled": labelled, "pixels": pixels, "shares": shares},
    )


def reidentify(steps: int = 1) -> Facts:
    """An executor finds out whose input it was that it works on, after some steps of others."""
    model, traffic, held_out = victim()
    parts = model.split((1, 1, 1))[:steps]

    def given(inputs: Integers) -> Reals:
        """What the executor is given, and a constant."""
        values = to_real(chain(parts, inputs)[-1], ACTIVATION_BITS)
        return np.column_stack([values, np.ones(len(values))])

    known, candidates = (to_real(inputs, ACTIVATION_BITS) for inputs in (traffic, held_out))
    decoder = np.linalg.lstsq(given(traffic), known)[0]
    decoded = given(held_out) @ decoder
    distances = ((decoded[:, None] - candidates[None]) ** 2).sum(axis=2)
    found = float((distances.argmin(axis=1) == np.arange(len(candidates))).mean())
    return Facts(
        deviated=["executor"],
        convicted=[],
        harmed=found >= IDENTIFIED,
        lines=[
            f"a linear decoder of what {steps} of 3 steps give finds the right one of "
            f"{len(candidates)} inputs in {found:.1%} of cases",
        ],
        figures={"candidates": len(candidates), "found": found},
    )
