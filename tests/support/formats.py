"""The pages of `docs/formats`: their examples, and values as these are written in JSON.

    .venv/bin/python -m tests.support.formats

writes the examples into the files that are released (`checkers/conform/released/bytes`).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import jsonschema
import numpy as np
import pytest
from referencing import Registry, Resource

from checkers.conform.vectors import EXAMPLES
from spec.bytes.encoding import Tensor, Value

FOLDER = Path(__file__).parent.parent.parent / "docs/formats"
INDEX = "README"
PAGES = sorted(path.stem for path in FOLDER.glob("*.md") if path.stem != INDEX)
"""All of them but the index, by name."""

Json: TypeAlias = Any  # what `json` reads; the schema of a page says what it can be
Example: TypeAlias = dict[str, Json]
Does: TypeAlias = Mapping[str, Callable[..., Example]]
"""What an example can have done, by name: of what it gives, what comes of it, or a Refusal."""

SCHEMAS: dict[str, Json] = {
    path.name: json.loads(path.read_text()) for path in FOLDER.glob("schema/*")
}
_REGISTRY: Registry[Json] = Registry().with_resources(
    (name, Resource.from_contents(schema)) for name, schema in SCHEMAS.items()
)

EXACT = 2**53
"""From here on a JSON number can be another one to whoever reads it, so digits stand as text."""

_FENCE = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\|(.*)\|$", re.MULTILINE)


class Refusal(Exception):
    """What an example gives is refused.

    Attributes:
        code: for which reason.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def is_valid(schema: str, written: Json) -> bool:
    """Whether JSON conforms to a schema, by its file, or to a definition in it."""
    whole = {"$ref": schema}
    return bool(jsonschema.Draft202012Validator(whole, registry=_REGISTRY).is_valid(written))


def text(page: str) -> str:
    """What a page says."""
    return (FOLDER / f"{page}.md").read_text()


def section(page: str, heading: str) -> str:
    """What stands under a heading, up to the next one that is not below it."""
    level = heading.split()[0]
    _, _, rest = text(page).partition(f"\n{heading}\n")
    assert rest, f"{page}: no {heading}"
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(said: str) -> list[list[str]]:
    """The rows of the tables in a text, cell by cell, without their heads."""
    found = _ROW.findall(said)
    rules = {i for i, row in enumerate(found) if set(row) <= {"-", "|"}}
    within = [row for i, row in enumerate(found) if i not in rules and i + 1 not in rules]
    return [[cell.strip() for cell in row.split(" | ")] for row in within]


def examples(page: str) -> list[Example]:
    """The examples of a page, in order."""
    return [json.loads(block) for block in _FENCE.findall(text(page))]


def file_of(page: str) -> str:
    """The file in which the examples of a page are released."""
    told = {"page": SCHEMAS[f"{page}.schema.json"]["title"], "examples": examples(page)}
    return json.dumps(told, indent=1) + "\n"


def accepted(page: str) -> list[Example]:
    """Those whose outcome is no refusal."""
    return [example for example in examples(page) if "refused" not in example]


def retold(does: Does, example: Example) -> Example:
    """What comes of what an example gives, as an example: itself, if it is right."""
    given = {name: part for name, part in example.items() if name not in ("do", "refused")}
    try:
        return {"do": example["do"], **given, **does[example["do"]](**given)}
    except Refusal as refusal:
        return {"do": example["do"], **given, "refused": refusal.code}


class Examples:
    """What holds of the examples of every page; its test is a class of which this is the base.

    Attributes:
        page: by name.
        does: what its examples can have done.
    """

    page: ClassVar[str]
    does: ClassVar[Does]

    def changeable(self) -> list[Example]:
        """Those of which each digit counts."""
        return accepted(self.page)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        chosen = {"example": examples(self.page), "changeable": self.changeable()}
        for name in chosen.keys() & {*metafunc.fixturenames}:
            metafunc.parametrize(name, chosen[name], ids=str)

    def test_an_example_is_what_the_code_makes_of_it(self, example: Example) -> None:
        assert retold(self.does, example) == example

    def test_a_digit_that_is_changed_is_noticed(self, changeable: Example) -> None:
        for other in changed(changeable):
            assert retold(self.does, other) != other


def changed(written: Json) -> Iterator[Json]:
    """The same JSON with one hexadecimal digit changed, for each of its bytes in turn."""
    match written:
        case str() if re.match("0x.", written):
            yield written[:-1] + f"{int(written[-1], 16) ^ 1:x}"
        case list():
            for i, item in enumerate(written):
                yield from ([*written[:i], other, *written[i + 1 :]] for other in changed(item))
        case dict():
            for name, item in written.items():
                yield from ({**written, name: other} for other in changed(item))


def bytes_of(written: str) -> bytes:
    """The bytes that are so written."""
    assert written.startswith("0x")
    return bytes.fromhex(written[2:])


def value(written: Json) -> Value:
    """The value that is so written."""
    match written:
        case str() if written.startswith("0x"):
            return bytes_of(written)
        case str():
            return int(written)
        case list():
            return [value(item) for item in written]
        case {"text": str(said)}:
            return said
        case {"units": list(units)}:
            return b"".join(unit.to_bytes(2, "big") for unit in units).decode(
                "utf-16-be", "surrogatepass"
            )
        case {"nested": [int(depth), inner]}:
            return reduce(lambda within, _: [within], range(depth), value(inner))
        case {"many": [int(count), item]}:
            return [value(item)] * count
        case {"zeros": int(count)}:
            return bytes(count)
        case {"dict": dict(items)}:
            return {key: value(item) for key, item in items.items()}
        case {"tensor": {"bits": bits, "shape": shape, "numbers": numbers}}:
            return np.array([value(n) for n in numbers], f"<i{bits // 8}").reshape(shape)
    assert isinstance(written, bool | int | None)
    return written


def written(value: Value) -> Json:
    """How a value is written."""
    match value:
        case bytes():
            return f"0x{value.hex()}"
        case str():
            return {"text": value}
        case list():
            return [written(item) for item in value]
        case dict():
            return {"dict": {key: written(item) for key, item in value.items()}}
        case np.ndarray():
            return {"tensor": _tensor(value)}
        case int() if abs(value) >= EXACT:
            return str(value)
    return value


def _tensor(tensor: Tensor) -> Json:
    numbers = [written(int(number)) for number in tensor.reshape(-1)]
    return {"bits": 8 * tensor.itemsize, "shape": list(tensor.shape), "numbers": numbers}


def main() -> None:
    """Write the files of all pages."""
    for page in PAGES:
        (EXAMPLES / f"{page}.json").write_text(file_of(page), encoding="utf-8")


if __name__ == "__main__":
    main()
