"""What holders of the first parts make of them: a model of their own, and whose input it is."""

import numpy as np

from adversaries.script import Facts
from adversaries.victim import victim
from impl.models.component import chain
from impl.models.fixedpoint import Integers, Reals, to_real
from impl.models.network import ACTIVATION_BITS
from impl.models.training import load_digits

HEAD_START = 0.05
"""By how much the share of right answers must grow for parts to be worth something."""
IDENTIFIED = 0.5
"""The share of inputs that are found from which on inputs are not private."""


def share_value(labelled: int = 50, parts: int = 2, draws: int = 10) -> Facts:
    """A coalition with the first parts and a few labelled examples trains a head of its own."""
    from sklearn.linear_model import LogisticRegression

    model, traffic, held_out = victim()
    digits = load_digits()

    def features(samples: Integers) -> Integers:
        return chain(model.split()[:parts], samples)[-1]

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
    parts = model.split()[:steps]

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
