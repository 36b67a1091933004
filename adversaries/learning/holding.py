"""What holders of the first parts make of them: a model of their own."""

import numpy as np

from adversaries.script import Facts
from adversaries.victim import victim
from impl.models.component import chain
from impl.models.fixedpoint import Integers, to_real
from impl.models.network import ACTIVATION_BITS
from impl.models.training import load_digits

HEAD_START = 0.05
"""By how much the share of right answers must grow for parts to be worth something."""


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
