"""What is told of a program that is wrong is told in its own terms, and names what to mend."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from checkers.conform.conform import hold
from checkers.conform.conformance import Conformance
from checkers.conform.gather import Gatherer, Sources
from checkers.conform.serve import Server
from checkers.conform.stage import Stage
from checkers.conform.values import Unreadable
from checkers.conform.written import line, parse
from checkers.market.conforming import stage_of
from checkers.market.subjects import SUBJECTS
from spec.basic.state import Data, Record, Request
from spec.notation.sorts import SortType
from tests.support.escrow import Money, escrow
from tests.support.locked import LOCK_MACHINE, LOCK_SETUP, STAGE
from tests.support.wrong import program

LOCK = Gatherer(STAGE, Sources(walks=30, seeks=10)).gather()
ESCROW = Gatherer(Stage.of(escrow), Sources(walks=5, seeks=5)).gather()
SPOILED = """
import json, sys
from checkers.conform.serve import Server
from tests.support.locked import LOCK_MACHINE, LOCK_SETUP

server = Server(LOCK_MACHINE, LOCK_SETUP)
for line in sys.stdin:
    said = json.loads(server.answer(line.encode()))
    hello, state, took = "name" in said, said.get("state"), "accepted" in said
    exec(sys.argv[1])
    print(json.dumps(said), flush=True)
"""


def spoiled(change: str) -> Conformance:
    """What comes of the lock whose answers are changed."""
    return hold(STAGE, [sys.executable, "-c", SPOILED, change], LOCK, runs=1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("if state: state['held'] = 0", "state.held: 0 is no truth value: give one of false, true"),
        ("if state: state['held'] = 'true'", 'state.held: "true" is no truth value'),
        ("if state and not state['held']: state['holds'] = {}", "state.holds: {}: give a list of"),
        ("if state and not state['held']: state['holds'] = ''", 'state.holds: "": give a list of'),
        (
            "if state: state['holds'] = [['client0', True]]",
            'state.holds: ["client0",true]: give a list of entries [[Client], truth value]',
        ),
        (
            "if state: state['holds'] = [[[0], True]]",
            '0 is no Client: give one of "client0", "client1", "client2"',
        ),
        ("if state: del state['holds']", "state has no holds, which hello lists in fields"),
        ("if state: state['hold'] = 1", "state.hold: lock has no such field"),
        ("if state: said['state'] = None", "state is null: give an object"),
        ("if took: said['accepted'] = 1", '{"accepted":1} answers no take'),
        ("if hello: del said['order']", 'hello has no "order": give true or false'),
        ("if hello: said['actions'] = []", "hello.actions: there is none; give those that it"),
        ("if hello: said['order'] = 1", "hello.order: 1 is not true or false"),
        ("if hello: said['fields'] = 'held'", 'hello.fields: "held" is not a list'),
        ("if hello: said['restarts'] = [None]", "hello.restarts: null is none of clean, kill"),
        ("said['id'] = str(said['id'])", 'repeat the "id" of the request as it came: the number 0'),
        ("if took: said['failed'] = 'no room'", '): it says that it failed: "no room"'),
    ],
)
def test_what_is_no_answer_is_told_in_terms_of_json(change: str, words: str) -> None:
    found = spoiled(change)
    assert words in str(found.faults[0])
    assert not found.replayed.otherwise
    assert not any(python in str(found) for python in ("True", "False", "None", "Setup"))
    assert "is it this machine" not in str(found)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"do": "hello"}, "hello has nothing beside id and do: give protocol, machine"),
        (
            {"do": "take", "action": "acquire"},
            "take has action beside id and do: give action, args",
        ),
        ({"do": "state", "of": 1}, "state has of beside id and do: give nothing"),
        ({"do": None}, "do is null: give one of hello, open"),
        ({"do": []}, "do is []: give one of hello, open"),
    ],
)
def test_a_request_that_is_none_is_told_what_to_give(asked: dict[str, object], words: str) -> None:
    server = Server(LOCK_MACHINE, LOCK_SETUP)
    assert str(parse(server.answer(line({"id": 0, **asked})))["failed"]).startswith(words)


def test_a_fault_names_what_was_asked_for_and_how_many_vectors_had_one() -> None:
    found = spoiled("if took: said['failed'] = 'no room'")
    assert "asked for acquire(client" in str(found.faults[0])
    tried = len(LOCK.vectors) - found.replayed.left_out.total()
    of_vectors = found.verdicts["does what vectors say"].words
    assert of_vectors.startswith(f"refuted: {len(found.faults)} of {tried} vectors, first failed: ")


def test_fields_that_are_not_listed_are_not_compared() -> None:
    found = spoiled("if hello: said['fields'] = ['held']\nif state: state['holds'] = 0")
    assert not found.failed
    assert found.unsupported == ["field holds"]


def test_what_every_vector_shows_otherwise_may_be_another_machine() -> None:
    found = spoiled("if took or 'refused' in said: said = {'id': said['id'], 'refused': 'no'}")
    assert "every vector comes out otherwise: is it this machine, at these sizes?" in str(found)


@pytest.mark.parametrize(
    ("written", "sort", "words"),
    [
        ("0", Record, '"0" is no Record: write it as a number'),
        (7, Record, "7 is no Record: give one of 0, 1, 2, 3, 4, 5, 6"),
        (True, Request, "true is no Request: give one of 0, 1, 2"),
        ("data9", Data, '"data9" is no Data: give one of "data0", "data1", "data2"'),
    ],
)
def test_a_value_that_is_none_is_told_with_those_there_are(
    written: object, sort: SortType, words: str
) -> None:
    notation = stage_of(SUBJECTS["basic"]).notation
    with pytest.raises(Unreadable) as told:
        notation.read(written, sort)
    assert str(told.value) == words


def test_of_many_values_the_first_and_the_last_are_told() -> None:
    notation = stage_of(SUBJECTS["hardened"]).notation
    [percent] = [sort for sort in notation.machine.sorts if sort.__name__ == "Percent"]
    with pytest.raises(Unreadable, match="give one of 0 to 100"):
        notation.read(101, percent)


def test_of_a_state_only_what_differs_is_shown_and_of_vectors_one() -> None:
    found = hold(Stage.of(escrow), program("late deadline"), ESCROW, runs=1)
    said = str(found)
    assert said.count("vector that comes out otherwise") == 1
    steps = 1 + min(each.step for each in found.replayed.otherwise)
    _, _, shown = said.partition("the shortest vector that comes out otherwise:\n")
    assert shown.count("(order") == steps
    differs = r'{"deadline":[[["order'
    assert f"state after it: {differs}" in shown
    assert f"shown:          {differs}" in shown
    assert '],[["order' not in shown


def test_a_kill_is_told_from_a_restart_in_good_order() -> None:
    found = hold(Stage.of(escrow), program("keeps nothing"), ESCROW, runs=10)
    assert found.divergence
    assert "kill and start again" in str(found.divergence)


def test_what_differs_is_written_as_the_program_writes_it() -> None:
    found = hold(Stage.of(escrow), program("the seller is the buyer"), ESCROW, runs=1)
    assert found.divergence
    assert ': specification "party' in found.divergence.how
    assert Money in escrow.sorts


def test_whatever_a_program_says_junit_is_xml() -> None:
    name = "\0\x1b[31m\ufffe <b>"
    found = spoiled(f"if hello: said['name'] = {name!r}\nif took: said['failed'] = {name!r}")
    assert found.hello
    assert found.hello.name == name
    assert ElementTree.fromstring(found.junit()).find("testcase/failure") is not None


def test_an_answer_that_is_late_does_not_hide_a_fault_that_comes_later(tmp_path: Path) -> None:
    once = f"not os.path.exists({str(tmp_path / 'once')!r})"
    late = f"{{open({str(tmp_path / 'once')!r}, 'x'), time.sleep(60)}}"
    found = spoiled(f"import os, time\nif took: said['failed'] = {once} and {late} or 'no room'")
    assert {fault.fault for fault in found.faults} == {"hung", "failed"}
    assert found.failed
    assert not found.undecided


@pytest.mark.parametrize("fault", ["keeps nothing", "stops the clock"])
def test_each_way_to_restart_is_tried_also_where_few_steps_are_taken(fault: str) -> None:
    found = hold(Stage.of(escrow), program(fault), ESCROW, runs=1, steps=2)
    assert found.divergence
