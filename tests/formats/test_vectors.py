"""`docs/formats/vectors.md`: its examples are read as it says, and released files conform to it."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import get_args

import pytest

from checkers.conform.gather import Gatherer, Sources
from checkers.conform.vectors import RELEASED, BadVectors, Tag, Vectors, steps_of
from checkers.lockstep.seek import Seeker
from checkers.market.conforming import sources_of, stage_of
from checkers.market.subjects import SUBJECTS
from tests.support.formats import (
    Example,
    Examples,
    Json,
    Refusal,
    examples,
    is_valid,
    rows,
    text,
)
from tests.support.locked import STAGE

PAGE = "vectors"
FILES = sorted(RELEASED.glob("*.json"))
QUICK = "bisection"
REPLACED = "key was not replaced before the step was assigned"


def conforms(file: Json) -> bool:
    return is_valid("vectors.schema.json#/$defs/file", file)


def _read(vectors: Json, **_: Json) -> Example:
    try:
        read = Vectors.parse(vectors)
        Gatherer(STAGE, Sources()).writer.check(read)
    except BadVectors as error:
        raise Refusal(error.code) from None
    return {"steps": read.steps}


class TestExamples(Examples):
    page, does = PAGE, {"read": _read}


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


# Guards in succession whose order no vector fixes: no step was found that both refuse first.
UNFIXED = {
    ("basic", "wait", "request is registered", "a step is left"),
    ("orchestrated", "send", "request is registered", "input is the consumer's to send"),
    ("orchestrated", "stall", "request is registered", "something is left to do"),
    ("bisection", "claim", "executor has the turn", "more than one step is left"),
    *(
        (machine, *guards)
        for machine in ("hardened_at_work", "hardened")
        for guards in (
            ("demand", "data is not published", "party can pay the toll"),
            ("dispute", "step is one of the request's", "party has a part in the request"),
            ("audit", "step is one of the request's", "audits are drawn"),
        )
    ),
    ("hardened_at_work", "activate", "version is proposed", "every provider has signed"),
    ("hardened", "hand_over", "vendor holds the step", "component is not acknowledged"),
    ("hardened", "equivocate", REPLACED, "key is or was in force"),
    ("hardened", "audit", "step is drawn for an audit", "step was not audited before"),
    ("hardened", "forge", "step is recorded", "no other output is signed"),
}


def unfixed(name: str) -> Iterator[tuple[str, str, str, str]]:
    """Of each action, those guards in succession that never refuse it first together."""
    stage, vectors = stage_of(SUBJECTS[name]), Vectors.read(RELEASED / f"{name}.json")
    seeker = Seeker(Gatherer(stage, Sources()).lockstep)
    runs = [steps_of(vector, stage) for vector in vectors.vectors if vector.tag == "order"]
    fixed = {(run[-1][0].name, *seeker.refused_after(run[:-1], run[-1])[:2]) for run in runs}
    never = {(action, reason) for action, reason, _ in vectors.unreached}
    for action, reasons in seeker.lockstep.reasons.items():
        reached = [each for each in dict.fromkeys(reasons) if (action, each) not in never]
        pairs = ((name, action, *pair) for pair in pairwise(reached))
        yield from (pair for pair in pairs if pair[1:] not in fixed)


def test_the_order_of_guards_is_fixed_wherever_it_is_known_to_matter() -> None:
    assert {found for path in FILES for found in unfixed(path.stem)} == UNFIXED


def test_what_is_released_is_small() -> None:
    assert FILES
    assert sum(path.stat().st_size for path in FILES) < 5 * 2**20
