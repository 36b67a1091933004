"""No engine has the last word: what one proves others decide again, and errors are caught."""

import os
from enum import Enum
from pathlib import Path
from typing import Any

import attrs
import blake3
import pytest
import z3

from checkers.explore.ending import ENDS
from checkers.explore.explorer import explore
from checkers.market.subjects import SUBJECTS, find_machine
from checkers.prove.bounded import bound
from checkers.prove.core import load_bearing
from checkers.prove.counterexample import Counterexample
from checkers.prove.disagreement import Disagreement
from checkers.prove.limits import Limit
from checkers.prove.obligations import Induction
from checkers.prove.opinion import Question, confirm, decide, questions
from checkers.prove.proof import reached
from checkers.prove.prover import Prover
from checkers.prove.reach import Reach, reach
from checkers.prove.typespace import Enumeration, TooMany, TypeSpace, largest
from spec.notation import (
    Fun,
    Machine,
    MachineError,
    Map,
    Ordinal,
    Sort,
    action,
    forall,
    not_,
    require,
    state,
)
from spec.notation.reader import TermMap
from spec.notation.sorts import Value
from spec.textbook.two_phase import two_phase
from tests.support.bank import Account, Amount, Bank, bank, counterfeit, deposit, transfer
from tests.support.oracle import all_states, successors
from tests.support.proofs import prove
from tests.support.selection import some_full

# Of two cvc5 leaves something unknown; the hardened protocol's proof `verify` has confirmed.
UNCONFIRMED = ("token_ring", "dining_philosophers", "hardened", "hardened_at_work")
CONFIRMED = [name for name in SUBJECTS if name not in UNCONFIRMED]
SLOW = ("basic", "orchestrated", "ledger", "peterson", "sharded_store")


# A second solver


@pytest.mark.parametrize("name", some_full(CONFIRMED, SLOW))
def test_cvc5_confirms_every_obligation(name: str) -> None:
    proof = prove(attrs.evolve(find_machine(name), refuted=()), confirmed=True)
    assert proof.complete
    assert proof.answers
    assert set(proof.answers.values()) == {"unsat"}
    assert isinstance(proof.enumeration, Enumeration)
    assert proof.enumeration.losses == 0
    assert set(proof.enumeration.taken) <= {act.name for act in proof.machine.actions}


def test_obligations_are_files_that_other_solvers_read(tmp_path: Path) -> None:
    proof = prove(two_phase, export=tmp_path)
    listed = [line.split("  ") for line in (tmp_path / "DIGESTS").read_text().splitlines()]
    assert len(listed) == 8 * 8 + len(proof.obligations[ENDS])
    for digest, name in listed:
        script = (tmp_path / name).read_text()
        assert blake3.blake3(script.encode()).hexdigest() == digest
    solver = z3.Solver()
    solver.from_string(script)
    assert solver.check() == z3.unsat


def first_question(machine: Machine[Any]) -> Question:
    prover = Prover(machine)
    proof = prover.run()
    return next(iter(questions(prover.groups(proof.kept))))


def test_an_obligation_that_was_tampered_with_stops_everything() -> None:
    question = first_question(two_phase)
    assert decide(question, Limit()) == "unsat"
    lines = question.script.replace("(check-sat)", "").splitlines()
    goal = next(i for i in range(len(lines)) if lines[i].startswith("(assert"))
    declared = [line for line in lines[:goal] if not line.startswith(";")]
    weaker = attrs.evolve(question, script="\n".join([*declared, "(check-sat)"]))
    assert weaker.digest != question.digest
    with pytest.raises(Disagreement, match=r"init keeps consistent says z3, and does not says"):
        confirm([weaker], Limit())


def test_while_cvc5_looks_for_an_answer_others_can_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks in another process: in this one, not even a thread could."""
    monkeypatch.setattr("checkers.prove.opinion.decide", lambda *_: str(os.getpid()))
    answers = confirm([first_question(two_phase)], Limit())
    assert str(os.getpid()) not in answers.values()


def test_what_cvc5_does_not_know_confirms_nothing() -> None:
    question = attrs.evolve(first_question(two_phase), script="(set-logic ALL)\n")
    assert confirm([question], Limit()) == {("init", "consistent"): "unknown"}


def test_a_satisfiable_obligation_is_refuted_by_cvc5() -> None:
    machine = attrs.evolve(two_phase, lemmas=())
    induction = Induction(machine)
    groups = [induction.step(act, ["consistent"]) for act in machine.actions]
    answers = {q.action: decide(q, Limit()) for q in questions(groups)}
    assert answers["receive_commit"] == "sat"
    assert answers["prepare"] == "unsat"


# Enumeration


def test_safety_alone_has_the_published_counterexample_edges() -> None:
    """46,080 at three managers, as published with a machine-checked proof of this protocol."""
    space = TypeSpace(two_phase, two_phase.scope())
    assert space.size == 4**3 * 3 * 2**3 * 2**5
    assert space.check(["consistent"]).losses == 46_080


@pytest.mark.parametrize("name", ["two_phase", "peterson", "dining_philosophers"])
def test_enumeration_counts_what_a_plain_one_counts(name: str) -> None:
    machine = find_machine(name)
    sizes = {sort.__name__: 2 for sort in machine.sorts}
    scope = machine.scope(**sizes)
    texts = [*machine.always, *machine.lemmas]
    good = [s for s in all_states(machine, scope) if all(machine.holds(t, s, scope) for t in texts)]
    found = TypeSpace(machine, scope).check([t.__name__ for t in texts])
    assert found.states == len(good)
    assert found.edges == sum(1 for s in good for _ in successors(machine, s, scope))
    assert found.losses == 0


@pytest.mark.full
def test_enumeration_grows_until_every_action_happens() -> None:
    basic = find_machine("basic")
    kept = [t.__name__ for t in (*basic.always, *basic.lemmas)]
    space = largest(basic, kept)
    assert space.reach(kept)[0] == len(basic.actions)


def test_too_large_a_type_space_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooMany, match="more than 100 states have the properties"):
        TypeSpace(two_phase, two_phase.scope(), most=100).states(["consistent"])
    monkeypatch.setattr(
        "checkers.prove.prover.largest", lambda *_, **__: TypeSpace(two_phase, two_phase.scope(), 1)
    )
    assert isinstance(prove(two_phase, confirmed=True).enumeration, TooMany)


def test_an_unsound_sum_is_caught_by_enumeration(monkeypatch: pytest.MonkeyPatch) -> None:
    def unchanged(self: TermMap) -> Value:
        return self._total_before_writes()

    @action
    def gift(s: Bank, a: Account, n: Amount) -> None:
        s.balance[a] += n

    monkeypatch.setattr(TermMap, "total", unchanged)
    with pytest.raises(Disagreement, match=r"enumeration that gift\(.*\) loses it; trust neither"):
        prove(bank(gift), confirmed=True)


def test_an_unsound_solver_is_caught_by_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Prover, "_check", lambda *_: z3.unsat)
    with pytest.raises(Disagreement, match="and does not says cvc5"):
        prove(attrs.evolve(two_phase, lemmas=()), confirmed=True)
    monkeypatch.setattr("checkers.prove.prover.confirm", lambda *_: {})
    with pytest.raises(Disagreement, match="and enumeration that"):
        prove(attrs.evolve(two_phase, lemmas=()), confirmed=True)


# Bounded checking


@pytest.mark.parametrize("name", some_full(["die_hard", "basic", "ledger"], ["ledger"]))
def test_bounded_checking_finds_what_exploration_finds(name: str) -> None:
    machine = find_machine(name)
    scope = machine.scope(**({"Request": 1, "Vendor": 1} if name == "basic" else {}))
    found = explore(machine, scope)
    lengths = {v.property: v.trace.length for v in found.violations}
    bounded = bound(machine, scope, depth=6)
    assert bounded.complete
    assert {n: t.length for n, t in bounded.violations.items()} == {
        n: length for n, length in lengths.items() if length <= 6
    }


def test_bounded_checking_says_how_deep_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bound(two_phase, two_phase.scope(), 3).depth == 3
    monkeypatch.setattr(z3.Solver, "check", lambda *_: z3.unknown)
    found = bound(two_phase, two_phase.scope(), 3)
    assert not found.complete
    assert found.depth == -1
    with pytest.raises(MachineError, match="depth is given as a whole number of 0 or more"):
        bound(two_phase, two_phase.scope(), -1)


def test_bounded_checking_says_what_its_runs_are_too_short_for() -> None:
    """What holds of a manager that has committed says nothing of shorter runs than it takes one:
    it prepares, is counted, all is decided, it is told."""
    one = two_phase.scope(Manager=1)
    [place] = bound(two_phase, one, 3).vacuous["consistent"]
    assert place.startswith("two_phase.py:")
    assert bound(two_phase, one, 4).vacuous == {}


# Several steps


class Lane(Sort):
    pass


@state
class Shift:
    """A register: what enters is carried on from place to place, and a fault is never entered."""

    one: Map[Lane, bool]
    two: Map[Lane, bool]
    three: Map[Lane, bool]


def init(s: Shift) -> None:
    s.one.fill(False)
    s.two.fill(False)
    s.three.fill(False)


@action
def shift(s: Shift) -> None:
    s.three.fill_by(lambda lane: s.two[lane])
    s.two.fill_by(lambda lane: s.one[lane])


def no_fault_comes_out(s: Shift) -> bool:
    return forall(Lane, lambda lane: not_(s.three[lane]))


register = Machine("register", Shift, init, (shift,), always=(no_fault_comes_out,), sizes={Lane: 1})


@action
def enter(s: Shift, lane: Lane) -> None:
    s.one[lane] = True


def test_a_property_may_take_several_steps_to_be_inductive() -> None:
    """Nothing clears `one`; a fault there comes out two steps later, so three states show it."""
    name = "no_fault_comes_out"
    assert prove(register).status(name) == "broken"
    assert prove(register, steps=2).status(name) == "broken"
    proof = prove(register, steps=3, confirmed=True)
    assert proof.status(name) == "proved"
    first = [f"state {number} of a run" for number in (1, 2, 3)]
    assert [o.action for o in proof.obligations[name]] == [*first, "after 3 states"]
    assert proof.answers["after 3 states", name] == "unsat"


def test_several_steps_prove_nothing_false() -> None:
    faulty = attrs.evolve(register, actions=(shift, enter))
    assert explore(faulty, faulty.scope()).violations
    assert prove(faulty, steps=4).status("no_fault_comes_out") != "proved"


# What bears load


def test_every_lemma_of_two_phase_bears_load() -> None:
    kept = [t.__name__ for t in (*two_phase.always, *two_phase.lemmas)]
    found = load_bearing(two_phase, kept)
    assert found.removable == []
    assert set(found.core) == set(kept)


def test_a_lemma_that_says_nothing_new_is_removable() -> None:
    def idle(s: Any) -> bool:
        return forall(Account, lambda a: s.balance[a] >= 0)

    machine = attrs.evolve(bank(deposit, transfer), lemmas=(idle,))
    found = load_bearing(machine, ["money_is_conserved", "idle"])
    assert found.removable == ["idle"]
    assert found.core == ["money_is_conserved"]


# Counterexamples say whether they can happen


def way_to(example: Counterexample[Any]) -> Reach[Any]:
    return reach(example.machine, example.scope, example.before)


def test_a_counterexample_says_whether_a_run_leads_to_it() -> None:
    [lost] = [
        o
        for o in prove(attrs.evolve(two_phase, lemmas=())).obligations["consistent"]
        if o.counterexample and o.action == "receive_commit"
    ]
    assert lost.counterexample is not None
    told = reached(way_to(lost.counterexample))
    assert told.startswith("no run leads there at this size: a lemma that excludes it is missing;")
    assert told.endswith("`tallystick strengthen` looks for one, and --steps 2 may do without")
    broken = prove(bank(deposit, counterfeit)).obligations["money_is_conserved"]
    ways = [reached(way_to(o.counterexample)) for o in broken if o.counterexample]
    assert ways
    assert all("leads there: what is lost does not hold" in line for line in ways)


class Height(Ordinal):
    pass


@state
class Ball:
    height: Height
    still: bool


def thrown(s: Ball) -> None:
    s.height = Height(3)
    s.still = False


@action
def fall(s: Ball) -> None:
    require(s.height > 0, "it is above the ground")
    s.height -= 1


@action
def rest(s: Ball) -> None:
    require(s.height == 1, "it is near the ground")
    s.still = True


@pytest.mark.parametrize(("size", "leads"), [(2, False), (4, True)])
def test_where_nothing_starts_a_larger_size_may_lead_there(size: int, *, leads: bool) -> None:
    ball = Machine("ball", Ball, thrown, (fall, rest), sizes={Height: size})
    target = ball.concrete(ball.scope(), {"height": 1, "still": True})
    way = reach(ball, ball.scope(), target)
    assert (way.trace is not None) is leads
    assert ("larger ones were not looked at" in reached(way)) is not leads


class Floor(Enum):
    FIRST = 0


@state
class Drop:
    top: Fun[[Floor], Height]
    height: Height


def dropped(s: Drop) -> None:
    s.height = s.top(Floor.FIRST)


@action
def land(s: Drop) -> None:
    s.height = Height(0)


def test_where_the_example_does_not_fit_a_larger_size_may_lead_there() -> None:
    """An unproved property of a machine that has one ended in a complaint about the example."""
    example = {"top": lambda floor: 7}
    drop = Machine("drop", Drop, dropped, (land,), sizes={Height: 8}, example=example)
    small = drop.scope(Height=3)
    way = reach(drop, small, drop.concrete(small, {"top": {Floor.FIRST: 2}, "height": 1}))
    assert way.trace is None
    assert "larger ones were not looked at" in reached(way)
