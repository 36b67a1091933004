"""`docs/formats/trees.md`: its examples are the roots, proofs and blocks that the code makes."""

from collections.abc import Sequence

import numpy as np

from impl.hardened.digests import commitment
from impl.hardened.terms import OPENING
from impl.quarrel.binding import bind
from impl.quarrel.blocks import FEWEST, MOST, block_count, block_size, leaves, length_of, root_of
from impl.quarrel.salts import SALT, apart, drawn, secret_digest
from spec.bytes.encoding import Tensor
from spec.bytes.merkle import bound_root, inclusion_proof, root, verify_inclusion
from tests.support.formats import (
    Example,
    Examples,
    Json,
    Refusal,
    bytes_of,
    examples,
    rows,
    section,
    value,
    written,
)

PAGE = "trees"
PARTS = ("leaf", "index", "size", "proof", "root")
"""Of a claim that a leaf stands at an index of a tree with a size and a root, by a proof."""


def all_bytes(given: Sequence[str]) -> list[bytes]:
    """Bytes that are written one after the other."""
    return [bytes_of(item) for item in given]


def tensor(given: Json) -> Tensor:
    """The tensor that is so written."""
    found = value(given)
    assert isinstance(found, np.ndarray)
    return found


def _root(leaves: Sequence[str], **_: Json) -> Example:
    held = all_bytes(leaves)
    return {"root": written(root(held)), "bound": written(bound_root(held))}


def _prove(leaves: Sequence[str], index: int, **_: Json) -> Example:
    held = all_bytes(leaves)
    try:
        proof = inclusion_proof(held, index)
    except IndexError:
        raise Refusal("index") from None
    return {
        "leaf": leaves[index],
        "size": len(leaves),
        "proof": [written(sibling) for sibling in proof],
        "root": written(root(held)),
    }


def _verify(
    leaf: str, index: int, size: int, proof: Sequence[str], root: str, leaves: Sequence[str] = ()
) -> Example:
    """Of a claim that is refused, the leaves are known, so that its one wrong part is."""
    shows = verify_inclusion(bytes_of(leaf), index, size, all_bytes(proof), bytes_of(root))
    if not shows:
        told = leaf, index, size, proof, root
        places = [index] if 0 <= index < len(leaves) else []
        places += range(len(leaves))
        for true in (_prove(leaves, place) | {"index": place} for place in places):
            wrong = [part for part, said in zip(PARTS, told, strict=True) if said != true[part]]
            if len(wrong) == 1:
                raise Refusal(*wrong)
        raise Refusal("nothing is right")
    return {}


def _cut(count: int, **_: Json) -> Example:
    blocks = block_count(count)
    last = length_of(blocks - 1, count) if count else 0
    return {"size": block_size(count), "blocks": blocks, "last": last}


def _blocks(tensors: Json, secret: str, **_: Json) -> Example:
    numbers = [tensor(given) for given in tensors]
    salts = drawn(bytes_of(secret), block_count(sum(found.size for found in numbers)))
    first = next(iter(leaves(apart(salts), *numbers)), b"")
    return {"first": written(first), "root": written(root_of(salts, *numbers))}


def _commit(request: str, step: int, opening: str, **_: Json) -> Example:
    data = bytes_of(opening)
    return {
        "salt": written(secret_digest(data[:SALT])),
        "data": written(bind(data).digest),
        "commitment": written(commitment(bytes_of(request), step, data)),
    }


class TestExamples(Examples):
    page, does = (
        PAGE,
        {
            "root": _root,
            "prove": _prove,
            "verify": _verify,
            "cut": _cut,
            "blocks": _blocks,
            "commit": _commit,
        },
    )


def test_each_part_of_a_claim_can_be_wrong() -> None:
    told = [row[0].strip("`") for row in rows(section(PAGE, "### What must be refused"))]
    assert told == [*PARTS]
    assert {e["refused"] for e in examples(PAGE) if "refused" in e} == {*PARTS}


def test_constants_are_those_of_the_code() -> None:
    told = rows(section(PAGE, "## Blocks of tensors"))
    assert [int(row[1]) for row in told] == [MOST, FEWEST, SALT, OPENING]
