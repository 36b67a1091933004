"""What is remembered has room for it, whoever decides how much there is."""

from collections.abc import Sequence

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impl.recent import ENTRY, Recent, footprint, remembered

ROOM = 8 * ENTRY
SHARED = [bytes(ENTRY), bytes(3 * ENTRY)]
"""What entries can have in common: the very same objects."""

keys = st.tuples(st.sampled_from(SHARED), st.integers(0, 5))
values = st.integers(0, 2 * ROOM).map(bytes) | st.none() | st.sampled_from(SHARED)


@given(st.lists(st.tuples(keys, values)))
def test_it_never_takes_more_than_its_room(
    said: Sequence[tuple[tuple[bytes, int], bytes | None]],
) -> None:
    """And holds those that were used last, whatever they have in common, as far as they fit."""
    recent, lasting = Recent[bytes | None](ROOM), dict[tuple[bytes, int], bytes | None]()
    for key, value in said:
        recent.remember(key, value)
        lasting.pop(key, None)
        if taken({key: value}) <= ROOM:
            lasting[key] = value
        while taken(lasting) > ROOM:
            del lasting[next(iter(lasting))]
        assert recent.used == taken(lasting)
    for key, value in lasting.items():
        assert recent.recall(key, lambda: b"made again") is value


def taken(held: dict[tuple[bytes, int], bytes | None]) -> int:
    """The room that entries take."""
    parts = {id(part): footprint(part) for key, value in held.items() for part in (*key, value)}
    return ENTRY * len(held) + sum(parts.values())


def test_what_was_used_longest_ago_goes_first() -> None:
    asked = list[int]()

    @remembered(4 * ENTRY)
    def double(number: int) -> int:
        asked.append(number)
        return 2 * number

    assert [double(number) for number in (1, 2, 3, 1, 4, 1, 2)] == [2, 4, 6, 2, 8, 2, 4]
    assert asked == [1, 2, 3, 4, 2]
    double.cache_clear()
    assert (double(4), asked) == (8, [1, 2, 3, 4, 2, 4])


def test_what_fails_is_tried_again() -> None:
    tried = list[int]()

    @remembered(ROOM)
    def fail(number: int) -> int:
        tried.append(number)
        raise ValueError(number)

    for _ in range(2):
        with pytest.raises(ValueError, match="1"):
            fail(1)
    assert tried == [1, 1]


@attrs.frozen
class Pair:
    """Something with parts."""

    one: object
    other: object


@pytest.mark.parametrize(
    "made",
    [
        lambda size: bytes(size),
        lambda size: "x" * size,
        lambda size: [*range(size // 8)],
        lambda size: dict.fromkeys(range(size // 8)),
        lambda size: np.zeros(size // 8, np.int64),
        lambda size: np.frombuffer(bytes(size), np.int64),
        lambda size: Pair(1, Pair(bytes(size // 2), (bytes(size // 2),))),
    ],
)
def test_all_that_is_in_a_value_takes_room(made: object) -> None:
    """Whatever it is in, and once, however often it is in there."""
    assert callable(made)
    large = 1 << 16
    assert large <= footprint(made(large)) <= 9 * large
    assert footprint([value := made(large), value]) < footprint(value) + large
