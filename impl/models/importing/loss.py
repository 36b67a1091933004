"""What is lost between an estimator and its model: labels that differ, and errors of scores."""

from collections.abc import Sequence
from typing import Self

import attrs
import numpy as np
from numpy.typing import ArrayLike

from impl.models.fixedpoint import Reals
from impl.models.importing.dense import reals
from impl.models.importing.registry import Estimator, kind
from impl.models.importing.sklearn import from_sklearn
from impl.models.model import Column, Model
from impl.models.operators import CertificateError, ModelError

ROWS = 1000


@attrs.frozen
class Compared:
    """How a model and its estimator answer the same rows.

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
    def on(cls, model: Model, estimator: Estimator, rows: Reals, probabilities: bool) -> Self:
        """Compare them on some rows. Raises ModelError if there are none, or for such a row."""
        if not len(rows):
            raise ModelError("no rows to compare on: give some")
        outputs = model.component.run(model.encode(rows))
        # An estimator gets copies, for a scaler that was told copy=False writes over its rows.
        if probabilities:
            scores, said = estimator.predict_proba(rows.copy()), "probabilities"
        else:
            made = kind(estimator)
            scores, said = made.reference(estimator, rows.copy()), made.said(estimator)
        errors = np.abs(model.decode(outputs) - scores)
        differing = None
        if model.labels:
            # As lists: numpy would make a string of a number beside one.
            predicted = np.asarray(estimator.predict(rows.copy())).tolist()
            differing = sum(a != b for a, b in zip(model.answers(outputs), predicted, strict=True))
        return cls(len(rows), differing, float(errors.mean()), float(errors.max()), said)

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


def measure(
    model: Model,
    estimator: Estimator,
    held_out: ArrayLike,
    seed: int = 0,
    *,
    probabilities: bool = False,
) -> Loss:
    """Hold a model against the estimator that it was imported from.

    Args:
        held_out: rows that the estimator was not trained on.
        seed: of `ROWS` more rows, drawn evenly from all that the columns take.
        probabilities: whether the model gives them instead of scores.

    Raises ModelError if there are no rows, and OutOfRange, naming it, for one that is not taken.
    """
    generator = np.random.default_rng(seed)
    drawn = [generator.integers(c.least, c.most, ROWS, endpoint=True) for c in model.columns]
    uniform = np.stack(drawn, axis=1) / [column.steps for column in model.columns]
    rows = reals(held_out)
    return Loss(*(Compared.on(model, estimator, each, probabilities) for each in (rows, uniform)))


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
