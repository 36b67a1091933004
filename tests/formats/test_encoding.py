"""`docs/formats/encoding.md`: its examples are what the encoder and the decoder make of them."""

import ast
import inspect
import re
from collections.abc import Iterator

from spec.bytes import encoding
from spec.bytes.encoding import DEEPEST, LARGEST, LEAST, MANY, MOST, EncodingError, decode, encode
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

PAGE = "encoding"
SAYS = {
    "kind": " has no canonical bytes: ",
    "range": "integer outside |integer below ",
    "surrogate": "text with a lone surrogate",
    "ended": "the bytes end here",
    "trailing": "bytes follow the value",
    "deep": "nested more than",
    "simple": "a float or another simple value",
    "length": "indefinite or reserved length",
    "longer": "is written longer than it need be",
    "utf-8": "text that is not UTF-8",
    "key": "a key that is not text|a key of type ",
    "duplicate": "duplicate key",
    "order": "key out of order",
    "tag": "a tag that is not a tensor's",
    "dimensions": "a tensor without dimensions|a tensor of more than ",
    "size": "a dimension that is not a size",
    "numbers": "a shape of more than ",
    "elements": "a tensor of another element type|array of .* with ",
    "content": " over something else",
    "fill": " bytes do not fill the shape",
}
"""By its code, how the library words a refusal."""


def coded(words: str) -> str:
    """The code of what the library says of a refusal."""
    [code] = [code for code, pattern in SAYS.items() if re.search(pattern, words)]
    return code


def _encode(value: Json, **_: Json) -> Example:
    try:
        given = READ(value)
        data = encode(given)
    except EncodingError as error:
        raise Refusal(coded(str(error))) from None
    assert written(decode(data)) == written(given)
    return {"bytes": written(data)}


def _decode(bytes: str, **_: Json) -> Example:
    try:
        found = decode(bytes_of(bytes))
    except EncodingError as error:
        raise Refusal(coded(str(error))) from None
    return {"value": written(found), "bytes": written(encode(found))}


READ = value


class TestExamples(Examples):
    page, does = PAGE, {"encode": _encode, "decode": _decode}


def wordings() -> Iterator[str]:
    """How the library words its refusals, without what is put in as it runs."""
    for node in ast.walk(ast.parse(inspect.getsource(encoding))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "_Refusal":
            words = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
            yield "".join(map(str, words))


def test_the_table_has_a_code_for_each_refusal_and_each_has_an_example() -> None:
    told = [row[0].strip("`") for row in rows(section(PAGE, "## What must be refused"))]
    assert told == [*SAYS]
    assert {coded(words) for words in filter(None, wordings())} == {*SAYS}
    assert {e["refused"] for e in examples(PAGE) if "refused" in e} == {*SAYS} - {"kind"}


def test_limits_are_those_of_the_code() -> None:
    told = [limit for _, limit in rows(section(PAGE, "## Limits"))]
    assert told == [f"{limit}" for limit in (LEAST, MOST, DEEPEST, MANY, LARGEST)]
