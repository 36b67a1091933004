"""`docs/formats/digests.md`: its examples are what the code digests, and its tables are whole."""

import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha3_256
from pathlib import Path

from blake3 import blake3

from impl.hardened.chance import drawn
from spec.bytes.digest import digest, expand
from spec.bytes.encoding import encode
from spec.bytes.suite import SUITES, Field, keccak256
from tests.support.formats import (
    Example,
    Examples,
    Json,
    Refusal,
    accepted,
    bytes_of,
    examples,
    rows,
    section,
    value,
    written,
)

PAGE = "digests"
ROOT = Path(__file__).parent.parent.parent
DOMAIN = re.compile(r"""\b(?:digest|expand|bind)\(\s*"([a-z-]+)",""")
BOUND = re.compile(r"""\bbind\(\s*"([a-z-]+)",""")
NAME = re.compile("`([^`]+)`")


def fields_of(given: Json) -> list[Field]:
    """The fields that an example has bound."""
    found = value(given)
    assert isinstance(found, list)
    return [field for field in found if isinstance(field, int | str | bytes)]


def word(field: Field) -> bytes:
    """A field as a word, where nothing that is not of 32 bytes is hashed first."""
    match field:
        case int():
            return field.to_bytes(32)
        case str():
            return field.encode().ljust(32, b"\0")
    return field.ljust(32, b"\0")


MISTAKES: Mapping[str, Callable[[str, bytes], bytes]] = {
    "bare": lambda domain, data: blake3(data).digest(),
    "prefix": lambda domain, data: blake3(f"tallystick/v1/{domain}".encode() + data).digest(),
    "context": lambda domain, data: blake3(data, derive_key_context=domain).digest(),
}
"""By its code, what a digest is taken for."""
MISBOUND: Mapping[str, Callable[[str, list[Field]], bytes]] = {
    "sha3": lambda domain, fields: sha3_256(b"".join(map(hashed_word, (domain, *fields)))).digest(),
    "packed": lambda domain, fields: keccak256(b"".join(map(word, (domain, *fields)))),
    "joined": lambda domain, fields: digest(domain, b"".join(map(encode, fields))),
}


def hashed_word(field: Field) -> bytes:
    """A field as a word."""
    if isinstance(field, str):
        return keccak256(field.encode())
    return word(field) if isinstance(field, int) or len(field) == 32 else keccak256(field)


def checked(told: str, right: bytes, wrong: Mapping[str, bytes]) -> bytes:
    """The right digest, if that is told. Raises Refusal, with what was taken for it."""
    found = bytes_of(told)
    for code, data in wrong.items():
        if found == data:
            raise Refusal(code)
    return right


def _digest(domain: str, data: str, digest: str) -> Example:
    given = bytes_of(data)
    wrong = {code: mistake(domain, given) for code, mistake in MISTAKES.items()}
    return {"digest": written(checked(digest, _right(domain, given), wrong))}


_right = digest


def _expand(domain: str, data: str, length: int, **_: Json) -> Example:
    return {"bytes": written(expand(domain, bytes_of(data), length))}


def _bind(suite: str, domain: str, fields: Json, digest: str) -> Example:
    if suite not in SUITES:
        raise Refusal("suite")
    given = fields_of(fields)
    wrong = {code: mistake(domain, given) for code, mistake in MISBOUND.items()}
    return {"digest": written(checked(digest, SUITES[suite].bind(domain, *given), wrong))}


def _draw(
    suite: str, holders: Sequence[str], seed: str, step: int, attempt: int, **_: Json
) -> Example:
    held = [bytes_of(holder) for holder in holders]
    by, data, attempts = SUITES[suite], bytes_of(seed), range(attempt + 1)
    numbers = [int.from_bytes(by.bind("draw", data, step, number)) for number in attempts]
    return {
        "numbers": [str(number) for number in numbers],
        "drawn": [written(drawn(by, held, data, step, number)) for number in attempts],
    }


class TestExamples(Examples):
    page, does = PAGE, {"digest": _digest, "expand": _expand, "bind": _bind, "draw": _draw}

    def changeable(self) -> list[Example]:
        """Also what is refused, for it is what somebody computed who made one mistake."""
        return [e for e in examples(PAGE) if e.get("refused") != "suite"]


def test_a_shorter_answer_begins_a_longer_one() -> None:
    [short, long] = [bytes_of(e["bytes"]) for e in accepted(PAGE) if e["do"] == "expand"]
    assert len(short) < len(long)
    assert long.startswith(short)


def test_each_refusal_has_an_example() -> None:
    told = {row[0].strip("`") for row in rows(section(PAGE, "## What must be refused"))}
    assert told == {*MISTAKES, *MISBOUND, "suite"}
    assert told == {e["refused"] for e in examples(PAGE) if "refused" in e}


def test_the_table_names_every_suite() -> None:
    assert [row[0].strip("`") for row in rows(section(PAGE, "## Suites"))] == [*SUITES]


def test_the_table_names_every_domain_which_stands_for_one_thing() -> None:
    """Each is digested in one place; two could give it two meanings."""
    told = [name for row in rows(section(PAGE, "## Domains")) for name in NAME.findall(row[0])]
    texts = [path.read_text() for room in ("spec", "impl") for path in (ROOT / room).rglob("*.py")]
    assert sorted(told) == sorted(domain for said in texts for domain in DOMAIN.findall(said))


def test_the_table_names_what_is_bound() -> None:
    told = [row[0].strip("`") for row in rows(section(PAGE, "## What a contract binds"))]
    texts = [path.read_text() for path in (ROOT / "impl").rglob("*.py")]
    assert sorted(told) == sorted({domain for said in texts for domain in BOUND.findall(said)})
