"""What a consumer learns of a model that is one layer, from its scores or from its labels.

Scores are linear in inputs + 1 unknowns a class, so as many chosen requests give all of them: one
of nothing, and one for each input by itself (Tramer et al., USENIX Security 2016, had as many of
the scores' logarithms). Labels say only on which side of its borders a request lies.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs
import numpy as np

from adversaries.leaking.copies import CLOSE, Scores, affine, compare, uniform_inputs
from adversaries.leaking.leakage import Case, Leakage, Tell, silent
from impl.models.fixedpoint import Integers, Reals
from impl.models.importing import from_sklearn
from impl.models.model import Column, Model
from impl.models.network import ACTIVATION_BITS
from impl.models.training import load_digits

Kind: TypeAlias = Literal["softmax", "logistic", "linear"]
MOST = 2**ACTIVATION_BITS  # the greatest number of an input
UNIFORM = 2000  # inputs by which copies are judged


@attrs.frozen(kw_only=True)
class Asked(Case):
    """What a consumer has who chose its requests and got scores; the black box gave labels.

    Attributes:
        kind: of the model: of several classes, of two, or of a number.
        inputs: of the model; one more is how many unknowns each of its scores has.
    """

    kind: Kind
    inputs: int


@attrs.frozen(eq=False)
class Victim:
    """A model of digits in one layer, ordinary requests, and held-out inputs."""

    model: Model
    traffic: Integers
    held_out: Integers

    @classmethod
    def of(cls, kind: Kind, seed: int) -> "Victim":
        """One that tells digits, or those below 5 from others, or gives a digit as a number.

        What the first two give is scores before exponentials are taken.
        """
        from sklearn.linear_model import LinearRegression, LogisticRegression

        digits = load_digits(seed)
        labels = digits.train.labels < 5 if kind == "logistic" else digits.train.labels
        model = LinearRegression() if kind == "linear" else LogisticRegression(max_iter=2000)
        columns = [Column(f"pixel {i}", MOST, 0, MOST) for i in range(digits.train.inputs.shape[1])]
        found = from_sklearn(model.fit(digits.train.inputs, labels), columns)
        return cls(found, found.encode(digits.traffic.inputs), found.encode(digits.held_out.inputs))


def chosen(traffic: Integers, requests: int) -> Integers:
    """Nothing, and then each input by itself, the least varied first: the first so many."""
    inputs = traffic.shape[1]
    order = traffic.std(axis=0).argsort()
    alone = np.eye(inputs, dtype=np.int64)[order]
    found: Integers = MOST * np.vstack([np.zeros(inputs, np.int64), alone])[:requests]
    return found


def labelled(kind: Kind, inputs: Integers, scores: Integers, steps: int) -> Scores:
    """What is fitted to labels, or to numbers that are rounded to whole ones."""
    from sklearn.linear_model import LinearRegression, LogisticRegression

    if kind == "linear":
        numbers = LinearRegression().fit(inputs, np.rint(scores / steps))
        return lambda rows: steps * np.asarray(numbers.predict(rows))
    model = LogisticRegression(max_iter=2000).fit(inputs / MOST, scores.argmax(axis=1))

    def run(rows: Integers) -> Reals:
        likely = np.zeros((len(rows), scores.shape[1]))
        likely[:, model.classes_] = model.predict_proba(rows / MOST)
        return likely

    return run


def logistic(
    kinds: Sequence[Kind] = ("softmax", "logistic", "linear"),
    requests: Sequence[int] = (200, 1000),
    seed: int = 0,
    tell: Tell = silent,
) -> Leakage:
    """Each kind by as many chosen requests as inputs, by one more, and by ordinary traffic."""
    rows = []
    for kind in kinds:
        tell(f"scores of a {kind} model")
        victim = Victim.of(kind, seed)
        inputs, steps = victim.traffic.shape[1], victim.model.steps
        uniform = uniform_inputs(UNIFORM, inputs, MOST, seed)
        model = victim.model.component.run
        tried = [
            *((f"{count} chosen", chosen(victim.traffic, count)) for count in (inputs, inputs + 1)),
            *((f"{count} of traffic", victim.traffic[:count]) for count in requests),
        ]
        for attack, asked in tried:
            known = victim.traffic[: len(asked)]
            copies = affine(asked, model(asked)), labelled(kind, known, model(known), steps)
            copy, black_box = (compare(c, model, victim.held_out, uniform) for c in copies)
            rows.append(
                Asked(
                    attack=f"{kind}, {attack}",
                    requests=len(asked),
                    copy=copy,
                    black_box=black_box,
                    kind=kind,
                    inputs=inputs,
                )
            )
    broken = [f"{row.attack}: {row.copy}" for row in rows if _breaks(row)]
    return Leakage(
        rows,
        "scores give a model of one layer away by one chosen request more than it has inputs, and "
        "not by one less; labels do not",
        broken,
    )


def _breaks(row: Asked) -> bool:
    """Whether chosen requests give what they should not, or do not what they should."""
    if "chosen" not in row.attack or row.copy is None:
        return False
    return (row.copy.error <= CLOSE) != (row.requests > row.inputs)
