"""Faults that are planted in an implementation are found, and shrunk to the steps that it takes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from checkers.lockstep.driver import Setup
from checkers.lockstep.fuzz import fuzz
from checkers.lockstep.run import Lockstep, Step
from checkers.lockstep.walk import walk
from checkers.market.basic import basic_setup
from checkers.market.subjects import AnyMachine, find_machine, reference
from impl.ledger.admission import Admission
from impl.ledger.block import SignedBlock
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Refused, SignedTransaction
from impl.paper.basic.contract import BasicContract
from spec.notation.sorts import Value
from spec.textbook.die_hard import die_hard
from spec.textbook.peterson import Process, peterson
from spec.textbook.two_phase import two_phase
from tests.support.club import EVERYBODY, PEOPLE, club
from tests.support.faults import (
    CONTRACTS,
    ForgottenVersion,
    LostWrite,
    MissingGuard,
    OffByOneTurn,
    StaleRead,
    WrongCulprit,
    lost_requests,
)
from tests.support.selection import some_full
from tests.support.twin import Forgetful, Mistaken, Twin

# Hypothesis finds them


def diverges(name: str, setup: Setup) -> bool:
    """Whether lockstep sees that an implementation is not the specified one."""
    found = fuzz(find_machine(name), setup, examples=800, steps=40, seed=2, shrink=False)
    return found.divergence is not None


@pytest.mark.parametrize("contract", some_full(CONTRACTS, [StaleRead, MissingGuard, OffByOneTurn]))
@pytest.mark.full
def test_fault_in_the_contract_is_seen(contract: type[BasicContract]) -> None:
    assert diverges("basic", basic_setup(contract))


def acknowledged_only(self: Ledger, signed: SignedBlock, accepted: Sequence[bytes]) -> None:
    """A commit that reaches memory and not the disk."""


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
    "lost acknowledgement": (Ledger, "_write", acknowledged_only),
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
    found = fuzz(peterson, Setup(open=Mistaken), examples=300, seed=1).divergence
    assert found is not None
    assert len(found.steps) == 6
    assert found.steps[-1] == (peterson.action("enter"), (Process.FIRST,))
    assert str(found).endswith(
        "specification: refused, 'the other does not go first'; "
        "implementation: refused, 'process waits'"
    )


def test_a_driver_that_forgets_is_seen() -> None:
    """What the implementation does not hold must be as it was at the start."""
    found = fuzz(find_machine("basic"), lost_requests, seed=0, shrink=False).divergence
    assert found is not None
    assert "requests" in found.how


# A walk finds them


class Leaky(Twin):
    """Jugs of which the big one cannot hold the four gallons that are wanted."""

    def __init__(self) -> None:
        super().__init__(die_hard)

    def state(self) -> Mapping[str, Value]:
        return {"big": self.spec.big - (self.spec.big == 4), "small": self.spec.small}


class Rude(Twin):
    """Does not see it when Bob pays."""

    def state(self) -> Mapping[str, Value]:
        unseen = {c: False for c, name in self.spec.name.items() if name == b"bob"}
        return {**super().state(), "paid": {**self.spec.paid, **unseen}}


POURING = ("pour_into_small", "empty_small", "pour_into_small", "fill_big", "pour_into_small")
WAITING = ("rest", "rest", "raise_flag", "raise_flag", "yield_turn")
PLANTED: Mapping[str, tuple[AnyMachine, Setup, Sequence[str]]] = {
    # Four gallons take six steps, as is published.
    "four gallons": (die_hard, Setup(open=Leaky), ("fill_big", *POURING)),
    # A process waits for another that has raised its flag: three steps, two, and one in vain.
    "reason": (peterson, Setup(open=Mistaken), (*WAITING, "enter")),
    # Bob joins, with whatever number, and pays.
    "number": (
        club,
        Setup(lambda: Rude(club, PEOPLE, EVERYBODY), PEOPLE, EVERYBODY),
        ("join", "pay"),
    ),
}
UNORDERED = {"reason"}
"""Where two processes get ready, each in its own order."""


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("fault", PLANTED)
def test_planted_fault_is_found_and_shrunk_to_exactly_this_run(fault: str, seed: int) -> None:
    machine, setup, expected = PLANTED[fault]
    found = walk(machine, setup, runs=200, steps=30, seed=seed).divergence
    assert found is not None
    steps = [act.name for act, _ in found.steps]
    if fault in UNORDERED:
        assert (sorted(steps[:-1]), steps[-1]) == (sorted(expected[:-1]), expected[-1])
    else:
        assert steps == [*expected]


@pytest.mark.parametrize("seed", range(4))
def test_a_restart_that_forgets_is_shrunk_to_what_is_forgotten(seed: int) -> None:
    found = walk(die_hard, Setup(open=lambda: Forgetful(die_hard)), seed=seed).divergence
    assert found is not None
    assert [act.name for act, _ in found.steps] in (
        ["fill_big", "restart"],
        ["fill_small", "restart"],
    )


@pytest.mark.parametrize("fault", PLANTED)
def test_no_shorter_run_shows_a_planted_fault(fault: str) -> None:
    """All that is shorter is run, each state once that is come to, and nothing diverges."""
    machine, setup, expected = PLANTED[fault]
    lockstep = Lockstep(machine, setup)
    steps = [(act, args) for act in machine.actions for args in act.instances(lockstep.scope)]
    longest: list[list[Step[Any]]] = [[]]
    known = set()
    for _ in expected[:-1]:
        shorter, longest = longest, []
        for run in ([*run, step] for run in shorter for step in steps):
            shown = last_shown(lockstep, run)
            if shown not in known:
                known.add(shown)
                longest.append(run)
    assert longest


def last_shown(lockstep: Lockstep[Any], steps: Sequence[Step[Any]]) -> str:
    """What an implementation shows after a run. Raises Divergence."""
    with lockstep.run() as run:
        for step in steps:
            run.take(step)
    return str(run.shown)


SHORTEST = {
    MissingGuard: ["register", "request", "record", "take", "take"],
    OffByOneTurn: ["register", "request", "record", "match"],  # of two steps
    LostWrite: ["register", "request", "record", "convict"],
    StaleRead: ["register", "request", "record", "record", "match", "convict"],  # of two steps
    WrongCulprit: ["register", "request", "record", "convict"],  # of two vendors, by the first
    ForgottenVersion: ["register", "register"],
}


@pytest.mark.parametrize("contract", some_full(SHORTEST, [*SHORTEST][2:]))
def test_fault_in_the_contract_is_found_and_shrunk(contract: type[BasicContract]) -> None:
    found = walk(find_machine("basic"), basic_setup(contract), runs=50, max_states=0).divergence
    assert found is not None
    assert sorted(act.name for act, _ in found.steps) == sorted(SHORTEST[contract])
    assert found.steps[-1][0].name == SHORTEST[contract][-1]


class Silent(Twin):
    """Does not tell that it has committed."""

    def state(self) -> Mapping[str, Value]:
        return {**super().state(), "commit_sent": False}


def test_fault_that_chance_misses_is_targeted() -> None:
    """Three managers prepare, three are counted, and only then is there something to tell."""
    silent = Setup(open=lambda: Silent(two_phase))
    assert walk(two_phase, silent, runs=10, steps=10, targeted=0).divergence is None
    found = walk(two_phase, silent, runs=10, steps=10, targeted=10_000).divergence
    assert found is not None
    assert len(found.steps) == 7


class Loud(Twin):
    """Its bell cannot be hushed."""

    def state(self) -> Mapping[str, Value]:
        return {**super().state(), "bell": self.spec.members > 0}


@pytest.mark.parametrize("seed", range(4))
def test_parameters_are_simplified(seed: int) -> None:
    """Whoever joined and rang the bell, the first person stands for them."""
    loud = Setup(lambda: Loud(club, PEOPLE, EVERYBODY), PEOPLE, EVERYBODY)
    found = walk(club, loud, runs=50, seed=seed).divergence
    assert found is not None
    assert [(act.name, args) for act, args in found.steps] == [("join", (b"ann",)), ("hush", ())]
