"""The notation refuses what it cannot read, in words that name the place and the mend."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st
from mypy import api

from checkers.explore.explorer import explore
from spec.notation import (
    Action,
    Ending,
    Machine,
    MachineError,
    Scope,
    action,
    exists,
    forall,
    require,
    size,
    state,
    total,
)
from spec.notation.symbolic import Symbolic
from tests.support.agreement import Agreement, Contents, contents
from tests.support.bank import (
    Account,
    Amount,
    Bank,
    Branch,
    Hours,
    bank,
    counterfeit,
    deposit,
    init,
    money_is_conserved,
    overdraw,
    transfer,
)
from tests.support.proofs import prove

# What Python decides by itself. In each text, the line that does is the first of the body.


def asks_if(s: Bank) -> bool:
    if s.audited:
        return s.supply == 0
    return s.supply == 1


def asks_while(s: Bank) -> bool:
    while s.audited:
        return False
    return True


def asks_and(s: Bank) -> bool:
    return s.audited and s.supply == 0


def asks_or(s: Bank) -> bool:
    return s.audited or s.supply == 0


def asks_not(s: Bank) -> bool:
    return not s.audited


def asks_in(s: Bank) -> bool:
    return s.hours in (Hours.CLOSED, Hours.OPEN)


def asks_chain(s: Bank) -> bool:
    return 0 < s.supply < 2


def asks_int(s: Bank) -> bool:
    return int(s.supply) == 0


def asks_range(s: Bank) -> bool:
    return list(range(s.supply)) == []


def asks_inside(s: Bank) -> bool:
    return forall(Account, lambda a: s.audited and s.balance[a] == 0)


DECISIONS: Mapping[Callable[[Bank], bool], str] = {
    asks_if: "for `if` write ite(condition, then, otherwise)",
    asks_while: "for `while` write an action for each turn",
    asks_and: "for `and` write a & b, or all_of(a, b)",
    asks_or: "for `or` write a | b, or any_of(a, b)",
    asks_not: "for `not` write not_(a)",
    asks_in: "for `in` write (x == a) | (x == b)",
    asks_chain: "compare two values at a time, with & between comparisons",
    asks_int: "",
    asks_range: "",
    asks_inside: "for `and` write a & b, or all_of(a, b)",
}


def name_of(text: Callable[..., object]) -> str:
    return text.__name__


@pytest.mark.parametrize("text", DECISIONS, ids=name_of)
def test_a_property_cannot_decide_in_python(text: Callable[[Bank], bool]) -> None:
    with pytest.raises(MachineError) as refused:
        Machine("bank", Bank, init, (deposit,), always=(text,))
    assert_says_where(refused.value, text, text.__name__)


@pytest.mark.parametrize("text", DECISIONS, ids=name_of)
def test_an_action_cannot_decide_in_python(text: Callable[[Bank], bool]) -> None:
    def audit(s: Bank) -> None:
        s.audited = text(s)

    with pytest.raises(MachineError) as refused:
        bank(action(audit))
    assert_says_where(refused.value, text, "audit")


def assert_says_where(error: MachineError, text: Callable[[Bank], bool], label: str) -> None:
    assert error.at == (__file__, text.__code__.co_firstlineno + 1)
    assert f": in bank.{label}:" in str(error)
    assert DECISIONS[text] in str(error)
    assert "\n" not in str(error)


# Malformed texts


def guards_late(s: Bank) -> None:
    s.audited = True
    require(s.supply == 0, "nothing was paid in")


def guards_after_fill(s: Bank) -> None:
    s.balance.fill(Amount(0))
    require(s.audited, "bank was audited")


def compares_sorts(s: Bank, a: Account) -> None:
    require(s.home[a] == a, "account is at home")  # type: ignore[comparison-overlap]  # refused


def keys_by_another_sort(s: Bank, b: Branch) -> None:
    s.balance[b] = Amount(0)  # type: ignore[index]  # refused


def stores_another_sort(s: Bank, a: Account) -> None:
    s.home[a] = a  # type: ignore[assignment]  # refused


def stores_a_bare_number(s: Bank) -> None:
    s.hours = 1  # type: ignore[assignment]  # refused


def assigns_a_map(s: Bank) -> None:
    s.balance = s.balance


def takes_two_keys(s: Bank, a: Account) -> None:
    s.balance[a, a] = Amount(0)  # type: ignore[index]  # refused


def divides_by_state(s: Bank) -> None:
    s.supply = s.supply // s.supply


def takes_remainder_by_zero(s: Bank) -> None:
    s.supply = s.supply % 0


def mixes_branches(s: Bank, a: Account) -> None:
    at_home = exists(Branch, lambda b: s.home[a] == b)
    s.audited = at_home == s.hours  # type: ignore[comparison-overlap]  # refused


def sums_branches(s: Bank) -> None:
    s.supply += total(s.home)  # type: ignore[type-var, operator]  # refused


def compares_with_a_bare_number(s: Bank, a: Account) -> None:
    require(s.home[a] == 0, "account is at home")  # type: ignore[comparison-overlap]  # refused


def stores_truth_as_a_number(s: Bank) -> None:
    s.supply = s.audited  # type: ignore[assignment]  # refused


def adds_truth(s: Bank) -> None:
    s.supply = s.supply + s.audited


def requires_a_number(s: Bank) -> None:
    require(s.supply, "something was paid in")  # type: ignore[arg-type]  # refused


MALFORMED: Mapping[Callable[..., None], str] = {
    guards_late: "'nothing was paid in'.* after an effect; put guards first",
    guards_after_fill: "'bank was audited'.* after an effect; put guards first",
    compares_sorts: "a Branch is compared with an Account; compare values of one sort",
    keys_by_another_sort: "balance wants an Account, not a Branch",
    stores_another_sort: "home wants a Branch, not an Account",
    stores_a_bare_number: "hours wants a Hours, not an int",
    assigns_a_map: "balance is a whole Map; write its cells, or fill",
    takes_two_keys: "balance takes 1 keys, not 2",
    divides_by_state: "divide by a positive number or a size",
    takes_remainder_by_zero: "divide by a positive number or a size",
    mixes_branches: "a bool is compared with a Hours",
    sums_branches: "total sums a map of numbers",
    compares_with_a_bare_number: "a Branch is compared with an int",
    stores_truth_as_a_number: "supply wants an Amount, not a bool",
    adds_truth: "a bool is used as a number",
    requires_a_number: "an Amount is no condition; compare it with something",
}


@pytest.mark.parametrize("text", MALFORMED, ids=name_of)
def test_a_malformed_action_is_refused(text: Callable[..., None]) -> None:
    with pytest.raises(MachineError, match=MALFORMED[text]):
        bank(action(text))


def unannotated(s: Bank, a) -> None:  # type: ignore[no-untyped-def]  # refused
    s.audited = True


def annotated_with_no_sort(s: Bank, n: int) -> None:
    s.audited = True


@pytest.mark.parametrize("text", [unannotated, annotated_with_no_sort], ids=name_of)
def test_a_parameter_needs_a_sort(text: Callable[..., None]) -> None:
    with pytest.raises(MachineError, match=f"{text.__name__}: parameter . needs a sort as its"):
        action(text)


def test_a_field_needs_a_sort() -> None:
    with pytest.raises(
        MachineError, match=r"Purse\.coins: int is no sort; use bool, a plain Enum with members, or"
    ):

        @state
        class Purse:
            coins: int


def test_a_state_needs_its_mark() -> None:
    class Purse:
        coins: Amount

    with pytest.raises(MachineError, match="Purse is no state; put @state above"):
        Machine("purse", Purse, lambda s: None, ())


def test_a_class_below_a_state_needs_its_mark_too() -> None:
    """It may bring attributes of its own, which Python would see, and no other domain."""

    @state
    class Purse:
        coins: Amount

    class Drained(Purse):
        pass

    with pytest.raises(MachineError, match="Drained is no state; put @state above"):
        Machine("purse", Drained, lambda s: None, ())


def test_a_machine_is_what_it_was_made_of() -> None:
    """Also where a list or a mapping that it was given is changed afterwards."""
    known = bank(deposit)
    actions, sizes = list(known.actions), dict(known.sizes)
    machine, scope = attrs.evolve(known, actions=actions, sizes=sizes), Scope(sizes)
    actions.clear()
    sizes.clear()
    assert list(machine.actions) == list(known.actions) != []
    assert machine.sizes == scope.sizes == known.sizes != {}


def test_a_property_returns_a_truth_value() -> None:
    def supply_of(s: Bank) -> bool:
        return s.supply  # type: ignore[return-value]  # refused

    with pytest.raises(MachineError, match=r"bank\.supply_of: it returns no condition") as refused:
        Machine("bank", Bank, init, (), always=(supply_of,))
    place = (__file__, supply_of.__code__.co_firstlineno)
    assert refused.value.at == place
    with pytest.raises(MachineError, match="it returns no condition") as refused:
        Machine("bank", Bank, init, (), ending=Ending(supply_of))
    assert refused.value.at == place


def test_a_rank_that_is_a_whole_map_is_told_to_be_its_total() -> None:
    def is_audited(s: Bank) -> bool:
        return s.audited

    def owned(s: Bank) -> int:
        return s.balance  # type: ignore[return-value]  # refused

    ending: Ending[Bank] = Ending(is_audited, (), (owned,))
    said = r"bank\.owned: a rank is a number, and this is a whole map; write total\(map\)"
    with pytest.raises(MachineError, match=said) as refused:
        Machine("bank", Bank, init, (), ending=ending)
    assert refused.value.at == (__file__, owned.__code__.co_firstlineno)


def test_names_are_used_once() -> None:
    again = attrs.evolve(deposit)
    with pytest.raises(MachineError, match="two actions are called deposit; rename one"):
        bank(deposit, again)


def test_what_is_given_twice_is_not_to_be_renamed() -> None:
    with pytest.raises(MachineError, match="deposit is given twice; leave one out"):
        bank(deposit, deposit)
    with pytest.raises(MachineError, match="money_is_conserved is given twice; leave one out"):
        attrs.evolve(bank(deposit), lemmas=(money_is_conserved,))


def test_sizes_name_sorts_of_the_machine() -> None:
    with pytest.raises(MachineError, match="bank has no sort Acount; it has Account, Amount, Br"):
        bank(deposit).scope(Acount=2)
    with pytest.raises(MachineError, match="Account=0: a size is a whole number of 1 or more"):
        bank(deposit).scope(Account=0)
    with pytest.raises(MachineError, match=r"given by name, as in bank.scope\(Account=2, "):
        bank(deposit).scope(5)  # type: ignore[arg-type]  # as of a user without mypy
    with pytest.raises(MachineError, match="has no size; give one, as in"):
        explore(bank(deposit), Scope())


def test_words_are_used_in_a_machine() -> None:
    with pytest.raises(MachineError, match="used outside of a machine"):
        size(Amount)


# What is read cannot be changed in place


@action
def bump(s: Bank, a: Account) -> None:
    s.balance[a] += 1


@action
def hold(s: Bank, a: Account) -> None:
    held = s.balance[a]
    held += 1
    s.supply = held
    s.balance[a] = held - 1


machine = bank(bump, hold, transfer)
scope = machine.scope()
agreement = Agreement(machine, scope)
accounts = st.sampled_from(scope.elements(Account))


def concrete(cells: Contents) -> Bank:
    """A state with these contents."""
    fields: dict[str, Any] = {}  # values of any sort
    for (name, key), value in cells.items():
        if key:
            fields.setdefault(name, {})[key[0]] = value
        else:
            fields[name] = value
    return machine.concrete(scope, fields)


@given(contents(machine, scope), accounts, accounts)
@settings(deadline=None)
@pytest.mark.full
def test_a_write_touches_its_own_cell(before: Contents, a: int, other: int) -> None:
    old = before["balance", (a,)]
    for act, written in ((bump, ("balance", (a,))), (hold, ("supply", ()))):
        agreement.check(before, act, (a,))
        if old + 1 < scope.size(Amount):
            after = concrete(before)
            machine.apply(act, after, (a,), scope)
            wanted = concrete({**before, written: old + 1})
            assert list(machine.cells(after)) == list(machine.cells(wanted))
    agreement.check(before, transfer, (a, other, 1))


def test_an_exploration_of_counters_visits_their_product() -> None:
    """An update in place once made these 9 states instead of 1,521."""
    counters = bank(bump, name="counters")
    found = explore(counters, counters.scope(Amount=39))
    assert found.distinct_states == 39**2


# Sums


@given(contents(machine, scope))
@settings(deadline=None)
def test_total_is_the_sum(before: Contents) -> None:
    by_hand = sum(before["balance", (a,)] for a in range(2)) == before["supply", ()]
    assert machine.holds(money_is_conserved, concrete(before), scope) == by_hand
    in_batch = agreement.batch.predicate(money_is_conserved)
    assert in_batch(agreement.batch.layout.pack([before])).tolist() == [by_hand]


@action
def shuffle(s: Bank, a: Account, b: Account, c: Account, n: Amount) -> None:
    """Writes that may meet in one cell, and one of what another has just written."""
    s.balance[a] += n
    s.balance[b] = s.balance[a] + s.balance[c]
    s.balance[c] = Amount(1)


small = st.integers(0, 9)


@given(st.lists(small, min_size=3, max_size=3), st.tuples(*[st.integers(0, 2)] * 3), small)
@settings(deadline=None)
def test_total_is_carried_through_any_writes(
    balances: list[int], who: tuple[int, int, int], n: int
) -> None:
    """For any number of accounts, the sum after is the sum before and what three writes change."""
    symbolic = Symbolic(bank(shuffle))
    before = symbolic.constants()
    transition = symbolic.transition(shuffle, before)
    accounts = [z3.Const(f"account {i}", symbolic.sort(Account)) for i in range(3)]
    solver = z3.Solver(ctx=symbolic.context)
    solver.add(z3.Distinct(*accounts), before["total balance"] == 100)
    solver.add(*(before["balance"][a] == b for a, b in zip(accounts, balances, strict=True)))
    for name, index in zip("abc", who, strict=True):
        solver.add(transition.parameters[name] == accounts[index])
    solver.add(transition.parameters["n"] == n)

    after = list(balances)
    a, b, c = who
    after[a] += n
    after[b] = after[a] + after[c]
    after[c] = 1
    goal = transition.after["total balance"] == 100 + sum(after) - sum(balances)
    assert solver.check() == z3.sat
    assert solver.check(z3.Not(goal)) == z3.unsat


def test_conservation_is_proved_for_any_number_of_accounts() -> None:
    proof = prove(bank(deposit, transfer))
    assert proof.complete
    assert {proof.status(name) for name in proof.obligations} == {"proved"}


@pytest.mark.parametrize("error", [counterfeit, overdraw], ids=lambda act: act.name)
def test_a_planted_error_is_not_proved(error: Action[Bank]) -> None:
    proof = prove(bank(deposit, transfer, error))
    assert "broken" in {proof.status(name) for name in proof.obligations}
    found = explore(bank(deposit, transfer, error), scope)
    assert found.violations


# Types

TYPED = """\
from enum import Enum

from spec.notation import Map, Ordinal, Sort, action, forall, ite, require, state


class Request(Sort): ...
class Vendor(Sort): ...
class Step(Ordinal): ...


class Phase(Enum):
    IDLE = 0
    DONE = 1


@state
class Market:
    owner: Map[Request, Vendor]
    phase: Map[Request, Phase]
    step: Map[Request, Step]
    open: bool


@action
def right(s: Market, r: Request, v: Vendor) -> None:
    require((s.owner[r] == v) & s.open, "vendor owns the request")
    require(forall(Request, lambda q: s.step[q] <= s.step[r]), "request is furthest")
    s.owner[r] = v
    s.step[r] += 1
    s.step[r] = (s.step[r] + 1) % 2
    s.phase[r] = ite(s.step[r] == 1, Phase.DONE, Phase.IDLE)


@action
def wrong(s: Market, r: Request, v: Vendor) -> None:
    require(s.owner[r] == r, "compares two sorts")  # error
    require(forall(Request, lambda q: s.phase[v] == Phase.DONE), "looks up a vendor")  # error
    s.owner[r] = r  # error
    s.phase[v] = Phase.DONE  # error
    s.phase[r] = 1  # error
    s.step[r] = s.phase[r]  # error
    s.open = s.step[r]  # error
    s.phase[r] = ite(s.open, Phase.DONE, v)  # error
    s.missing = v  # error
"""


def test_types_tell_sorts_apart(tmp_path: Path) -> None:
    """mypy finds each line that mixes sorts, and nothing else."""
    text = tmp_path / "typed.py"
    text.write_text(TYPED)
    options = ["--strict", "--no-error-summary", "--config-file=", "--no-incremental"]
    report, failure, _ = api.run([*options, str(text)])
    assert not failure
    found = {int(line.split(":")[1]) for line in report.splitlines() if ": error:" in line}
    marked = {n for n, line in enumerate(TYPED.splitlines(), 1) if line.endswith("# error")}
    assert found == marked
