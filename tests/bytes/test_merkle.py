"""Merkle trees: RFC 6962 as Certificate Transparency's own tests have it, and what proofs show."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.bytes.digest import digest
from spec.bytes.merkle import (
    Hash,
    blake3_hash,
    bound_root,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_inclusion,
)


def sha(data: bytes) -> bytes:
    return sha256(data).digest()


# The reference vectors of Certificate Transparency (google/certificate-transparency).
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
N01 = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
N23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
N03 = ROOTS[4]
N47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
L0 = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
L1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
L4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    assert root(LEAVES[:size], sha).hex() == ROOTS[size]


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (0, 1, []),
        (0, 8, [L1, N23, N47]),
        (5, 8, [L4, N67, N03]),
        (2, 3, [N01]),
        (1, 5, [L0, N23, L4]),
    ],
)
def test_published_inclusion_proofs(index: int, size: int, proof: list[str]) -> None:
    found = inclusion_proof(LEAVES[:size], index, sha)
    assert [node.hex() for node in found] == proof
    assert verify_inclusion(LEAVES[index], index, size, found, bytes.fromhex(ROOTS[size]), sha)


def by_levels(leaves: list[bytes], hash_: Hash) -> bytes:
    """The root another way: pair neighbours, level by level, and carry a last odd one up."""
    level = [leaf_hash(leaf, hash_) for leaf in leaves]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        odd = level[len(level) // 2 * 2 :]
        level = [node_hash(left, right, hash_) for left, right in pairs] + odd
    return level[0]


TREES = st.lists(st.binary(max_size=2), min_size=1, max_size=20)


@given(TREES)
def test_root_is_that_of_pairing_by_levels(leaves: list[bytes]) -> None:
    assert root(leaves) == by_levels(leaves, blake3_hash)


@given(TREES, st.data())
def test_inclusion_proof_shows_this_leaf_here_and_nothing_else(
    leaves: list[bytes], data: st.DataObject
) -> None:
    size = len(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(leaves, index)
    top = root(leaves)
    assert verify_inclusion(leaves[index], index, size, proof, top)

    claim = (
        data.draw(st.just(leaves[index]) | st.binary(max_size=3)),
        data.draw(st.just(index) | st.integers(-1, size)),
        data.draw(st.just(proof) | st.permutations(proof) | st.just(proof[1:])),
    )
    leaf, place, path = claim
    true = 0 <= place < size and leaves[place] == leaf
    assert verify_inclusion(leaf, place, size, path, top) <= true
    assert not verify_inclusion(leaves[index], index, size, [*proof, top], top)
    assert not verify_inclusion(leaves[index], index, size, proof, leaf_hash(top))
    assert not verify_inclusion(leaves[index], index, 2 * size, proof, top)  # a longer path


def test_proofs_of_what_is_not_there_are_refused() -> None:
    with pytest.raises(IndexError, match="leaf 8 of 8"):
        inclusion_proof(LEAVES, 8)


def test_a_leaf_given_twice_changes_the_root() -> None:
    """CVE-2012-2459, which a tree that doubles its last leaf has."""
    s1, s2, s3 = LEAVES[1:4]
    assert root([s1, s2, s3]) != root([s1, s2, s3, s3])
    assert bound_root([s1, s2, s3]) != bound_root([s1, s2, s3, s3])


def test_inner_nodes_are_no_leaves() -> None:
    """Four parts do not read as two, which they do where leaves and nodes have no prefixes."""
    four = LEAVES[:4]

    def two(hash_: Hash) -> list[bytes]:
        hashes = [leaf_hash(leaf, hash_) for leaf in four]
        return [hashes[0] + hashes[1], hashes[2] + hashes[3]]

    def without_prefix(data: bytes) -> bytes:
        return sha(data[1:])

    assert root(two(without_prefix), without_prefix) == root(four, without_prefix)
    assert root(two(blake3_hash)) != root(four)
    assert bound_root(two(blake3_hash)) != bound_root(four)
    sibling = root(four[2:])
    assert not verify_inclusion(two(blake3_hash)[0], 0, 2, [sibling], root(four))


def test_bound_root_binds_the_count() -> None:
    """A root alone does not: the proof that a leaf is first of eight also has it first of seven."""
    proof = inclusion_proof(LEAVES, 0)
    assert verify_inclusion(LEAVES[0], 0, 8, proof, root(LEAVES))
    assert verify_inclusion(LEAVES[0], 0, 7, proof, root(LEAVES))
    assert bound_root(LEAVES) == digest("merkle-root", (8).to_bytes(8, "little") + root(LEAVES))


@given(TREES, TREES)
def test_bound_root_binds(some: list[bytes], others: list[bytes]) -> None:
    assert (bound_root(some) == bound_root(others)) == (some == others)
