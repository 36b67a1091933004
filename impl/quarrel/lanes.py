"""Merkle trees over many short leaves, hashed some at a time.

To hash a number with its salt takes less than to call what does. So once much was hashed, and with
the extra `jit`, whole trees are left to `machine_code`, which a process makes in a fraction of a
second. It finds what `spec.bytes.merkle` does.
"""

import sys
from ctypes import CFUNCTYPE, c_char, c_char_p, c_int64, c_uint32, c_void_p
from functools import cache

from spec.bytes.merkle import leaf_hash

LONGEST = 1023
"""Bytes of a leaf, at most: of a longer one, BLAKE3 makes a tree."""
ENOUGH = 2**17
"""Leaves that take as long without the code as it takes to make it."""
HASH, WORD = 32, 4  # bytes
LEAF = 0  # what a leaf is hashed behind


class Lanes:
    """The code. Raises ImportError without llvmlite, with which numba compiles."""

    def __init__(self) -> None:
        from impl.quarrel.machine_code import compiled

        self._engine = compiled()  # the code is there for as long as it is
        hash_, fold = map(self._engine.get_function_address, ("hash", "fold"))
        texts = c_char_p, c_int64, c_char_p, c_int64
        self._hash = CFUNCTYPE(None, c_uint32, *texts, c_int64, c_void_p)(hash_)
        self._fold = CFUNCTYPE(None, c_void_p, c_int64)(fold)

    def root(self, salts: bytes, salt: int, data: bytes, size: int) -> bytes:
        """The root (RFC 6962) over leaves, each the next salt and then the next piece of some data.

        Args:
            salt: bytes of a salt, in whole words.
            size: bytes of a piece, likewise; the last can have fewer. With a salt, at most
                `LONGEST`.
        """
        whole, rest = divmod(len(data), size)
        found = bytearray(HASH * (whole + 2))
        place = (c_char * len(found)).from_buffer(found)
        self._hash(LEAF, salts, salt // WORD, data, size // WORD, whole, place)
        if rest:
            last = leaf_hash(salts[salt * whole :] + data[-rest:])
            found[HASH * whole : HASH * (whole + 1)] = last
        self._fold(place, whole + bool(rest))
        return bytes(found[:HASH])


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
