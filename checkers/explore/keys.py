"""Sets of packed states as sorted columns."""

import numpy as np
import numpy.typing as npt

from spec.notation.batch import Words

Keys = npt.NDArray[np.generic]
"""A set of packed states as one sortable column: uint64, or bytes where a state has more words."""


def key_type(words: int) -> np.dtype[np.generic]:
    """The type of a key of so many words; bytes compare as numbers because they are big-endian."""
    return np.dtype(np.uint64) if words == 1 else np.dtype(f"S{8 * words}")


def to_keys(words: Words) -> Keys:
    """Packed states as a sortable column."""
    if len(words) == 1:
        return words[0]  # type: ignore[no-any-return]  # numpy: a row of a matrix is Any
    rows = np.ascontiguousarray(words.T.astype(">u8"))
    keys: Keys = rows.view(key_type(len(words))).ravel()
    return keys


def to_words(keys: Keys, count: int) -> Words:
    """The packed states of a sortable column; `count` is the number of words of a state."""
    if count == 1:
        return keys.astype(np.uint64, copy=False).reshape(1, -1)
    return np.ascontiguousarray(keys.view(">u8").reshape(-1, count).T, dtype=np.uint64)


def sort(keys: Keys) -> None:
    """Sort in place. Bytes are slow to compare, and what steps make of sorted states is mostly
    sorted runs, which need only be merged; whole words numpy sorts several at a time."""
    keys.sort(kind=None if keys.dtype == np.uint64 else "stable")


def distinct(keys: Keys) -> Keys:
    """The distinct keys, sorted. Sorts in place."""
    sort(keys)
    if len(keys) < 2:
        return keys
    new = np.empty(len(keys), np.bool_)
    new[0] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    return keys.compress(new)  # twice as fast as keys[new]


def contains(run: Keys, keys: Keys) -> npt.NDArray[np.bool_]:
    """Which of some sorted keys a sorted run holds."""
    if not len(run):
        return np.zeros(len(keys), np.bool_)
    place = np.searchsorted(run, keys)
    place[place == len(run)] = 0
    held: npt.NDArray[np.bool_] = run[place] == keys
    return held
