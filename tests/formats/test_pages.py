"""Pages of formats are whole: each has a version, a schema, examples of both kinds, and a test."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from checkers.conform.vectors import EXAMPLES, RELEASED
from tests.support.formats import (
    INDEX,
    PAGES,
    SCHEMAS,
    Example,
    Json,
    accepted,
    examples,
    file_of,
    is_valid,
    text,
)

PAGE = pytest.mark.parametrize("page", PAGES)
DEEPEST = 32
"""Containers within one another: some readers of JSON stop at 64."""
VERSION = re.compile(r"\A# .+\n\nVersion ([1-9]\d*)\n\n")


def conforms(page: str, example: Example) -> bool:
    return is_valid(f"{page}.schema.json", example)


def depth(read: Json) -> int:
    """How many containers stand within one another."""
    match read:
        case dict():
            return 1 + max(map(depth, read.values()), default=0)
        case list():
            return 1 + max(map(depth, read), default=0)
    return 0


def parts(schema: Json) -> Iterator[Json]:
    """A schema, and all schemas within it."""
    match schema:
        case dict():
            yield schema
            for part in schema.values():
                yield from parts(part)
        case list():
            for part in schema:
                yield from parts(part)


def test_there_are_pages() -> None:
    assert {"encoding"} <= set(PAGES)


@pytest.mark.parametrize("page", [INDEX, *PAGES])
def test_a_page_begins_with_its_version(page: str) -> None:
    assert VERSION.match(text(page))


@PAGE
def test_a_page_is_told_in_the_index_and_has_a_test(page: str) -> None:
    assert f"]({page}.md)" in text(INDEX)
    assert (Path(__file__).parent / f"test_{page}.py").is_file()


def test_no_schema_is_without_its_page() -> None:
    assert {name.removesuffix(".schema.json") for name in SCHEMAS} == {*PAGES}


@PAGE
def test_a_schema_is_one_of_its_page_and_closed(page: str) -> None:
    schema = SCHEMAS[f"{page}.schema.json"]
    jsonschema.Draft202012Validator.check_schema(schema)
    version = VERSION.match(text(page))
    assert version is not None
    assert schema["title"] == f"{page}, version {version[1]}"
    for part in parts(schema):
        assert "properties" not in part or part["additionalProperties"] is False, part


@PAGE
def test_a_page_has_examples_of_what_is_accepted_and_of_what_is_refused(page: str) -> None:
    """Of all that is done one is accepted: who refuses everything does not do it."""
    assert 0 < len(accepted(page)) < len(examples(page))
    assert {e["do"] for e in accepted(page)} == {e["do"] for e in examples(page)}


@PAGE
def test_examples_conform_to_the_schema_and_nothing_else_does(page: str) -> None:
    nothing = 0.5  # no format has fractions
    for example in examples(page):
        assert conforms(page, example), example
        assert not conforms(page, {**example, "more": 0}), "a field more"
        for name in example:
            assert not conforms(page, {**example, name: nothing}), f"{name} of another type"


@PAGE
def test_what_is_released_of_a_page_is_what_it_has(page: str) -> None:
    """`python -m tests.support.formats` writes it."""
    assert (EXAMPLES / f"{page}.json").read_text() == file_of(page)


FILES = sorted({*EXAMPLES.iterdir(), *RELEASED.glob("*.json")})


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_reader_of_json_reads_what_is_released(file: Path) -> None:
    """Some stop at half of a surrogate pair, at a name that comes twice, at NaN, or in the deep."""

    def once(pairs: list[tuple[str, Json]]) -> Json:
        found = dict(pairs)
        assert len(found) == len(pairs), pairs
        return found

    read = json.loads(file.read_text(), object_pairs_hook=once, parse_constant=pytest.fail)
    json.dumps(read, ensure_ascii=False).encode()  # which half a pair has no bytes for
    assert depth(read) <= DEEPEST


def test_nothing_else_is_released() -> None:
    assert {path.stem for path in EXAMPLES.iterdir()} == {*PAGES}


@pytest.mark.parametrize("block", re.findall(r"^```.*$", "".join(map(text, PAGES)), re.MULTILINE))
def test_what_is_fenced_is_an_example_or_plain(block: str) -> None:
    """A block of any other name would look like an example, and no test would run it."""
    assert block in ("```", "```json", "```text")
