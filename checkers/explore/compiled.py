"""What the engines have in common: a machine at a size, compiled."""

from collections.abc import Callable
from typing import Protocol, TypeVar

import numpy as np

from checkers.explore.columns import Columns
from checkers.explore.engine import Engine
from checkers.explore.kernel import Kernel
from checkers.explore.search import Expander
from spec.notation.batch import Batch, Mask, Words

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)  # of what takes functions of it


class Compiled(Expander, Protocol[S_co]):
    """The steps and the properties of a machine, on many states at once."""

    def predicate(self, text: Callable[[S_co], bool]) -> Callable[[Words], Mask]: ...


def compiled(batch: Batch[S], engine: Engine) -> Compiled[S]:
    """A machine compiled by an engine, and its steps now: what is timed later is the search."""
    made: Compiled[S] = Kernel(batch) if engine == "numba" else Columns(batch)
    made.expand(np.empty((batch.layout.words, 0), np.uint64))
    return made
