"""All experiments on leaks, by name, each small or full."""

from collections.abc import Callable
from functools import partial

import attrs

from adversaries.leaking.coalitions import coalitions
from adversaries.leaking.convolutions import convolutions
from adversaries.leaking.dictionary import dictionary
from adversaries.leaking.formulas import formulas
from adversaries.leaking.leakage import Leakage, Tell, on_one_thread, silent
from adversaries.leaking.logistic import logistic
from adversaries.leaking.reidentification import reidentification
from adversaries.leaking.shares import shares
from adversaries.leaking.tolerance import tolerance
from adversaries.leaking.trees import trees


@attrs.frozen
class Experiment:
    """Something that is measured.

    Attributes:
        asks: what, in a line.
        small: takes seconds.
        full: takes minutes.
    """

    asks: str
    small: Callable[..., Leakage]
    full: Callable[..., Leakage]

    def run(self, full: bool = False, seed: int = 0, tell: Tell = silent) -> Leakage:
        """Measure it."""
        return on_one_thread(partial(self.full if full else self.small, seed=seed, tell=tell))


EXPERIMENTS = {
    "coalitions": Experiment(
        "what each coalition of vendors has of a network",
        coalitions,
        partial(coalitions, (3, 4, 5, 6)),
    ),
    "trees": Experiment("what records of a tree's nodes tell", partial(trees, (100, 300)), trees),
    "shares": Experiment(
        "what holders of some members of an ensemble have",
        partial(shares, count=12),
        partial(shares, count=60, requests=1000),
    ),
    "formulas": Experiment(
        "what neighbours of a secret formula write down",
        partial(formulas, (6, 50)),
        partial(formulas, (6, 20, 50, 300, 1000)),
    ),
    "convolutions": Experiment(
        "what neighbours of a convolution solve for",
        convolutions,
        partial(convolutions, (1, 2, 3, 5, 10, 20, 50, 100, 300, 1000)),
    ),
    "logistic": Experiment("what scores tell of a model of one layer", logistic, logistic),
    "tolerance": Experiment(
        "what labels a vendor steers whose outputs may be off", tolerance, tolerance
    ),
    "dictionary": Experiment(
        "what a dictionary opens of digests", dictionary, partial(dictionary, 1000)
    ),
    "reidentification": Experiment(
        "whose input an executor works on", reidentification, partial(reidentification, 6)
    ),
}
"""By the name that the command line has for each."""
