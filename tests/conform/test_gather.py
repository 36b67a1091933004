"""Vectors say what the machine says: each reason with one fault, and the order of reasons."""

from collections.abc import Iterator

import pytest

from checkers.conform.gather import Gatherer, Sources
from checkers.conform.stage import Stage
from checkers.conform.vectors import Vector, Vectors, steps_of
from checkers.lockstep.seek import Seeker
from tests.support.escrow import Escrow, escrow

STAGE = Stage.of(escrow)
SOURCES = Sources(walks=5, seeks=20)


@pytest.fixture(scope="module")
def gatherer() -> Gatherer[Escrow]:
    return Gatherer(STAGE, SOURCES)


@pytest.fixture(scope="module")
def vectors(gatherer: Gatherer[Escrow]) -> Vectors:
    return gatherer.gather()


def tagged(vectors: Vectors, tag: str) -> Iterator[Vector]:
    found = [vector for vector in vectors.vectors if vector.tag == tag]
    assert found
    yield from found


def faults(gatherer: Gatherer[Escrow], vector: Vector) -> list[str]:
    """The guards that are against the last step."""
    *way, last = steps_of(vector, STAGE)
    return Seeker(gatherer.lockstep).refused_after(way, last)


def test_equal_seeds_gather_the_same(vectors: Vectors) -> None:
    assert Gatherer(STAGE, SOURCES).gather().text() == vectors.text()
    assert Gatherer(STAGE, SOURCES, seed=1).gather().text() != vectors.text()


def test_every_action_comes_out_in_every_way(vectors: Vectors) -> None:
    reasons = {
        (act.name, check.reason)
        for act in escrow.actions
        for check in escrow.read(act).checks
        if check.kind == "guard"
    }
    accepted = {(act.name, None) for act in escrow.actions}
    assert vectors.pairs == reasons | accepted
    assert not vectors.unreached
    assert not vectors.dormant


def test_a_refusal_has_one_fault_and_is_its_last_step(
    vectors: Vectors, gatherer: Gatherer[Escrow]
) -> None:
    for vector in tagged(vectors, "refusal"):
        assert [step.refused for step in vector.steps[:-1]] == [None] * (len(vector.steps) - 1)
        assert faults(gatherer, vector) == [vector.steps[-1].refused]


def test_an_order_has_several_faults_of_which_the_first_counts(
    vectors: Vectors, gatherer: Gatherer[Escrow]
) -> None:
    found = [faults(gatherer, vector) for vector in tagged(vectors, "order")]
    assert all(len(each) > 1 for each in found)
    assert [each[0] for each in found] == [
        vector.steps[-1].refused for vector in tagged(vectors, "order")
    ]
    assert {("order is new", "seller is another")} <= {(each[0], each[1]) for each in found}


def test_no_vector_is_how_another_begins(vectors: Vectors) -> None:
    for vector in vectors.vectors:
        others = (other for other in vectors.vectors if other is not vector)
        length = len(vector.steps)
        last = vector.steps[-1]
        assert last.refused or all(other.steps[:length] != vector.steps for other in others)


def test_what_is_never_found_is_listed_with_why() -> None:
    told = Sources(unreached={("place", "order is new"): "for no reason"}, walks=1, seeks=0)
    found = Gatherer(STAGE, told).gather().unreached
    unreached = {(name, reason): why for name, reason, why in found}
    assert unreached["place", "order is new"] == "for no reason"
    assert unreached["refund", "order is open"] == "nothing was found that is"
