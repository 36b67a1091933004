"""The claims as data: nothing is left out, and each names what there is."""

import attrs
import pytest

from checkers.blame.account import FINDINGS
from checkers.market.attack import chosen
from checkers.results.page import plain
from checkers.verdict.ablate import Ablations
from checkers.verdict.decide import BUDGETS, Decision
from checkers.verdict.jobs import Decided, LeaveOut
from checkers.verdict.verify import Verification
from spec.hardened.ablation import ABLATIONS, Ablation
from spec.hardened.state import Assumption, Hardening
from spec.paper import CLAIMS, THEOREMS
from spec.paper.claim import Accounts, Argued, Claim, Conceals, Ends, Ground, Holds, Point, Tried
from tests.support.selection import some_full

POINTS = [(told.id, point) for told in (*CLAIMS, *THEOREMS) for point in told.points]


def test_every_claim_and_every_theorem_has_its_points() -> None:
    assert [claim.id for claim in CLAIMS] == [f"A{number}" for number in range(1, 48)]
    assert [theorem.id for theorem in THEOREMS] == [f"T{number}" for number in range(1, 15)]
    assert all(told.points for told in (*CLAIMS, *THEOREMS))


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_every_claim_is_told_whole(claim: Claim) -> None:
    words = (claim.id, claim.section, claim.statement, claim.found, claim.fix, claim.cost)
    assert all(text.strip() == text != "" for text in words)


def is_there(ground: Ground, expected: str) -> bool:
    """Whether what a point rests on exists, and can come out as expected."""
    match ground:
        case Holds(machine, text):
            return text in (machine.always if expected == "proved" else machine.refuted)
        case Ends(machine):
            return machine.ending is not None
        case Conceals(machine):
            return machine.secrecy is not None
        case Accounts(machine, finding):
            return machine.accountability is not None and finding in FINDINGS
        case Argued(why):
            return bool(why) and expected == "argued"
    return True


@pytest.mark.parametrize(
    "point", [pytest.param(point, id=f"{told}-{point.variant}") for told, point in POINTS]
)
def test_what_a_point_rests_on_is_there(point: Point) -> None:
    assert is_there(point.ground, point.expected)


TRIED = [(told, point, point.ground) for told, point in POINTS if isinstance(point.ground, Tried)]


@pytest.mark.parametrize(
    ("point", "tried"), [pytest.param(p, t, id=f"{told}-{t.attack}") for told, p, t in TRIED]
)
def test_an_attack_decides_a_point_of_its_own_variant_as_it_must(
    point: Point, tried: Tried
) -> None:
    [attack] = chosen([tried.attack])
    assert attack.variant == point.variant
    holds = attack.expected.outcome == ("D" if tried.convicts else "P")
    assert point.expected == ("sampled" if holds else "refuted")


def test_no_attack_decides_two_points_of_a_claim() -> None:
    decided = [(told, tried.attack) for told, _, tried in TRIED]
    assert len(decided) == len(set(decided))


def test_no_point_is_made_twice() -> None:
    made = [(told, point.variant, point.statement) for told, point in POINTS]
    assert len(made) == len(set(made))


def test_every_hardening_and_assumption_is_left_out_once() -> None:
    assert [ablation.missing for ablation in ABLATIONS] == [*Hardening, *Assumption]


@pytest.mark.parametrize(
    "ablation", some_full(ABLATIONS, ABLATIONS[1:]), ids=lambda a: a.missing.name.lower()
)
def test_every_hardening_bears_a_promise(ablation: Ablation) -> None:
    """Without it the promise is broken, by the attack that it is there for."""
    found = LeaveOut(ablation)(BUDGETS["quick"])
    assert found.passed, found.evidence


@pytest.mark.full
def test_another_attack_is_not_taken_for_the_expected_one() -> None:
    salt = next(a for a in ABLATIONS if a.missing is Hardening.SALT)
    found = LeaveOut(attrs.evolve(salt, shows=("settle",)))(BUDGETS["quick"])
    assert list(found.exhibits) == [salt.promise]
    assert not found.passed


def test_what_is_argued_is_told_apart_from_what_is_decided() -> None:
    """Nobody is to count an argument among the verdicts."""
    some = {point.expected: (claim, point) for claim in CLAIMS for point in claim.points}
    decisions = [
        Decision(*some["proved"], "proved", Decided("proved", "how")),
        Decision(*some["argued"], "argued", Decided("argued", "why")),
    ]
    shown = plain(Verification(decisions, "quick", Ablations([]), [], 1.0).page())
    assert "1 of 1 points of claims came out as they must, 1 more rest on an argument" in shown
    assert decisions[1].line.words == "rests on an argument"
