"""Merkle trees that grow, by their peaks: the full subtrees they consist of, largest first."""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Self

import attrs

from spec.bytes.merkle import leaf_hash, node_hash, root


def append(peaks: Sequence[bytes], count: int, leaf: bytes) -> tuple[bytes, ...]:
    """The peaks of a tree of so many leaves, once another leaf is appended."""
    node, left = leaf_hash(leaf), list(peaks)
    while count % 2:
        node, count = node_hash(left.pop(), node), count // 2
    return (*left, node)


def peaks_root(peaks: Sequence[bytes]) -> bytes:
    """The root (RFC 6962) of the tree that has these peaks."""
    if not peaks:
        return root([])
    return reduce(lambda right, left: node_hash(left, right), reversed(peaks))


@attrs.frozen
class Subtrees:
    """The hashes of all full subtrees over some leaves, by height and then in order."""

    levels: Sequence[Sequence[bytes]]

    @classmethod
    def over(cls, leaves: Iterable[bytes]) -> Self:
        """The subtrees over some leaves."""
        levels = [[leaf_hash(leaf) for leaf in leaves]]
        while len(nodes := levels[-1]) > 1:
            pairs = zip(nodes[::2], nodes[1::2], strict=False)  # an odd one out is in no pair
            levels.append([node_hash(left, right) for left, right in pairs])
        return cls(levels)

    def peaks(self, count: int) -> tuple[bytes, ...]:
        """The peaks of the tree over the first leaves."""
        heights = [h for h in range(len(self.levels)) if count >> h & 1]
        return tuple(self.levels[h][(count >> h) - 1] for h in reversed(heights))

    @property
    def root(self) -> bytes:
        """The root (RFC 6962) of the tree over all of them."""
        return peaks_root(self.peaks(len(self.levels[0])))

    def proof(self, index: int) -> list[bytes]:
        """The audit path of a leaf, lowest sibling first (RFC 6962, 2.1.1).

        First the siblings within the peak that it is in; then all peaks behind that one together,
        and those before it, the nearest first. Raises IndexError if there is no such leaf.
        """
        count = len(self.levels[0])
        if not 0 <= index < count:
            raise IndexError(f"leaf {index} of {count}")
        heights = [h for h in reversed(range(len(self.levels))) if count >> h & 1]
        own = next(i for i, h in enumerate(heights) if index >> h < count >> h)
        inside = [self.levels[h][index >> h ^ 1] for h in range(heights[own])]
        peaks = self.peaks(count)
        behind = [peaks_root(peaks[own + 1 :])] if own + 1 < len(peaks) else []
        return [*inside, *behind, *reversed(peaks[:own])]
