"""Mutants are the protocol with one place changed, and each layer kills what it can see."""

import ast
import inspect
from collections.abc import Iterator
from typing import Any, get_args

import attrs
import pytest

from checkers.explore.explorer import explore
from checkers.market.hardened.stories import REHEARSALS
from checkers.market.subjects import find_machine
from checkers.mutate.comparison import Comparer
from checkers.mutate.edits import Kind
from checkers.mutate.layers import ByBounds, ByExploration, ByStories, Layer
from checkers.mutate.mutants import Mutant, mutants
from checkers.mutate.mutation import Mutation, mutate
from checkers.prove.limits import Limit
from spec.hardened import hardened
from spec.hardened.state import Market
from spec.notation import Machine, MachineError, Map, Sort, action, forall, not_, require, state
from spec.textbook.two_phase import two_phase
from tests.support.selection import some_full


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


@pytest.fixture(scope="session")
def judged() -> Mutation[Club]:
    return mutate(club, all_layers=True, workers=1)


def described(mutation: Mutation[Any], start: str) -> Any:
    return next(row for row in mutation.rows if row.said.startswith(start))


@pytest.mark.full
def test_every_kind_of_mutation_occurs() -> None:
    few = ("basic", "ledger", "two_phase", "peterson", "pipeline")
    found = {mutant.kind for name in few for mutant in mutants(find_machine(name))}
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
    layers: list[Layer] = [ByExploration([]), ByBounds(club.scope(), 0, Limit())]
    mutation = mutate(club, layers=layers, workers=1)
    seen = {name for r in mutation.rows for name, o in r.outcomes.items() if o.verdict == "killed"}
    assert seen <= {"notation"}


def test_what_is_shown_equivalent_explores_alike(judged: Mutation[Club]) -> None:
    whole = explore(club, club.scope())
    for row in judged.survivors:
        mutant: Mutant[Club] = row.mutant
        if not row.is_hole and mutant.machine:
            assert explore(mutant.machine, club.scope()).distinct_states == whole.distinct_states


@pytest.mark.full
def test_what_is_decided_by_the_definitions_alone_is_never_looked_at() -> None:
    """A switch that is off may as well be another one; a guard that is left out is missed."""
    changed = {mutant.description: mutant for mutant in mutants_of("assign")}
    comparer = Comparer(hardened, (), ())
    same = {
        said
        for said, m in changed.items()
        if m.machine and comparer.reads_the_same(m.machine, "assign")
    }
    assert same
    assert all("Hardening." in said for said in same)
    assert not any("drop require" in said for said in same)


def mutants_of(name: str) -> Iterator[Mutant[Market]]:
    """The mutants of one action of the hardened protocol."""
    alone = attrs.evolve(hardened.bare, actions=[hardened.action(name)])
    for mutant in mutants(alone):
        if mutant.machine is None:
            continue
        [changed] = mutant.machine.actions
        yield attrs.evolve(mutant, machine=hardened.with_action(changed))


@pytest.mark.parametrize("name", some_full(["sign", "retire"], ["retire"]))
@pytest.mark.full
def test_stories_tell_changes_of_the_hardened_protocol(name: str) -> None:
    """What they do not tell apart does the same in every state that has its properties."""
    layer = ByStories(REHEARSALS)
    comparer = Comparer(hardened, (*hardened.always, *hardened.lemmas), ())
    for mutant in mutants_of(name):
        assert mutant.machine is not None
        outcome = layer(mutant.machine, name)
        if outcome.verdict == "survived":
            comparison = comparer(mutant.machine, name)
            assert not comparison.is_hole, f"{mutant.description}: {comparison.said}"


def test_what_is_not_explored_is_a_hole_unless_it_is_shown_to_be_alike() -> None:
    """Nothing is taken for equivalent because nobody looked."""
    blind, seeing = (Comparer(club, (), scopes) for scopes in ((), [club.scope()]))
    harmless = set()
    for mutant in mutants(club):
        assert mutant.machine is not None
        if not blind(mutant.machine, mutant.action).is_hole:
            assert not seeing(mutant.machine, mutant.action).is_hole
            harmless.add(mutant.description.partition(": ")[2])
    assert harmless == {
        "ask 'not banned' before 'no member yet'",
        "drop require(not_(s.member[a]), 'no member yet')",
    }


def test_a_text_that_cannot_be_read_again_is_refused() -> None:
    def made() -> Machine[Club]:
        limit = True

        @action
        def quit(s: Club, a: Account) -> None:
            s.member[a] = not limit

        return attrs.evolve(club, actions=(quit,))

    with pytest.raises(MachineError, match="quit depends on where it is made"):
        list(mutants(made()))
