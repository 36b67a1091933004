"""Traces: a text that people can follow, and ITF JSON that trace viewers open."""

import json
from enum import Enum
from typing import Any, get_args

import attrs
import pytest

from checkers.explore.engine import Engine
from checkers.explore.explorer import explore
from checkers.market.subjects import find_machine
from checkers.traces.itf import itf
from checkers.traces.trace import Trace, replay
from spec.notation import (
    Fun,
    Machine,
    Map,
    Ordinal,
    OutOfRange,
    Refused,
    Sort,
    action,
    all_of,
    forall,
    not_,
    require,
    state,
)
from spec.notation.machine import Accountability, Role
from spec.textbook.die_hard import die_hard


class Guest(Sort): ...


class Room(Sort): ...


class Nights(Ordinal): ...


class Desk(Enum):
    CLOSED = 0
    OPEN = 1


@state
class Hotel:
    allowed: Fun[[Room], Nights]
    desk: Desk
    guests: Nights
    nights: Map[tuple[Guest, Room], Nights]
    inside: Map[Guest, bool]


def init(s: Hotel) -> None:
    s.desk = Desk.CLOSED
    s.guests = Nights(0)
    s.nights.fill(Nights(0))
    s.inside.fill(False)


@action
def open_desk(s: Hotel) -> None:
    require(s.desk == Desk.CLOSED, "the desk is closed")
    s.desk = Desk.OPEN


@action
def stay(s: Hotel, g: Guest, r: Room, n: Nights) -> None:
    require(s.desk == Desk.OPEN, "the desk is open")
    require(n <= s.allowed(r), "the room allows as many nights")
    s.nights[g, r] += n
    s.inside[g] = True
    s.guests += 1


hotel = Machine("hotel", Hotel, init, (open_desk, stay), sizes={Guest: 2, Room: 2, Nights: 4})
scope = hotel.scope()


@pytest.fixture
def trace() -> Trace[Hotel]:
    start = hotel.start(scope, allowed=lambda room: 3 - room)
    return replay(hotel, scope, start, [(open_desk, ()), (stay, (1, 0, 3))])


def test_a_trace_reads_well(trace: Trace[Hotel]) -> None:
    assert trace.length == 2
    assert trace.lines() == [
        "   where allowed(room0) = 3, allowed(room1) = 2",
        "1. open_desk()",
        "     desk: CLOSED -> OPEN",
        "2. stay(guest1, room0, 3)",
        "     guests: 0 -> 1",
        "     nights[guest1, room0]: 0 -> 3",
        "     inside[guest1]: false -> true",
    ]


def test_a_replay_leaves_its_states_alone(trace: Trace[Hotel]) -> None:
    assert [s.desk for s in trace.states] == [Desk.CLOSED, Desk.OPEN, Desk.OPEN]
    nights: list[Any] = [s.nights for s in trace.states]  # plain values, keyed by numbers
    assert [n[1, 0] for n in nights] == [0, 0, 3]


def test_a_replay_refuses_what_cannot_happen(trace: Trace[Hotel]) -> None:
    start = trace.states[0]
    with pytest.raises(Refused, match="the desk is open"):
        replay(hotel, scope, start, [(stay, (0, 0, 1))])
    with pytest.raises(Refused, match="the room allows as many nights"):
        replay(hotel, scope, start, [(open_desk, ()), (stay, (0, 1, 3))])
    with pytest.raises(OutOfRange, match=r"nights: 4 is no Nights"):
        replay(hotel, scope, start, [(open_desk, ()), (stay, (0, 1, 2)), (stay, (0, 1, 2))])


def test_itf_is_as_viewers_take_it(trace: Trace[Hotel]) -> None:
    """Apalache, ADR 15: the Informal Trace Format."""
    written: Any = itf(trace)
    assert json.loads(json.dumps(written)) == written
    assert (written["#meta"]["format"], written["#meta"]["source"]) == ("ITF", "hotel")
    states = written["states"]
    assert [s["#meta"] for s in states] == [{"index": 0}, {"index": 1}, {"index": 2}]
    for s in states:
        assert list(s) == ["#meta", *written["vars"]]
    last = states[-1]
    assert last["desk"] == "OPEN"
    assert last["guests"] == {"#bigint": "1"}
    assert last["inside"] == {"#map": [["guest0", False], ["guest1", True]]}
    assert last["nights"]["#map"][2] == [{"#tup": ["guest1", "room0"]}, {"#bigint": "3"}]
    assert len(last["nights"]["#map"]) == 4


NONE = {"tag": "None", "value": {"#tup": []}}


def some(value: object) -> dict[str, object]:
    return {"tag": "Some", "value": value}


def test_itf_tells_actions_as_tests_that_are_driven_by_it_want_them(trace: Trace[Hotel]) -> None:
    """Quint: the action's name alone, and each parameter of any action with what was picked."""
    states: Any = itf(trace)["states"]
    assert [s["mbt::actionTaken"] for s in states] == ["init", "open_desk", "stay"]
    nothing = {"g": NONE, "r": NONE, "n": NONE}
    picked = {"g": some("guest1"), "r": some("room0"), "n": some({"#bigint": "3"})}
    assert [s["mbt::nondetPicks"] for s in states] == [nothing, nothing, picked]


def test_itf_says_what_the_functions_are(trace: Trace[Hotel]) -> None:
    """Without them nobody could replay the trace."""
    states: Any = itf(trace)["states"]
    allowed = {"#map": [["room0", {"#bigint": "3"}], ["room1", {"#bigint": "2"}]]}
    assert [s["allowed"] for s in states] == [allowed] * 3


def nobody_is_inside(s: Hotel) -> bool:
    return all_of(s.desk == Desk.CLOSED, s.guests == 0) | forall(Guest, lambda g: not_(s.inside[g]))


def test_itf_names_the_part_of_a_property_that_is_false(trace: Trace[Hotel]) -> None:
    """Only in the last state, and only of the property that the trace refutes."""
    told = attrs.evolve(trace, machine=attrs.evolve(hotel, always=(nobody_is_inside,)))
    states: Any = itf(told, refuted="nobody_is_inside")["states"]
    assert [s["tallystick::false"] for s in states[:-1]] == [[], []]
    [false] = states[-1]["tallystick::false"]
    assert false["property"] == "nobody_is_inside"
    assert "inside[guest1] = true" in false["reads"]
    assert itf(told)["states"][-1]["tallystick::false"] == []  # type: ignore[index]  # as above


def deviated(s: Hotel, g: Guest) -> bool:
    return s.inside[g]


def test_itf_says_who_acts_and_whether_everybody_sees_it(trace: Trace[Hotel]) -> None:
    assert "tallystick::actor" not in itf(trace)["vars"]  # type: ignore[operator]  # a list
    said: Accountability[Hotel] = Accountability(
        evidence=["guests"], verdicts=["inside"], roles=[Role(deviated)], over=nobody_is_inside
    )
    told = attrs.evolve(trace, machine=attrs.evolve(hotel, accountability=said))
    states: Any = itf(told)["states"]
    assert [s["tallystick::actor"] for s in states] == [NONE, NONE, some("guest1")]
    assert [s["tallystick::onLedger"] for s in states] == [False, False, True]


@state
class Log:
    """Fields that are called as a trace format calls its own."""

    action: Nights
    index: Nights


def start_log(s: Log) -> None:
    s.action = Nights(0)
    s.index = Nights(0)


@action
def log(s: Log, index: Nights) -> None:
    require(s.action < 2, "there is room")
    s.action = s.action + 1
    s.index = index


def is_short(s: Log) -> bool:
    return s.action < 2


@pytest.mark.parametrize("engine", get_args(Engine))
def test_no_field_is_taken_for_what_itf_tells(engine: Engine) -> None:
    machine = Machine("log", Log, start_log, (log,), always=(is_short,), sizes={Nights: 3})
    [violation] = explore(machine, machine.scope(), engine=engine).violations
    written: Any = itf(violation.trace, refuted="is_short")
    assert len(set(written["vars"])) == len(written["vars"])
    assert [s["action"]["#bigint"] for s in written["states"]] == ["0", "1", "2"]
    assert [s["mbt::actionTaken"] for s in written["states"]] == ["init", "log", "log"]
    assert written["states"][-1]["tallystick::false"][0]["conjunct"] == "(action < 2)"


@pytest.mark.parametrize("name", ["die_hard", "two_phase", "peterson", "ledger"])
@pytest.mark.full
def test_each_step_of_a_trace_says_what_it_changed(name: str) -> None:
    found = explore(find_machine(name), find_machine(name).scope())
    for finding in (*found.violations, *found.witnesses):
        lines = finding.trace.lines()
        steps = [n for n, line in enumerate(lines) if not line.startswith(" ")]
        assert len(steps) == finding.trace.length
        assert all(lines[n + 1].startswith("     ") for n in steps)
        assert [lines[n].split(".")[0] for n in steps] == [
            str(k + 1) for k in range(finding.trace.length)
        ]


def test_the_way_to_four_gallons_ends_with_them() -> None:
    [violation] = explore(die_hard, die_hard.scope()).violations
    states: Any = itf(violation.trace)["states"]
    assert len(states) == 7
    assert [s["big"]["#bigint"] for s in states if s["big"]["#bigint"] == "4"] == ["4"]
    assert states[-1]["big"] == {"#bigint": "4"}
