"""Canonical bytes: one value, one encoding, so that digests and signatures mean what they say.

Deterministic CBOR (RFC 8949, 4.2) of nothing, truth, integers, text, bytes, lists, text-keyed
dictionaries, and int64 tensors (RFC 8746: tag 40 over tag 79). No floats: encoders disagree.
"""

from reprlib import repr as shortened
from typing import Never, TypeAlias, Union

import attrs
import cbor2
import numpy as np
import numpy.typing as npt

Tensor: TypeAlias = npt.NDArray[np.int64]
Value: TypeAlias = Union[  # noqa: UP007 - strings, for recursion, do not join with |
    None, bool, int, str, bytes, list["Value"], dict[str, "Value"], Tensor
]

LEAST, MOST = -(2**63), 2**64 - 1
DEEPEST = 64  # containers within containers
ROOT = "$"

_ROW_MAJOR, _INT64_LITTLE_ENDIAN = 40, 79  # the tags of RFC 8746
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _LIST, _DICT, _TAG, _SIMPLE = range(8)  # major types
_SIMPLE_VALUES = {20: False, 21: True, 22: None}


class EncodingError(ValueError):
    """A value has no canonical bytes, or bytes are not canonical; names the place and the mend."""


def encode(value: Value) -> bytes:
    """The canonical bytes of a value. Raises EncodingError for anything that `Value` excludes."""
    return cbor2.dumps(_plain(value, ROOT, 0), canonical=True)


def decode(data: bytes) -> Value:
    """The value of these canonical bytes; tensors are read-only.

    Raises EncodingError for every other input: `encode(decode(data)) == data`, or there is no value.
    """
    reader = _Reader(data)
    value = reader.value(ROOT, 0)
    if reader.at != len(data):
        _refuse(ROOT, f"bytes follow the value at byte {reader.at}: drop them")
    return value


def _refuse(path: str, problem: str) -> Never:
    raise EncodingError(f"{path}: {problem}")


def _within(path: str, key: str) -> str:
    return f"{path}.{key}" if key.isidentifier() and len(key) < 40 else f"{path}[{shortened(key)}]"


def _check_depth(path: str, depth: int) -> None:
    if depth > DEEPEST:
        _refuse(path[:80], f"nested more than {DEEPEST} deep: flatten the value")


def _plain(value: Value, path: str, depth: int) -> object:
    """The value as cbor2 writes it. Exact types: a subclass may be written as something else."""
    _check_depth(path, depth)
    kind = type(value)
    if value is None or kind is bool or kind is bytes:
        return value
    if isinstance(value, int) and kind is int:
        if not LEAST <= value <= MOST:
            _refuse(path, "integer outside -2**63 to 2**64 - 1: use bytes or text")
        return value
    if isinstance(value, str) and kind is str:
        return _text(value, path)
    if isinstance(value, list) and kind is list:
        return [_plain(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(value)]
    if isinstance(value, dict) and kind is dict:
        return {
            _text(key, path): _plain(item, _within(path, key), depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, np.ndarray):
        return _tensor(value, path)
    _refuse(
        path,
        f"{kind.__name__} has no canonical bytes: use None, bool, int, str, bytes, list, dict"
        " or an int64 array",
    )


def _text(value: object, path: str) -> str:
    if type(value) is not str:
        _refuse(path, f"key of type {type(value).__name__}: use text keys")
    try:
        value.encode()
    except UnicodeEncodeError:
        _refuse(path, "text with a lone surrogate: use well-formed Unicode")
    return value


def _tensor(value: Tensor, path: str) -> cbor2.CBORTag:
    if value.dtype != np.dtype("<i8") or not value.shape:
        _refuse(
            path,
            f"array of {value.dtype} with {value.ndim} dimensions: use int64 and at least one,"
            " or a plain int",
        )
    content = cbor2.CBORTag(_INT64_LITTLE_ENDIAN, value.tobytes())
    return cbor2.CBORTag(_ROW_MAJOR, [list(value.shape), content])


@attrs.define
class _Reader:
    """A strict reader of canonical bytes.

    Not cbor2's, which builds whatever a tag asks for before anybody can refuse it: dates, patterns,
    and a fraction that keeps a machine busy for minutes out of 15 bytes.
    """

    data: bytes
    at: int = 0

    def value(self, path: str, depth: int) -> Value:
        _check_depth(path, depth)
        major, argument = self.head(path)
        match major:
            case 0:
                return argument
            case 1:
                if argument >= -LEAST:
                    _refuse(path, "integer below -2**63: use bytes or text")
                return -1 - argument
            case 2:
                return self.take(argument, path)
            case 3:
                return self.text(argument, path)
            case 4:
                items: list[Value] = []
                for index in range(argument):
                    items.append(self.value(f"{path}[{index}]", depth + 1))
                return items
            case 5:
                return self.dictionary(argument, path, depth)
            case 6:
                return self.tensor(argument, path, depth)
            case _:
                return _SIMPLE_VALUES[argument]

    def head(self, path: str) -> tuple[int, int]:
        """The major type and the argument of the next item."""
        major, info = divmod(self.take(1, path)[0], 32)
        if major == _SIMPLE and info not in _SIMPLE_VALUES:
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

    def take(self, count: int, path: str) -> bytes:
        start, self.at = self.at, self.at + count
        if self.at > len(self.data):
            _refuse(path, f"the bytes end here, after {len(self.data)}: give the whole value")
        return self.data[start : self.at]

    def text(self, count: int, path: str) -> str:
        try:
            return self.take(count, path).decode()
        except UnicodeDecodeError:
            _refuse(path, "text that is not UTF-8: use well-formed Unicode")

    def dictionary(self, count: int, path: str, depth: int) -> dict[str, Value]:
        items: dict[str, Value] = {}
        last = b""
        for _ in range(count):
            start = self.at
            major, length = self.head(path)
            if major != _TEXT:
                _refuse(path, "a key that is not text: use text keys")
            key = self.text(length, path)
            encoded = self.data[start : self.at]
            place = _within(path, key)
            if key in items:
                _refuse(place, "duplicate key: give it once")
            if encoded < last:
                _refuse(place, "key out of order: sort keys by their encoded bytes")
            last = encoded
            items[key] = self.value(place, depth + 1)
        return items

    def tensor(self, tag: int, path: str, depth: int) -> Tensor:
        if tag != _ROW_MAJOR or self.head(path) != (_LIST, 2):
            _refuse(path, "a tag that is not a tensor's: use tag 40 over [shape, tag 79]")
        shape = self.value(f"{path}.shape", depth + 1)
        if not isinstance(shape, list) or not shape:
            _refuse(path, "a tensor without dimensions: use a plain integer")
        if self.head(path) != (_TAG, _INT64_LITTLE_ENDIAN):
            _refuse(path, "a tensor of another element type: use tag 79, int64 little endian")
        major, length = self.head(path)
        if major != _BYTES:
            _refuse(path, "tag 79 over something else: use bytes")
        content = self.take(length, path)
        dimensions = [size for size in shape if type(size) is int and size >= 0]
        try:
            return np.frombuffer(content, "<i8").reshape(dimensions)
        except (ValueError, OverflowError):
            _refuse(path, f"{length} bytes do not fill the shape: give 8 for each element")
