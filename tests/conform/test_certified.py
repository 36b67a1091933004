"""The kit certifies itself: wrong programs are caught, and right ones never accused."""

import pytest

from checkers.conform.conform import hold
from checkers.conform.gather import Gatherer, Sources
from checkers.conform.stage import Stage
from checkers.conform.vectors import Vectors
from tests.support.ample import AMPLE
from tests.support.escrow import escrow
from tests.support.wrong import FAULTS, GUARDS, LATE, ORDERS, WITHOUT, program

STAGE = Stage.of(escrow)
QUICK = {
    "no guard: deliver, order is open",
    "seller before open",
    "keeps a fee",
    "late deadline",
    "keeps nothing",
    "maps as objects",
    "crashes late",
    "no id",
}
"""A fault of each kind."""
SEEDS, RUNS = 10, 100


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    return Gatherer(STAGE, Sources(walks=10, seeks=10)).gather()


def test_there_are_faults_of_every_kind() -> None:
    assert len(FAULTS) == len(set(FAULTS)) > 40
    assert len(WITHOUT) == sum(len(a.parameters) > 0 for a in escrow.actions) * 4
    assert len(ORDERS) == 4
    checks = [check for act in escrow.actions for check in escrow.read(act).checks]
    reasons = {reason for of_action in GUARDS.values() for reason in of_action}
    assert reasons == {check.reason for check in checks if check.kind == "guard"}
    assert {*FAULTS} >= QUICK | LATE


@pytest.mark.parametrize(
    "fault",
    [pytest.param(f, marks=() if f in QUICK else pytest.mark.full) for f in FAULTS],
)
def test_a_program_that_is_wrong_in_one_way_is_caught(fault: str, vectors: Vectors) -> None:
    found = hold(STAGE, program(fault), vectors, runs=10)
    steps = found.replayed.steps + found.tally.steps
    print(f"{fault}: {steps} steps")
    if fault in LATE:
        assert found.undecided
        assert not found.failed
    else:
        assert found.failed


@pytest.mark.parametrize("runs", [2, pytest.param(RUNS, marks=pytest.mark.full)])
def test_a_program_that_is_right_is_not_accused(runs: int, vectors: Vectors) -> None:
    for seed in range(SEEDS if runs == RUNS else 1):
        found = hold(STAGE, program(), vectors, runs=runs, seed=seed, patience=AMPLE)
        found.assert_holds()
        assert not found.not_taken
        assert found.tally.restarts > 0


def test_what_is_true_for_python_alone_is_no_truth(vectors: Vectors) -> None:
    """1 is `True` to Python, and another value in JSON."""
    for fault in ("truth as numbers", "accepts with 1"):
        found = hold(STAGE, program(fault), vectors, runs=1)
        assert {each.fault for each in found.faults} == {"babbled"}, fault
