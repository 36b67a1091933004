"""`docs/formats/vectors.md`: its examples are read as it says, and released files conform to it."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import get_args

import pytest

from checkers.conform.effects import Effects
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
_BY_SENDER = "s.deviated[p] = s.deviated[p] | is_withheld(s, r)"
_BY_CONSUMER = "s.deviated[c] = s.deviated[c] | is_withheld(s, r)"
_NO_TOLL = "s.toll_paid[r] = Money(0)"
_TIME = "s.left[r] = s.window(phase)"
_FLED = "s.fled[r, i] = is_signed_twice(s, r, i) & not_(could_show)"
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


# Assignments that no vector shows, and why none can: what they write stands there already.
UNSHOWN = {
    ("ledger", "submit", "s.rotates[s.height] = False"): "a place is taken once",
    ("orchestrated", "register", "s.provider[a] = s.owner(m)"): "all models are of one provider",
    **{
        (machine, *assignment): why
        for machine in ("hardened_at_work", "hardened")
        for assignment, why in {
            ("lapse", "s.surety[r] -= short"): "nobody is paid yet",
            ("pass_over", "s.phase[r] = phase"): "the request is routed as it was",
            ("withhold", "s.pot[r, i] -= amends"): "there are none: nothing is published",
            ("withhold_input", "s.escrow[r] -= amends"): "there are none: nothing is published",
            ("show_bad", _BY_SENDER): "what is bad is published, and so not withheld",
            ("show_bad_input", _BY_CONSUMER): "what is bad is published, and so not withheld",
            ("show_bad", _NO_TOLL): "whoever published has the toll",
            ("show_bad_input", _NO_TOLL): "whoever published has the toll",
            ("concede", _TIME): "the window goes on, as is written next",
            ("dismiss", _TIME): "the window goes on, as is written next",
            ("collect", _FLED): "whoever waits for the lock to end could be shown until then",
        }.items()
    },
    ("hardened_at_work", "assign", "s.since[r, i] = s.in_force[v]"): "no key is replaced",
    ("hardened_at_work", "equivocate", "s.second[r, i] = k"): "no key is replaced",
}
UNSHOWN_ANYWHERE = {
    "s.hindered[r] = False": "nobody is hindered as long as no assumption fails",
    "s.uncovered[r] = short - covered": "the stakes cover every price",
}


def unshown(name: str) -> Iterator[tuple[str, str, str]]:
    """The assignments without which every step of the vectors comes to the same."""
    subject = SUBJECTS[name]
    stage, vectors = stage_of(subject), Vectors.read(RELEASED / f"{name}.json")
    effects = Effects(Gatherer(stage, Sources()).lockstep, dormant=sources_of(subject).dormant)
    for vector in vectors.vectors:
        effects.follow(steps_of(vector, stage))
    yield from ((name, effect.action.name, effect.said) for effect in effects.left)


def test_each_assignment_that_is_left_out_is_noticed() -> None:
    found = [each for path in FILES for each in unshown(path.stem)]
    assert {each for each in found if each[2] not in UNSHOWN_ANYWHERE} == UNSHOWN.keys()
    assert {said for *_, said in found} >= UNSHOWN_ANYWHERE.keys()


def test_what_is_released_is_small() -> None:
    assert FILES
    assert sum(path.stat().st_size for path in FILES) < 5 * 2**20
