"""`docs/formats/blocks.md`: its examples are taken or refused, and its tables are whole."""

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import pytest

from checkers.market.variants import CONTRACTS
from impl.hardened import charter
from impl.hardened.charter import LONGEST, Charter
from impl.hardened.contract import HardenedContract
from impl.hardened.phases import Phase
from impl.ledger.block import BYTES, STRETCH, Block, SignedBlock, Stretch
from impl.ledger.chain import Chain
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.transaction import MalformedTransaction, Refused
from impl.ledger.witness import EVERY, Head
from spec.bytes.encoding import Value, decode, encode
from spec.bytes.merkle import root
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

PAGE = "blocks"
NAMES: Mapping[type, str] = {
    int: "integer",
    str: "text",
    bytes: "bytes",
    list: "list",
    dict: "dictionary",
}


def place(error: MalformedTransaction) -> str:
    """Where something malformed is so."""
    return str(error).split(":")[0]


def header(data: str) -> Block:
    """The header in these bytes."""
    fields: Any = decode(bytes_of(data))  # as `Block` takes it
    return Block(**fields)


def _begin(variant: str, genesis: Json, **_: Json) -> Example:
    data = encode(value({"dict": genesis}))
    try:
        begun = Genesis.parse(data)
        CONTRACTS[variant](begun)
    except MalformedTransaction as error:
        raise Refusal(place(error)) from None
    return {"bytes": written(begun.canonical()), "identity": written(begun.identity)}


def _seal(
    seed: str, ledger: str, height: int, previous: str, transactions: Sequence[str], **_: Json
) -> Example:
    said = [bytes_of(data) for data in transactions]
    block = Block(bytes_of(ledger), height, bytes_of(previous), root(said), len(said))
    signed = block.signed(SigningKey.from_seed(bytes_of(seed)))
    assert SignedBlock.parse(signed.canonical()) == signed
    return {
        "root": written(block.root),
        "header": written(block.canonical()),
        "digest": written(block.digest),
        "bytes": written(signed.canonical()),
    }


def _follow(before: str, after: str) -> Example:
    one, other = header(before), header(after)
    if not other.follows(one):
        true = one.next(other.root, other.count)
        told = ("ledger", "height", "previous")
        [wrong] = [part for part in told if getattr(other, part) != getattr(true, part)]
        raise Refusal(wrong)
    return {}


def _read(node: str, bytes: str) -> Example:
    try:
        signed = SignedBlock.parse(bytes_of(bytes))
    except MalformedTransaction as error:
        raise Refusal(place(error)) from None
    if not signed.is_signed_with(bytes_of(node)):
        raise Refusal("signature")
    return {"bytes": written(signed.canonical())}


def _ledger(variant: str, genesis: str, blocks: Sequence[Json], **_: Json) -> Example:
    try:
        begun = Genesis.parse(bytes_of(genesis))
        chain = Chain.begin(begun, CONTRACTS[variant])
        for each in blocks:
            _take(chain, begun.node, each)
    except MalformedTransaction as error:
        raise Refusal(place(error)) from None
    except Refused as refused:
        raise Refusal(refused.reason) from None
    contract: Any = chain.admission.contract  # each has those who are convicted
    convicted = sorted(map(written, contract.convicted))
    return {"head": written(chain.head), "convicted": convicted}


def _take(chain: Chain, node: bytes, given: Json) -> None:
    """Go on to the next block, or refuse what is none."""
    said = [*map(bytes_of, given["transactions"])]
    signed = SignedBlock.parse(bytes_of(given["signed"]))
    next_block = chain.next_block(said).body
    for part, told in signed.block.body.items():
        if told != next_block[part] or not told:
            raise Refusal(part)
    if not signed.is_signed_with(node):
        raise Refusal("signature")
    for data in said:
        chain.admission.admit(data)
    chain.grow(signed)


def _head(node: str, witnesses: Sequence[Sequence[str]], quorum: int, bytes: str) -> Example:
    keys = {bytes_of(party): bytes_of(key) for party, key in witnesses}
    try:
        head = Head.parse(bytes_of(bytes))
    except MalformedTransaction as error:
        raise Refusal(place(error)) from None
    if not head.stands(bytes_of(node), keys, quorum):
        is_node = head.signed.is_signed_with(bytes_of(node))
        raise Refusal("quorum" if is_node else "node")
    return {"bytes": written(head.canonical())}


def _stretch(bytes: str, **_: Json) -> Example:
    try:
        shown = Stretch.parse(bytes_of(bytes))
    except MalformedTransaction as error:
        raise Refusal(place(error)) from None
    return {"bytes": written(shown.canonical()), "last": written(shown.last.canonical())}


def _fork(genesis: str, party: str, first: str, second: str) -> Example:
    try:
        contract = HardenedContract(Genesis.parse(bytes_of(genesis)))
    except MalformedTransaction as error:
        raise Refusal(place(error)) from None
    if not contract.has_forked(*map(bytes_of, (party, first, second))):
        raise Refusal("two histories are signed")
    return {}


class TestExamples(Examples):
    page, does = (
        PAGE,
        {
            "begin": _begin,
            "seal": _seal,
            "follow": _follow,
            "read": _read,
            "ledger": _ledger,
            "head": _head,
            "stretch": _stretch,
            "fork": _fork,
        },
    )


BEGUN = [e for e in examples(PAGE) if e["do"] == "begin" and "refused" not in e]


@pytest.mark.parametrize("example", BEGUN, ids=str)
def test_a_genesis_is_one_of_its_variant_alone(example: Example) -> None:
    """So whoever opens a ledger can tell."""
    begun = Genesis.parse(bytes_of(example["bytes"]))
    for variant in CONTRACTS.keys() - {example["variant"]}:
        with pytest.raises(MalformedTransaction):
            CONTRACTS[variant](begun)


def told(heading: str) -> list[tuple[str, str]]:
    """The fields that the table under a heading names, with their types."""
    return [(row[0].strip("`"), row[1]) for row in rows(section(PAGE, heading))]


def typed(fields: Mapping[str, Value]) -> dict[str, str]:
    """Fields with the types of what stands in them."""
    return {name: NAMES[type(field)] for name, field in fields.items()}


def test_the_fields_of_all_formats_are_those_of_the_code() -> None:
    block = Block(b"", 1, b"", b"", 1)
    for heading, data in (
        ("## Genesis", Genesis("main", bytes(32), {}).canonical()),
        ("## Blocks", SignedBlock(block, b"").canonical()),
        ("## Heads", Head(SignedBlock(block, b"")).canonical()),
        ("## Forks", Stretch(block, (), b"").canonical()),
    ):
        fields = decode(data)
        assert isinstance(fields, dict)
        assert dict(told(heading)) == typed(fields)


CHARTER = Charter({}, bytes(32), bytes(32), dict.fromkeys(Phase, 2))


def test_the_fields_of_a_charter_are_those_of_the_code() -> None:
    assert dict(told("## What a hardened ledger agrees on")) == typed(CHARTER.body())


def test_the_shortest_and_the_longest_windows_are_those_of_the_code() -> None:
    shortest = {Phase(name): int(least) for name, least in told("## Windows")}
    assert [*shortest] == [*Phase]
    for phase, least in shortest.items():
        for blocks in (least, LONGEST):
            Charter.parse(attrs.evolve(CHARTER, windows={**CHARTER.windows, phase: blocks}).body())
        for blocks in (least - 1, LONGEST + 1):
            windows = {**CHARTER.windows, phase: blocks}
            with pytest.raises(MalformedTransaction, match=f"windows.{phase.value}: give {least}"):
                Charter.parse(attrs.evolve(CHARTER, windows=windows).body())


def test_limits_are_those_of_the_code() -> None:
    assert [int(limit) for _, limit in told("## Limits")] == [BYTES, STRETCH, EVERY, LONGEST]


def test_each_place_at_which_a_charter_is_refused_is_told() -> None:
    places = re.findall(r"\{_PLACE\}(\.[a-z]+)", inspect.getsource(charter))
    fields = {f".{name}" for name, _ in told("## What a hardened ledger agrees on")}
    assert {*places} <= fields
