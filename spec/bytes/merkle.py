"""Merkle trees of RFC 6962: a root that binds a list of leaves, and proofs that it does.

Leaves and nodes are hashed with different prefixes, and a root that stands alone is bound to the
number of its leaves: without the one, a tree of four leaves reads as one of two; without the other,
[a, b, c] can be made to look like [a, b, c, c] (CVE-2012-2459).
"""

from collections.abc import Callable, Iterable, Sequence

from blake3 import blake3

from spec.bytes.digest import digest

Hash = Callable[[bytes], bytes]


def blake3_hash(data: bytes) -> bytes:
    """BLAKE3, 32 bytes."""
    return blake3(data).digest()


def leaf_hash(leaf: bytes, hash_: Hash = blake3_hash) -> bytes:
    """The hash of a leaf (RFC 6962, 2.1)."""
    return hash_(b"\x00" + leaf)


def node_hash(left: bytes, right: bytes, hash_: Hash = blake3_hash) -> bytes:
    """The hash of an inner node (RFC 6962, 2.1)."""
    return hash_(b"\x01" + left + right)


def root(leaves: Iterable[bytes], hash_: Hash = blake3_hash) -> bytes:
    """The Merkle tree hash of a list of leaves (RFC 6962, 2.1)."""
    # `leaf_hash` and `node_hash`, without a call more for each of many
    nodes = [hash_(b"\x00" + leaf) for leaf in leaves]
    if not nodes:
        return hash_(b"")
    while len(nodes) > 1:
        pairs = zip(nodes[::2], nodes[1::2], strict=False)
        odd = nodes[-1:] if len(nodes) % 2 else []  # waits for a level where there is another one
        nodes = [hash_(b"\x01" + left + right) for left, right in pairs] + odd
    return nodes[0]


def bound_root(leaves: Sequence[bytes]) -> bytes:
    """The root together with the number of leaves, as one digest."""
    return digest("merkle-root", len(leaves).to_bytes(8, "little") + root(leaves))


def inclusion_proof(leaves: Sequence[bytes], index: int, hash_: Hash = blake3_hash) -> list[bytes]:
    """The audit path of a leaf, lowest sibling first (RFC 6962, 2.1.1).

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index} of {len(leaves)}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index, hash_), root(leaves[split:], hash_)]
    return [*inclusion_proof(leaves[split:], index - split, hash_), root(leaves[:split], hash_)]


def verify_inclusion(
    leaf: bytes,
    index: int,
    size: int,
    proof: Sequence[bytes],
    expected: bytes,
    hash_: Hash = blake3_hash,
) -> bool:
    """Whether a proof shows that a leaf stands at an index of the tree with a root and a size."""
    if not 0 <= index < size:
        return False
    found = leaf_hash(leaf, hash_)
    last = size - 1
    for sibling in proof:
        if last == 0:
            return False
        if index % 2 or index == last:
            found = node_hash(sibling, found, hash_)
            while index % 2 == 0 and index:  # this node had no sibling for some levels
                index, last = index // 2, last // 2
        else:
            found = node_hash(found, sibling, hash_)
        index, last = index // 2, last // 2
    return last == 0 and found == expected


def _split(count: int) -> int:
    """The largest power of two below a count of two or more."""
    return 1 << (count - 1).bit_length() - 1
