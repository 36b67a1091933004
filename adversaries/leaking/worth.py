"""What the first parts of a network are worth to their holders, who ask it nothing.

They make features of inputs, and a few labelled examples train a head on these. Beside them stands
whoever has the same examples, asks nothing either, and holds no part. Heads are judged by what is
right, on held-out digits and on the same moved by a pixel, as no digit was that anybody has seen.
"""

from collections.abc import Mapping

import attrs
import numpy as np

from adversaries.leaking.copies import Scores
from adversaries.leaking.leakage import Leakage, Row, Tell, silent
from adversaries.leaking.paths import Path
from impl.models.component import chain
from impl.models.fixedpoint import Integers, to_real
from impl.models.network import ACTIVATION_BITS
from impl.models.training import load_digits

PARTS, SIDE = 3, 8  # of the network, and pixels along an image


@attrs.frozen(kw_only=True)
class Valued(Row):
    """What the first parts are worth, on average of some draws of examples.

    Attributes:
        parts: that are held; whoever holds none has the pixels.
        labelled: examples.
        held_out, moved: the share of right answers to held-out digits, as they are and moved.
    """

    parts: int
    labelled: int
    held_out: float
    moved: float

    def __str__(self) -> str:
        return f"{self.parts} of {PARTS} parts, {self.labelled} examples"

    @property
    def shares(self) -> Mapping[str, float]:
        return {"right, held-out": self.held_out, "right, moved": self.moved}


def moved(images: Integers) -> Integers:
    """Images (rows, pixels), each moved to the right by a pixel."""
    square = images.reshape(-1, SIDE, SIDE)
    return np.pad(square, [(0, 0), (0, 0), (1, 0)])[:, :, :SIDE].reshape(images.shape)


def head(features: Integers, labels: Integers) -> Scores:
    """A classifier of features, (rows, columns), that is fitted to a few examples."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(max_iter=2000).fit(to_real(features, ACTIVATION_BITS), labels)
    return lambda rows: model.predict(to_real(rows, ACTIVATION_BITS))


def worth(labelled: int = 50, draws: int = 10, seed: int = 0, tell: Tell = silent) -> Leakage:
    """Of the first parts of a network of a layer each: none, one, and all but the last."""
    path, digits, rng = Path.of((1,) * PARTS, seed), load_digits(seed), np.random.default_rng(seed)
    drawn = [rng.choice(len(path.traffic), labelled, replace=False) for _ in range(draws)]
    rows = []
    for parts in range(PARTS):
        tell(f"worth of {parts} parts of {PARTS}")
        features, *judged = (
            chain(path.parts[:parts], images)[-1]
            for images in (path.traffic, path.held_out, moved(path.held_out))
        )
        heads = [head(features[some], digits.traffic.labels[some]) for some in drawn]
        held_out, others = (
            float(np.mean([run(some) == digits.held_out.labels for run in heads]))
            for some in judged
        )
        rows.append(Valued(parts=parts, labelled=labelled, held_out=held_out, moved=others))
    none, *_, most = rows
    return Leakage(
        rows,
        f"with {labelled} labelled examples and no request, whoever holds {most.parts} of {PARTS} "
        f"parts is right on {most.held_out:.1%} of held-out inputs, and {most.moved:.1%} of moved "
        f"ones; whoever holds none on {none.held_out:.1%} and {none.moved:.1%}",
    )
