"""All experiments on leaks, by name, each small or full."""

from collections.abc import Callable
from functools import partial

import attrs

from adversaries.leaking.coalitions import coalitions
from adversaries.leaking.convolutions import convolutions
from adversaries.leaking.dictionary import dictionary
from adversaries.leaking.exposure import exposure
from adversaries.leaking.formulas import formulas
from adversaries.leaking.leakage import Leakage, Tell, on_one_thread, silent
from adversaries.leaking.linking import linking
from adversaries.leaking.logistic import logistic
from adversaries.leaking.onlookers import onlookers
from adversaries.leaking.openings import openings
from adversaries.leaking.reidentification import reidentification
from adversaries.leaking.shares import shares
from adversaries.leaking.tolerance import tolerance
from adversaries.leaking.trees import trees
from adversaries.leaking.worth import worth


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
        partial(coalitions, [*((1,) * parts for parts in (3, 4, 5, 6)), (2, 2), (2, 2, 2)]),
    ),
    "onlookers": Experiment(
        "what anybody has who reads all that passes between parts",
        onlookers,
        partial(onlookers, (20, 40, 65, 100, 300, 1000)),
    ),
    "worth": Experiment(
        "what the first parts are worth to who holds them alone", worth, partial(worth, draws=100)
    ),
    "exposure": Experiment(
        "what executors see whom chance draws", exposure, partial(exposure, requests=10_000)
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
    "openings": Experiment(
        "what an operation that a quarrel shows tells of the numbers beside it", openings, openings
    ),
    "linking": Experiment("whether APIs are seen to share components", linking, linking),
    "reidentification": Experiment(
        "whose input an executor works on", reidentification, partial(reidentification, 6)
    ),
}
"""By the name that the command line has for each."""
