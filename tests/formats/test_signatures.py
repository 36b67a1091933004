"""`docs/formats/signatures.md`: its examples are what libsodium and a plain reading of it say."""

import re
from collections.abc import Callable, Mapping
from itertools import count

import attrs

from impl.hardened.mail import Message
from impl.ledger.block import Block
from impl.ledger.keys import SigningKey, verify
from impl.ledger.transaction import Transaction, parse_rotation, proves, rotation
from spec.bytes.encoding import Value, decode, encode
from tests.support.ed25519 import ZERO, L, P, Point, broken, on_curve, times
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

PAGE = "signatures"
RULES = ("length", "scalar", "commitment", "key", "equation")


def of_transaction(**fields: Json) -> bytes:
    """What is signed of a transaction with these fields."""
    version = fields.pop("version")
    said = Transaction(**fields).fields()
    assert said["version"] == version
    return encode(said)


SIGNED: Mapping[str, Callable[..., bytes]] = {
    "transaction": of_transaction,
    "block": lambda **fields: Block(**fields).canonical(),
    "message": lambda **fields: encode(attrs.asdict(Message(**fields))),
}
"""What is signed of something with these fields."""


def _sign(seed: str, message: str, **_: Json) -> Example:
    key = SigningKey.from_seed(bytes_of(seed))
    return {"public": written(key.public), "signature": written(key.sign(bytes_of(message)))}


def _verify(public: str, message: str, signature: str) -> Example:
    given = bytes_of(public), bytes_of(message), bytes_of(signature)
    rule = broken(*given)
    assert verify(*given) == (rule is None)
    if rule is not None:
        raise Refusal(rule)
    return {}


def _say(of: str, fields: Json, **_: Json) -> Example:
    return {"message": written(SIGNED[of](**{name: value(f) for name, f in fields.items()}))}


class TestExamples(Examples):
    page, does = PAGE, {"sign": _sign, "verify": _verify, "say": _say}


def test_each_rule_has_an_example() -> None:
    told = [row[0].strip("`") for row in rows(section(PAGE, "## What must be refused"))]
    assert told == [*RULES]
    assert {e["refused"] for e in examples(PAGE) if "refused" in e} == {*RULES}


def test_the_bytes_of_small_order_are_all_that_there_are() -> None:
    told = re.findall("^[0-9a-f]{64}$", section(PAGE, "## Verifying"), re.MULTILINE)
    found = next(filter(None, (multiple(y) for y in count(2))))
    places = {times(number, found)[1] for number in range(8)}
    again = {place + P for place in places if place + P < 2**255}
    assert len(again) == 2
    assert told == [place.to_bytes(32, "little").hex() for place in sorted(places | again)]


def multiple(y: int) -> Point | None:
    """A point of order 8, as a multiple of the one at some place, if that has one."""
    point = on_curve(y, 0)
    found = None if point is None else times(L, point)
    return None if found is None or times(4, found) == ZERO else found


def test_the_table_says_of_each_what_is_signed() -> None:
    told = {row[0].strip("`"): row[1] for row in rows(section(PAGE, "## What is signed"))}
    for example in examples(PAGE):
        if example["do"] == "say":
            named = {name.strip("` ") for name in told[example["of"]].split(",")}
            assert named == example["fields"].keys()
    assert {*told} == {*SIGNED, "rotation", "checkpoint"}


def test_a_new_key_signs_all_but_what_it_signs() -> None:
    """What `rotation` stands for in the table."""
    [old, new] = (SigningKey.from_seed(bytes([seed]) * 32) for seed in (1, 2))
    said = rotation(bytes(32), old.public, 0, new)
    fields: dict[str, Value] = said.fields() | {"body": {"key": new.public}}
    proof = said.body["proof"]
    assert isinstance(proof, bytes)
    assert verify(new.public, encode(fields), proof)
    key, proof = parse_rotation(said)
    assert key == new.public
    assert proves(said, key, proof)


def test_what_is_signed_of_one_thing_is_nothing_of_another() -> None:
    said = [decode(bytes_of(e["message"])) for e in examples(PAGE) if e["do"] == "say"]
    names = [frozenset(fields) for fields in said if isinstance(fields, dict)]
    assert len({*names}) == len(said) == len(SIGNED)
