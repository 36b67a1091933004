"""What is said of the parties of a machine, as bits: who deviated, is convicted, harmed, repaid."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from spec.notation import Accountability, MachineError, Scope
from spec.notation.batch import Batch, Mask, Words
from spec.notation.machine import Role
from spec.notation.sorts import Value
from spec.notation.term import listed

S = TypeVar("S")
Bits = npt.NDArray[np.uint64]
"""A set of parties for each state, a bit for each party."""

_MOST = 62  # parties, a bit each


def parties_of(said: Accountability[S], scope: Scope) -> list[tuple[Role[S], Value]]:
    """The parties at a size, each with its role.

    Raises:
        MachineError: they are too many.
    """
    parties = [(role, party) for role in said.roles for party in scope.elements(role.sort)]
    if len(parties) > _MOST:
        raise MachineError(f"{len(parties)} parties are too many; give smaller sizes")
    return parties


class Parties(Generic[S]):
    """What is said of each party in some states.

    Args:
        batch: the machine at a size.
        every: the parties, each with its role, in the order of their bits.

    Attributes:
        texts: the functions by which something is said of a party, by the names of their texts.
    """

    def __init__(self, batch: Batch[S], every: Sequence[tuple[Role[S], Value]]) -> None:
        self.batch = batch
        self.every = every
        self.texts: list[tuple[str, Callable[[S], bool]]] = []
        self._said = {
            what: [self._compiled(getattr(r, what), r, party) for r, party in self.every]
            for what in ("deviated", "convicted", "harmed", "repaid")
        }

    def _compiled(
        self, text: Callable[..., bool] | None, role: Role[S], party: Value
    ) -> Callable[[Words], Mask] | None:
        if text is None:
            return None
        said = text

        def of_party(s: S) -> bool:
            return said(s, *listed([party], [role.sort]))

        self.texts.append((text.__name__, of_party))
        return self.batch.predicate(of_party)

    def bits(self, words: Words, what: str) -> Bits:
        """Per state, the parties of whom something is said."""
        bits = np.zeros(words.shape[1], np.uint64)
        for number, holds in enumerate(self._said[what]):
            if holds:
                bits |= holds(words).astype(np.uint64) << np.uint64(number)
        return bits

    def names(self, bits: int) -> tuple[str, ...]:
        """The parties of a set, by name."""
        return tuple(
            self.batch.scope.name(party, role.sort)
            for number, (role, party) in enumerate(self.every)
            if bits >> number & 1
        )
