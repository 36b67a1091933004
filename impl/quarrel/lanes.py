"""Merkle trees over many short leaves, hashed some at a time.

To hash a number with its salt takes less than to call what does. So once much was hashed, and with
the extra `jit`, whole trees are left to `machine_code`, which a process makes in a fraction of a
second. It finds what `spec.bytes.merkle` does.
"""

import sys
from ctypes import PYFUNCTYPE, c_char, c_char_p, c_int64, c_void_p
from functools import cache

from impl.quarrel.salts import SALT
from spec.bytes.digest import context

LONGEST = 2047
"""Bytes of a leaf, at most: with the byte before it, two chunks of BLAKE3."""
ENOUGH = 2**17
"""Leaves that take as long without the code as it takes to make it."""
HASH, BLOCK = 32, 64  # bytes


class Lanes:
    """The code. Raises ImportError without llvmlite, with which numba compiles."""

    def __init__(self) -> None:
        from impl.quarrel.machine_code import compiled

        self._engine = compiled(context("salts").encode(), SALT)  # the code is there as long as it
        names = "begin", "root", "root_of_opening"
        begin, root, root_of_opening = map(self._engine.get_function_address, names)
        PYFUNCTYPE(None)(begin)()
        # Other threads wait: to let them run takes a tenth of what a row of a small model takes.
        rest = c_int64, c_int64, c_void_p
        self._root = PYFUNCTYPE(None, c_char_p, c_char_p, *rest)(root)
        self._root_of_opening = PYFUNCTYPE(None, c_char_p, c_int64, *rest)(root_of_opening)

    def root(self, salts: bytes, data: bytes, size: int) -> bytes:
        """The root (RFC 6962) over leaves, each the next salt and then the next piece of some data.

        Args:
            size: bytes of a piece; the last can have fewer. All pieces are whole words, and with
                their salts at most `LONGEST`.

        Raises ValueError if there are too few salts: the code would read what lies behind them.
        """
        leaves = -(-len(data) // size)
        if len(salts) < SALT * leaves:
            raise ValueError(f"{len(salts)} bytes of salts for {leaves} leaves")
        found = (c_char * (HASH * (leaves + 2)))()
        self._root(salts, data, len(data), size, found)
        return found.raw[:HASH]

    def root_of_opening(self, opening: bytes, start: int, size: int) -> bytes:
        """The same over what an opening has from there on, with salts `drawn` from its secret."""
        length = len(opening) - start
        leaves = -(-length // size)
        found = (c_char * (HASH * (leaves + 2) + SALT * leaves + BLOCK))()
        self._root_of_opening(opening, start, length, size, found)
        return found.raw[:HASH]


class _Hashed:
    """How much was hashed in this process."""

    leaves = 0


def lanes(count: int) -> Lanes | None:
    """The code, for so many leaves more; None before it is worth its making, or if none is made."""
    _Hashed.leaves += count
    return _compiled() if _Hashed.leaves >= ENOUGH else None


@cache
def _compiled() -> Lanes | None:
    if sys.byteorder != "little":  # as the words of a message are
        return None
    try:
        return Lanes()
    except (ImportError, RuntimeError):  # no llvmlite, or a processor that it does not know
        return None
