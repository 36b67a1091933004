"""What points rest on: each job once, and read for what it found of the point alone."""

import attrs
import pytest

from checkers.explore.ending import ENDS
from checkers.mutate.mutants import mutants
from checkers.verdict.decide import BUDGETS
from checkers.verdict.grounds import basis_of
from checkers.verdict.jobs import Found, HoldToAccount, Job, Prove, ProveEnding, Refute
from spec.basic import basic
from spec.basic.state import Step
from spec.bisection import bisection
from spec.hardened import at_work, hardened
from spec.hardened.properties import money_is_conserved
from spec.ledger import Body, Chain, Party, ledger, replaced_keys_sign_nothing
from spec.paper import CLAIMS, THEOREMS
from spec.paper.claim import Argued, Ends, Holds, Point, Verdict

POINTS = [point for told in (*CLAIMS, *THEOREMS) for point in told.points]


def test_a_job_is_told_by_its_name_and_by_what_it_does_alike() -> None:
    jobs: list[Job] = [job for point in POINTS for job in basis_of(point).jobs]
    assert len({str(job) for job in jobs}) == len(set(jobs)) < len(jobs)


def test_jobs_that_do_the_same_are_one() -> None:
    assert Prove(basic) == Prove(basic) != Prove(at_work)
    claim = basic.refuted[0]
    assert len({Refute(basic, claim, {Step: n}) for n in (1, 2, 1)}) == 2
    assert len({HoldToAccount(basic, {}, None, bounds) for bounds in ((), ("a",), ())}) == 2


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.statement)
def test_a_ground_has_its_jobs(point: Point) -> None:
    assert bool(basis_of(point).jobs) != isinstance(point.ground, Argued)


@pytest.mark.parametrize(
    ("falls", "holds", "verdict"),
    [
        ("proved", "proved", "proved"),
        ("undecided", "proved", "undecided"),
        ("proved", "undecided", "undecided"),
    ],
)
def test_an_ending_takes_that_what_it_supposes_is_proved(
    falls: Verdict, holds: Verdict, verdict: Verdict
) -> None:
    basis = basis_of(Point("hardened", "proved", "requests end", Ends(hardened)))
    found: dict[Job, Found] = {
        ProveEnding(hardened): Found({ENDS: falls}, ""),
        Prove(hardened): Found({"one": "proved", "other": holds}, ""),
    }
    assert basis.read(found).verdict == verdict


def test_of_a_proof_a_point_takes_its_own_property() -> None:
    name = money_is_conserved.__name__
    ground = Holds(hardened, money_is_conserved)
    basis = basis_of(Point("hardened", "proved", "money is conserved", ground))
    found: dict[Job, Found] = {Prove(hardened): Found({name: "proved", "other": "undecided"}, "")}
    assert basis.read(found).verdict == "proved"
    assert basis.read(found).evidence == f"{name}, by induction for any size"


def test_what_an_implementation_refuses_is_refuted_and_no_less_a_failure() -> None:
    careless = attrs.evolve(ledger, definitions={"old_keys_count": lambda: True})
    job = Refute(careless, replaced_keys_sign_nothing, {Party: 1, Chain: 1, Body: 1})
    found = job(BUDGETS["quick"])
    assert found.verdicts == {"replaced_keys_sign_nothing": "refuted"}
    assert not found.passed
    assert "NOT in the implementation" in found.evidence
    assert job(attrs.evolve(BUDGETS["quick"], examples=0)).passed


def test_a_proof_fails_whose_numbers_fall_below_zero() -> None:
    spent = next(m for m in mutants(bisection) if "drop require(s.left > 0" in m.said).machine
    assert spent
    found = Prove(spent)(BUDGETS["quick"])
    assert found.verdicts["right_executor_wins"] == "proved"
    assert not found.passed
    assert "not proved: no number falls below zero" in found.evidence
