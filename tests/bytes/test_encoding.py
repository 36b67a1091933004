"""Canonical bytes: published vectors, round trips, and refusal of everything else."""

from enum import StrEnum

import cbor2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from spec.bytes.digest import digest
from spec.bytes.encoding import (
    DEEPEST,
    LEAST,
    MANY,
    MOST,
    EncodingError,
    Start,
    Tensor,
    Value,
    decode,
    encode,
    tensor_at,
)

TENSORS = nps.arrays(
    st.sampled_from([np.int8, np.int16, np.int32, np.int64]),
    nps.array_shapes(max_dims=3, min_side=0, max_side=3),
)
SCALARS = st.none() | st.booleans() | st.integers(LEAST, MOST) | st.text() | st.binary()


def nested(leaves: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=12,
    )


def changed_slightly(valid: bytes, data: st.DataObject) -> bytes:
    """Bytes near others: one is replaced, put in or taken out, or none."""
    start = data.draw(st.integers(0, len(valid)))
    end = data.draw(st.integers(start, min(start + 1, len(valid))))
    return valid[:start] + data.draw(st.binary(max_size=1)) + valid[end:]


@pytest.mark.parametrize(
    ("value", "data"),
    [  # RFC 8949, appendix A, those that are allowed here
        (0, "00"),
        (10, "0a"),
        (23, "17"),
        (24, "1818"),
        (100, "1864"),
        (1000, "1903e8"),
        (1000000, "1a000f4240"),
        (1000000000000, "1b000000e8d4a51000"),
        (18446744073709551615, "1bffffffffffffffff"),
        (-1, "20"),
        (-100, "3863"),
        (-1000, "3903e7"),
        (False, "f4"),
        (True, "f5"),
        (None, "f6"),
        (b"", "40"),
        (b"\x01\x02\x03\x04", "4401020304"),
        ("", "60"),
        ("IETF", "6449455446"),
        ('"\\', "62225c"),
        ("\u00fc", "62c3bc"),
        ("\u6c34", "63e6b0b4"),
        ("\U00010151", "64f0908591"),
        ([], "80"),
        ([1, [2, 3], [4, 5]], "8301820203820405"),
        (list(range(1, 26)), "98190102030405060708090a0b0c0d0e0f101112131415161718181819"),
        ({}, "a0"),
        ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
        (["a", {"b": "c"}], "826161a161626163"),
    ],
)
def test_published_vectors(value: Value, data: str) -> None:
    assert encode(value).hex() == data
    assert decode(bytes.fromhex(data)) == value


@pytest.mark.parametrize(
    "data",
    [  # RFC 8949, appendix A, those that are not
        *("c249010000000000000000", "3bffffffffffffffff", "c349010000000000000000"),
        *("f90000", "fb3ff199999999999a", "f97c00", "fa47c35000", "f7", "f0", "f8ff"),
        *("c074323031332d30332d32315432303a30343a30305a", "c11a514b67b0", "d74401020304"),
        *("a201020304", "5f42010243030405ff", "7f657374726561646d696e67ff", "9fff"),
        *("bf61610161629f0203ffff", "d81845644945544611"),
        # ... and other ways to write what has a canonical form
        *("1800", "190017", "1a00000001", "1b0000000000000001", "3800", "5800", "7800", "9800"),
        *("a2616102616101", "a2616201616102", "a262616101616202", "a1f60a", "a1010a"),
        *("0000", "", "81", "6261", "1c", "1f", "ff", "61ff", "63eda080"),
        # The integer next below the least, and a reserved length with all the bytes that it implies
        *("3b8000000000000000", "1c" + 16 * "ff"),
        # Fractions that cbor2 would take a machine's time to build, and a value within itself
        *("d81e816c316531303030303030303030", "c5821b0de0b6b3a764000001", "d81c81d81d00"),
        # Tensors: uint16, without dimensions, not filled, of no sizes, over no bytes
        *("d82882820203d8414c000200040008000400100100", "d8288280d84f480000000000000000"),
        *("d828828102d84f480000000000000000", "d828828120d84f40", "d8288281f6d84f40"),
        *("d828828100d84f60", "d82881d84f40", "d828828100d84b40", "d84f40"),
    ],
)
def test_whatever_is_not_canonical_is_refused(data: str) -> None:
    with pytest.raises(EncodingError, match=r"\A\$.*: .*: .*\Z"):
        decode(bytes.fromhex(data))


@given(nested(SCALARS))
def test_round_trip(value: Value) -> None:
    data = encode(value)
    assert decode(data) == value
    assert cbor2.dumps(value, canonical=True) == data  # written by somebody else


@given(TENSORS)
def test_tensors_round_trip(tensor: Tensor) -> None:
    data = encode({"tensor": tensor})
    tag = {1: 72, 2: 77, 4: 78, 8: 79}[tensor.itemsize]
    content = cbor2.CBORTag(tag, tensor.tobytes())
    tagged = {"tensor": cbor2.CBORTag(40, [list(tensor.shape), content])}
    assert cbor2.dumps(tagged, canonical=True) == data
    match decode(data):
        case {"tensor": np.ndarray() as found}:
            assert found.dtype == tensor.dtype
            assert found.shape == tensor.shape
            assert found.tolist() == tensor.tolist()
            assert not found.flags.writeable
        case found:
            pytest.fail(f"a {type(found).__name__}")
    assert encode({"tensor": np.asfortranarray(tensor)}) == data
    assert encode([tensor]) == b"\x81" + encode(tensor)  # alone it is written another way
    assert encode(np.asfortranarray(tensor)) == encode(tensor)


@given(nested(SCALARS | TENSORS), st.data())
def test_accepted_only_if_encoding_gives_it_back(value: Value, data: st.DataObject) -> None:
    valid = encode(value)
    changed = changed_slightly(valid, data)
    try:
        found = decode(changed)
    except EncodingError:
        assert changed != valid
    else:
        assert encode(found) == changed


@given(TENSORS | nps.arrays(np.int8, (1,) * 29 + (2,)), st.binary(max_size=3), st.data())
def test_a_start_is_read_as_the_whole(tensor: Tensor, before: bytes, data: st.DataObject) -> None:
    valid = encode(tensor)
    assert tensor_at(before + valid, len(before)) == _start(before, valid)
    changed = changed_slightly(valid, data)
    assert tensor_at(before + changed, len(before)) == _start(before, changed)


def _start(before: bytes, data: bytes) -> tuple[Start, int] | None:
    """By all that is behind it."""
    try:
        value = decode(data)
    except EncodingError:
        return None
    assert isinstance(value, np.ndarray)
    return Start(value.dtype, value.shape, value.nbytes), len(before + data) - value.nbytes


@pytest.mark.parametrize("data", ["", "01", "182882810041f64100", "1828828100d84f40", "d828829818"])
def test_what_is_no_tensor_has_no_start(data: str) -> None:
    assert tensor_at(bytes.fromhex(data), 0) is None


@given(st.binary())
def test_any_bytes_are_a_value_or_refused(data: bytes) -> None:
    try:
        value = decode(data)
    except EncodingError as error:
        message = str(error)
    else:
        message = ""
        assert encode(value) == data
    assert len(message.splitlines()) <= 1


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"body": {"price": 1.5}}, r"^\$\.body\.price: float has no canonical bytes: use None"),
        ({"body": [0, {1}]}, r"^\$\.body\[1\]: set has"),
        ((1, 2), r"^\$: tuple has"),
        (Colour.RED, r"^\$: Colour has"),
        (np.int64(1), r"^\$: int64 has"),
        ({Colour.RED: 1}, r"^\$: a key of type Colour: use text keys"),
        ({"a": {1: 2}}, r"^\$\.a: a key of type int: use text keys"),
        ([MOST + 1], r"^\$\[0\]: integer outside"),
        (LEAST - 1, r"^\$: integer outside"),
        ({"a b": "\ud800"}, r"^\$\['a b'\]: text with a lone surrogate"),
        ({"x\ny" * 99: 1.5}, r"^\$\['x\\ny.{,40}'\]: float has"),
        (np.zeros((2, 2)), r"^\$: array of float64 with 2 dimensions: use int8"),
        (np.zeros(2, np.uint8), r"^\$: array of uint8"),
        (np.zeros(2, ">i8"), r"^\$: array of >i8"),
        (np.array(1), r"^\$: array of int64 with 0 dimensions"),
    ],
)
def test_what_has_no_canonical_bytes_is_named(value: Value, message: str) -> None:
    with pytest.raises(EncodingError, match=message):
        encode(value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("a164626f6479a165696e707574fb3ff199999999999a", r"^\$\.body\.input: a float"),
        ("a26161016161f6", r"^\$\.a: duplicate key"),
        ("a2616201616102", r"^\$\.a: key out of order"),
        ("82f61800", r"^\$\[1\]: 0 is written longer"),
        ("0001", r"^\$: bytes follow the value at byte 1"),
    ],
)
def test_what_is_not_canonical_is_named(data: str, message: str) -> None:
    with pytest.raises(EncodingError, match=message):
        decode(bytes.fromhex(data))


@pytest.mark.parametrize(
    ("tag", "dtype", "element"),
    [(72, np.int8, "fe"), (77, np.int16, "feff"), (78, np.int32, "feffffff")],
)
def test_each_element_type_has_its_tag(tag: int, dtype: type, element: str) -> None:
    """The tags of RFC 8746, 2.1, of signed integers, the least significant byte first."""
    data = f"d8288281{1:02x}d8{tag:02x}{0x40 + len(element) // 2:02x}{element}"
    assert encode(np.array([-2], dtype)) == bytes.fromhex(data)


@pytest.mark.parametrize("shape", [(2**62, 0), (0, 2**41), (2**21, 0, 2**21)])
def test_shapes_are_bounded_though_they_have_no_numbers(shape: tuple[int, ...]) -> None:
    """What holds none in int8 need not fit in int64."""
    sizes = b"".join(encode(size) for size in shape)
    data = bytes.fromhex("d82882") + bytes([0x80 + len(shape)]) + sizes + bytes.fromhex("d84840")
    with pytest.raises(EncodingError, match=f"more than {2**40} numbers"):
        decode(data)
    with pytest.raises(EncodingError, match=f"more than {2**40} numbers"):
        encode(np.zeros(shape, np.int8))


def test_dimensions_are_bounded() -> None:
    """Their sizes are multiplied, and each has a word: to multiply many takes minutes."""
    most: Value = np.zeros((1,) * MANY, np.int8)
    assert encode(decode(encode(most))) == encode(most)
    data = bytes.fromhex("d828829a") + (2**32 - 1).to_bytes(4) + b"\x1b" + 8 * b"\xff"
    with pytest.raises(EncodingError, match=f"more than {MANY} dimensions"):
        decode(data)


def test_depth_is_bounded() -> None:
    value: Value = np.zeros(1, np.int64)
    for _ in range(DEEPEST):
        value = [value]
    assert encode(decode(encode(value))) == encode(value)
    with pytest.raises(EncodingError, match="nested more than 64 deep"):
        encode([value])
    with pytest.raises(EncodingError, match="nested more than 64 deep"):
        decode(b"\x81" + encode(value))
    endless: list[Value] = []
    endless.append(endless)
    with pytest.raises(EncodingError, match="nested more than 64 deep"):
        encode(endless)


def test_digests_of_different_things_differ() -> None:
    assert len(digest("block", b"")) == 32
    assert digest("block", b"x") != digest("component", b"x")
    assert digest("block", b"x") != digest("block", b"y")
