"""Lemmas that were found are lemmas: inductive, true of larger sizes, and enough."""

from functools import cache
from typing import Any

import attrs
import pytest

from checkers.explore.ending import ENDS
from checkers.explore.explorer import explore
from checkers.market.subjects import find_machine
from checkers.prove import spaces
from checkers.prove.strengthen import strengthen
from checkers.prove.strengthening import Strengthening
from checkers.prove.typespace import TypeSpace
from spec.notation import Ending, action, not_
from spec.textbook.lock_server import Client, LockServer, lock_server
from spec.textbook.two_phase import two_phase
from tests.support.bank import bank, counterfeit, deposit
from tests.support.door import Door, door, turn
from tests.support.proofs import prove
from tests.support.selection import some_full

FOUND = {
    "two_phase": {"Manager": 5},
    "lock_server": {"Client": 4},
    "sharded_store": {"Node": 3, "Key": 1, "Content": 2},
    "consensus": {"Node": 3, "Quorum": 2, "Choice": 2},
    "peterson": {},
}


@pytest.fixture(params=some_full(FOUND, ["sharded_store", "consensus", "peterson"]))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@cache
def found(name: str) -> Strengthening[Any]:
    return strengthen(find_machine(name))


def test_safety_is_proved_with_no_lemma_given(name: str) -> None:
    result = found(name)
    own = {text.__name__ for text in find_machine(name).lemmas}
    assert result.lemmas
    assert not own & {text.__name__ for text in result.machine.lemmas}
    proof = prove(result.machine, confirmed=True)
    assert proof.complete
    assert set(proof.answers.values()) == {"unsat"}


def test_what_was_found_holds_at_larger_sizes(name: str) -> None:
    machine = found(name).machine
    larger = attrs.evolve(machine, always=(*machine.always, *machine.lemmas), lemmas=())
    assert not explore(larger, larger.scope(**FOUND[name])).violations


def test_each_lemma_found_is_needed_at_some_small_size() -> None:
    machine = found("lock_server").machine
    names = [t.__name__ for t in (*machine.always, *machine.lemmas)]
    scope = machine.scope(Client=3)
    assert TypeSpace(machine, scope).check(names).losses == 0
    assert TypeSpace(machine, scope).check(["mutual_exclusion"]).losses > 0


@action
def steal(s: LockServer, c: Client) -> None:
    s.holds[c] = True


def test_nothing_false_is_proved() -> None:
    false = attrs.evolve(lock_server, actions=(*lock_server.actions, steal))
    assert explore(false, false.scope()).violations
    result = strengthen(false, seconds=5)
    assert not result.proof.complete
    assert not strengthen(bank(deposit, counterfeit), seconds=2).proof.complete


def test_what_needs_no_lemma_gets_none() -> None:
    result = strengthen(find_machine("transaction_commit"))
    assert result.proof.complete
    assert result.lemmas == []


def test_a_clause_that_only_small_sizes_have_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """At one manager no two can disagree, so candidates are plenty; for any size most are false."""
    monkeypatch.setattr(spaces, "_LARGEST", 1)
    result: Strengthening[Any] = strengthen(two_phase, seconds=5)
    assert result.proof.complete == prove(result.machine, confirmed=True).complete


def is_open(s: Door) -> bool:
    return s.open


def is_shut(s: Door) -> bool:
    return not_(s.open)


def test_what_is_not_looked_at_is_told() -> None:
    """Nobody takes for proved what else a machine claims."""
    ending: Ending[Door] = Ending(is_shut)
    result = strengthen(door(turn, ending=ending, sometimes=(is_open,)))
    assert not result.undecided
    said = f"not looked at: {ENDS}, is_open; prove looks at an ending, and explore at the rest"
    assert said in str(result)
    assert "with no lemmas: 0 candidates" in str(result)
    assert result.json()["not_looked_at"] == [ENDS, "is_open"]
    assert "not looked at" not in str(strengthen(door(turn)))
