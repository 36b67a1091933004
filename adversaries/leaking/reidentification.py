"""Whose input it was: found from what executors further down the path are given.

An executor fits a linear decoder to traffic whose inputs it knows, and takes of all candidates the
one that is nearest to what it decodes. The black box is whoever sees the answer alone.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import attrs
import numpy as np

from adversaries.leaking.leakage import Leakage, Row, Tell, silent
from adversaries.leaking.paths import Path
from impl.models.component import chain
from impl.models.fixedpoint import Integers, Reals, to_real
from impl.models.network import ACTIVATION_BITS

Drawn: TypeAlias = Literal["held-out", "uniform"]


@attrs.frozen(kw_only=True)
class Identified(Row):
    """What is found from values after some parts.

    Attributes:
        parts: of the network that have worked on the input; all of them give the answer, which the
            black box has.
        label_only: whether only the label of the answer is seen.
        inputs: how they are drawn.
        candidates: of whom each is one.
        known: inputs to which the decoder is fitted.
        found: the share of inputs that are taken for the right one.
        chance: the share that guessing finds.
    """

    parts: int
    label_only: bool
    inputs: Drawn
    candidates: int
    known: int
    found: float
    chance: float

    def __str__(self) -> str:
        seen = "the label" if self.label_only else f"what {self.parts} parts give"
        return f"{seen}, {self.inputs}"

    @property
    def shares(self) -> Mapping[str, float]:
        return {"found": self.found, "by chance": self.chance}


def reidentification(parts: int = 3, seed: int = 0, tell: Tell = silent) -> Leakage:
    """After each part of a network, among held-out inputs and among uniform ones."""
    path = Path.of((1,) * parts, seed)
    candidates = len(path.held_out)
    drawn: dict[Drawn, tuple[Integers, Integers]] = {
        "held-out": (path.traffic, path.held_out),
        "uniform": (path.inputs(len(path.traffic), broad=True), path.uniform[:candidates]),
    }
    rows = []
    for name, (known, asked) in drawn.items():
        tell(f"reidentification of {name} inputs")
        fitted, seen = (chain(path.parts, inputs) for inputs in (known, asked))
        views = [(step, False, fitted[step], seen[step]) for step in range(1, parts + 1)]
        views.append((parts, True, _labels(fitted[-1]), _labels(seen[-1])))
        for step, label_only, given, values in views:
            decoder = np.linalg.lstsq(_with_one(given), to_real(known, ACTIVATION_BITS))[0]
            guess, real = _with_one(values) @ decoder, to_real(asked, ACTIVATION_BITS)
            nearest = ((guess[:, None] - real[None]) ** 2).sum(axis=2).argmin(axis=1)
            rows.append(
                Identified(
                    parts=step,
                    label_only=label_only,
                    inputs=name,
                    candidates=candidates,
                    known=len(known),
                    found=float((nearest == np.arange(candidates)).mean()),
                    chance=1 / candidates,
                )
            )
    first, *_, answer, label = [row for row in rows if row.inputs == "held-out"]
    return Leakage(
        rows,
        f"what the first part gives tells whose input it was in {first.found:.1%} of cases among "
        f"{candidates}, the scores in {answer.found:.1%}, the label in {label.found:.1%}",
    )


def _labels(scores: Integers) -> Integers:
    """The label of each row, as columns of which one is set."""
    units: Integers = np.eye(scores.shape[1], dtype=np.int64)[scores.argmax(axis=1)]
    return units


def _with_one(values: Integers) -> Reals:
    return np.column_stack([to_real(values, ACTIVATION_BITS), np.ones(len(values))])
