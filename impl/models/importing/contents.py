"""What parts of an imported estimator show of the rows that it was trained with."""

from collections.abc import Iterator

import numpy as np

from impl.models.importing.registry import Estimator

_MEMBERS = ("init_", "best_estimator_", "final_estimator_")


def training_rows(estimator: Estimator) -> int:
    """How many rows stand in its parts, scaled maybe: support vectors, of it or of its members.

    Those of a linear kernel are summed up, and do not.
    """
    own = 0
    if getattr(estimator, "kernel", "linear") != "linear":
        own = len(getattr(estimator, "support_vectors_", ()))
    return own + sum(map(training_rows, _members(estimator)))


def _members(estimator: Estimator) -> Iterator[Estimator]:
    """Estimators in another one, that are fitted."""
    yield from (step for _, step in getattr(estimator, "steps", ()))
    yield from (getattr(estimator, name) for name in _MEMBERS if hasattr(estimator, name))
    several = getattr(estimator, "estimators_", ())
    yield from several.flat if isinstance(several, np.ndarray) else several
