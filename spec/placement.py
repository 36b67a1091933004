"""Placement: which vendors hold which parts of a model (paper, III.D).

The paper stores the parts of a model "with overlap across cloud vendors", so that some of the
vendors are enough to serve it. But whoever holds every part can serve the model without its owner.
So two numbers are asked of a placement:

- its crash tolerance f: whichever f vendors crash, each part is still held by another;
- its threshold t: the least number of vendors that together know every part.

They pull against each other: on N vendors, t + f <= N, and coming near to that takes many parts.

Vendors that are one firm crash together and conspire for free. They are one *principal*, and it is
principals that are counted. A *coalition* is a set of principals.

Who executes both neighbours of a part sees what goes into it and what comes out, and may learn it
from that: a layer is a linear equation for each request. What a coalition knows by this is the
*closure* of what it holds. Anybody may be a consumer, so the input and the output are known to all.
"""

from collections.abc import Collection, Iterator
from itertools import combinations
from math import comb

import attrs

Parts = frozenset[int]
Vendors = frozenset[int]
Coalition = tuple[int, ...]
"""Principals, by their place in `Placement.principals`, in ascending order."""


@attrs.frozen
class Placement:
    """Which vendors hold each part.

    Attributes:
        holders: for each part, in order of execution, the vendors that hold it.
        principals: the vendors, in sets that are one firm each.

    Raises:
        ValueError: there is no part, nobody holds some part, or somebody who is no vendor; or a
            vendor belongs to two principals.
    """

    holders: tuple[Vendors, ...]
    principals: tuple[Vendors, ...]

    def __attrs_post_init__(self) -> None:
        vendors = [vendor for principal in self.principals for vendor in principal]
        if len(vendors) != len(set(vendors)):
            raise ValueError("a vendor belongs to two principals")
        if not self.holders:
            raise ValueError("there are no parts")
        for part, holders in enumerate(self.holders):
            if not holders or not holders <= set(vendors):
                raise ValueError(f"part {part}: held by {sorted(holders)}; give vendors")

    def coalitions(self, size: int) -> Iterator[Coalition]:
        """Every coalition of a size."""
        return combinations(range(len(self.principals)), size)

    def held(self, coalition: Collection[int]) -> Parts:
        """The parts that a coalition holds."""
        vendors = {vendor for one in coalition for vendor in self.principals[one]}
        return frozenset(part for part, holders in enumerate(self.holders) if holders & vendors)

    def known(self, coalition: Collection[int], *, infer: bool = False) -> Parts:
        """The parts that a coalition holds, or can infer."""
        held = self.held(coalition)
        return closure(held, len(self.holders)) if infer else held

    def missed(self, coalition: Collection[int], *, infer: bool = False) -> Parts:
        """The parts that a coalition does not know."""
        return frozenset(range(len(self.holders))) - self.known(coalition, infer=infer)

    def survives(self, crashed: Collection[int]) -> bool:
        """Whether each part is still held after some principals crashed."""
        return not self.missed(set(range(len(self.principals))) - set(crashed))

    def crash_tolerance(self) -> int:
        """The largest f such that any f principals can crash."""
        sizes = range(1, len(self.principals) + 1)
        fatal = (f for f in sizes if not all(map(self.survives, self.coalitions(f))))
        return next(fatal) - 1  # that all crash is fatal

    def threshold(self, *, infer: bool = False) -> int:
        """The least size of a coalition that knows every part."""
        return next(
            size
            for size in range(len(self.principals) + 1)
            if any(not self.missed(some, infer=infer) for some in self.coalitions(size))
        )

    def exposure(self, size: int, *, infer: bool = False) -> int:
        """The most parts that a coalition of a size knows."""
        return max(len(self.known(some, infer=infer)) for some in self.coalitions(size))


def closure(held: Parts, parts: int) -> Parts:
    """The parts that are held, and each whose two neighbours are held.

    Before the first part stands the model's input and after the last its output, which count as
    held. A part that is inferred in this way reveals no third: its neighbours were held already.
    Two missing parts in a row stay unknown, as what passes between them is not seen.
    """
    outside = {-1, parts}
    seen = held | outside
    return held | {part for part in range(parts) if {part - 1, part + 1} <= seen}


def counted_parts(parts: int, *, infer: bool = False) -> int:
    """How many of a model's parts can keep a coalition from it.

    With inference it is every second part, since a coalition that holds these knows all; and these
    suffice, since a part that is placed as its predecessor is keeps the two unknown together.
    """
    return parts // 2 if infer else parts


def schonheim(points: int, block: int, subset: int) -> int | None:
    """At least so many blocks of a size cover every subset of a size (Schonheim 1964).

    None if no number does, because the subsets are larger than the blocks.
    """
    if subset == 0:
        return 1
    if subset > block:
        return None
    smaller = schonheim(points - 1, block - 1, subset - 1)
    assert smaller is not None  # the difference is the same
    return -(-points * smaller // block)


def least_parts(principals: int, crashes: int, threshold: int) -> int | None:
    """At least so many parts take a crash tolerance and a threshold; None if no number does.

    A coalition misses a part if it lies within the others than the part's holders, which are at
    most N - f - 1. So these sets are blocks that cover each coalition of t - 1 principals.
    """
    return schonheim(principals, principals - crashes - 1, max(threshold - 1, 0))


def least_exposure(parts: int, principals: int, crashes: int, size: int) -> int:
    """Some coalition of a size holds at least so many parts, as the average over them does."""
    copies = crashes + 1
    missed, all_ = comb(principals - size, copies), comb(principals, copies)
    return -(-parts * (all_ - missed) // all_)
