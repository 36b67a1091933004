"""Columns as data suggest them; who sells a model says which it takes in the end."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from impl.models.model import Column
from impl.models.operators import ModelError

BITS = 16


def columns_of(
    data: ArrayLike,
    names: Sequence[str] | None = None,
    *,
    bits: int | None = None,
    decimals: int | None = None,
    margin: float = 0.5,
) -> list[Column]:
    """A column for each of the data, of a grid as fine and a range as wide as they call for.

    Args:
        data: (rows, columns), finite: as many and as various as those that the model will be asked
            with; a column in which they are all equal takes nothing else.
        names: of the columns; x0, x1 and so on unless given.
        bits: the grid has steps of 1, or of a half, a quarter and so on, of which 2**bits or more
            make the range of the data; 16 unless given.
        decimals: instead, numbers have so many decimal places.
        margin: by how much of its width the range of the data is widened on either side.

    Raises ModelError.
    """
    rows = np.asarray(data, np.float64)
    if rows.ndim != 2 or not rows.size:
        raise ModelError(f"data {rows.shape}: give rows of columns, at least one of each")
    if not np.isfinite(rows).all():
        row, column = (int(place[0]) for place in (~np.isfinite(rows)).nonzero())
        raise ModelError(f"row {row}, column {column}: {rows[row, column]}: give finite numbers")
    if bits is not None and decimals is not None:
        raise ModelError("both bits and decimals: give one of them")
    named = names if names is not None else [f"x{i}" for i in range(rows.shape[1])]
    if len(named) != rows.shape[1]:
        raise ModelError(f"{len(named)} names for {rows.shape[1]} columns: give as many")
    made = []
    for name, values in zip(named, rows.T, strict=True):
        width = float(np.ptp(values))
        if decimals is not None:
            steps = 10**decimals
        else:
            finest = (BITS if bits is None else bits) - int(np.floor(np.log2(width or 1)))
            steps = 1 << max(0, finest)
        ends = values.min() - margin * width, values.max() + margin * width
        least, most = int(np.floor(ends[0] * steps)), int(np.ceil(ends[1] * steps))
        made.append(Column(str(name), steps, least, most))
    return made
