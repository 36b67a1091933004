"""How the next level of an exploration is found: expand, and leave out what was seen.

Two ways to know what was seen: sorted runs, which can lie on disk, and a hash table, which numba
makes the faster one. Each uses as many threads as it is given; numpy and numba release the lock.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import attrs
import numpy as np

from checkers.explore.columns import Successors
from checkers.explore.keys import Keys, distinct, key_type, sort, to_keys, to_words
from checkers.explore.seen import Seen
from checkers.explore.table import Table
from spec.notation.batch import Words

_CHUNK = 1 << 17  # states expanded at once, at most: few calls, so that threads seldom wait
_CACHED = 1 << 22  # successors of a chunk, at most
_READ_TWICE = 1 << 14  # states whose successors every worker reads: so they stay in the cache
_TASK = 2  # chunks that one thread expands before it looks anything up
_PENDING = 1 << 23  # new keys held before duplicates among them are removed


class Expander(Protocol):
    """What takes every step of every state."""

    def expand(self, words: Words) -> Successors: ...


@attrs.define
class Counts:
    """What was counted so far; what leads below zero, by step; and states in which nothing is
    possible, until somebody takes them."""

    generated: int = 0
    cut: int = 0
    below_zero: dict[int, Words] = attrs.field(factory=dict)
    stuck: list[Words] = attrs.field(factory=list)

    def add(self, found: Successors) -> None:
        """Count some successors."""
        self.generated += found.generated
        self.cut += found.cut
        for step, state in found.below_zero.items():
            self.below_zero.setdefault(step, state)
        if found.stuck.shape[1]:
            self.stuck.append(found.stuck)


class Search(ABC):
    """A search under way.

    Args:
        expander: takes the steps.
        canonical: one state for each class of states that need no telling apart.
        words: the words of a state.
        steps: how many steps a state can have, at most.
        workers: threads.
    """

    def __init__(
        self,
        expander: Expander,
        canonical: Callable[[Words], Words],
        words: int,
        steps: int,
        workers: int,
    ) -> None:
        self.expander = expander
        self.canonical = canonical
        self.words = words
        self.chunk = max(256, min(_CHUNK, _CACHED // max(1, steps)))
        self.workers = workers
        self.counts = Counts()
        self.pool = ThreadPoolExecutor(workers)
        self._found: list[Keys] = []

    def close(self) -> None:
        """End the threads."""
        self.pool.shutdown(cancel_futures=True)

    @abstractmethod
    def __len__(self) -> int:
        """How many states were seen."""

    @abstractmethod
    def reserve(self) -> int:
        """Bytes that the next growth may take."""

    @abstractmethod
    def add(self, level: Keys) -> None:
        """Mark the states of a level as seen, which it has from elsewhere."""

    def found(self) -> int:
        """How many states were found since they were last taken, some of them perhaps twice."""
        return sum(map(len, self._found))

    @abstractmethod
    def start(self, words: Words) -> None:
        """Find some initial states."""

    @abstractmethod
    def expand(self, level: Keys) -> Iterator[int]:
        """Find the successors of a level; yields how many of its states are done."""

    @abstractmethod
    def take(self) -> Keys:
        """The states found since the last call, sorted, and seen from now on."""

    def _together(self) -> Keys:
        together = np.concatenate([np.empty(0, key_type(self.words)), *self._found])
        self._found = []
        return together

    def _batches(self, level: Keys, size: int) -> Iterator[tuple[int, list[Keys]]]:
        """Parts of a level, one for each worker at a time, and where they end."""
        size = min(size, max(self.chunk // 8, -(-len(level) // self.workers)))
        for start in range(0, len(level), size * self.workers):
            ends = range(start, min(start + size * self.workers, len(level)), size)
            yield ends[-1] + size, [level[at : at + size] for at in ends]


class RunSearch(Search):
    """What was seen is sorted runs; what is found is sorted, and looked up in order."""

    def __init__(
        self,
        expander: Expander,
        canonical: Callable[[Words], Words],
        words: int,
        steps: int,
        workers: int,
        folder: Path | None = None,
    ) -> None:
        super().__init__(expander, canonical, words, steps, workers)
        self.seen = Seen(folder)

    def __len__(self) -> int:
        return len(self.seen)

    def reserve(self) -> int:
        in_memory = (run for run in self.seen.runs if not isinstance(run, np.memmap))
        return 2 * sum(run.nbytes for run in in_memory)

    def add(self, level: Keys) -> None:
        self.seen.add(level)

    def start(self, words: Words) -> None:
        self._found.append(self.seen.new(distinct(to_keys(self.canonical(words)).copy())))

    def expand(self, level: Keys) -> Iterator[int]:
        for end, parts in self._batches(level, _TASK * self.chunk):
            for keys, counts in self.pool.map(self._successors, parts):
                self._found.append(keys)
                for found in counts:
                    self.counts.add(found)
            if sum(map(len, self._found)) > _PENDING:
                self._found = [distinct(np.concatenate(self._found))]
            yield min(end, len(level))

    def take(self) -> Keys:
        level = distinct(self._together())
        self.seen.add(level)
        return level

    def _successors(self, keys: Keys) -> tuple[Keys, Sequence[Successors]]:
        pending, counts = [], []
        for start in range(0, len(keys), self.chunk):
            found = self.expander.expand(to_words(keys[start : start + self.chunk], self.words))
            pending.append(distinct(to_keys(self.canonical(found.words)).copy()))
            counts.append(attrs.evolve(found, words=found.words[:, :0].copy()))
        return self.seen.new(distinct(np.concatenate(pending))), counts


class TableSearch(Search):
    """What was seen is a hash table, of which each worker fills a part."""

    def __init__(
        self,
        expander: Expander,
        canonical: Callable[[Words], Words],
        words: int,
        steps: int,
        workers: int,
    ) -> None:
        super().__init__(expander, canonical, words, steps, workers)
        self.chunk = min(self.chunk, _READ_TWICE)
        self.table = Table(words, workers)

    def __len__(self) -> int:
        return len(self.table)

    def reserve(self) -> int:
        return 2 * sum(part.nbytes for part in self.table.parts)

    def add(self, level: Keys) -> None:
        self._insert([to_words(level, self.words)])
        self._found = []

    def start(self, words: Words) -> None:
        self._insert([self.canonical(words)])

    def expand(self, level: Keys) -> Iterator[int]:
        for end, parts in self._batches(level, self.chunk):
            successors = list(self.pool.map(self._successors, parts))
            for found in successors:
                self.counts.add(found)
            self._insert([found.words for found in successors])
            yield min(end, len(level))

    def take(self) -> Keys:
        level = self._together()
        sort(level)
        return level

    def _successors(self, keys: Keys) -> Successors:
        found = self.expander.expand(to_words(keys, self.words))
        return attrs.evolve(found, words=self.canonical(found.words))

    def _insert(self, found: Sequence[Words]) -> None:
        def into(part: int) -> list[Words]:
            return [self.table.insert(part, words) for words in found]

        for fresh in self.pool.map(into, range(self.workers)):
            self._found += [to_keys(words) for words in fresh if words.shape[1]]
