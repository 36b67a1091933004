"""What is explained is so: actions, properties, ways; and states are read as they are written."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkers.explore.explorer import explore
from checkers.market.subjects import find_machine
from checkers.prove.reach import reach
from checkers.traces.explain import explain
from checkers.traces.itf import itf
from checkers.traces.states import concrete, parse_state, read_itf
from checkers.traces.trace import describe
from spec.notation import (
    Machine,
    MachineError,
    Map,
    Ordinal,
    OutOfRange,
    Refused,
    implies,
    state,
)
from spec.textbook.die_hard import die_hard
from spec.textbook.two_phase import two_phase
from tests.support.agreement import contents
from tests.support.club import club
from tests.support.oracle import identity
from tests.support.selection import some_full

SMALL = {"two_phase": {"Manager": 2}, "basic": {"Request": 1, "Data": 1}, "ledger": {}}


@pytest.mark.parametrize("name", some_full(SMALL, ["basic"]))
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_explanations_agree_with_what_happens(name: str, data: st.DataObject) -> None:
    machine = find_machine(name)
    scope = machine.scope(**SMALL[name])
    state = concrete(machine, scope, data.draw(contents(machine, scope)))
    told = explain(machine, scope, state)
    reasons: dict[str, set[str]] = {}
    possible = []
    for act in machine.actions:
        for args in act.instances(scope):
            try:
                machine.apply(act, machine.copy(state), args, scope)
                possible.append(describe(scope, act, args))
            except Refused as refusal:
                reasons.setdefault(act.name, set()).add(str(refusal))
            except OutOfRange:
                reasons.setdefault(act.name, set())
    assert list(told.enabled) == possible
    for act_name, expected in reasons.items():
        given_ = {b.reason for b in told.blocked if b.action.startswith(f"{act_name}(")}
        assert expected <= given_
    texts = {text.__name__: text for text in machine.predicates}
    assert all(machine.holds(texts[held], state, scope) for held in told.holds)
    assert not any(machine.holds(texts[false.property], state, scope) for false in told.falsified)


class Rung(Ordinal):
    pass


@state
class Ladder:
    at: Rung
    sound: Map[Rung, bool]


def foot(s: Ladder) -> None:
    s.at = Rung(0)
    s.sound.fill(False)


def below_is_sound(s: Ladder) -> bool:
    return implies(s.at > 0, s.sound[s.at - 1])


def sound_below(s: Ladder) -> bool:
    return s.sound[s.at - 1]


def test_what_is_read_beside_a_map_is_explained_too() -> None:
    ladder = Machine("ladder", Ladder, foot, (), always=(below_is_sound, sound_below))
    scope = ladder.scope(Rung=2)
    [one, other] = explain(ladder, scope, parse_state(ladder, scope, ["at=1"])).falsified
    assert one.values == other.values == ["at = 1", "sound[0] = false"]
    [undefined] = explain(ladder, scope, parse_state(ladder, scope, ["at=0"])).falsified
    assert undefined.property == "sound_below"


def test_what_is_false_is_named_with_its_values() -> None:
    cells = ["resource[manager0]=COMMITTED", "resource[manager1] = ABORTED"]
    scope = two_phase.scope(Manager=2)
    told = explain(two_phase, scope, parse_state(two_phase, scope, cells))
    lines = told.lines()
    assert (
        "false: consistent: ((resource[manager0] = COMMITTED) implies "
        "not (resource[manager1] = ABORTED)), but resource[manager0] = COMMITTED, "
        "resource[manager1] = ABORTED"
    ) in lines
    assert (
        "refused: count_prepared(manager0) and 1 more: manager has sent Prepared, "
        "but prepared_sent[manager0] = false"
    ) in lines
    assert "possible: abort()" in lines
    assert json.dumps(told.json())


def test_the_shortest_way_is_found_or_there_is_none() -> None:
    scope = die_hard.scope()
    way = reach(die_hard, scope, parse_state(die_hard, scope, ["big=4", "small=3"]))
    assert way.trace is not None
    assert way.trace.length == 6
    none = reach(die_hard, scope, parse_state(die_hard, scope, ["big=1", "small=1"]))
    assert none.trace is None
    assert none.complete


@pytest.mark.parametrize("name", ["two_phase", "die_hard", "basic", "consensus"])
@pytest.mark.full
def test_a_trace_is_read_as_it_was_written(name: str, tmp_path: Path) -> None:
    machine = find_machine(name)
    found = explore(machine, machine.scope())
    for shown in (*found.violations, *found.witnesses):
        path = tmp_path / "trace.itf.json"
        path.write_text(json.dumps(itf(shown.trace)))
        states = read_itf(machine, found.scope, path)
        assert [identity(machine, s, found.scope) for s in states] == [
            identity(machine, s, found.scope) for s in shown.trace.states
        ]


def written(machine: Machine[Any], folder: Path, **changes: object) -> Path:
    trace = itf(explore(machine, machine.scope()).witnesses[0].trace)
    states: Any = trace["states"]
    states[1].update(changes)
    path = folder / "trace.itf.json"
    path.write_text(json.dumps(trace))
    return path


def test_a_trace_of_something_else_is_refused(tmp_path: Path) -> None:
    scope = two_phase.scope()
    missing = tmp_path / "none.json"
    with pytest.raises(MachineError, match="No such file"):
        read_itf(two_phase, scope, missing)
    for nothing in ("[]", "{}", '{"states": []}', '{"states": [1]}', '{"states": 1}', "[" * 9999):
        missing.write_text(nothing)
        with pytest.raises(MachineError, match="is no trace in ITF JSON"):
            read_itf(two_phase, scope, missing)
    with pytest.raises(MachineError, match=r"state 1, coordinator: LOST is no Coordinator; give"):
        read_itf(two_phase, scope, written(two_phase, tmp_path, coordinator="LOST"))
    with pytest.raises(MachineError, match="state 1, counted: this is no map in ITF JSON"):
        read_itf(two_phase, scope, written(two_phase, tmp_path, counted=3))
    with pytest.raises(MachineError, match="3 entries; 4 at this size"):
        read_itf(two_phase, two_phase.scope(Manager=4), written(two_phase, tmp_path))
    with pytest.raises(MachineError, match="there is no big, which die_hard has"):
        read_itf(die_hard, die_hard.scope(), written(two_phase, tmp_path))


@pytest.mark.parametrize(
    ("machine", "cell", "as_shown"),
    [
        (club, "bell=True", "bell=true"),
        (club, "s.bell = True", "bell=true"),
        (club, "members=Count(2)", "members=2"),
        (club, "paid[Count(1)]=True", "paid[1]=true"),
        (club, "s.name[Count(3)] = person1", "name[3]=person1"),
        (two_phase, "coordinator=Coordinator.ABORTED", "coordinator=ABORTED"),
        (two_phase, "s.resource[manager1]=Resource.PREPARED", "resource[manager1]=PREPARED"),
    ],
)
def test_a_cell_may_be_written_as_in_a_protocol(
    machine: Machine[Any], cell: str, as_shown: str
) -> None:
    scope = machine.scope()
    said, shown = (parse_state(machine, scope, [written]) for written in (cell, as_shown))
    start = parse_state(machine, scope, [])
    assert list(machine.cells(said)) == list(machine.cells(shown)) != list(machine.cells(start))


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("coordinator", "coordinator: give CELL=VALUE with a cell of resource"),
        ("turn=1", "turn=1: give CELL=VALUE with a cell of resource"),
        ("commit_sent=TRUE", "commit_sent=TRUE: TRUE is no bool; give one of false, true"),
        ("coordinator=LOST", "coordinator=LOST: LOST is no Coordinator; give one of INIT"),
    ],
)
def test_a_cell_that_is_none_is_refused(cell: str, message: str) -> None:
    with pytest.raises(MachineError) as refusal:
        parse_state(two_phase, two_phase.scope(), [cell])
    assert str(refusal.value).startswith(message)


def test_a_state_is_explained_at_its_own_sizes() -> None:
    large, small = two_phase.scope(Manager=3), two_phase.scope(Manager=2)
    start = two_phase.start(large)
    assert explain(two_phase, large, start).enabled
    with pytest.raises(MachineError, match="the state of two_phase is one at other sizes"):
        explain(two_phase, small, start)
