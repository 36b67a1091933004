"""The states seen so far, as sorted runs of doubling length, in memory or in files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from checkers.explore.keys import Keys, contains, sort

_IN_FILES = 1 << 20  # keys; a shorter run stays in memory
_BLOCK = 1 << 20  # keys merged at a time


class Seen:
    """A set of keys that grows by sorted runs, of which few are merged often.

    Args:
        folder: where long runs are kept, as files mapped into memory; None to keep them all in
            memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.runs: list[Keys] = []
        self._files = 0

    def __len__(self) -> int:
        return sum(map(len, self.runs))

    def new(self, keys: Keys) -> Keys:
        """Those of some sorted keys that were not seen."""
        for run in self.runs:
            if len(keys):
                keys = keys.compress(~contains(run, keys))
        return keys

    def add(self, keys: Keys) -> None:
        """Add sorted keys that were not seen."""
        self.runs.append(keys)
        while len(self.runs) > 1 and len(self.runs[-2]) < 2 * len(self.runs[-1]):
            last, before = self.runs.pop(), self.runs.pop()
            self.runs.append(self._merged(before, last))

    def _merged(self, a: Keys, b: Keys) -> Keys:
        if self.folder is None or len(a) + len(b) < _IN_FILES:
            merged = np.concatenate([a, b])
            sort(merged)
            return merged
        self._files += 1
        path = self.folder / f"run-{self._files}"
        with path.open("wb") as file:
            for block in merge((a, b)):
                block.tofile(file)
        for old in (a, b):
            if isinstance(old, np.memmap) and "run-" in Path(str(old.filename)).name:
                Path(str(old.filename)).unlink()
        return np.memmap(path, a.dtype, "r")


def merge(runs: Sequence[Keys]) -> Iterator[Keys]:
    """Sorted runs, merged into sorted blocks, a part of each run in memory at a time."""
    longest = max(runs, key=len, default=np.empty(0, np.uint64))
    bounds = [longest[i] for i in range(_BLOCK, len(longest), _BLOCK)]
    cuts = [[0, *(int(np.searchsorted(run, b)) for b in bounds), len(run)] for run in runs]
    for number in range(len(bounds) + 1):
        parts = [run[c[number] : c[number + 1]] for run, c in zip(runs, cuts, strict=True)]
        block = np.concatenate(parts)
        sort(block)
        yield block
