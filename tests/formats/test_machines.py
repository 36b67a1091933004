"""`docs/formats/machines.md`: its examples are what the README's lock says."""

import inspect
from typing import Any

import pytest

from checkers.conform.values import Unreadable
from checkers.conform.vectors import Writer, address
from checkers.lockstep.driver import Setup
from checkers.lockstep.run import Lockstep
from checkers.market.subjects import SUBJECTS
from spec.notation import Refused
from tests.support.formats import (
    Example,
    Examples,
    Json,
    Refusal,
    examples,
    rows,
    section,
)
from tests.support.locked import STAGE

PAGE = "machines"


def _read(state: Json) -> Any:  # the lock's state, of a class that the README has
    """The state that is so written. Raises Refusal."""
    notation = STAGE.notation
    if state.keys() < notation.fields.keys():
        raise Refusal("field")
    read = notation.read_state(state)
    held = {n: {**STAGE.start.holds, **read[n]} if n == "holds" else read[n] for n in read}
    return STAGE.machine.concrete(STAGE.scope, held)


def _take(before: Json, action: str, args: list[Json], **_: Json) -> Example:
    machine, notation = STAGE.machine, STAGE.notation
    try:
        state, act = _read(before), machine.action(action)
        machine.apply(act, state, notation.read_arguments(act, args), STAGE.scope)
    except Unreadable as error:
        raise Refusal(error.code) from None
    except Refused as refusal:
        raise Refusal(refusal.reason) from None
    return {"after": notation.state({name: getattr(state, name) for name in notation.fields})}


def _address(state: Json, **_: Json) -> Example:
    lockstep = Lockstep(STAGE.machine, STAGE.setup(Setup(open=pytest.fail)))
    writer = Writer(STAGE, lockstep)
    at = writer.keep(_read(state))
    assert at == address(writer.states[at])
    return {"stored": writer.states[at], "address": at}


class TestExamples(Examples):
    page, does = PAGE, {"take": _take, "address": _address}


def test_every_code_has_an_example() -> None:
    codes = {example["refused"] for example in examples(PAGE) if "refused" in example}
    reasons = {c.reason for act in STAGE.machine.actions for c in STAGE.machine.read(act).checks}
    assert codes == {"value", "entry", "field"} | reasons


def test_what_no_ledger_shows_is_what_is_no_evidence() -> None:
    """What a contract finds is neither: it follows from the ledger."""
    told = rows(section(PAGE, "## The marketplace's machines"))
    for name, place, hidden in told:
        machine = SUBJECTS[name.strip("`")].machine
        assert inspect.getfile(machine.state).removesuffix("/state.py").endswith(place.strip("`"))
        unseen = {field.strip("` ") for field in hidden.split(",")}
        assert unseen <= machine.fields.keys()
        if machine.accountability is not None:
            seen = {*machine.accountability.evidence, *machine.accountability.verdicts}
            assert not unseen & seen
