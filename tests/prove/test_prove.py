"""What is proved is what induction gives, and what is not proved is never said to be."""

import os
import re
import signal
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import attrs
import pytest
import z3

import checkers
from checkers.explore.ending import ENDS
from checkers.explore.explorer import explore
from checkers.market.subjects import SUBJECTS, find_machine
from checkers.prove.limits import Limit, z3_answer
from checkers.prove.obligations import NATURAL
from checkers.prove.proof import Obligation, Proof
from checkers.prove.prover import Prover
from spec.notation import Action, Machine, action, require
from spec.notation.reader import TermMap
from spec.notation.sorts import Value
from spec.textbook.peterson import peterson
from spec.textbook.two_phase import two_phase
from tests.support.bank import Account, Amount, Bank, bank, counterfeit, deposit, transfer
from tests.support.oracle import all_states, identity, successors
from tests.support.proofs import prove
from tests.support.selection import some_full

AnyMachine = Machine[Any]  # machines of every state type
# Its property takes an induction along the ring; the hardened protocol is proved by `verify`.
SLOW = ("token_ring", "hardened", "hardened_at_work")
INDUCTIVE = [name for name in SUBJECTS if name not in SLOW]


@pytest.fixture(scope="session")
def proof_of() -> Callable[[str], Proof[Any]]:
    known: dict[str, Proof[Any]] = {}

    def of(name: str) -> Proof[Any]:
        if name not in known:
            known[name] = prove(find_machine(name))
        return known[name]

    return of


@pytest.mark.parametrize("name", some_full(INDUCTIVE, ["basic", "orchestrated"]))
def test_machines_prove_what_they_claim(name: str, proof_of: Callable[[str], Proof[Any]]) -> None:
    machine, proof = find_machine(name), proof_of(name)
    refuted = {text.__name__ for text in machine.refuted}
    assert proof.complete
    assert {n for n in proof.obligations if proof.status(n) != "proved"} == refuted
    for property_, obligations in proof.obligations.items():
        if property_ not in refuted and property_ not in (NATURAL, ENDS):
            assert [o.action for o in obligations] == ["init", *(a.name for a in machine.actions)]


@pytest.mark.parametrize("name", some_full(INDUCTIVE, ["basic", "orchestrated"]))
def test_counterexamples_happen(name: str, proof_of: Callable[[str], Proof[Any]]) -> None:
    """Before, all that is proved holds and the property too; the action is taken; it is lost."""
    machine, proof = find_machine(name), proof_of(name)
    texts = {text.__name__: text for text in machine.predicates}
    proved = [texts[n] for n in proof.obligations if n in texts and proof.status(n) == "proved"]
    broken = [o for o in every_obligation(proof) if o.status == "broken"]
    # No small jug holds four gallons, so that nothing is seen to be broken.
    assert bool(broken) == bool(machine.refuted and name != "die_hard")
    for obligation in broken:
        example = obligation.counterexample
        assert example is not None
        scope, text = example.scope, texts[obligation.property]
        assert not machine.holds(text, example.after, scope)
        if example.action is None:
            continue
        assert example.action.name == obligation.action
        for kept in (*machine.assumptions, *proved, text):
            assert machine.holds(kept, example.before, scope)
        after = machine.copy(example.before)
        machine.apply(example.action, after, example.args, scope)
        assert identity(machine, after, scope) == identity(machine, example.after, scope)
        assert any(line.startswith(f"{obligation.action}(") for line in example.lines())


def every_obligation(proof: Proof[Any]) -> Iterable[Obligation[Any]]:
    return [o for obligations in proof.obligations.values() for o in obligations]


# Against induction by enumeration


def inductive(machine: AnyMachine, **sizes: int) -> set[str]:
    """The greatest set of properties that is inductive over every well-typed state of a size.

    All of them must hold at the start, as those of the textbook do.
    """
    scope = machine.scope(**sizes)
    texts = [*machine.always, *machine.lemmas]
    known: dict[Any, frozenset[str]] = {}

    def holding(s: Any) -> frozenset[str]:
        key = identity(machine, s, scope)
        if key not in known:
            known[key] = frozenset(t.__name__ for t in texts if machine.holds(t, s, scope))
        return known[key]

    steps = {
        (holding(s), holding(after))
        for s in all_states(machine, scope)
        for _, _, after in successors(machine, s, scope)
    }
    kept = frozenset(text.__name__ for text in texts)
    while lost := {n for before, after in steps if kept <= before for n in kept - after}:
        kept -= lost
    return set(kept)


def proved(machine: AnyMachine) -> set[str]:
    proof = prove(machine)
    return {name for name in proof.obligations if proof.status(name) == "proved"} - {
        NATURAL,
        ENDS,
    }


def without(machine: AnyMachine, lemma: str) -> AnyMachine:
    lemmas = [text for text in machine.lemmas if text.__name__ != lemma]
    return attrs.evolve(machine, lemmas=lemmas)


LEMMAS = [text.__name__ for text in two_phase.lemmas]


@pytest.mark.parametrize("lemma", some_full(LEMMAS, LEMMAS[2:]))
@pytest.mark.full
def test_without_a_lemma_what_enumeration_proves_is_proved(lemma: str) -> None:
    weaker = without(two_phase, lemma)
    assert proved(weaker) == inductive(weaker, Manager=2)


@pytest.mark.full
def test_without_lemmas_what_enumeration_proves_is_proved() -> None:
    for machine in (attrs.evolve(two_phase, lemmas=()), attrs.evolve(peterson, lemmas=())):
        assert proved(machine) == inductive(machine) == set()


# What is not proved


def test_a_property_false_at_the_start_is_broken_there() -> None:
    def supply_is_out(s: Bank) -> bool:
        return s.supply > 0

    machine = attrs.evolve(bank(deposit), always=(supply_is_out,))
    proof = prove(machine)
    [start] = proof.obligations["supply_is_out"]
    assert (start.action, start.status) == ("init", "broken")
    assert start.counterexample is not None
    assert not machine.holds(supply_is_out, start.counterexample.after, start.counterexample.scope)
    assert not proof.complete


@pytest.mark.parametrize("machine", [two_phase, peterson], ids=lambda machine: machine.name)
def test_unknown_is_not_proved(machine: AnyMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(z3.Solver, "check", lambda *_: z3.unknown)
    proof = prove(machine)
    assert {o.status for o in every_obligation(proof)} == {"undecided"}
    assert {proof.status(name) for name in proof.obligations} == {"undecided"}
    assert not proof.complete


def test_one_unknown_obligation_makes_its_property_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check = Prover._obligation

    def out_of_time(self: Prover[Any], *obliged: Any) -> Obligation[Any]:
        obligation = check(self, *obliged)
        slow = (obligation.property, obligation.action) == ("flag_tells_line", "enter")
        return attrs.evolve(obligation, status="undecided") if slow else obligation

    monkeypatch.setattr(Prover, "_obligation", out_of_time)
    proof = prove(peterson)
    assert proof.status("flag_tells_line") == "undecided"
    assert proof.status("mutual_exclusion") != "proved"  # it rested on the other
    assert not proof.complete


def test_what_is_neither_proved_nor_lost_says_how_to_go_on() -> None:
    hurried = attrs.evolve(two_phase, lemmas=(), sometimes=())
    told = str(prove(hurried, Limit(z3_steps=1)))
    assert (
        "neither proved within the limit, nor is a state known in which that fails; a larger"
        in told
    )
    assert "neither proved" not in str(prove(two_phase))


def test_what_must_be_reachable_is_told_not_to_be_looked_at() -> None:
    """Else who has a proof alone takes for shown what no run may ever reach."""

    def never(s: Any) -> bool:
        return False

    proof = prove(attrs.evolve(two_phase, sometimes=(never,)))
    assert "not looked at: never; explore looks for it, at a size" in str(proof)
    assert proof.json()["not_looked_at"] == ["never"]
    proof.assert_holds()
    assert "not looked at" not in str(prove(attrs.evolve(two_phase, sometimes=())))


def test_what_steps_leave_undecided_is_the_same_each_time() -> None:
    few = Limit(z3_steps=2_000)
    statuses = [
        [(o.action, o.property, o.status) for o in every_obligation(prove(peterson, few))]
        for _ in range(2)
    ]
    assert statuses[0] == statuses[1]
    assert {status for *_, status in statuses[0]} == {"proved", "undecided"}


def test_seconds_are_counted_only_for_who_asks() -> None:
    assert Limit.asked(None) == Limit()
    assert Limit.asked(7.0) == Limit(0, 0, 7.0)
    assert Limit().first.z3_steps < Limit().z3_steps < Limit().times(6).z3_steps


@action
def overdraw(s: Bank, a: Account, n: Amount) -> None:
    """A planted error: nothing says that the account holds the amount."""
    require(n <= s.supply, "there is as much money")
    s.balance[a] -= n
    s.supply -= n


def test_a_number_below_zero_is_no_proof() -> None:
    proof = prove(bank(deposit, overdraw))
    assert proof.status(NATURAL) == "broken"
    assert not proof.complete


def test_what_holds_of_no_start_is_not_proved() -> None:
    """An `init` that cannot be met would make everything true."""

    def never(s: Bank) -> None:
        require(s.audited, "audited")
        require(s.audited == (s.supply > s.supply), "not audited")

    assert not prove(attrs.evolve(bank(deposit), init=never)).complete


# An unsound proof does not stand


def disputed(machine: AnyMachine) -> set[str]:
    """What is proved for any size, and refuted at one."""
    found = explore(machine, machine.scope())
    return proved(machine) & {violation.property for violation in found.violations}


@pytest.mark.parametrize("actions", [(deposit, transfer), (deposit, counterfeit)])
def test_exploration_and_proof_agree(actions: tuple[Action[Bank], ...]) -> None:
    assert not disputed(bank(*actions))


def unchanged(self: TermMap) -> Value:
    """A sum that no write changes."""
    return self._total_before_writes()


def test_an_unsound_sum_is_caught_by_exploration(monkeypatch: pytest.MonkeyPatch) -> None:
    @action
    def gift(s: Bank, a: Account, n: Amount) -> None:
        s.balance[a] += n

    monkeypatch.setattr(TermMap, "total", unchanged)
    assert disputed(bank(gift)) == {"money_is_conserved"}


def test_a_prover_that_assumes_its_goal_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def all_proved(self: Prover[Any], solver: z3.Solver, limit: Limit) -> z3.CheckSatResult:
        return z3.unsat

    monkeypatch.setattr(Prover, "_check", all_proved)
    assert disputed(bank(counterfeit)) == {"money_is_conserved"}


@pytest.mark.parametrize("pushed", [False, True])
def test_who_interrupts_z3_is_obeyed(pushed: bool) -> None:
    """Z3 takes an interruption for a question that it cannot answer; why, it tells now and then."""
    x, y, z = z3.Ints("x y z")
    solver = z3.Solver()
    if pushed:
        solver.push()
    solver.add(x**3 + y**3 == z**3, x > 0, y > 0, z > 0)  # it would look for ever
    timer = threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT))
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` ignores it
    timer.start()
    before = threading.enumerate()
    try:
        with pytest.raises(KeyboardInterrupt):
            z3_answer(solver)
    finally:
        signal.signal(signal.SIGINT, heard)
    timer.join()
    assert set(threading.enumerate()) <= set(before)


def test_z3_is_asked_in_one_place() -> None:
    """Elsewhere an interruption would be taken for an answer."""
    files = Path(checkers.__file__).parent.rglob("*.py")
    asking = [
        file.name for file in files if re.search(r"(solver|alone)\.check\(", file.read_text())
    ]
    assert asking == ["limits.py"]
