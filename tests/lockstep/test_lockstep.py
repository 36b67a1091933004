"""The reference implementation is in lockstep with the specification, and faults in it are seen."""

from collections.abc import Mapping, Sequence

import pytest

from checkers.lockstep import fuzz as fuzzing
from checkers.lockstep.fuzz import fuzz
from checkers.lockstep.run import Setup
from checkers.market.drivers import basic_setup
from checkers.market.subjects import SUBJECTS, AnyMachine, find_machine, reference
from impl.ledger.sqlite import Block, Ledger
from impl.ledger.transaction import Refused, SignedTransaction, Transaction
from impl.paper.contract import MarketContract, Record, Request
from spec.notation import Fun, MachineError, Scope
from spec.notation import Refused as NotAllowed
from spec.notation.sorts import Value
from spec.textbook.die_hard import die_hard
from spec.textbook.peterson import Process, peterson


@pytest.mark.parametrize("name", [name for name, subject in SUBJECTS.items() if subject.setup])
def test_reference_is_in_lockstep(name: str) -> None:
    sample = fuzz(find_machine(name), reference(name), examples=30, steps=40, seed=0)
    assert sample.divergence is None
    assert sample.passed


def diverges(name: str, setup: Setup) -> bool:
    """Whether lockstep sees that an implementation is not the specified one."""
    found = fuzz(find_machine(name), setup, examples=800, steps=40, seed=2, shrink=False)
    return found.divergence is not None


class MissingGuard(MarketContract):
    """An output can be taken twice."""

    def take(self, author: bytes, request: int, record: int) -> None:
        if 0 <= request < len(self.requests):
            self.requests[request].taken = False
        super().take(author, request, record)


class SwappedChecks(MarketContract):
    """Who made a request is asked before whether it was made."""

    def contest(self, author: bytes, request: int, output: bytes) -> None:
        if all(made.consumer != author for made in self.requests):
            raise Refused("consumer made the request")
        super().contest(author, request, output)


class OffByOneTurn(MarketContract):
    """A request counts as complete one step early."""

    def match(self, author: bytes, request: int, record: int, components: list[bytes]) -> None:
        super().match(author, request, record, components)
        made = self.requests[request]
        made.complete = made.turn >= len(components) - 1


class LostWrite(MarketContract):
    """A vendor's conviction is not kept."""

    def convict(self, author: bytes, request: int, record: int, components: list[bytes]) -> None:
        super().convict(author, request, record, components)
        self.convicted = set()


class DoubleRecord(MarketContract):
    """What a vendor records stands on the ledger twice."""

    def record(self, author: bytes, received: bytes, produced: bytes, claimed: bytes) -> None:
        super().record(author, received, produced, claimed)
        super().record(author, received, produced, claimed)


class StaleRead(MarketContract):
    """Every step is compared with the request's input, not with what the step before produced."""

    def _next_step(
        self, request: int, record: int, components: Sequence[bytes]
    ) -> tuple[Request, Record, bytes]:
        kept = [made.awaited for made in self.requests]
        for made in self.requests:
            made.awaited = made.awaited if made.complete else made.input
        try:
            return super()._next_step(request, record, components)
        finally:
            for made, awaited in zip(self.requests, kept, strict=True):
                made.awaited = awaited


class WrongCulprit(MarketContract):
    """The last vendor is convicted, whoever's record it was."""

    def convict(self, author: bytes, request: int, record: int, components: list[bytes]) -> None:
        before = set(self.convicted)
        super().convict(author, request, record, components)
        self.convicted = before | {self.apis[self.requests[request].api].vendors[-1]}


class ForgottenVersion(MarketContract):
    """A second registration of an API is ignored."""

    def register(self, author: bytes, api: str, signature: bytes, vendors: list[bytes]) -> None:
        if api not in self.apis:
            super().register(author, api, signature, vendors)


CONTRACTS = [
    MissingGuard,
    SwappedChecks,
    OffByOneTurn,
    LostWrite,
    DoubleRecord,
    StaleRead,
    WrongCulprit,
    ForgottenVersion,
]


@pytest.mark.parametrize("contract", CONTRACTS)
def test_fault_in_the_contract_is_seen(contract: type[MarketContract]) -> None:
    assert diverges("basic", basic_setup(contract))


def acknowledged_only(self: Ledger, accepted: Sequence[bytes]) -> None:
    """A commit that reaches memory and not the disk."""
    self._grow(Block(self._blocks, self.head, b"", len(accepted)))


def any_key(self: Ledger, signed: SignedTransaction) -> None:
    """A check of the signature to which rotation makes no difference."""
    keys = self.keys_of(signed.transaction.author)
    if not any(map(signed.is_signed_with, keys)):
        raise Refused("signature is the author's")


def first_key(self: Ledger, author: bytes) -> Sequence[bytes]:
    """What a ledger remembers that forgets rotations."""
    return [author]


LEDGERS = {
    "replaced key accepted": ("_check_signature", any_key),
    "rotation forgotten": ("keys_of", first_key),
    "unverified signature": ("_check_signature", lambda self, valid: None),
    "accepted replay": ("_check_nonce", lambda self, transaction: None),
    "foreign ledger accepted": ("_check_ledger", lambda self, transaction: None),
    "lost acknowledgement": ("_commit", acknowledged_only),
}


@pytest.mark.parametrize("fault", LEDGERS)
def test_fault_in_the_ledger_is_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, *LEDGERS[fault])
    assert diverges("ledger", reference("ledger"))


def test_checks_of_the_ledger_in_another_order_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    check_ledger, check_nonce = Ledger._check_ledger, Ledger._check_nonce
    monkeypatch.setattr(Ledger, "_check_ledger", check_nonce)
    monkeypatch.setattr(Ledger, "_check_nonce", check_ledger)
    assert diverges("ledger", reference("ledger"))


class Twin:
    """An implementation that is the machine itself, until a test makes it err."""

    def __init__(
        self,
        machine: AnyMachine,
        scope: Scope | None = None,
        functions: Mapping[str, Value] | None = None,
    ) -> None:
        self.machine = machine
        self.scope = scope or machine.scope()
        self.start = machine.start(self.scope, **(functions or {}))
        self.spec = machine.copy(self.start)

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        after = self.machine.copy(self.spec)
        try:
            self.machine.apply(self.machine.action(action), after, args, self.scope)
        except NotAllowed as refusal:
            return refusal.reason
        self.spec = after
        return None

    def restart(self) -> None:
        pass

    def state(self) -> Mapping[str, Value]:
        fields = self.machine.fields.items()
        return {name: getattr(self.spec, name) for name, field in fields if field.kind is not Fun}

    def close(self) -> None:
        pass


class Mistaken(Twin):
    """Names another reason than the one for which a process must wait."""

    def __init__(self) -> None:
        super().__init__(peterson)

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        answer = super().take(action, args)
        return "process waits" if answer == "the other does not go first" else answer


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


class Forgetful(Twin):
    """An implementation that starts anew at a restart."""

    def restart(self) -> None:
        self.spec = self.machine.copy(self.start)


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

    class Losing(MarketContract):
        def apply(self, transaction: Transaction) -> None:
            super().apply(transaction)
            self.requests.clear()

    found = fuzz(find_machine("basic"), basic_setup(Losing), seed=0, shrink=False).divergence
    assert found is not None
    assert "requests" in found.how
