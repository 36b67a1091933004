"""Each scripted attack comes to what it must, and only because somebody deviates."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from adversaries.catalogue import ATTACKS, ROWS
from adversaries.deviating.basic import play as basic
from adversaries.deviating.basic.arbitrators import CorruptArbitrator, framing, siphon
from adversaries.deviating.basic.others import off_ledger
from adversaries.deviating.basic.providers import ForgetfulProvider
from adversaries.deviating.basic.vendors import StallingVendor
from adversaries.deviating.orchestrated import play as orchestrated
from adversaries.deviating.orchestrated.others import biased
from adversaries.gaining.roots import careless_root, doubled, halved
from adversaries.gaining.washing import washed
from adversaries.leaking.attacks import chain_observer
from adversaries.script import (
    PREVENTED,
    UNDETECTED,
    Attack,
    CameTo,
    Facts,
    came_to,
    convicts,
    frames,
    suspects,
)
from checkers.market.attack import Attacked, Attacks, chosen, run_attacks
from impl.paper.basic.contract import BasicContract, BasicRequest
from impl.paper.basic.parties import Arbitrator
from impl.paper.orchestrated.contract import OrchestratedContract
from impl.paper.orchestrated.parties import Orchestrator
from impl.paper.steps import Record, StepContract
from spec.notation import MachineError
from spec.paper import CLAIMS
from spec.paper.claim import Tried


def played(key: str, folder: Path) -> Facts:
    """What happens in one attack."""
    [attack] = chosen([key])
    return attack.script(folder / "market")


ON_PAPER = [attack for attack in ROWS if attack.variant != "hardened"]


@pytest.mark.parametrize("attack", ON_PAPER, ids=lambda attack: attack.key)
def test_attack_comes_to_what_it_must(attack: Attack, tmp_path: Path) -> None:
    facts = attack.script(tmp_path / "market")
    assert came_to(facts) == attack.expected
    assert facts.lines


@pytest.mark.parametrize("play", [basic.play, orchestrated.play])
def test_without_a_deviator_nothing_happens(play: Callable[..., Facts], tmp_path: Path) -> None:
    """Nobody is harmed, convicted or suspected, however often the market is asked."""
    facts = play(tmp_path / "market", {}, requests=3)
    assert came_to(facts) == PREVENTED
    assert not facts.suspects
    assert facts.passed.said


def test_too_few_requests_give_no_model() -> None:
    facts = chain_observer(requests=20)
    assert came_to(facts) == PREVENTED


def test_vendors_who_lack_a_part_serve_nobody(tmp_path: Path) -> None:
    assert came_to(off_ledger(tmp_path, holders=2)) == PREVENTED


def test_a_contract_that_admits_anything_changes_the_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contest(self: BasicContract, author: bytes, request: int, output: bytes) -> None:
        self.requests[request].contested = output

    monkeypatch.setattr(BasicContract, "contest", contest)
    assert came_to(played("forged-output/basic", tmp_path)) == UNDETECTED


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("bad-handover/basic", UNDETECTED),
        ("bad-handover/orchestrated", UNDETECTED),
        ("stale-version/basic", UNDETECTED),  # what was done for the old one counts for nothing
        ("shared-vendor/basic", PREVENTED),
        ("corrupt-arbitrator/basic", PREVENTED),
    ],
)
def test_a_contract_that_convicts_nobody_changes_the_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, expected: CameTo
) -> None:
    def convict(
        self: object, author: bytes, request: int, record: int, components: Sequence[bytes]
    ) -> None:
        """Convict nobody."""

    monkeypatch.setattr(StepContract, "convict", convict)
    assert came_to(played(key, tmp_path)) == expected


def test_a_contract_that_refunds_nobody_changes_the_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def claim_refund(self: OrchestratedContract, author: bytes, request: int) -> None:
        """Refund nobody."""

    monkeypatch.setattr(OrchestratedContract, "claim_refund", claim_refund)
    assert came_to(played("forged-output/orchestrated", tmp_path)) == PREVENTED


def test_an_arbitrator_frames_only_who_serves_two_apis(tmp_path: Path) -> None:
    assert came_to(framing(tmp_path / "honest", Arbitrator)) == PREVENTED
    facts = basic.play(tmp_path / "one", {"arbitrator": CorruptArbitrator})
    assert came_to(facts) == PREVENTED
    assert any("refuses arbitrator's convict" in line for line in facts.lines)


def test_an_arbitrator_who_is_shown_nothing_has_no_model(tmp_path: Path) -> None:
    assert came_to(siphon(tmp_path, ForgetfulProvider)) == PREVENTED


def test_requests_to_oneself_that_nobody_serves_count_for_nothing(tmp_path: Path) -> None:
    assert came_to(washed(tmp_path, basic.play, {"vendor1": StallingVendor})) == PREVENTED


def test_a_contract_that_takes_any_part_of_the_model_convicts_nobody_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_step = BasicContract._next_step

    def any_part(
        self: BasicContract, request: int, record: int, components: Sequence[bytes]
    ) -> tuple[BasicRequest, Record, bytes]:
        made, entry, digest = next_step(self, request, record, components)
        return made, entry, entry.claimed if entry.claimed in components else digest

    monkeypatch.setattr(BasicContract, "_next_step", any_part)
    assert came_to(played("wrong-slot/basic", tmp_path)) == UNDETECTED


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(["a"], harmed=True, evidence={"b": "audit"}), frames(b="audit")),
        (Facts(["a"], False, {"a": "audit", "b": "expose"}), frames(a="audit", b="expose")),
        (Facts(["a"], harmed=True, evidence={"a": "audit"}), convicts(a="audit")),
        (Facts(["a"], harmed=False, suspects=["b"]), PREVENTED),
        (Facts(["a"], harmed=True, suspects=["a", "b"]), suspects("a", "b")),
        (Facts(["a"], harmed=True), UNDETECTED),
    ],
)
def test_outcome_follows_from_the_facts(facts: Facts, expected: CameTo) -> None:
    assert came_to(facts) == expected


def test_neither_better_nor_worse_nor_other_evidence_is_as_expected() -> None:
    facts = Facts(["a"], harmed=True, evidence={"a": "audit"})
    for expected, as_expected in (
        (convicts(a="audit"), True),
        (convicts(a="expose"), False),
        (convicts(a="audit", b="audit"), False),
        (PREVENTED, False),
        (UNDETECTED, False),
    ):
        attack = Attack("any", "basic", "vendor", "", expected, lambda _: facts)
        assert Attacked(attack, facts).as_expected == as_expected
        assert Attacks([Attacked(attack, facts)]).failed != as_expected


def test_results_for_machines(tmp_path: Path) -> None:
    told: list[str] = []
    results = run_attacks(["forged-output/basic"], tmp_path, told.append)
    assert told == ["0/1 forged-output/basic"]
    nothing = {"outcome": "P", "evidence": {}, "suspects": []}
    assert Attacks(results).json() == {
        "attacks": [
            {
                "name": "forged-output",
                "variant": "basic",
                "party": "consumer",
                "does": "contests an output that nobody gave",
                "expected": nothing,
                "result": nothing,
                "as_expected": True,
                "claims": ["A36"],
                "figures": {"settled": 1},
            }
        ]
    }


def test_an_attack_names_the_claims_that_rest_on_it_and_no_others() -> None:
    resting = {
        (attack.name, claim.id)
        for claim in CLAIMS
        for point in claim.points
        if isinstance(point.ground, Tried)
        for attack in chosen([point.ground.attack])
    }
    assert resting == {(attack.name, claim) for attack in ATTACKS for claim in attack.claims}


def test_an_attack_that_is_named_twice_runs_once(tmp_path: Path) -> None:
    [found] = run_attacks(["stall/basic", "stall/basic"], tmp_path)
    assert found.attack.key == "stall/basic"


def test_unknown_attack_is_named(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"no attack forgd-run; did you mean forged-run or "):
        run_attacks(["forgd-run"], tmp_path)
    with pytest.raises(MachineError, match=r"no attack STALL; did you mean stall"):
        run_attacks(["STALL"], tmp_path)
    with pytest.raises(MachineError, match=r"there are stall/basic, stall/orchestrated, stall/har"):
        run_attacks(["stall/nope"], tmp_path)
    with pytest.raises(MachineError, match="no attack x; `tallystick attack --list` says which"):
        run_attacks(["x"], tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_careless_root_stands_for_two_models() -> None:
    """So it is how leaves are hashed, and that they are counted, which tells models apart."""

    def careless_node(left: bytes, right: bytes) -> bytes:
        return careless_root([left, right])

    assert came_to(doubled(careless_root)) == UNDETECTED
    assert came_to(halved(careless_root, careless_node)) == UNDETECTED


def test_an_orchestrator_that_leaves_it_to_chance_favours_nobody(tmp_path: Path) -> None:
    assert came_to(biased(tmp_path, Orchestrator)) == PREVENTED
