"""What decides points says less where it knows less, and never more."""

import attrs
import pytest

from adversaries.catalogue import ATTACKS
from adversaries.script import Attack, Facts, came_to
from checkers.explore.ending import ENDS
from checkers.host.telling import silent
from checkers.market.attack import Attacked
from checkers.market.subjects import SUBJECTS, AnyMachine, Subject
from checkers.prove.secrets import conceal
from checkers.verdict import jobs
from checkers.verdict.ablate import Ablations
from checkers.verdict.checks import CountPublished, ReachWitnesses, TakeActions
from checkers.verdict.decide import BUDGETS, Decider, Decision, Decisions
from checkers.verdict.effort import Effort
from checkers.verdict.grounds import basis_of
from checkers.verdict.jobs import (
    CONCEALED,
    CONVICTED,
    PLACED,
    PREVENTED,
    Decided,
    Found,
    HoldToAccount,
    Place,
    Prove,
    ProveEnding,
    Refute,
    RunAttack,
    TellApart,
)
from checkers.verdict.verify import Check, Verification, Verifier
from spec.basic import basic
from spec.notation import Machine, Secrecy, action, state
from spec.orchestrated import orchestrated
from spec.paper import CLAIMS
from spec.paper.claim import Accounts, Placed, Verdict
from spec.textbook.die_hard import DieHard, die_hard
from spec.textbook.lock_server import LockServer, lock_server
from spec.textbook.peterson import peterson

QUICK = BUDGETS["quick"]


# Jobs


def nobody_holds(s: LockServer) -> bool:
    """The server never gives the lock away."""
    return s.server_holds


FALSE = attrs.evolve(lock_server, always=(nobody_holds,))
WITHOUT_LEMMAS = attrs.evolve(lock_server, lemmas=())


@pytest.mark.parametrize(
    ("machine", "name", "verdict"),
    [
        (lock_server, "mutual_exclusion", "proved"),
        (WITHOUT_LEMMAS, "mutual_exclusion", "undecided"),
        (FALSE, "nobody_holds", "undecided"),
    ],
    ids=["proved", "not inductive", "false"],
)
def test_a_proof_says_proved_of_what_is(machine: AnyMachine, name: str, verdict: Verdict) -> None:
    assert Prove(machine)(QUICK).of(name).verdict == verdict


def test_a_ranking_that_does_not_fall_proves_no_ending() -> None:
    ending = peterson.ending
    assert ending
    assert ProveEnding(peterson)(QUICK).of(ENDS).verdict == "proved"
    still = attrs.evolve(peterson, ending=attrs.evolve(ending, ranking=ending.ranking[:1]))
    assert ProveEnding(still)(QUICK).of(ENDS).verdict == "undecided"


def test_an_exploration_that_is_cut_short_is_bounded() -> None:
    [claim] = lock_server.always
    refute = Refute(lock_server, claim, {})
    assert refute(QUICK).of(claim.__name__).verdict == "exhaustive"
    assert refute(attrs.evolve(QUICK, states=5)).of(claim.__name__).verdict == "bounded"


def test_a_run_refutes() -> None:
    found = Refute(FALSE, nobody_holds, {})(QUICK).of("nobody_holds")
    assert found.verdict == "refuted"
    assert found.exhibit


def test_what_gives_a_secret_away_refutes() -> None:
    assert TellApart(orchestrated)(QUICK).of(CONCEALED).verdict == "refuted"


def test_what_a_second_solver_does_not_confirm_is_undecided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = conceal(chest, confirmed=False)
    assert TellApart(chest)(QUICK).of(CONCEALED).verdict == "proved"
    doubted = attrs.evolve(found, answers={("knock", "knocked"): "unknown"})
    monkeypatch.setattr(jobs, "conceal", lambda *args, **options: doubted)
    assert TellApart(chest)(QUICK).of(CONCEALED).verdict == "undecided"


@state
class Chest:
    gold: bool
    knocked: bool


def shut(s: Chest) -> None:
    s.knocked = False


@action
def knock(s: Chest) -> None:
    s.knocked = True


@action
def fill(s: Chest) -> None:
    s.gold = True


chest = Machine("chest", Chest, shut, (knock, fill), secrecy=Secrecy(("gold",)), sizes={})


@pytest.mark.parametrize(("threshold", "verdict"), [(3, "proved"), (2, "refuted"), (4, "refuted")])
def test_a_placement_has_the_threshold_that_is_claimed(threshold: int, verdict: Verdict) -> None:
    placed = Placed(parts=6, vendors=4, crashes=1, threshold=threshold, infer=False)
    assert Place(placed)(QUICK).of(PLACED).verdict == verdict


@pytest.mark.parametrize(
    ("facts", "prevented", "convicted"),
    [
        (Facts(["vendor"], harmed=False), "sampled", "refuted"),
        (Facts(["vendor"], harmed=True, evidence={"vendor": "uphold"}), "refuted", "sampled"),
        (Facts(["vendor"], harmed=True, evidence={"other": "uphold"}), "refuted", "refuted"),
        (Facts(["vendor"], harmed=True, suspects=["vendor", "other"]), "refuted", "refuted"),
        (Facts(["vendor"], harmed=True), "refuted", "refuted"),
    ],
)
def test_an_attack_decides_whether_it_is_prevented_and_whether_it_convicts(
    facts: Facts, prevented: Verdict, convicted: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = attrs.evolve(facts, lines=["so it went"])
    attack = Attack("any", "basic", "vendor", "", came_to(told), lambda _: told)
    monkeypatch.setattr(jobs, "run_attacks", lambda names, folder: [Attacked(attack, told)])
    found = RunAttack("any/basic")(QUICK)
    assert found.verdicts == {PREVENTED: prevented, CONVICTED: convicted}
    assert found.passed


@pytest.mark.parametrize("effort", ["quick", "standard"])
def test_a_quick_look_leaves_out_attacks_that_no_claim_rests_on(effort: Effort) -> None:
    verifier = Verifier(effort, silent, CLAIMS)
    run = {job.key for job in verifier.todo() if isinstance(job, RunAttack)}
    every = {attack.key for attack in ATTACKS}
    assert "stall/hardened" in run
    assert ("exit-scam/hardened" in run) is (effort != "quick")
    assert run == every if effort != "quick" else run < every


def test_an_account_of_nothing_is_undecided() -> None:
    found = HoldToAccount(basic, dict.fromkeys(basic.sorts, 1), None, ())(QUICK)
    assert "undecided" in found.verdicts.values()


# Checks on the checkers


def never(s: DieHard) -> bool:
    """More than a jug can hold."""
    return s.big > 5


def test_what_is_never_reached_fails() -> None:
    assert ReachWitnesses(lock_server, {})(QUICK).passed
    assert not ReachWitnesses(attrs.evolve(die_hard, sometimes=(never,)), {})(QUICK).passed


def test_an_action_that_is_never_taken_fails() -> None:
    assert TakeActions(SUBJECTS["die_hard"])(QUICK).passed
    stuck = attrs.evolve(die_hard, actions=die_hard.actions[:1])
    assert TakeActions(Subject(stuck))(QUICK).passed
    asleep = attrs.evolve(stuck, dormant=((die_hard.actions[0], "it is said to be"),))
    assert not TakeActions(Subject(asleep))(QUICK).passed


@pytest.mark.parametrize("published", [(16, 96), (15, 97)])
def test_another_count_than_the_published_one_fails(published: tuple[int, int]) -> None:
    assert CountPublished(SUBJECTS["die_hard"])(QUICK).passed
    assert not CountPublished(Subject(die_hard, published=published))(QUICK).passed


# What all of it comes to

POINT = CLAIMS[0].points[0]


def decision(expected: Verdict, verdict: Verdict) -> Decision:
    return Decision(CLAIMS[0], POINT, expected, Decided(verdict, "how"))


@pytest.mark.parametrize(
    ("decisions", "failed", "undecided"),
    [
        ([decision("proved", "proved"), decision("refuted", "refuted")], False, False),
        ([decision("proved", "proved"), decision("refuted", "proved")], True, False),
        ([decision("proved", "refuted"), decision("proved", "proved")], True, False),
        ([decision("exhaustive", "bounded")], True, False),
        ([decision("proved", "proved"), decision("proved", "undecided")], False, True),
        ([decision("proved", "undecided"), decision("proved", "refuted")], True, True),
    ],
)
def test_one_point_that_comes_out_wrong_is_enough(
    decisions: list[Decision], failed: bool, undecided: bool
) -> None:
    found = Decisions(decisions)
    assert (found.failed, found.undecided) == (failed, undecided)


@pytest.mark.parametrize(
    ("effort", "expected"),
    [("quick", "bounded"), ("standard", "exhaustive"), ("deep", "exhaustive")],
)
def test_a_quick_look_is_not_expected_to_be_exhaustive(effort: Effort, expected: Verdict) -> None:
    point = next(p for claim in CLAIMS for p in claim.points if p.expected == "exhaustive")
    decider = Decider(effort, silent, [attrs.evolve(CLAIMS[0], points=[point])])
    ground = point.ground
    assert isinstance(ground, Accounts)
    decider.found = {job: Found({ground.finding: expected}, "") for job in basis_of(point).jobs}
    assert [found.expected for found in decider.decisions] == [expected]


@pytest.mark.parametrize(("passed", "failed"), [((True, True), False), ((True, False), True)])
def test_one_check_that_fails_is_enough(passed: tuple[bool, ...], failed: bool) -> None:
    checks = [Check("check", one, "how") for one in passed]
    right = [decision("proved", "proved")]
    assert Verification(right, "quick", Ablations([]), checks, 1.0).failed is failed
