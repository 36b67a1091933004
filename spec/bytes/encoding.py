"""Canonical bytes: one value, one encoding, so that digests and signatures mean what they say.

Deterministic CBOR (RFC 8949, 4.2) of nothing, truth, integers, text, bytes, lists, text-keyed
dictionaries, and tensors of signed integers of 8, 16, 32 or 64 bits (RFC 8746: tag 40 over tag 72,
77, 78 or 79; the type is part of the value). No floats: encoders disagree.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from reprlib import repr as shortened
from types import NoneType
from typing import TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

Tensor: TypeAlias = npt.NDArray[np.signedinteger]
Value: TypeAlias = "bool | int | str | bytes | list[Value] | dict[str, Value] | Tensor | None"

LEAST, MOST = -(2**63), 2**64 - 1
DEEPEST = 64  # containers within containers
MANY = 64  # dimensions of a tensor; numpy has no more
LARGEST = 2**40  # numbers of a tensor, also where a dimension of size zero leaves none

_ROW_MAJOR = 40  # this and the next are tags of RFC 8746
_ELEMENTS: dict[int, np.dtype[np.signedinteger]] = {
    72: np.dtype("i1"),
    77: np.dtype("<i2"),
    78: np.dtype("<i4"),
    79: np.dtype("<i8"),
}
_TAGS = {dtype: tag for tag, dtype in _ELEMENTS.items()}
_SIMPLE_VALUES = {20: False, 21: True, 22: None}
_SIMPLE = {False: b"\xf4", True: b"\xf5", None: b"\xf6"}
_SHORT = [bytes([first]) for first in range(256)]
_HEADS = [1 + (1 << first % 32 - 24 if 24 <= first % 32 <= 27 else 0) for first in range(256)]
"""How many bytes a head has, by its first."""
# Exact types: of a subclass nobody knows how it is written, or whether it comes back.
_WRITABLE = frozenset({NoneType, bool, int, str, bytes, list, dict, np.ndarray})


class _Major:
    """The major types of CBOR."""

    UNSIGNED, NEGATIVE, BYTES, TEXT, LIST, DICT, TAG, SIMPLE = range(8)


class EncodingError(ValueError):
    """A value has no canonical bytes, or bytes are not canonical; names the place and the mend."""


class _Refusal(Exception):
    """What is wrong, and where: the keys and indices that lead there, the innermost first.

    Each container adds its own as the refusal passes, so that what is in order pays nothing for it.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.path: list[str | int] = []

    def __str__(self) -> str:
        return f"${''.join(map(_step, reversed(self.path)))}: {self.args[0]}"


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if key.isidentifier() and len(key) < 40 else f"[{shortened(key)}]"


def encode(value: Value) -> bytes:
    """The canonical bytes of a value. Raises EncodingError for anything that `Value` excludes."""
    try:
        return _written(value, 0)
    except _Refusal as refusal:
        raise EncodingError(str(refusal)) from None


def decode(data: bytes) -> Value:
    """The value whose canonical bytes these are; its tensors are read-only.

    Raises EncodingError for all other bytes, so that `encode(decode(data)) == data`.
    """
    reader = _Reader(data)
    try:
        value = reader.value(0)
        if reader.at != len(data):
            raise _Refusal(f"bytes follow the value at byte {reader.at}: drop them")
    except _Refusal as refusal:
        raise EncodingError(str(refusal)) from None
    return value


@attrs.frozen
class Start:
    """What stands before the numbers of a tensor.

    Attributes:
        dtype, shape: of the tensor.
        length: of its numbers, in bytes.
    """

    dtype: np.dtype[np.signedinteger]
    shape: tuple[int, ...]
    length: int


def tensor_at(data: bytes, place: int) -> tuple[Start, int] | None:
    """What the canonical bytes of a tensor, from a place on, begin with, and where its numbers do.

    It takes a tenth of the time of `decode`, and is None where that refuses, or finds no tensor.
    """
    end = place + len(_TENSOR)
    try:
        rank = data[end + 1] if data[end] & 31 == 24 else data[end] & 31
        for _ in range(rank + 3):  # the head of the shape, the sizes, and two of the numbers
            end += _HEADS[data[end]]
        start = _read(data[place:end])
    except (IndexError, _Refusal):
        return None
    return (start, end) if start and len(data) == end + start.length else None


def _check_depth(depth: int) -> None:
    if depth > DEEPEST:
        raise _Refusal(f"nested more than {DEEPEST} deep: flatten the value")


def _written(value: Value, depth: int) -> bytes:
    """The bytes of a value that stands in so many containers."""
    _check_depth(depth)
    kind = type(value)
    if kind not in _WRITABLE:
        raise _Refusal(
            f"{kind.__name__} has no canonical bytes: use None, bool, int, str, bytes, list, dict"
            " or an array of signed integers"
        )
    match value:
        case bytes():
            return _head(_Major.BYTES, len(value)) + value
        case str():
            return _text(value)
        case bool() | None:
            return _SIMPLE[value]
        case int():
            return _integer(value)
        case list():
            return _list(value, depth)
        case dict():
            return _dictionary(value, depth)
        case np.ndarray():
            return _start(value.dtype, value.shape) + value.tobytes()


def _head(major: int, argument: int) -> bytes:
    """The first bytes of an item, in their shortest form."""
    if argument < 24:
        return _SHORT[major << 5 | argument]
    size = (argument.bit_length() - 1 >> 3).bit_length()  # 0 to 3, for 1, 2, 4 or 8 bytes
    return _SHORT[major << 5 | 24 + size] + argument.to_bytes(1 << size)


def _integer(value: int) -> bytes:
    if not LEAST <= value <= MOST:
        raise _Refusal("integer outside -2**63 to 2**64 - 1: use bytes or text")
    return _head(_Major.NEGATIVE, -1 - value) if value < 0 else _head(_Major.UNSIGNED, value)


def _text(value: object) -> bytes:
    if type(value) is not str:
        raise _Refusal(f"a key of type {type(value).__name__}: use text keys")
    try:
        data = value.encode()
    except UnicodeEncodeError:
        raise _Refusal("text with a lone surrogate: use well-formed Unicode") from None
    return _head(_Major.TEXT, len(data)) + data


def _list(value: list[Value], depth: int) -> bytes:
    items: list[bytes] = []
    try:
        for item in value:
            items.append(_written(item, depth + 1))
    except _Refusal as refusal:
        refusal.path.append(len(items))
        raise
    return _head(_Major.LIST, len(items)) + b"".join(items)


def _dictionary(value: dict[str, Value], depth: int) -> bytes:
    items: list[tuple[bytes, bytes]] = []
    for key, item in value.items():
        name = _text(key)
        try:
            items.append((name, _written(item, depth + 1)))
        except _Refusal as refusal:
            refusal.path.append(key)
            raise
    items.sort()
    return _head(_Major.DICT, len(items)) + b"".join(map(b"".join, items))


_TENSOR = _head(_Major.TAG, _ROW_MAJOR) + _head(_Major.LIST, 2)
"""How the bytes of any tensor begin."""


@lru_cache  # most have a shape that others had
def _start(dtype: np.dtype[np.signedinteger], shape: tuple[int, ...]) -> bytes:
    """What stands before the numbers of a tensor."""
    if dtype not in _TAGS or not shape:
        raise _Refusal(
            f"array of {dtype} with {len(shape)} dimensions: use int8, int16, int32 or int64"
            " and at least one, or a plain int"
        )
    _check_size(shape)
    content = _head(_Major.TAG, _TAGS[dtype]) + _head(_Major.BYTES, prod(shape) * dtype.itemsize)
    return _TENSOR + _written([*shape], 0) + content


def _check_size(shape: Sequence[int]) -> None:
    if prod(size or 1 for size in shape) > LARGEST:
        raise _Refusal(f"a shape of more than {LARGEST} numbers: give the tensor in parts")


@attrs.define
class _Reader:
    """A strict reader of canonical bytes.

    Not a library's, which builds whatever a tag asks for before anybody can refuse it: dates,
    patterns, and a fraction that keeps a machine busy for minutes out of 15 bytes.
    """

    data: bytes
    at: int = 0

    def value(self, depth: int) -> Value:
        """The next value, which stands in so many containers."""
        _check_depth(depth)
        major, argument = self.head()
        match major:
            case _Major.UNSIGNED:
                return argument
            case _Major.NEGATIVE:
                if argument >= -LEAST:
                    raise _Refusal("integer below -2**63: use bytes or text")
                return -1 - argument
            case _Major.BYTES:
                return self.take(argument)
            case _Major.TEXT:
                return self.text(argument)
            case _Major.LIST:
                return self.items(argument, depth)
            case _Major.DICT:
                return self.dictionary(argument, depth)
            case _Major.TAG:
                return self.tensor(argument)
            case _:
                return _SIMPLE_VALUES[argument]

    def head(self) -> tuple[int, int]:
        """The major type and the argument of the next item."""
        if self.at >= len(self.data):
            raise self.ended()
        first = self.data[self.at]
        self.at += 1
        major, info = first >> 5, first & 31
        if major == _Major.SIMPLE and info not in _SIMPLE_VALUES:
            raise _Refusal("a float or another simple value: use integers, truth or null")
        if info < 24:
            return major, info
        if info > 27:
            raise _Refusal("indefinite or reserved length: give the length")
        size = 1 << info - 24
        argument = int.from_bytes(self.take(size))
        if argument < (24 if size == 1 else 1 << 4 * size):
            raise _Refusal(f"{argument} is written longer than it need be: use its shortest form")
        return major, argument

    def take(self, count: int) -> bytes:
        start, self.at = self.at, self.at + count
        if self.at > len(self.data):
            raise self.ended()
        return self.data[start : self.at]

    def ended(self) -> _Refusal:
        return _Refusal(f"the bytes end here, after {len(self.data)}: give the whole value")

    def text(self, count: int) -> str:
        try:
            return self.take(count).decode()
        except UnicodeDecodeError:
            raise _Refusal("text that is not UTF-8: use well-formed Unicode") from None

    def items(self, count: int, depth: int) -> list[Value]:
        items: list[Value] = []
        try:
            for _ in range(count):
                items.append(self.value(depth + 1))
        except _Refusal as refusal:
            refusal.path.append(len(items))
            raise
        return items

    def dictionary(self, count: int, depth: int) -> dict[str, Value]:
        items: dict[str, Value] = {}
        last = b""
        for _ in range(count):
            start = self.at
            major, length = self.head()
            if major != _Major.TEXT:
                raise _Refusal("a key that is not text: use text keys")
            key = self.text(length)
            written = self.data[start : self.at]
            try:
                if key in items:
                    raise _Refusal("duplicate key: give it once")
                if written < last:
                    raise _Refusal("key out of order: sort keys by their encoded bytes")
                items[key] = self.value(depth + 1)
            except _Refusal as refusal:
                refusal.path.append(key)
                raise
            last = written
        return items

    def tensor(self, tag: int) -> Tensor:
        if tag != _ROW_MAJOR or self.head() != (_Major.LIST, 2):
            raise _Refusal("a tag that is not a tensor's: use tag 40 over [shape, elements]")
        start = self.start()
        return np.frombuffer(self.take(start.length), start.dtype).reshape(start.shape)

    def start(self) -> Start:
        """What stands before the numbers of a tensor, from its shape on."""
        major, rank = self.head()
        if major != _Major.LIST or rank == 0:
            raise _Refusal("a tensor without dimensions: use a plain integer")
        if rank > MANY:
            raise _Refusal(f"a tensor of more than {MANY} dimensions: use fewer")
        shape = tuple(self.size() for _ in range(rank))
        _check_size(shape)
        major, tag = self.head()
        if major != _Major.TAG or tag not in _ELEMENTS:
            raise _Refusal("a tensor of another element type: use tag 72, 77, 78 or 79")
        major, length = self.head()
        if major != _Major.BYTES:
            raise _Refusal(f"tag {tag} over something else: use bytes")
        dtype = _ELEMENTS[tag]
        if length != prod(shape) * dtype.itemsize:
            raise _Refusal(
                f"{length} bytes do not fill the shape: give {dtype.itemsize} for each element"
            )
        return Start(dtype, shape, length)

    def size(self) -> int:
        major, size = self.head()
        if major != _Major.UNSIGNED:
            raise _Refusal("a dimension that is not a size: use an unsigned integer")
        return size


@lru_cache  # most are what others had, as when they are written
def _read(start: bytes) -> Start | None:
    """What stands before the numbers of a tensor, by its bytes; None if none begins with them."""
    return _Reader(start, len(_TENSOR)).start() if start.startswith(_TENSOR) else None
