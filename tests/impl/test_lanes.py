"""Merkle trees in machine code: they are what the specification's are."""

import sys
from itertools import cycle, islice

import numpy as np
import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from impl.quarrel import lanes as room
from impl.quarrel.blocks import block_count, leaves, root_of, root_of_opening
from impl.quarrel.lanes import ENOUGH, HASH, LONGEST, Lanes, lanes
from impl.quarrel.salts import SALT, apart, drawn
from spec.bytes.merkle import root

pytest.importorskip("llvmlite")
CODE = Lanes()
WORD = 4  # bytes
WORDS = (LONGEST - SALT) // WORD
"""Of a piece of data, at most."""
FEW, MANY = 2**15, 10**5
"""Numbers of a tensor with blocks of one chunk at most, and of two."""


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has hashed nothing."""
    monkeypatch.setattr(room._Hashed, "leaves", 0)
    room._compiled.cache_clear()


@given(st.integers(1, 600), st.integers(1, WORDS), st.integers(SALT, 2 * SALT), st.data())
def test_the_root_is_that_of_the_leaves(
    count: int, size: int, start: int, data: st.DataObject
) -> None:
    short = data.draw(st.integers(0, size - 1))  # so many words the last piece is short of
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    opening = random.bytes(start + WORD * (size * count - short))
    salts, pieces, size = drawn(opening[:SALT], count), opening[start:], WORD * size
    expected = root(a + pieces[size * i :][:size] for i, a in enumerate(apart(salts)))
    assert CODE.root(salts, pieces, size) == expected
    assert CODE.root_of_opening(opening, start, size) == expected


@pytest.mark.parametrize("words", range(1, WORDS + 1))
def test_a_leaf_is_hashed_as_blake3_does(words: int) -> None:
    """Of bytes like those of its published vectors."""
    data = bytes(islice(cycle(range(251)), SALT + WORD * words))
    salt, data = data[:SALT], data[SALT:]
    assert CODE.root(salt, data, len(data)) == blake3(b"\0" + salt + data).digest()


@pytest.mark.parametrize("left", range(3))
def test_nothing_is_read_behind_the_salts(left: int) -> None:
    """Which of them a leaf begins with, nobody could tell from the root."""
    with pytest.raises(ValueError, match="salts for 3 leaves"):
        CODE.root(bytes(SALT * left), bytes(3 * WORD), WORD)


def test_a_tree_can_have_many_leaves() -> None:
    """More than a stack has room for, if each took some."""
    salts, data = bytes(SALT * ENOUGH), bytes(WORD * ENOUGH)
    assert CODE.root(salts, data, WORD) == root(bytes(SALT + WORD) for _ in range(ENOUGH))


@given(
    st.one_of(st.integers(0, 600), st.integers(0, FEW), st.integers(FEW, MANY)),
    st.lists(st.integers(0, MANY), max_size=3),
    st.sampled_from([np.int8, np.int16, np.int32, np.int64]),
    st.binary(min_size=16, max_size=16),
)
def test_tensors_have_the_same_root_with_the_code(
    count: int, cuts: list[int], kind: type[np.signedinteger], secret: bytes
) -> None:
    numbers = np.random.default_rng(count).integers(-128, 128, count).astype(kind)
    tensors = np.split(numbers, sorted(min(cut, count) for cut in cuts))
    salts = drawn(secret, block_count(count))
    lanes(ENOUGH)
    assert root_of(salts, *tensors) == root(leaves(apart(salts), *tensors))
    opening = secret + numbers.astype("<i8").tobytes()
    assert root_of_opening(opening, SALT) == root(leaves(apart(salts), numbers))


@pytest.mark.usefixtures("fresh")
def test_the_code_is_made_for_much() -> None:
    assert lanes(ENOUGH - 1) is None
    assert isinstance(made := lanes(1), Lanes)
    assert lanes(1) is made


@pytest.mark.usefixtures("fresh")
def test_without_llvmlite_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "impl.quarrel.machine_code", None)
    assert lanes(ENOUGH) is None
    assert len(root_of(drawn(bytes(16), 3), np.arange(3))) == HASH
