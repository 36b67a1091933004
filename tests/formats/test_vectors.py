"""`docs/formats/vectors.md`: its examples are read as it says, and released files conform to it."""

import json
from typing import get_args

import pytest

from checkers.conform.gather import Gatherer, Sources
from checkers.conform.vectors import RELEASED, BadVectors, Tag, Taken, Vectors
from checkers.market.conforming import sources_of, stage_of
from checkers.market.subjects import SUBJECTS
from tests.support.formats import (
    Does,
    Example,
    Json,
    Refusal,
    examples,
    is_valid,
    retold,
    rows,
    text,
)
from tests.support.locked import STAGE

PAGE = "vectors"
FILES = sorted(RELEASED.glob("*.json"))
QUICK = "bisection"


def conforms(file: Json) -> bool:
    return is_valid("vectors.schema.json#/$defs/file", file)


def _read(vectors: Json, **_: Json) -> Example:
    try:
        read = Vectors.parse(vectors)
    except BadVectors as error:
        raise Refusal(error.code) from None
    if not all(_is_right(vector.steps, read) for vector in read.vectors):
        raise Refusal("outcome")
    return {"steps": read.steps}


def _is_right(steps: tuple[Taken, ...], read: Vectors) -> bool:
    """Whether the machine says the same of a run."""
    gatherer = Gatherer(STAGE, Sources())
    machine, notation = STAGE.machine, STAGE.notation
    run = []
    for step in steps:
        act = machine.action(step.action)
        run.append((act, notation.read_arguments(act, [*step.args])))
    return gatherer.writer.vector("walk", run).steps == steps


DOES: Does = {"read": _read}


@pytest.mark.parametrize("example", examples(PAGE))
def test_an_example_is_read_as_it_says(example: Example) -> None:
    assert retold(DOES, example) == example


def test_all_tags_and_fields_are_told() -> None:
    told = {row[0] for row in rows(text(PAGE))}
    [whole] = [e["vectors"] for e in examples(PAGE) if "refused" not in e]
    assert {f"`{tag}`" for tag in get_args(Tag)} <= told
    for name in whole:
        assert any(f"`{name}`" in cell for cell in told), name


def test_what_is_gathered_conforms_and_is_read_again() -> None:
    vectors = Gatherer(STAGE, Sources(walks=2, seeks=2)).gather()
    file = json.loads(vectors.text())
    assert conforms(file)
    assert Vectors.parse(file) == vectors
    for name in file:
        assert not conforms({**file, name: 0.5})
        with pytest.raises(BadVectors):
            Vectors.parse({key: value for key, value in file.items() if key != name})
    with pytest.raises(BadVectors):
        Vectors.parse({**file, "more": 0})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_released_file_conforms(path: Json) -> None:
    assert conforms(json.loads(path.read_text()))
    Vectors.read(path)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(path.stem, marks=() if path.stem == QUICK else pytest.mark.full)
        for path in FILES
    ],
)
def test_a_released_file_is_what_is_gathered(name: str) -> None:
    subject = SUBJECTS[name]
    gathered = Gatherer(stage_of(subject), sources_of(subject)).gather()
    assert gathered.text() == (RELEASED / f"{name}.json").read_text()


def test_what_is_released_is_small() -> None:
    assert FILES
    assert sum(path.stat().st_size for path in FILES) < 5 * 2**20
