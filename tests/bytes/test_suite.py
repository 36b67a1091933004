"""Suites: published digests, a layout that contracts on the EVM share, and fields kept apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.bytes.digest import digest
from spec.bytes.encoding import encode
from spec.bytes.suite import BLAKE3, EVM, Field, Suite, keccak256

SUITES = pytest.mark.parametrize("suite", [BLAKE3, EVM], ids=lambda suite: suite.name)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
        (bytes(32), "290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563"),
    ],
)
def test_published_keccak256(data: bytes, expected: str) -> None:
    """The last is where Solidity stores the first array of a contract."""
    assert keccak256(data).hex() == expected


COW = 0xCD2A3D9F938E13CD947EC05ABC7FE734DF8DD826
BOB = 0xBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
PERSON = "Person(string name,address wallet)"
FROM = "fc71e5fa27ff56c350aa531bc129ebdf613b772b6604664f5d8dbe21b85eb0c8"
TO = "cd54f074a4af31b4411ff6a60c9719dbd559c221c8ac3492d9d872b041d703d1"


@pytest.mark.parametrize(
    ("domain", "fields", "expected"),
    [
        (
            "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
            ("Ether Mail", "1", 1, 0xCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC),
            "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f",
        ),
        (PERSON, ("Cow", COW), FROM),
        (PERSON, ("Bob", BOB), TO),
        (
            f"Mail(Person from,Person to,string contents){PERSON}",
            (bytes.fromhex(FROM), bytes.fromhex(TO), "Hello, Bob!"),
            "c52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e",
        ),
    ],
)
def test_published_digests_of_fields(domain: str, fields: tuple[Field, ...], expected: str) -> None:
    """EIP-712 lays out a type's name and its fields in the same way, and has this example."""
    assert EVM.bind(domain, *fields).hex() == expected


def test_fields_on_the_evm_are_words() -> None:
    """What `abi.encode(keccak256("draw"), seed, 1, 258)` gives, written out."""
    seed = bytes(range(32))
    words = keccak256(b"draw").hex() + seed.hex() + f"{1:064x}" + "0" * 60 + "0102"
    assert EVM.bind("draw", seed, 1, 258) == keccak256(bytes.fromhex(words))
    assert EVM.bind("seed", b"round") == EVM.bind("seed", keccak256(b"round"))


def test_fields_are_canonical_bytes_otherwise() -> None:
    assert BLAKE3.bind("draw", b"seed", 1, 2) == digest("draw", encode([b"seed", 1, 2]))


KEYS = st.binary(min_size=32, max_size=32)
BOUND = st.tuples(
    st.sampled_from(["request", "draw"]),
    st.text(max_size=40),
    KEYS,
    st.integers(0, 2**64 - 1),
)


@SUITES
@given(one=BOUND, other=BOUND)
def test_what_differs_is_bound_apart(
    suite: Suite, one: tuple[str, str, bytes, int], other: tuple[str, str, bytes, int]
) -> None:
    assert (suite.bind(*one) == suite.bind(*other)) == (one == other)


@given(BOUND)
def test_suites_are_told_apart(fields: tuple[str, str, bytes, int]) -> None:
    assert BLAKE3.bind(*fields) != EVM.bind(*fields)
