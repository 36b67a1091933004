"""Tensors as leaves of a Merkle tree: some numbers each, that are shown together.

A block is as small as the tree over a large tensor allows, for whoever is shown one number of it
sees all: of a tensor that one in `FEWEST` can be told, or else one number alone.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from impl.quarrel.lanes import LONGEST, Lanes, lanes
from impl.quarrel.salts import SALT, apart, salts_of
from spec.bytes.encoding import Tensor
from spec.bytes.merkle import root

NUMBER = 8
"""Bytes of a number in a block: a signed integer, the least significant byte first."""
MOST = 128
"""Numbers of a block, at most."""
FEWEST = 256
"""Blocks of a tensor, at least, unless it has fewer numbers."""
AT_ONCE = 2**16
"""Numbers that are made into leaves at a time; a model of millions would need much room."""


@lru_cache  # most have as many as others had
def block_size(count: int) -> int:
    """How many numbers a block of a tensor of so many numbers has; the last can have fewer."""
    return max(1, min(MOST, count // FEWEST))


def block_count(count: int) -> int:
    """How many blocks a tensor of so many numbers has."""
    return -(-count // block_size(count))


def block_of(index: int, count: int) -> tuple[int, int]:
    """In which block of a tensor of so many numbers one stands, and at which place of it."""
    return divmod(index, block_size(count))


def length_of(block: int, count: int) -> int:
    """How many numbers a block of a tensor of so many numbers has."""
    size = block_size(count)
    return min(size, count - size * block)


def leaves(salts: Sequence[bytes], *tensors: Tensor) -> Iterator[bytes]:
    """The leaves of the tree over tensors one after the other, in the order of rows, and salted."""
    size = NUMBER * block_size(sum(tensor.size for tensor in tensors))
    salted, rest = iter(salts), b""
    for tensor in tensors:
        numbers = tensor.reshape(-1)
        for first in range(0, numbers.size, AT_ONCE):
            data = rest + packed(numbers[first : first + AT_ONCE])
            end = len(data) - len(data) % size
            for start in range(0, end, size):
                yield next(salted) + data[start : start + size]
            rest = data[end:]
    if rest:
        yield next(salted) + rest


def root_of(salts: bytes, *tensors: Tensor) -> bytes:
    """The root of that tree, by the salts in a row."""
    count = sum(tensor.size for tensor in tensors)
    size = NUMBER * block_size(count)
    if (code := _code(NUMBER * count, size)) is None:
        return root(leaves(apart(salts), *tensors))
    return code.root(salts, b"".join(map(packed, tensors)), size)


def root_of_opening(opening: bytes, start: int) -> bytes:
    """The same over the numbers in an opening from there on, by salts drawn from its secret."""
    length = len(opening) - start
    size = NUMBER * block_size(length // NUMBER)
    if (code := _code(length, size)) is None:
        numbers = np.frombuffer(opening[start:], "<i8")
        return root(leaves(salts_of(opening[:SALT], block_count(numbers.size)), numbers))
    return code.root_of_opening(opening, start, size)


def _code(length: int, size: int) -> Lanes | None:
    """The code for the tree over so many bytes in blocks of a size, if it is worth its making."""
    return lanes(-(-length // size)) if length and SALT + size <= LONGEST else None


def packed(numbers: Tensor) -> bytes:
    """The numbers of a tensor, in the order of its rows, as they stand in blocks."""
    return numbers.astype("<i8", copy=False).tobytes()


def number_at(place: int, block: bytes) -> int:
    """The number at a place of a block."""
    return int.from_bytes(block[NUMBER * place :][:NUMBER], "little", signed=True)


def appended(number: int, block: bytes) -> bytes:
    """A block with another number. Raises OverflowError for one that it cannot hold."""
    return block + number.to_bytes(NUMBER, "little", signed=True)
