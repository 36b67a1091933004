"""Each scripted attack comes to what it must, and only because somebody deviates."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from adversaries.catalogue import ATTACKS, BASIC
from adversaries.deviating import basic
from adversaries.learning.observing import chain_observer
from adversaries.script import Attack, Facts, Outcome, outcome
from checkers.market.attack import Attacks, run_attacks
from impl.paper.basic.contract import BasicContract
from impl.paper.basic.parties import Consumer, Provider, Vendor
from spec.notation import MachineError
from spec.paper import CLAIMS
from spec.paper.claim import Tried


@pytest.mark.parametrize("attack", BASIC, ids=lambda attack: attack.name)
def test_attack_comes_to_what_it_must(attack: Attack, tmp_path: Path) -> None:
    [result] = run_attacks([attack.name], tmp_path)
    assert result.outcome == attack.expected
    assert result.lines


def test_without_a_deviator_nothing_happens(tmp_path: Path) -> None:
    """The same scripts with honest parties harm nobody and convict nobody."""
    honest = [
        basic.lazy_constant(tmp_path / "lazy", Vendor),
        basic.stall(tmp_path / "stall", Vendor),
        basic.forged_output(tmp_path / "forged", Consumer),
        basic.bad_handover(tmp_path / "handover", Provider),
    ]
    assert [outcome(facts) for facts in honest] == ["P"] * 4
    assert not any(facts.deviated for facts in honest)


def test_too_few_requests_give_no_model(tmp_path: Path) -> None:
    facts = chain_observer(tmp_path, requests=20)
    assert outcome(facts) == "P"


def test_vendors_who_lack_a_part_serve_nobody(tmp_path: Path) -> None:
    assert outcome(basic.off_ledger(tmp_path, holders=2)) == "P"


def test_a_contract_that_admits_anything_changes_the_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contest(self: BasicContract, author: bytes, request: int, output: bytes) -> None:
        self.requests[request].contested = output

    monkeypatch.setattr(BasicContract, "contest", contest)
    assert outcome(basic.forged_output(tmp_path)) == "U"


def test_a_contract_that_convicts_nobody_changes_the_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def convict(
        self: BasicContract, author: bytes, request: int, record: int, components: Sequence[bytes]
    ) -> None:
        """Convict nobody."""

    monkeypatch.setattr(BasicContract, "convict", convict)
    assert outcome(basic.bad_handover(tmp_path)) == "U"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(deviated=["a"], convicted=["b"], harmed=True), "F"),
        (Facts(deviated=["a"], convicted=["a", "b"], harmed=False), "F"),
        (Facts(deviated=["a"], convicted=["a"], harmed=True), "D"),
        (Facts(deviated=["a"], convicted=[], harmed=False), "P"),
        (Facts(deviated=["a"], convicted=[], harmed=True, suspects=["a", "b"]), "D?"),
        (Facts(deviated=["a"], convicted=[], harmed=True), "U"),
    ],
)
def test_outcome_follows_from_the_facts(facts: Facts, expected: Outcome) -> None:
    assert outcome(facts) == expected


def test_results_for_machines(tmp_path: Path) -> None:
    told: list[str] = []
    results = run_attacks(["forged-output"], tmp_path, told.append)
    assert told == ["0/1 forged-output"]
    assert Attacks(results).json() == {
        "attacks": [
            {
                "name": "forged-output",
                "variant": "basic",
                "party": "consumer",
                "expected": "P",
                "outcome": "P",
                "convicted": [],
                "as_expected": True,
                "claims": ["A36"],
                "figures": {},
            }
        ]
    }


def test_an_attack_names_the_claims_that_rest_on_it() -> None:
    named = {attack.name: set(attack.claims) for attack in ATTACKS}
    for claim in CLAIMS:
        tried = [p.ground.attack for p in claim.points if isinstance(p.ground, Tried)]
        assert all(claim.id in named[attack] for attack in tried)


def test_an_attack_that_is_named_twice_runs_once(tmp_path: Path) -> None:
    [found] = run_attacks(["stall", "stall"], tmp_path)
    assert found.name == "stall"


def test_unknown_attack_is_named(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="no attack forged; there are lazy-constant"):
        run_attacks(["forged"], tmp_path)
    assert not list(tmp_path.iterdir())
