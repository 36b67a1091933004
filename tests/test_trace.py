"""Traces: a text that people can follow, and ITF JSON that trace viewers open."""

import json
from enum import Enum
from typing import Any

import pytest

from checkers.explore import explore
from checkers.registry import MACHINES
from checkers.trace import Trace, replay
from spec.notation import (
    Fun,
    Machine,
    Map,
    Ordinal,
    OutOfRange,
    Refused,
    Sort,
    action,
    require,
    state,
)
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
    itf = trace.itf()
    assert json.loads(json.dumps(itf)) == itf
    assert itf["#meta"] == {"format": "ITF", "source": "hotel"}
    states: Any = itf["states"]
    assert [s["#meta"] for s in states] == [{"index": 0}, {"index": 1}, {"index": 2}]
    assert [s["action"] for s in states] == ["init", "open_desk()", "stay(guest1, room0, 3)"]
    for s in states:
        assert list(s) == ["#meta", *itf["vars"]]  # type: ignore[misc]  # a list, in an object
    last = states[-1]
    assert last["desk"] == "OPEN"
    assert last["guests"] == {"#bigint": "1"}
    assert last["inside"] == {"#map": [["guest0", False], ["guest1", True]]}
    assert last["nights"]["#map"][2] == [{"#tup": ["guest1", "room0"]}, {"#bigint": "3"}]
    assert len(last["nights"]["#map"]) == 4


def test_itf_says_what_the_functions_are(trace: Trace[Hotel]) -> None:
    """Without them nobody could replay the trace."""
    states: Any = trace.itf()["states"]
    allowed = {"#map": [["room0", {"#bigint": "3"}], ["room1", {"#bigint": "2"}]]}
    assert [s["allowed"] for s in states] == [allowed] * 3


@pytest.mark.parametrize("name", ["die_hard", "two_phase", "peterson", "ledger"])
def test_each_step_of_a_trace_says_what_it_changed(name: str) -> None:
    found = explore(MACHINES[name], MACHINES[name].scope())
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
    states: Any = violation.trace.itf()["states"]
    assert len(states) == 7
    assert [s["big"]["#bigint"] for s in states if s["big"]["#bigint"] == "4"] == ["4"]
    assert states[-1]["big"] == {"#bigint": "4"}
