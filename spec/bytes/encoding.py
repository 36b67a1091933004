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
import cbor2
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
# Exact types: of a subclass nobody knows how it is written, or whether it comes back.
_WRITABLE = frozenset({NoneType, bool, int, str, bytes, list, dict, np.ndarray})


class _Major:
    """The major types of CBOR."""

    UNSIGNED, NEGATIVE, BYTES, TEXT, LIST, DICT, TAG, SIMPLE = range(8)


class EncodingError(ValueError):
    """A value has no canonical bytes, or bytes are not canonical; names the place and the mend."""


def encode(value: Value) -> bytes:
    """The canonical bytes of a value. Raises EncodingError for anything that `Value` excludes."""
    if type(value) is np.ndarray:  # which takes cbor2 many times as long
        return _start(value.dtype, value.shape) + value.tobytes()
    return cbor2.dumps(_plain(value, ()), canonical=True)


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


def _plain(value: Value, path: _Path) -> object:
    """The value as cbor2 writes it."""
    _check_depth(path)
    kind = type(value)
    if kind not in _WRITABLE:
        _refuse(
            path,
            f"{kind.__name__} has no canonical bytes: use None, bool, int, str, bytes, list, dict"
            " or an array of signed integers",
        )
    match value:
        case str():
            return _text(value, path)
        case list():
            return [_plain(item, (*path, index)) for index, item in enumerate(value)]
        case dict():
            return {_text(key, path): _plain(item, (*path, key)) for key, item in value.items()}
        case np.ndarray():
            return _tensor(value, path)
        case int() if not LEAST <= value <= MOST:
            _refuse(path, "integer outside -2**63 to 2**64 - 1: use bytes or text")
    return value


def _text(value: object, path: _Path) -> str:
    if type(value) is not str:
        _refuse(path, f"a key of type {type(value).__name__}: use text keys")
    try:
        value.encode()
    except UnicodeEncodeError:
        _refuse(path, "text with a lone surrogate: use well-formed Unicode")
    return value


def _tensor(value: Tensor, path: _Path) -> cbor2.CBORTag:
    if value.dtype not in _TAGS or not value.shape:
        _refuse(
            path,
            f"array of {value.dtype} with {value.ndim} dimensions: use int8, int16, int32 or int64"
            " and at least one, or a plain int",
        )
    if prod(size or 1 for size in value.shape) > LARGEST:
        _refuse(path, f"a shape of more than {LARGEST} numbers: give the tensor in parts")
    content = cbor2.CBORTag(_TAGS[value.dtype], value.tobytes())
    return cbor2.CBORTag(_ROW_MAJOR, [list(value.shape), content])


@lru_cache  # most have a shape that others had
def _start(dtype: np.dtype[np.signedinteger], shape: tuple[int, ...]) -> bytes:
    """What stands before the numbers of a tensor that is a value by itself."""
    zeros = np.broadcast_to(np.zeros((), dtype), shape)  # takes no room, if it is to be refused
    whole = cbor2.dumps(_tensor(zeros, ()), canonical=True)
    return whole[: len(whole) - zeros.nbytes]


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
        major, info = divmod(self.take(1, path)[0], 32)
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
