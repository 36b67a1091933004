"""The hash table of an exploration: a set, whatever the states are."""

import numpy as np
import pytest

from checkers.explore.table import Table

PARTS = 8


@pytest.mark.parametrize("words", [1, 2])
@pytest.mark.parametrize("shift", [0, 17, 30, 46, 50])
def test_states_are_spread_over_the_parts_whichever_bits_differ(words: int, shift: int) -> None:
    states = np.zeros((words, 1 << 13), np.uint64)
    states[-1] = np.arange(1 << 13, dtype=np.uint64) << np.uint64(shift)
    table = Table(words, PARTS)
    fresh = [table.insert(part, states) for part in range(PARTS)]
    assert sorted(np.concatenate(fresh, axis=1)[-1]) == list(states[-1])
    assert all(not table.insert(part, states).shape[1] for part in range(PARTS))
    assert min(table.counts) > 0.8 * len(table) / PARTS
    for part in table.parts:
        # Were all to begin at one slot, they would stand side by side.
        filled = part[:, 0] != np.uint64(0xFFFF_FFFF_FFFF_FFFF)
        assert np.count_nonzero(filled[1:] != filled[:-1]) > len(table) / PARTS / 4


def test_a_part_has_room_for_all_that_falls_into_it() -> None:
    """Even if that is far more than its share, it ends, and nothing is lost."""
    states = np.arange(1 << 17, dtype=np.uint64).reshape(1, -1)
    mine = Table(1, PARTS).insert(0, states)
    table = Table(1, PARTS)
    assert table.insert(0, mine).shape[1] == mine.shape[1]
    assert not table.insert(0, mine).shape[1]
    assert len(table.parts[0]) > 1.4 * mine.shape[1]
