"""What is proved rests on facts that no text contradicts, and on nothing that two steps share."""

from enum import Enum, StrEnum
from typing import Any

import attrs
import pytest
import z3

from checkers.explore.explorer import explore
from checkers.market.subjects import find_machine
from checkers.prove.bounded import bound
from checkers.prove.obligations import INIT, NATURAL, Induction
from checkers.prove.prover import runs_against
from spec.notation import (
    Fun,
    Machine,
    MachineError,
    Map,
    Ordinal,
    Sort,
    action,
    forall,
    implies,
    ite,
    not_,
    require,
    size,
    state,
    total,
)
from spec.notation.symbolic import Symbolic
from tests.support.proofs import prove
from tests.support.selection import some_full


class Phase(Enum):
    IDLE = 0
    ARMED = 1
    FIRED = 2


@state
class Fuse:
    phase: Phase


def idle(s: Fuse) -> None:
    s.phase = Phase.IDLE


@action
def arm(s: Fuse) -> None:
    require(s.phase == Phase.IDLE, "idle")
    s.phase = Phase.ARMED


@action
def fire(s: Fuse) -> None:
    require(s.phase == Phase.ARMED, "armed")
    s.phase = Phase.FIRED


def never_fired(s: Fuse) -> bool:
    return s.phase != Phase.FIRED


def never_armed(s: Fuse) -> bool:
    return s.phase != Phase.ARMED


@action
def glow(s: Fuse) -> None:
    require(s.phase == Phase.ARMED, "armed")


@pytest.mark.parametrize("text", [never_fired, never_armed])
@pytest.mark.parametrize("steps", range(1, 6))
def test_runs_that_stop_are_runs(text: Any, steps: int) -> None:
    """No run has three steps, and so nothing is told by runs of three."""
    machine = Machine("fuse", Fuse, idle, (arm, fire), always=(text,))
    assert prove(machine, steps=steps).status(text.__name__) != "proved"


@pytest.mark.parametrize("steps", range(1, 4))
def test_a_run_that_refutes_is_shown(steps: int) -> None:
    machine = Machine("fuse", Fuse, idle, (arm, fire), always=(never_fired,))
    runs = runs_against(prove(machine, steps=steps))
    assert list(runs) == ["never_fired"]
    assert [act.name for act, _ in runs["never_fired"].steps] == ["arm", "fire"]


def test_what_no_run_refutes_is_not_refuted() -> None:
    """`glow` is never possible, and `never_fired` not inductive: nobody arms."""
    machine = Machine("fuse", Fuse, idle, (fire, glow), always=(never_fired,))
    proof = prove(machine)
    assert proof.status("never_fired") == "broken"
    assert runs_against(proof) == {}


class Place(Ordinal):
    pass


class Amount(Ordinal):
    pass


class Owner(Sort):
    pass


@state
class Shelf:
    number: Map[Place, Place]
    weight: Map[tuple[Owner, Place], Place]
    small: Fun[[Place], Amount]
    kept: Map[Place, Amount]
    wrong: bool


@action
def stay(s: Shelf) -> None:
    require(s.wrong | not_(s.wrong), "always")


def count(s: Shelf) -> None:
    s.number.fill_by(lambda i: i)
    s.wrong = True


def count_twice(s: Shelf) -> None:
    s.number.fill_by(lambda i: i)
    s.weight.fill_by(lambda key: key[1])
    s.kept.fill_by(lambda i: s.small(i))
    s.wrong = True


def count_down(s: Shelf) -> None:
    s.number.fill_by(lambda i: size(Place) - 1 - i)
    s.wrong = True


def not_wrong(s: Shelf) -> bool:
    return not_(s.wrong)


@pytest.mark.parametrize("start", [count, count_twice, count_down])
@pytest.mark.parametrize("steps", some_full([1, 2, 3], [2, 3]))
@pytest.mark.full
def test_what_an_array_holds_past_its_keys_contradicts_nothing(start: Any, steps: int) -> None:
    machine = Machine("shelf", Shelf, start, (stay,), always=(not_wrong,))
    assert prove(machine, steps=steps).status("not_wrong") != "proved"


@pytest.mark.parametrize("start", [count, count_twice, count_down])
def test_a_filled_map_holds_what_fills_it(start: Any) -> None:
    """The least that a definition must say: what it does say of keys is not lost."""

    def counted(s: Shelf) -> bool:
        return forall(Place, lambda i: s.number[i] < size(Place))

    machine = Machine("shelf", Shelf, start, (stay,), always=(counted,))
    assert prove(machine).status("counted") == "proved"


@state
class Purse:
    wealthy: Fun[[Owner], bool]
    held: Map[Owner, Amount]
    old: Amount
    before: bool
    now: bool


def empty(s: Purse) -> None:
    s.held.fill(Amount(0))
    s.old = Amount(0)
    s.before = False
    s.now = False


@action
def pay(s: Purse, n: Amount) -> None:
    s.old = total(s.held)
    s.held.fill(n)
    s.before = s.now
    s.now = True


def steady(s: Purse) -> bool:
    return implies(s.before, s.old == total(s.held))


@pytest.mark.parametrize("steps", range(1, 4))
def test_two_steps_have_sums_of_their_own(steps: int) -> None:
    machine = Machine("purse", Purse, empty, (pay,), always=(steady,))
    assert prove(machine, steps=steps).status("steady") != "proved"


def test_equal_contents_have_equal_sums() -> None:
    @action
    def level(s: Purse, n: Amount) -> None:
        s.held.fill(n)
        s.old = total(s.held)

    def known(s: Purse) -> bool:
        return s.old == total(s.held)

    machine = Machine("purse", Purse, empty, (level,), always=(known,))
    assert prove(machine).status("known") == "proved"


def test_a_sum_of_what_fills_two_maps_alike_is_one_and_natural() -> None:
    """Each of the two contents is read with keys of its own."""

    @action
    def share(s: Purse, n: Amount) -> None:
        require(total(s.held) > 0, "something is held")
        s.held.fill_by(lambda o: ite(s.wealthy(o), n, Amount(0)))
        s.old = total(s.held)

    def known(s: Purse) -> bool:
        return s.old == total(s.held)

    proof = prove(Machine("purse", Purse, empty, (share,), always=(known,)))
    assert (proof.status("known"), proof.status(NATURAL)) == ("proved", "proved")


# Names


class Int(Sort):
    """A sort that is called as one of the solver's."""


class Bool(Enum):
    true = 0
    false = 1


@state
class Named:
    """Fields that are called as functions of the solver, and as what stands beside them."""

    select: Map[Int, Bool]
    store: Fun[[Int], Bool]
    n: bool
    true: Bool


def reset(s: Named) -> None:
    s.select.fill(Bool.true)
    s.n = False
    s.true = Bool.true


@action
def push(s: Named, n: Int, store: Int) -> None:
    s.select[n] = s.store(store)
    s.n = True


def let(s: Named) -> bool:
    return implies(not_(s.n), forall(Int, lambda i: s.select[i] == Bool.true))


def never(s: Named) -> bool:
    return not_(s.n)


named = Machine("named", Named, reset, (push,), always=(let,), refuted=(never,))


def test_names_of_the_solver_may_be_used() -> None:
    proof = prove(named, confirmed=True)
    assert (proof.status("let"), proof.status("never")) == ("proved", "broken")
    assert set(proof.answers.values()) == {"unsat"}


def test_two_sorts_of_one_name_are_two() -> None:
    """A machine has no two; a text can still name one that is not the machine's."""
    first, second = (type("Step", (Ordinal,), {}) for _ in range(2))
    symbolic = Symbolic(named)
    assert not symbolic.size(first).eq(symbolic.size(second))
    others = [type("Node", (Sort,), {}) for _ in range(2)]
    assert symbolic.sort(others[0]) != symbolic.sort(others[1])


class Kind(StrEnum):
    ONE = "1"


class Sign(StrEnum):
    ONE = "1"


def test_members_that_are_equal_as_text_are_of_two_sorts() -> None:
    symbolic = Symbolic(named)
    assert Kind.ONE == Sign.ONE  # type: ignore[comparison-overlap]  # they are, as text
    kind, sign = symbolic.constant(Kind.ONE, Kind), symbolic.constant(Sign.ONE, Sign)
    assert kind.sort() != sign.sort()


def test_places_of_a_run_share_what_never_changes() -> None:
    symbolic = Symbolic(named)
    one, two = (symbolic.apart(f"at {i}") for i in (1, 2))
    assert not any(
        a.eq(b) for a, b in zip(*(p.constants().values() for p in (one, two)), strict=True)
    )
    assert one.function("store").eq(two.function("store"))
    for name, parameter in one.parameters(push).items():
        assert not parameter.eq(two.parameters(push)[name])


# Nothing that is assumed is false of a run


@pytest.mark.parametrize("name", ["basic", "ledger", "bisection", "sharded_store", "token_ring"])
def test_what_is_assumed_has_a_model(name: str) -> None:
    machine = find_machine(name)
    induction = Induction(machine)
    groups = [induction.start(), *(induction.step(act, ()) for act in machine.actions)]
    for group in groups:
        solver = z3.Solver(ctx=induction.symbolic.context)
        solver.set("rlimit", 2_000_000)
        solver.add(*group.facts)
        assert solver.check() != z3.unsat


def test_a_run_from_too_many_states_to_explore_is_found() -> None:
    def number(s: Shelf) -> None:
        s.number.fill_by(lambda i: i)
        s.wrong = False

    @action
    def grow(s: Shelf, i: Place) -> None:
        s.number[i] = s.number[i] + 1
        s.wrong = s.number[i] > 5

    sizes = {Owner: 3, Place: 7, Amount: 7}
    machine = Machine("shelf", Shelf, number, (grow,), always=(not_wrong,), sizes=sizes)
    assert runs_against(prove(machine))["not_wrong"].extent == "1 step"


# Numbers below zero


@state
class Stock:
    left: Amount
    sold: Amount


def full(s: Stock) -> None:
    s.left = Amount(2)
    s.sold = Amount(0)


@action
def sell(s: Stock) -> None:
    s.left -= 1
    s.sold += 1


def nothing_lost(s: Stock) -> bool:
    return s.left + s.sold == 2


def owed(s: Stock) -> None:
    s.sold = Amount(0)
    s.left = s.sold - 1


stock = Machine("stock", Stock, full, (sell,), always=(nothing_lost,), sizes={Amount: 3})


def test_a_number_that_falls_below_zero_is_shown_to() -> None:
    proof = prove(stock)
    assert (proof.status("nothing_lost"), proof.status(NATURAL)) == ("proved", "broken")
    [broken] = [o for o in proof.unproved if o.property == NATURAL]
    assert broken.counterexample is not None
    assert broken.counterexample.lines()[-1].strip() == "left: -1 is no Amount"
    assert runs_against(proof)[NATURAL].extent == "2 steps"


def test_no_start_may_fall_below_zero() -> None:
    proof = prove(attrs.evolve(stock, init=owed, always=()))
    [broken] = [o for o in proof.unproved if o.property == NATURAL and o.action == INIT]
    assert broken.counterexample is not None
    assert not proof.complete


def test_bounded_checking_finds_what_falls_below_zero_and_what_is_cut() -> None:
    name = "sell takes no number below zero"
    assert name not in bound(stock, stock.scope(), 2).violations
    found = bound(stock, stock.scope(), 3)
    assert found.violations[name].extent == "2 steps"
    assert explore(stock, stock.scope()).violations[0].property == name
    assert found.cut == []

    @action
    def make(s: Stock) -> None:
        s.left += 1

    def nothing_sold(s: Stock) -> bool:
        return s.sold == 0

    making = attrs.evolve(stock, actions=(make,), always=(nothing_sold,))
    assert bound(making, making.scope(), 1).cut == ["make"]
    assert bound(making, making.scope(Amount=9), 6).cut == []


def test_bounded_checking_of_a_machine_that_cannot_start_is_refused() -> None:
    with pytest.raises(MachineError, match="stock cannot start at this size"):
        bound(stock, stock.scope(Amount=2), 3)


def test_what_a_step_leaves_alone_is_told_once_and_what_it_changes_anew() -> None:
    machine = find_machine("two_phase")
    symbolic = Symbolic(machine)
    before = symbolic.constants()
    for act in machine.actions:
        after = symbolic.transition(act, before).after
        for text in machine.always:
            told = symbolic.predicate(text, after)
            assert told.eq(symbolic.apart("where none was told").predicate(text, after))
