"""`docs/formats/transactions.md`: its examples are taken or refused, and its tables are whole."""

import re
from collections.abc import Callable, Mapping, Sequence
from inspect import getattr_static, signature
from typing import get_args, get_origin

import numpy as np
import pytest

from checkers.market.variants import CONTRACTS
from impl.hardened.terms import _TERMS as TERMS
from impl.hardened.terms import AT_ONCE, NAME, ROUNDS, Terms
from impl.ledger.admission import Admission
from impl.ledger.chain import Chain
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.limits import BYTES, DEPTH, HANDFUL, PIECE, VALUES, pieces
from impl.ledger.transaction import Refused, Transaction, parse, rotation
from spec.bytes.encoding import Value, decode, encode
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
from tests.support.reasons import MALFORMED, reasons

PAGE = "transactions"
NAMES: Mapping[type, str] = {
    bool: "truth value",
    int: "integer",
    str: "text",
    bytes: "bytes",
    list: "list",
    dict: "dictionary",
}
VARIANT = pytest.mark.parametrize("variant", CONTRACTS)


def named(hint: object) -> str:
    """How a page calls a type."""
    parts = get_args(hint)
    if get_origin(hint) is list:
        return f"list of {named(parts[0]).replace('list of', 'lists of')}"
    kind = get_origin(hint) or hint
    assert isinstance(kind, type)
    return NAMES[kind]


def fields_of(variant: str, kind: str) -> str:
    """The fields of the body of a kind, as a page tells them."""
    contract = CONTRACTS[variant]
    declared = contract.kinds[kind]
    method = getattr_static(contract, kind)
    hints = {name: field.annotation for name, field in signature(method).parameters.items()}
    assert all((get_origin(hints[name]) or hints[name]) is declared[name] for name in declared)
    return ", ".join(f"`{name}` {named(hints[name])}" for name in declared) or "none"


def reasons_of(variant: str, kind: str) -> str:
    """For which reasons a kind is refused, as a page tells them."""
    return "; ".join(reasons(CONTRACTS[variant], kind)) or "none"


def _sign(seed: str, transaction: Json, **_: Json) -> Example:
    ledger, author = (bytes_of(transaction[name]) for name in ("ledger", "author"))
    nonce, body = int(transaction["nonce"]), value({"dict": transaction["body"]})
    assert isinstance(body, dict)
    said = Transaction(ledger, transaction["kind"], author, nonce, body)
    data = said.signed(SigningKey.from_seed(bytes_of(seed)))
    assert parse(data).transaction == said
    return {"message": written(encode(said.fields())), "bytes": written(data)}


def _rotate(seed: str, new: str, ledger: str, author: str, nonce: int, **_: Json) -> Example:
    old, brought = (SigningKey.from_seed(bytes_of(secret)) for secret in (seed, new))
    said = rotation(bytes_of(ledger), bytes_of(author), nonce, brought)
    bare = said.fields() | {"body": {"key": brought.public}}
    return {"proved": written(encode(bare)), "bytes": written(said.signed(old))}


def _admit(variant: str, genesis: str, said: Sequence[str], bytes: str, **_: Json) -> Example:
    try:
        chain = Chain.begin(Genesis.parse(bytes_of(genesis)), CONTRACTS[variant])
        for data in (*said, bytes):
            chain.admission.admit(bytes_of(data))
    except Refused as refused:
        raise Refusal(refused.reason) from None
    author = parse(bytes_of(bytes)).transaction.author
    admitted = chain.admission
    return {"next": admitted.next_nonce(author), "key": written(admitted.keys_of(author)[-1])}


def _name(terms: Json, **_: Json) -> Example:
    try:
        return {"version": written(Terms.parse(value({"dict": terms})).root)}
    except Refused as refused:
        raise Refusal(refused.reason) from None


class TestExamples(Examples):
    page, does = PAGE, {"sign": _sign, "rotate": _rotate, "admit": _admit, "name": _name}


@pytest.mark.parametrize(
    "example", [e for e in examples(PAGE) if "refused" in e and e.get("said")], ids=str
)
def test_only_the_last_of_what_is_said_is_refused(example: Example) -> None:
    *before, last = example["said"]
    _admit(**{**example, "said": before, "bytes": last})


def test_the_fields_are_those_of_the_code() -> None:
    told = [(row[0].strip("`"), row[1]) for row in rows(section(PAGE, "## Fields"))]
    example = next(e for e in examples(PAGE) if e["do"] == "sign")
    signed = decode(bytes_of(example["bytes"]))
    assert isinstance(signed, dict)
    assert told == [(name, NAMES[type(signed[name])]) for name, _ in told]
    assert {name for name, _ in told} == signed.keys()


def test_limits_are_those_of_the_code() -> None:
    told = [int(row[1]) for row in rows(section(PAGE, "## Limits"))]
    assert told == [BYTES, VALUES, DEPTH, PIECE, HANDFUL]
    bodies = [encode([0] * (HANDFUL - 2)), encode([0] * (HANDFUL - 1))]
    bodies += [encode(bytes(PIECE - 4)), encode(bytes(PIECE - 3))]
    assert [*map(pieces, bodies)] == [1, 2, 1, 2]


def test_the_ledger_refuses_in_the_order_of_the_table() -> None:
    told = [row[1] for row in rows(section(PAGE, "## What must be refused, and in which order"))]
    asked = reasons(Admission, "admit")
    heard = reasons(CONTRACTS["hardened"], "hear")
    rotation = asked.index("key is new to the author")  # a contract hears its author before
    assert told == [*asked[:rotation], *heard, *asked[rotation:], MALFORMED, *heard]
    assert [reasons(CONTRACTS[variant], "hear") for variant in ("basic", "orchestrated")] == [
        []
    ] * 2


@VARIANT
def test_kinds_their_fields_and_their_reasons_are_those_of_the_code(variant: str) -> None:
    told = rows(section(PAGE, f"### {variant}"))
    kinds = sorted(CONTRACTS[variant].kinds)
    assert [row[0].strip("`") for row in told] == kinds
    assert [row[1] for row in told] == [fields_of(variant, kind) for kind in kinds]
    assert [row[2] for row in told] == [reasons_of(variant, kind) for kind in kinds]


def test_the_fields_of_terms_are_those_of_the_code() -> None:
    told = [(row[0].strip("`"), row[1]) for row in rows(section(PAGE, "### Terms"))]
    assert told == [(name, NAMES[kind]) for name, kind in TERMS.items()]
    for limit in (NAME, AT_ONCE, ROUNDS):
        assert re.search(rf"\b{limit}\b", section(PAGE, "### Terms"))


SAID: Mapping[str, Callable[[], Value]] = {
    "as many values": lambda: [0] * (VALUES - 17),
    "too many values": lambda: [0] * (VALUES - 16),
    "as deep": lambda: nested(DEPTH - 2),
    "too deep": lambda: nested(DEPTH - 1),
    "as many tensors": lambda: [np.zeros(1, np.int8)] * ((VALUES - 17) // 6),
    "too many tensors": lambda: [np.zeros(1, np.int8)] * ((VALUES - 17) // 6 + 1),
    "a tensor as deep": lambda: nested(DEPTH - 5, np.zeros(1, np.int8)),
    "a tensor too deep": lambda: nested(DEPTH - 4, np.zeros(1, np.int8)),
}


def nested(depth: int, *inner: Value) -> Value:
    """Lists within lists, and what is in the last of them."""
    found: Value = [*inner]
    for _ in range(depth - 1):
        found = [found]
    return found


@pytest.mark.parametrize("what", SAID)
def test_values_and_containers_are_counted_as_the_page_counts_them(what: str) -> None:
    """A transaction with one field of its body has 16 keys and values but for what is in it."""
    key = SigningKey.from_seed(bytes(32))
    data = Transaction(bytes(32), "kind", key.public, 0, {"field": SAID[what]()}).signed(key)
    if "too" not in what:
        parse(data)
    else:
        with pytest.raises(Refused, match=r"more than|nested"):
            parse(data)
