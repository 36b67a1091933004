"""The hash table of an exploration: the set of states that were seen, compiled by numba."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from checkers.explore.jit import jit, text_of
from spec.notation.batch import Words

Slots = npt.NDArray[np.uint64]
"""A part of a table: a row of words for each slot."""

_NONE = np.uint64(0xFFFF_FFFF_FFFF_FFFF)  # no state: every word keeps a bit free
_SPARED = 1 << 22  # slots, from which on a table grows by half, to spare memory
_BLOCK = 64  # look-ups whose loads from memory overlap


class Table:
    """A set of states by open addressing, in parts that are filled at the same time.

    A state belongs to the part that its hash names, so no two workers write to one.

    Args:
        words: the words of a state.
        parts: how many parts; one for each worker.
    """

    def __init__(self, words: int, parts: int = 1) -> None:
        self.words = words
        self.parts = [np.full((_BLOCK, words), _NONE) for _ in range(parts)]
        self.counts = [0] * parts
        self._insert, self._rehash = _loops(words, parts)
        # Compile both now, so that what is timed later is the search.
        self.insert(0, np.empty((words, 0), np.uint64))
        self._grow(0, _BLOCK)

    def __len__(self) -> int:
        return sum(self.counts)

    def insert(self, part: int, words: Words) -> Words:
        """Add those of some states that belong to a part; the ones that it did not hold."""
        words = np.require(words, requirements=["C", "W"])  # one type, for which all is compiled
        fresh = np.empty_like(words)
        added = done = 0
        while done < words.shape[1]:
            room = self._room(part, words.shape[1] - done)
            before = added
            added, done = self._insert(self.parts[part], words, part, fresh, added, done, room)
            self.counts[part] += added - before
        return fresh[:, :added].copy()

    def _room(self, part: int, more: int) -> int:
        """How many states a part has room for while a third of its slots stays free.

        Enough for its share of some more, and for a block, however these may fall.
        """
        slots = len(self.parts[part])
        while 2 * slots < 3 * (self.counts[part] + more // len(self.parts) + _BLOCK):
            slots += slots if slots < _SPARED else slots // 2
        if slots > len(self.parts[part]):
            self._grow(part, slots)
        return 2 * slots // 3 - self.counts[part]

    def _grow(self, part: int, slots: int) -> None:
        old, larger = self.parts[part], np.full((slots, self.words), _NONE)
        self._rehash(old, old.T, larger)
        self.parts[part] = larger


@functools.cache
def _loops(words: int, parts: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The loops of a table; to the compiler, both numbers are constants.

    A hash is mixed as MurmurHash3 ends (Appleby, 2011), so that each of its bits depends on every
    bit of a state: the highest say where it belongs in a part, and the lowest, in which part.
    """
    compiled = jit(f"{text_of(_loops.__wrapped__)} {words} {parts}")
    low_bits = np.uint64(0xFFFF)
    half = np.uint64(32)

    @compiled
    def hashed(states: Words, i: int) -> np.uint64:
        value = np.uint64(0)
        for k in range(words):
            value ^= states[k, i]
            value = (value ^ (value >> np.uint64(33))) * np.uint64(0xFF51_AFD7_ED55_8CCD)
        value = (value ^ (value >> np.uint64(33))) * np.uint64(0xC4CE_B9FE_1A85_EC53)
        return value ^ (value >> np.uint64(33))

    @compiled
    def place(value: np.uint64, size: int) -> np.uint64:
        """Where a hash belongs among so many slots: in the order of the hashes, at any size."""
        return ((value >> half) * np.uint64(size)) >> half

    @compiled
    def put(table: Slots, slot: np.uint64, states: Words, i: int) -> bool:
        """Write a state where it belongs, from a slot on; whether it was not there."""
        size = np.uint64(len(table))
        while table[slot, 0] != _NONE:
            same = True
            for k in range(words):
                same &= table[slot, k] == states[k, i]
            if same:
                return False
            slot += np.uint64(1)
            if slot == size:
                slot = np.uint64(0)
        for k in range(words):
            table[slot, k] = states[k, i]
        return True

    @compiled
    def insert(
        table: Slots, states: Words, part: int, fresh: Words, added: int, i: int, room: int
    ) -> tuple[int, int]:
        """From a state on, as far as there is room for all that may be new: how many were, and
        how far that was."""
        rows = np.empty(_BLOCK, np.int64)
        slots = np.empty(_BLOCK, np.uint64)
        first = np.empty(_BLOCK, np.uint64)
        last = added + room - _BLOCK
        while i < states.shape[1] and added <= last:
            n = 0
            while i < states.shape[1] and n < _BLOCK:
                value = hashed(states, i)
                rows[n] = i
                slots[n] = place(value, len(table))
                if parts == 1 or (value & low_bits) % np.uint64(parts) == np.uint64(part):
                    n += 1
                i += 1
            # These loads do not wait for one another; one at a time would wait for memory.
            for j in range(n):
                first[j] = table[slots[j], 0]
            for j in range(n):
                if words == 1 and first[j] == states[0, rows[j]]:
                    continue
                if put(table, slots[j], states, rows[j]):
                    for k in range(words):
                        fresh[k, added] = states[k, rows[j]]
                    added += 1
        return added, i

    @compiled
    def rehash(old: Slots, states: Words, larger: Slots) -> None:
        for i in range(len(old)):
            if old[i, 0] != _NONE:
                put(larger, place(hashed(states, i), len(larger)), states, i)

    return insert, rehash
