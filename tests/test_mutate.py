"""Mutants are the protocol with one place changed, and each layer kills what it can see."""

import ast
import inspect
from typing import Any, get_args

import attrs
import pytest

from checkers.explore import explore
from checkers.mutants import Kind, Mutant, mutants
from checkers.mutate import ByBounds, ByExploration, Layer, Mutation, mutate
from checkers.registry import MACHINES
from spec.notation import Machine, MachineError, Map, Sort, action, forall, not_, require, state
from spec.textbook.two_phase import two_phase


class Account(Sort):
    pass


@state
class Club:
    member: Map[Account, bool]
    banned: Map[Account, bool]


def init(s: Club) -> None:
    s.member.fill(False)
    s.banned.fill(False)


@action
def join(s: Club, a: Account) -> None:
    require(not_(s.member[a]), "no member yet")
    require(not_(s.banned[a]), "not banned")
    s.member[a] = True


@action
def ban(s: Club, a: Account) -> None:
    s.member[a] = False
    s.banned[a] = True


def no_member_is_banned(s: Club) -> bool:
    return forall(Account, lambda a: not_(s.member[a] & s.banned[a]))


def somebody_joins(s: Club) -> bool:
    return forall(Account, lambda a: s.member[a])


def somebody_is_banned(s: Club) -> bool:
    return forall(Account, lambda a: s.banned[a])


club = Machine(
    "club",
    Club,
    init,
    (join, ban),
    always=(no_member_is_banned,),
    sometimes=(somebody_joins, somebody_is_banned),
    sizes={Account: 2},
)


@pytest.fixture(scope="module")
def judged() -> Mutation[Club]:
    return mutate(club, all_layers=True, workers=1)


def described(mutation: Mutation[Any], start: str) -> Any:
    return next(row for row in mutation.rows if row.said.startswith(start))


def test_every_kind_of_mutation_occurs() -> None:
    found = {mutant.kind for machine in MACHINES.values() for mutant in mutants(machine)}
    assert found == set(get_args(Kind))


@pytest.mark.parametrize("machine", [club, two_phase], ids=lambda machine: machine.name)
def test_a_mutant_differs_from_the_protocol_in_one_action(machine: Machine[Any]) -> None:
    for mutant in mutants(machine):
        if mutant.machine is None:
            assert mutant.refusal
            continue
        changed = [
            act.name
            for act, other in zip(machine.actions, mutant.machine.actions, strict=True)
            if act is not other
        ]
        assert changed == [mutant.action]


def test_a_mutant_names_the_line_that_it_changes() -> None:
    dropped = next(m for m in mutants(club) if m.kind == "guard dropped")
    lines = inspect.getsource(inspect.getmodule(Club) or ast).splitlines()
    assert "no member yet" in lines[dropped.line - 1]


def test_dropping_a_guard_that_matters_is_seen_by_three_layers(judged: Mutation[Club]) -> None:
    row = next(r for r in judged.rows if "drop require(not_(s.banned[a]" in r.said)
    assert row.outcomes["exploration"].verdict == "killed"
    assert row.outcomes["induction"].verdict == "killed"
    assert row.outcomes["bounded"].verdict == "killed"
    assert row.outcomes["lockstep"].verdict == "not applicable"
    assert row.killed


def test_a_guard_that_stops_nothing_is_shown_to_be_equivalent(judged: Mutation[Club]) -> None:
    """To join twice changes nothing: the state is the same, and only the refusal differs."""
    row = next(r for r in judged.rows if "drop require(not_(s.member[a]" in r.said)
    assert not row.killed
    assert not row.is_hole
    assert row.comparison is not None
    assert row.comparison.said.startswith("differs only in steps that change nothing")


def test_two_guards_in_the_other_order_differ_in_the_reason(judged: Mutation[Club]) -> None:
    row = next(r for r in judged.rows if r.mutant.kind == "guards reordered")
    assert row.comparison is not None
    assert row.comparison.said.startswith(("differs only in the reason", "equivalent"))


def test_what_no_property_speaks_of_is_a_hole() -> None:
    silent = attrs.evolve(club, always=(), sometimes=())
    mutation = mutate(silent, workers=1)
    holes = {row.said for row in mutation.holes}
    assert any("drop s.banned[a] = True" in said for said in holes)
    for row in mutation.holes:
        assert row.comparison is not None
        assert row.comparison.lines[-2].startswith("     protocol: ")
    assert mutation.lines()
    assert mutation.json()["holes"] == len(holes)


def test_processes_say_what_one_says(judged: Mutation[Club]) -> None:
    again = mutate(club, all_layers=True, workers=2)
    assert [row.json() for row in again.rows] == [row.json() for row in judged.rows]


def test_a_layer_that_is_blind_kills_nothing() -> None:
    layers: list[Layer] = [ByExploration([]), ByBounds(club.scope(), 0, 1.0)]
    mutation = mutate(club, layers=layers, workers=1)
    seen = {name for r in mutation.rows for name, o in r.outcomes.items() if o.verdict == "killed"}
    assert seen <= {"notation"}


def test_what_is_shown_equivalent_explores_alike(judged: Mutation[Club]) -> None:
    whole = explore(club, club.scope())
    for row in judged.survivors:
        mutant: Mutant[Club] = row.mutant
        if not row.is_hole and mutant.machine:
            assert explore(mutant.machine, club.scope()).distinct_states == whole.distinct_states


def test_a_text_that_cannot_be_read_again_is_refused() -> None:
    def made() -> Machine[Club]:
        limit = True

        @action
        def quit(s: Club, a: Account) -> None:
            s.member[a] = not limit

        return attrs.evolve(club, actions=(quit,))

    with pytest.raises(MachineError, match="quit depends on where it is made"):
        list(mutants(made()))
