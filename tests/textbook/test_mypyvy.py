"""The machines without published counts: against a plain search, and against what they say."""

from importlib import import_module
from typing import Any

import attrs
import pytest

from checkers.explore.ending import ENDS
from checkers.explore.explorer import explore
from checkers.explore.lasso import terminate
from checkers.prove.typespace import TypeSpace
from spec.notation import Action, Machine
from spec.notation.batch import Batch
from spec.notation.sorts import Value
from spec.textbook.consensus import consensus
from spec.textbook.lock_server import lock_server
from spec.textbook.pipeline import pipeline
from spec.textbook.sharded_store import sharded_store
from tests.support.oracle import search
from tests.support.proofs import prove
from tests.support.selection import some_full

MYPYVY: list[Machine[Any]] = [lock_server, sharded_store, consensus]
SMALL: list[tuple[Machine[Any], dict[str, int], list[str]]] = [
    (lock_server, {"Client": 2}, []),
    (lock_server, {"Client": 3}, []),
    (sharded_store, {"Node": 2, "Key": 1, "Content": 2}, ["owner"]),
    (sharded_store, {"Node": 2, "Key": 2, "Content": 1}, ["owner"]),
    (consensus, {"Node": 2, "Quorum": 1, "Choice": 2}, ["member"]),
    (consensus, {"Node": 2, "Quorum": 2, "Choice": 2}, ["member"]),
    (pipeline, {"Request": 2, "Step": 2}, []),
]


@pytest.mark.parametrize(("machine", "sizes", "free"), SMALL)
def test_counts_are_those_of_a_plain_search(
    machine: Machine[Any], sizes: dict[str, int], free: list[str]
) -> None:
    found = explore(machine, machine.scope(**sizes))
    plain = search(machine, machine.scope(**sizes), free)
    assert (found.distinct_states, found.generated_states) == (len(plain.states), plain.generated)


@pytest.mark.parametrize("machine", some_full([*MYPYVY, pipeline], [*MYPYVY, pipeline][1:]))
def test_claims_are_proved_and_witnessed(machine: Machine[Any]) -> None:
    found = explore(machine, machine.scope(), symmetry=True)
    assert not found.violations
    assert not found.unreached
    proof = prove(machine, confirmed=True)
    assert proof.complete
    assert set(proof.answers.values()) == {"unsat"}


@pytest.mark.parametrize("requests", [1, 2, 3])
def test_requests_do_not_touch_each_other(requests: int) -> None:
    scope = pipeline.scope(Request=requests)
    assert explore(pipeline, scope).distinct_states == 39**requests
    reduced = explore(pipeline, scope, symmetry=True)
    assert reduced.symmetric_states == 39**requests


def test_every_request_is_settled() -> None:
    scope = pipeline.scope(Request=2)
    told: list[str] = []
    found = terminate(pipeline, scope, told.append)
    assert found.complete
    assert sum("every step between two states" in line for line in told) == len(
        Batch(pipeline, scope).steps
    )
    assert found.lasso is None
    assert prove(pipeline).status(ENDS) == "proved"


@pytest.mark.parametrize("machine", MYPYVY)
def test_no_lemma_can_be_spared(machine: Machine[Any]) -> None:
    names = {text.__name__ for text in (*machine.always, *machine.lemmas)}
    space = TypeSpace(machine, machine.scope())
    assert space.check(names).losses == 0
    for lemma in machine.lemmas:
        assert space.check(names - {lemma.__name__}).losses > 0


def test_agreement_rests_on_quorums_that_meet() -> None:
    apart = attrs.evolve(consensus, assumptions=())
    assert [v.property for v in explore(apart, apart.scope()).violations] == ["agreement"]


UNSOLICITED = "client has asked"  # a lock that nobody asked for is still only one


def guards(machine: Machine[Any]) -> list[str]:
    """What a machine requires, at the start and of its actions."""
    actions = [Action(machine.init, "init", {}), *machine.actions]
    checks = [check for action in actions for check in machine.read(action).checks]
    return [check.reason for check in checks if check.kind == "guard"]


@pytest.mark.full
@pytest.mark.parametrize(("machine", "reason"), [(m, r) for m in MYPYVY for r in guards(m)])
def test_safety_rests_on_each_guard(
    machine: Machine[Any], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module(f"spec.textbook.{machine.name}")
    require = module.require

    def lenient(condition: Value, why: str) -> None:
        if why != reason:
            require(condition, why)

    monkeypatch.setattr(module, "require", lenient)
    claims = {text.__name__ for text in machine.always}
    found = explore(machine, machine.scope(), until=claims)
    lost = set() if reason == UNSOLICITED else claims
    assert {v.property for v in found.violations} == lost
    assert prove(machine).complete == (reason == UNSOLICITED)
