"""The charter of a hardened ledger: what its genesis may say, and that it binds it all."""

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

import attrs
import pytest

from checkers.market.hardened.agreed import (
    BEACON,
    CLOCK,
    FIRST,
    PROVIDER,
    PURSES,
    ROUNDS,
    VERSIONS,
    genesis,
)
from impl.hardened.charter import LONGEST, SHORTEST, Charter
from impl.hardened.contract import HardenedContract
from impl.hardened.phases import Phase
from impl.ledger.genesis import Genesis
from impl.ledger.port import Begin, LedgerError
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import MalformedTransaction, Transaction
from impl.paper.basic.contract import BasicContract
from impl.paper.orchestrated.contract import OrchestratedContract
from spec.bytes.encoding import Value
from spec.bytes.suite import EVM

CHARTER = Charter(
    PURSES,
    BEACON.public,
    CLOCK.public,
    dict.fromkeys(Phase, SHORTEST),
    witnesses=(FIRST, PROVIDER),
    quorum=2,
)


def begin(charter: Mapping[str, Value]) -> Genesis:
    return Genesis("hardened", CLOCK.public, dict(charter))


def test_a_charter_comes_back_from_a_genesis() -> None:
    assert Charter.parse(CHARTER.body()) == CHARTER
    contract = HardenedContract(begin(CHARTER.body()))
    assert contract.charter == CHARTER
    assert contract.balances == PURSES


CHANGED = {
    "purses": attrs.evolve(CHARTER, purses={**PURSES, PROVIDER: 10**12}),
    "beacon": attrs.evolve(CHARTER, beacon=FIRST),
    "clock": attrs.evolve(CHARTER, clock=FIRST),
    "windows": attrs.evolve(CHARTER, windows={**CHARTER.windows, Phase.WORK: 3}),
    "suite": attrs.evolve(CHARTER, suite=EVM),
    "witnesses": attrs.evolve(CHARTER, witnesses=(PROVIDER, FIRST)),
    "quorum": attrs.evolve(CHARTER, witnesses=(FIRST,), quorum=1),
    "quota": attrs.evolve(CHARTER, quota=5),
    "rounds": attrs.evolve(CHARTER, rounds=7),
}


@pytest.mark.parametrize("field", CHANGED)
def test_the_ledgers_identity_binds_everything(field: str) -> None:
    assert set(CHANGED) == {a.name for a in attrs.fields(Charter)}
    changed = CHANGED[field]
    assert Charter.parse(changed.body()) == changed
    assert begin(changed.body()).identity != begin(CHARTER.body()).identity


def blocks(**changes: Value) -> dict[str, Value]:
    return {"windows": {**{phase.value: SHORTEST for phase in Phase}, **changes}}


NONSENSE: list[tuple[dict[str, Value], str]] = [
    ({"purses": [[PROVIDER, -1]]}, "purses: a purse is negative: give 0 or more"),
    ({"purses": [[PROVIDER, 1], [PROVIDER, 1]]}, "purses: give each party once"),
    ({"purses": [[PROVIDER, True]]}, "purses: give each party once, with a value of type int"),
    ({"purses": [PROVIDER]}, "purses: give each party once"),
    ({"purses": [[PROVIDER[1:], 1]]}, "purses: 31 bytes: give the 32 of a public key"),
    ({"beacon": b"short"}, "beacon: 5 bytes: give the 32 of a public key"),
    ({"clock": b""}, "clock: 0 bytes: give the 32 of a public key"),
    ({"suite": "sha1"}, "suite: give one of blake3, evm"),
    ({"windows": {}}, "windows.open: missing"),
    (blocks(work=True), "windows.work: a bool: give a int"),
    (blocks(work=SHORTEST - 1), f"windows.work: give {SHORTEST} to {LONGEST} blocks"),
    (blocks(narrowed=0), f"windows.narrowed: give {SHORTEST} to"),
    (blocks(opened=-1), "windows.opened: give 0 to"),
    (blocks(refunded=SHORTEST - 1), f"windows.refunded: give {SHORTEST} to"),
    (blocks(forfeited=-1), "windows.forfeited: give 0 to"),
    (blocks(settled=LONGEST + 1), f"windows.settled: give {SHORTEST} to {LONGEST} blocks"),
    ({"witnesses": [FIRST, FIRST]}, "witnesses: give each once"),
    ({"witnesses": [FIRST, 1]}, "witnesses: give each once"),
    ({"witnesses": [FIRST, b"short"]}, "witnesses: 5 bytes: give the 32 of a public key"),
    ({"quorum": 1}, "quorum: give more than half of the 2 witnesses"),
    ({"quorum": 3}, "quorum: give more than half of the 2 witnesses"),
    ({"witnesses": []}, "quorum: give more than half of the 0 witnesses"),
    ({"quota": 1}, "quota: nobody could answer in time beside"),
    ({"rounds": -1}, "rounds: give 0 to 28"),
    ({"rounds": 29}, "rounds: give 0 to 28"),
    ({"more": 1}, "no field 'more'"),
]


@pytest.mark.parametrize(("changes", "problem"), NONSENSE)
def test_what_cannot_be_kept_begins_no_ledger(
    tmp_path: Path, changes: dict[str, Value], problem: str
) -> None:
    body = {**CHARTER.body(), **changes}
    with pytest.raises(MalformedTransaction, match=rf"^genesis\.agreed[.:] ?{problem}"):
        Charter.parse(body)
    with pytest.raises(LedgerError, match=f"not created: .*{problem}"):
        Ledger.create(tmp_path / "ledger.db", begin(body), CLOCK, HardenedContract)
    assert [*tmp_path.iterdir()] == []


def test_nobody_has_to_act_in_a_phase_that_passes_by_itself() -> None:
    assert Charter.parse({**CHARTER.body(), **blocks(opened=0, forfeited=0)})


def test_a_contract_begins_with_what_its_own_genesis_says() -> None:
    contract = HardenedContract(genesis(EVM, each=2))
    assert contract.charter.suite is EVM
    assert +contract.balances == {party: 2 * money for party, money in PURSES.items()}


@pytest.mark.parametrize(("rounds", "is_taken"), [(ROUNDS, True), (ROUNDS - 1, False)])
def test_no_quarrel_takes_longer_than_the_charter_says(rounds: int, is_taken: bool) -> None:
    contract = HardenedContract(begin(attrs.evolve(CHARTER, rounds=rounds).body()))
    terms = next(iter(VERSIONS.values())).terms
    said = Transaction(contract.genesis.identity, "propose", PROVIDER, 0, {"terms": terms.body()})
    with (
        nullcontext()
        if is_taken
        else pytest.raises(
            MalformedTransaction,
            match=rf"terms\.rounds: more than the charter's {rounds}: give less",
        )
    ):
        contract.apply(said)
    assert (terms.root in contract.versions) == is_taken


def test_the_papers_contracts_begin_with_what_they_go_by() -> None:
    consumers: list[Value] = [FIRST]
    made = OrchestratedContract(begin({"consumers": consumers}))
    assert made.consumers == [FIRST]
    refused: list[tuple[Begin, dict[str, Value]]] = [
        (BasicContract, {"consumers": consumers}),
        (OrchestratedContract, {}),
        (OrchestratedContract, {"consumers": []}),
        (OrchestratedContract, {"consumers": [1]}),
    ]
    for contract, agreed in refused:
        with pytest.raises(MalformedTransaction, match=r"^genesis\.agreed"):
            contract(begin(agreed))
