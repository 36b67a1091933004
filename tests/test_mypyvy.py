"""The machines without published counts: against a plain search, and against what they say."""

from typing import Any

import attrs
import pytest

from checkers.explore import explore
from checkers.lasso import find_lasso
from checkers.prove import prove
from checkers.termination import ENDS
from spec.notation import Machine
from spec.notation.sorts import Value
from spec.textbook.consensus import consensus
from spec.textbook.lock_server import lock_server
from spec.textbook.pipeline import pipeline
from spec.textbook.sharded_store import sharded_store
from tests.oracle import search

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


@pytest.mark.parametrize("machine", [lock_server, sharded_store, consensus, pipeline])
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
    assert find_lasso(pipeline, scope).lasso is None
    assert prove(pipeline).status(ENDS) == "proved"


GUARDS = [
    (lock_server, "grant", "server has the lock"),
    (sharded_store, "put", "node owns the key"),
    (consensus, "cast_vote", "node has not voted"),
    (consensus, "decide", "quorum has voted"),
]


@pytest.mark.parametrize(("machine", "action", "reason"), GUARDS)
def test_safety_rests_on_its_guards(
    machine: Machine[Any], action: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = __import__(f"spec.textbook.{machine.name}", fromlist=["require"])
    require = module.require

    def lenient(condition: Value, why: str) -> None:
        if why != reason:
            require(condition, why)

    monkeypatch.setattr(module, "require", lenient)
    found = explore(attrs.evolve(machine), machine.scope())
    assert {v.property for v in found.violations} == {t.__name__ for t in machine.always}
    assert not prove(machine).complete
