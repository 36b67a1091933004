"""Columns as data suggest them; who sells a model says which it takes in the end."""

from collections.abc import Sequence
from math import ceil, floor, frexp

import numpy as np
from numpy.typing import ArrayLike

from impl.models.fixedpoint import EXACT, Reals
from impl.models.importing.dense import reals
from impl.models.model import Column
from impl.models.operators import ModelError, check

REACH = 40
"""Bits that grids found from data have, at most: of numbers, their products fill the rest of 53."""


def columns_of(
    data: ArrayLike,
    names: Sequence[str] | None = None,
    *,
    bits: int = 16,
    decimals: int | None = None,
    margin: float = 0.5,
) -> list[Column]:
    """A column for each of the data, of a grid as fine and a range as wide as they call for.

    Args:
        data: (rows, columns), finite: as various as those that the model will be asked with; a
            column in which they are all equal takes nothing else.
        names: of the columns; x0, x1 and so on unless given.
        bits: steps are of 1, or of a half, a quarter and so on, so that the range of the data has
            2**bits of them or more.
        decimals: instead, numbers have so many decimal places.
        margin: by how much of its width the range of the data is widened on either side.

    Raises ModelError.
    """
    rows = reals(data)
    check(rows.ndim == 2 and rows.size > 0, f"data {rows.shape}: give rows of columns, one or more")
    check(margin >= 0, f"margin {margin}: give 0 or more")
    if not np.isfinite(rows).all():
        row, column = (int(place[0]) for place in (~np.isfinite(rows)).nonzero())
        raise ModelError(f"row {row}, column {column}: {rows[row, column]}: give finite numbers")
    named = [f"x{i}" for i in range(rows.shape[1])] if names is None else [*map(str, names)]
    check(len(named) == rows.shape[1], f"{len(named)} names for {rows.shape[1]} columns")
    made = []
    for name, values in zip(named, rows.T, strict=True):
        steps = _steps(values, bits) if decimals is None else 10**decimals
        wider = margin * float(np.ptp(values))
        least, most = float(values.min()) - wider, float(values.max()) + wider
        if not max(-least, most) * steps < EXACT:
            row = int(np.abs(values).argmax())
            fewer = "give fewer decimals, or " if steps > 1 else ""
            raise ModelError(
                f"row {row}, {name}: {values[row]:.6g}: not exact in steps of 1/{steps}, with what "
                f"the range is widened by: {fewer}scale the column"
            )
        made.append(Column(name, steps, floor(least * steps), ceil(most * steps)))
    return made


def _steps(values: Reals, bits: int) -> int:
    """Of how many to 1 the range of some values has 2**bits, if that leaves them within REACH."""
    wanted = bits + 1 - frexp(float(np.ptp(values)) or 1.0)[1]
    allowed = REACH - frexp(max(1.0, float(np.abs(values).max())))[1]
    return 1 << max(0, min(wanted, allowed))
