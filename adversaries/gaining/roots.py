"""What a provider gains where one root stands for two models: it shows whichever suits it."""

from collections.abc import Callable, Sequence

from adversaries.script import Facts
from adversaries.victim import parts
from spec.bytes.merkle import blake3_hash, bound_root, inclusion_proof, node_hash, verify_inclusion

Root = Callable[[Sequence[bytes]], bytes]


def careless_root(leaves: Sequence[bytes]) -> bytes:
    """A root as it is often made: leaves are no other than nodes, and an odd last one is doubled.

    So was Bitcoin's (CVE-2012-2459).
    """
    nodes = [*leaves]
    while len(nodes) > 1:
        nodes += nodes[-1:] if len(nodes) % 2 else []
        pairs = zip(nodes[::2], nodes[1::2], strict=True)
        nodes = [blake3_hash(left + right) for left, right in pairs]
    return nodes[0]


def doubled(root: Root = bound_root) -> Facts:
    """A provider registers three parts, and shows four, of which the last is there twice."""
    three = _leaves()
    return _facts(root(three) == root([*three, three[-1]]), "3 parts", "4, the last one twice")


def halved(root: Root = bound_root, node: Callable[[bytes, bytes], bytes] = node_hash) -> Facts:
    """A provider registers four parts, and shows two, which are the nodes above these."""
    four = [*_leaves(), b"fourth"]
    two = [node(*four[:2]), node(*four[2:])]
    is_one = root(four) == root(two)
    proof = inclusion_proof(four, 0)
    shown = verify_inclusion(two[0], 0, 2, proof[1:], root(four))
    return _facts(is_one or shown, "4 parts", "2, the nodes above them")


def _leaves() -> list[bytes]:
    return [part.digest for part in parts()]


def _facts(is_one: bool, registered: str, shown: str) -> Facts:
    return Facts(
        deviated=["provider"],
        harmed=is_one,
        lines=[
            f"registered are {registered}; shown are {shown}",
            f"the root is {'the same' if is_one else 'another one'}",
        ],
    )
