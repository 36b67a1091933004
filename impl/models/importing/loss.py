"""What is lost between an original and its model: labels that differ, and errors of scores."""

from collections.abc import Callable, Sequence
from typing import Self, TypeAlias

import attrs
import numpy as np
from numpy.typing import ArrayLike

from impl.models.fixedpoint import Reals
from impl.models.importing.dense import reals
from impl.models.importing.registry import Estimator, kind
from impl.models.importing.sklearn import from_sklearn
from impl.models.model import Column, Label, Model
from impl.models.operators import CertificateError, ModelError

ROWS = 1000


class Unasked(Exception):
    """What a model was imported from cannot be asked; the message says why."""


@attrs.frozen(eq=False)
class Answers:
    """What a model's original answers to some rows.

    Attributes:
        scores: (rows, numbers), or what a regression predicts.
        labels: of a classifier, row by row.
        said: what people call the scores.
    """

    scores: Reals
    labels: Sequence[Label] | None = None
    said: str = "scores"


Ask: TypeAlias = Callable[[Reals], Answers]
"""Asks an original about rows (rows, columns)."""


@attrs.frozen
class Compared:
    """How a model and its original answer the same rows.

    Attributes:
        rows: how many.
        differing: how many get another label; of a regression, None.
        mean, largest: errors of the scores, or of what a regression predicts.
        said: what people call the scores.
    """

    rows: int
    differing: int | None
    mean: float
    largest: float
    said: str = "scores"

    @classmethod
    def on(cls, model: Model, ask: Ask, rows: Reals) -> Self:
        """Compare them on some rows. Raises ModelError if there are none, or for such a row."""
        if not len(rows):
            raise ModelError("no rows to compare on: give some")
        outputs = model.component.run(model.encode(rows))
        asked = ask(rows.copy())  # for a scaler that was told copy=False writes over its rows
        errors = np.abs(model.decode(outputs) - asked.scores)
        differing = None
        if asked.labels is not None:
            pairs = zip(model.answers(outputs), asked.labels, strict=True)
            differing = sum(one != other for one, other in pairs)
        return cls(len(rows), differing, float(errors.mean()), float(errors.max()), asked.said)

    def __str__(self) -> str:
        error = f"off by {self.mean:.2g} on average, {self.largest:.2g} at most"
        if self.differing is None:
            return error
        return f"{self.differing} of {self.rows} labels differ; {self.said} {error}"


@attrs.frozen
class Loss:
    """What a model loses on rows that it was not trained on, and on any that it takes."""

    held_out: Compared
    uniform: Compared

    def __str__(self) -> str:
        return f"held-out: {self.held_out}; uniform: {self.uniform}"


def loss_of(
    model: Model, ask: Ask, held_out: ArrayLike, seed: int = 0, uniform: int = ROWS
) -> Loss:
    """Hold a model against its original.

    Args:
        ask: asks the original.
        held_out: rows that it was not trained on.
        seed: of more rows, drawn evenly from all that the columns take.
        uniform: how many of these.

    Raises ModelError if there are no rows, and OutOfRange, naming it, for one that is not taken.
    """
    generator = np.random.default_rng(seed)
    drawn = [generator.integers(c.least, c.most, uniform, endpoint=True) for c in model.columns]
    anywhere = np.stack(drawn, axis=1) / [column.steps for column in model.columns]
    return Loss(*(Compared.on(model, ask, each) for each in (reals(held_out), anywhere)))


def measure(
    model: Model,
    estimator: Estimator,
    held_out: ArrayLike,
    seed: int = 0,
    *,
    probabilities: bool = False,
) -> Loss:
    """Hold a model against the estimator that it was imported from, as `loss_of`.

    Args:
        probabilities: whether the model gives them instead of scores.
    """

    def ask(rows: Reals) -> Answers:
        # As lists: numpy would make a string of a number beside one.
        labels = np.asarray(estimator.predict(rows.copy())).tolist() if model.labels else None
        if probabilities:
            return Answers(estimator.predict_proba(rows), labels, "probabilities")
        made = kind(estimator)
        return Answers(made.reference(estimator, rows), labels, made.said(estimator))

    return loss_of(model, ask, held_out, seed)


def choices(
    estimator: Estimator,
    columns: Sequence[Column],
    held_out: ArrayLike,
    bits: Sequence[int] = (6, 8, 10, 12, 14),
    seed: int = 0,
) -> dict[int, Loss | CertificateError]:
    """What each choice of bits, of weights and activations, loses; or why it cannot be had."""
    found: dict[int, Loss | CertificateError] = {}
    for each in bits:
        try:
            model = from_sklearn(estimator, columns, weight_bits=each, activation_bits=each)
        except CertificateError as error:
            found[each] = error
        else:
            found[each] = measure(model, estimator, held_out, seed)
    return found
