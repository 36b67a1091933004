"""Canonical bytes: one value, one encoding, so that digests and signatures mean what they say.

Deterministic CBOR (RFC 8949, 4.2) of nothing, truth, integers, text, bytes, lists, text-keyed
dictionaries, and tensors of signed integers of 8, 16, 32 or 64 bits (RFC 8746: tag 40 over tag 72,
77, 78 or 79; the type is part of the value). No floats: encoders disagree.
"""

from functools import lru_cache
from math import prod
from reprlib import repr as shortened
from types import NoneType
from typing import Never, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

Tensor: TypeAlias = npt.NDArray[np.signedinteger]
Value: TypeAlias = "bool | int | str | bytes | list[Value] | dict[str, Value] | Tensor | None"

LEAST, MOST = -(2**63), 2**64 - 1
DEEPEST = 64  # containers within containers
LARGEST = 2**40  # numbers of a tensor, also where a dimension of size zero leaves none

_Path: TypeAlias = tuple[str | int, ...]  # keys and indices; made into text only for an error

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
# Exact types: of a subclass nobody knows how it is written, or whether it comes back.
_WRITABLE = frozenset({NoneType, bool, int, str, bytes, list, dict, np.ndarray})


class _Major:
    """The major types of CBOR."""

    UNSIGNED, NEGATIVE, BYTES, TEXT, LIST, DICT, TAG, SIMPLE = range(8)


class EncodingError(ValueError):
    """A value has no canonical bytes, or bytes are not canonical; names the place and the mend."""


def encode(value: Value) -> bytes:
    """The canonical bytes of a value. Raises EncodingError for anything that `Value` excludes."""
    return _written(value, ())


def decode(data: bytes) -> Value:
    """The value whose canonical bytes these are; its tensors are read-only.

    Raises EncodingError for all other bytes, so that `encode(decode(data)) == data`.
    """
    reader = _Reader(data)
    value = reader.value(())
    if reader.at != len(data):
        _refuse((), f"bytes follow the value at byte {reader.at}: drop them")
    return value


def _refuse(path: _Path, problem: str) -> Never:
    raise EncodingError(f"${''.join(map(_step, path))}: {problem}")


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if key.isidentifier() and len(key) < 40 else f"[{shortened(key)}]"


def _check_depth(path: _Path) -> None:
    if len(path) > DEEPEST:
        _refuse(path, f"nested more than {DEEPEST} deep: flatten the value")


def _written(value: Value, path: _Path) -> bytes:
    """The bytes of a value, which stands in another at some place."""
    _check_depth(path)
    kind = type(value)
    if kind not in _WRITABLE:
        _refuse(
            path,
            f"{kind.__name__} has no canonical bytes: use None, bool, int, str, bytes, list, dict"
            " or an array of signed integers",
        )
    match value:
        case bytes():
            return _head(_Major.BYTES, len(value)) + value
        case str():
            return _text(value, path)
        case bool() | None:
            return _SIMPLE[value]
        case int():
            return _integer(value, path)
        case list():
            items = [_written(item, (*path, index)) for index, item in enumerate(value)]
            return _head(_Major.LIST, len(items)) + b"".join(items)
        case dict():
            return _dictionary(value, path)
        case np.ndarray():
            return _start(value.dtype, value.shape, path) + value.tobytes()


def _head(major: int, argument: int) -> bytes:
    """The first bytes of an item, in their shortest form."""
    if argument < 24:
        return _SHORT[major << 5 | argument]
    size = (argument.bit_length() - 1 >> 3).bit_length()  # 0 to 3, for 1, 2, 4 or 8 bytes
    return _SHORT[major << 5 | 24 + size] + argument.to_bytes(1 << size)


def _integer(value: int, path: _Path) -> bytes:
    if not LEAST <= value <= MOST:
        _refuse(path, "integer outside -2**63 to 2**64 - 1: use bytes or text")
    return _head(_Major.NEGATIVE, -1 - value) if value < 0 else _head(_Major.UNSIGNED, value)


def _text(value: object, path: _Path) -> bytes:
    if type(value) is not str:
        _refuse(path, f"a key of type {type(value).__name__}: use text keys")
    try:
        data = value.encode()
    except UnicodeEncodeError:
        _refuse(path, "text with a lone surrogate: use well-formed Unicode")
    return _head(_Major.TEXT, len(data)) + data


def _dictionary(value: dict[str, Value], path: _Path) -> bytes:
    items = sorted((_text(key, path), _written(item, (*path, key))) for key, item in value.items())
    return _head(_Major.DICT, len(items)) + b"".join(map(b"".join, items))


@lru_cache  # most have a shape that others had
def _start(dtype: np.dtype[np.signedinteger], shape: tuple[int, ...], path: _Path) -> bytes:
    """What stands before the numbers of a tensor."""
    if dtype not in _TAGS or not shape:
        _refuse(
            path,
            f"array of {dtype} with {len(shape)} dimensions: use int8, int16, int32 or int64"
            " and at least one, or a plain int",
        )
    if prod(size or 1 for size in shape) > LARGEST:
        _refuse(path, f"a shape of more than {LARGEST} numbers: give the tensor in parts")
    pair = _head(_Major.TAG, _ROW_MAJOR) + _head(_Major.LIST, 2)
    sizes = _written([*shape], ())
    content = _head(_Major.TAG, _TAGS[dtype]) + _head(_Major.BYTES, prod(shape) * dtype.itemsize)
    return pair + sizes + content


@attrs.define
class _Reader:
    """A strict reader of canonical bytes.

    Not cbor2's, which builds whatever a tag asks for before anybody can refuse it: dates, patterns,
    and a fraction that keeps a machine busy for minutes out of 15 bytes.
    """

    data: bytes
    at: int = 0

    def value(self, path: _Path) -> Value:
        _check_depth(path)
        major, argument = self.head(path)
        match major:
            case _Major.UNSIGNED:
                return argument
            case _Major.NEGATIVE:
                if argument >= -LEAST:
                    _refuse(path, "integer below -2**63: use bytes or text")
                return -1 - argument
            case _Major.BYTES:
                return self.take(argument, path)
            case _Major.TEXT:
                return self.text(argument, path)
            case _Major.LIST:
                return [self.value((*path, index)) for index in range(argument)]
            case _Major.DICT:
                return self.dictionary(argument, path)
            case _Major.TAG:
                return self.tensor(argument, path)
            case _:
                return _SIMPLE_VALUES[argument]

    def head(self, path: _Path) -> tuple[int, int]:
        """The major type and the argument of the next item."""
        first = self.take(1, path)[0]
        major, info = first >> 5, first & 31
        if major == _Major.SIMPLE and info not in _SIMPLE_VALUES:
            _refuse(path, "a float or another simple value: use integers, truth or null")
        if info < 24:
            return major, info
        if info > 27:
            _refuse(path, "indefinite or reserved length: give the length")
        size = 1 << info - 24
        argument = int.from_bytes(self.take(size, path))
        if argument < (24 if size == 1 else 1 << 4 * size):
            _refuse(path, f"{argument} is written longer than it need be: use its shortest form")
        return major, argument

    def take(self, count: int, path: _Path) -> bytes:
        start, self.at = self.at, self.at + count
        if self.at > len(self.data):
            _refuse(path, f"the bytes end here, after {len(self.data)}: give the whole value")
        return self.data[start : self.at]

    def text(self, count: int, path: _Path) -> str:
        try:
            return self.take(count, path).decode()
        except UnicodeDecodeError:
            _refuse(path, "text that is not UTF-8: use well-formed Unicode")

    def dictionary(self, count: int, path: _Path) -> dict[str, Value]:
        items: dict[str, Value] = {}
        last = b""
        for _ in range(count):
            start = self.at
            major, length = self.head(path)
            if major != _Major.TEXT:
                _refuse(path, "a key that is not text: use text keys")
            key = self.text(length, path)
            encoded = self.data[start : self.at]
            place = (*path, key)
            if key in items:
                _refuse(place, "duplicate key: give it once")
            if encoded < last:
                _refuse(place, "key out of order: sort keys by their encoded bytes")
            last = encoded
            items[key] = self.value(place)
        return items

    def tensor(self, tag: int, path: _Path) -> Tensor:
        if tag != _ROW_MAJOR or self.head(path) != (_Major.LIST, 2):
            _refuse(path, "a tag that is not a tensor's: use tag 40 over [shape, elements]")
        major, rank = self.head(path)
        if major != _Major.LIST or rank == 0:
            _refuse(path, "a tensor without dimensions: use a plain integer")
        shape = [self.size(path) for _ in range(rank)]
        if prod(size or 1 for size in shape) > LARGEST:
            _refuse(path, f"a shape of more than {LARGEST} numbers: give the tensor in parts")
        major, tag = self.head(path)
        if major != _Major.TAG or tag not in _ELEMENTS:
            _refuse(path, "a tensor of another element type: use tag 72, 77, 78 or 79")
        major, length = self.head(path)
        if major != _Major.BYTES:
            _refuse(path, f"tag {tag} over something else: use bytes")
        content = self.take(length, path)
        try:
            return np.frombuffer(content, _ELEMENTS[tag]).reshape(shape)
        except (ValueError, OverflowError):
            size = _ELEMENTS[tag].itemsize
            _refuse(path, f"{length} bytes do not fill the shape: give {size} for each element")

    def size(self, path: _Path) -> int:
        major, size = self.head(path)
        if major != _Major.UNSIGNED:
            _refuse(path, "a dimension that is not a size: use an unsigned integer")
        return size
