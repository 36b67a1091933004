"""The reference implementation is in lockstep with the specification, and faults in it are seen."""

from collections.abc import Callable, Sequence

import pytest

from checkers.lockstep import fuzz as fuzzing
from checkers.lockstep.driver import Setup
from checkers.lockstep.fuzz import fuzz
from checkers.market.basic import basic_setup
from checkers.market.subjects import SUBJECTS, find_machine, reference
from impl.ledger.admission import Admission
from impl.ledger.sqlite import Block, Ledger
from impl.ledger.transaction import Refused, SignedTransaction, Transaction
from impl.paper.basic.contract import BasicContract
from spec.notation import MachineError
from spec.notation.sorts import Value
from spec.textbook.die_hard import die_hard
from spec.textbook.peterson import Process, peterson
from tests.support.faults import CONTRACTS, MissingGuard, OffByOneTurn, StaleRead
from tests.support.selection import some_full
from tests.support.twin import Mistaken, Twin


@pytest.mark.parametrize("name", [name for name, subject in SUBJECTS.items() if subject.setup])
def test_reference_is_in_lockstep(name: str) -> None:
    sample = fuzz(find_machine(name), reference(name), examples=30, steps=40, seed=0)
    assert sample.divergence is None
    assert sample.passed


def diverges(name: str, setup: Setup) -> bool:
    """Whether lockstep sees that an implementation is not the specified one."""
    found = fuzz(find_machine(name), setup, examples=800, steps=40, seed=2, shrink=False)
    return found.divergence is not None


@pytest.mark.parametrize("contract", some_full(CONTRACTS, [StaleRead, MissingGuard, OffByOneTurn]))
def test_fault_in_the_contract_is_seen(contract: type[BasicContract]) -> None:
    assert diverges("basic", basic_setup(contract))


def acknowledged_only(self: Ledger, accepted: Sequence[bytes]) -> None:
    """A commit that reaches memory and not the disk."""
    self._grow(Block(self._blocks, self.head, b"", len(accepted)))


def any_key(self: Admission, signed: SignedTransaction) -> None:
    """A check of the signature to which rotation makes no difference."""
    keys = self.keys_of(signed.transaction.author)
    if not any(map(signed.is_signed_with, keys)):
        raise Refused("signature is the author's")


def first_key(self: Admission, author: bytes) -> Sequence[bytes]:
    """What a ledger remembers that forgets rotations."""
    return [author]


LEDGERS: dict[str, tuple[type, str, Callable[..., object]]] = {
    "replaced key accepted": (Admission, "_check_signature", any_key),
    "rotation forgotten": (Admission, "keys_of", first_key),
    "unverified signature": (Admission, "_check_signature", lambda self, valid: None),
    "accepted replay": (Admission, "_check_nonce", lambda self, transaction: None),
    "foreign ledger accepted": (Admission, "_check_ledger", lambda self, transaction: None),
    "lost acknowledgement": (Ledger, "_commit", acknowledged_only),
}


@pytest.mark.parametrize("fault", LEDGERS)
def test_fault_in_the_ledger_is_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*LEDGERS[fault])
    assert diverges("ledger", reference("ledger"))


def test_checks_of_the_ledger_in_another_order_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    check_ledger, check_nonce = Admission._check_ledger, Admission._check_nonce
    monkeypatch.setattr(Admission, "_check_ledger", check_nonce)
    monkeypatch.setattr(Admission, "_check_nonce", check_ledger)
    assert diverges("ledger", reference("ledger"))


def test_divergence_is_shrunk() -> None:
    """A process waits for another that has raised its flag: three steps, two, and one in vain."""
    found = fuzz(peterson, Setup(open=Mistaken), examples=300, seed=0).divergence
    assert found is not None
    assert len(found.steps) == 6
    assert found.steps[-1] == (peterson.action("enter"), (Process.FIRST,))
    assert str(found).endswith(
        "specification: refused, 'the other does not go first'; "
        "implementation: refused, 'process waits'"
    )


def test_setup_and_machine_must_fit() -> None:
    with pytest.raises(MachineError, match="no action fill"):
        fuzz(die_hard, Setup(open=lambda: Twin(die_hard), left_out=["fill"]))
    everything = [act.name for act in die_hard.actions]
    with pytest.raises(MachineError, match="leaves out all"):
        fuzz(die_hard, Setup(open=lambda: Twin(die_hard), left_out=everything))


class Closed(Twin):
    """Refuses everything."""

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        return "closed"


def test_crosshair_makes_the_choices() -> None:
    pytest.importorskip("hypothesis_crosshair_provider")
    closed = Setup(open=lambda: Closed(peterson))
    found = fuzz(peterson, closed, examples=10, steps=5, seed=0, backend="crosshair").divergence
    assert found is not None
    assert len(found.steps) == 1


def test_missing_crosshair_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzzing, "find_spec", lambda name: None)
    with pytest.raises(MachineError, match=r"pip install 'tallystick\[crosshair\]'"):
        fuzz(die_hard, Setup(open=lambda: Twin(die_hard)), backend="crosshair")


def test_a_driver_that_forgets_is_seen() -> None:
    """What the implementation does not hold must be as it was at the start."""

    class Losing(BasicContract):
        def apply(self, transaction: Transaction) -> None:
            super().apply(transaction)
            self.requests.clear()

    found = fuzz(find_machine("basic"), basic_setup(Losing), seed=0, shrink=False).divergence
    assert found is not None
    assert "requests" in found.how
