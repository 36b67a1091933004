"""The textbook machines, held to their published figures and to what they claim."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import pytest

from spec.notation import Machine
from spec.textbook.die_hard import die_hard
from spec.textbook.dining_philosophers import dining_philosophers
from spec.textbook.peterson import peterson
from spec.textbook.token_ring import one_token, token_ring
from spec.textbook.transaction_commit import transaction_commit
from spec.textbook.two_phase import two_phase
from tests.support.oracle import Search, all_states, holds, identity, search, successors
from tests.support.selection import some_full


@attrs.frozen
class Textbook:
    """A machine, and its counts in the manifest of the tlaplus/Examples collection.

    Attributes:
        free: the fields that `init` leaves alone.
        small: sizes at which every well-typed state can be looked at; the machine's own if none.
    """

    machine: Machine[Any]  # machines of any state
    distinct: int
    generated: int
    free: Sequence[str] = ()
    small: Mapping[str, int] = attrs.field(factory=dict)


TEXTBOOKS = [
    Textbook(transaction_commit, 34, 94),
    Textbook(two_phase, 288, 1_146, small={"Manager": 2}),
    Textbook(dining_philosophers, 67, 336, small={"Philosopher": 2}),
    Textbook(peterson, 42, 77),
    Textbook(die_hard, 16, 97),
    Textbook(token_ring, 46_656, 248_832, free=["counter"], small={"Node": 4, "Counter": 4}),
]


@pytest.fixture(
    scope="module",
    params=some_full(TEXTBOOKS, TEXTBOOKS[-1:]),
    ids=lambda textbook: textbook.machine.name,
)
def textbook(request: pytest.FixtureRequest) -> Textbook:
    return request.param  # type: ignore[no-any-return]  # one of the list above


@pytest.fixture(scope="module")
def found(textbook: Textbook) -> Search[Any]:
    return search(textbook.machine, textbook.machine.scope(), textbook.free)


def test_counts_are_the_published_ones(textbook: Textbook, found: Search[Any]) -> None:
    assert len(found.states) == textbook.distinct
    assert found.generated == textbook.generated


def test_claims_are_as_they_must_be(textbook: Textbook, found: Search[Any]) -> None:
    machine, scope = textbook.machine, textbook.machine.scope()
    states = [s for s, _ in found.states]
    assert all(holds(machine, [*machine.always, *machine.lemmas], s, scope) for s in states)
    for claim in machine.refuted:
        assert not all(machine.holds(claim, s, scope) for s in states)
    for claim in machine.sometimes:
        assert any(machine.holds(claim, s, scope) for s in states)


def test_claims_are_inductive_with_their_lemmas(textbook: Textbook) -> None:
    machine = textbook.machine
    assert not steps_out(machine, [*machine.always, *machine.lemmas], textbook.small)
    assert bool(machine.lemmas) == bool(steps_out(machine, machine.always, textbook.small))


def steps_out(
    machine: Machine[Any], claims: Sequence[Callable[[Any], bool]], sizes: Mapping[str, int]
) -> int:
    """How many steps lead from a well-typed state that meets the claims to one that does not."""
    scope = machine.scope(**sizes)
    return sum(
        not holds(machine, claims, after, scope)
        for s in all_states(machine, scope)
        if holds(machine, claims, s, scope)
        for _, _, after in successors(machine, s, scope)
    )


def test_four_gallons_take_six_steps() -> None:
    [never] = die_hard.refuted
    scope = die_hard.scope()
    states = search(die_hard, scope).states
    assert min(depth for s, depth in states if not die_hard.holds(never, s, scope)) == 6


def test_two_phase_implements_transaction_commit() -> None:
    """Gray and Lamport's theorem TPSpec => TC!TCSpec: a step does what that one may, or nothing."""
    scope = two_phase.scope()
    for s, _ in search(two_phase, scope).states:
        before = transaction_commit.concrete(scope, {"resource": s.resource})
        allowed = [t.resource for _, _, t in successors(transaction_commit, before, scope)]
        for _, _, after in successors(two_phase, s, scope):
            assert after.resource in [s.resource, *allowed]


@pytest.mark.parametrize(("counters", "expected"), [(2, False), (3, True), (4, True)])
def test_token_ring_stabilises_with_enough_counters(counters: int, expected: bool) -> None:
    """Dijkstra's theorem, sharp at N <= M + 1: no run is for ever in states of several tokens."""
    scope = token_ring.scope(Node=4, Counter=counters)
    unstable = {
        identity(token_ring, s, scope): {
            identity(token_ring, after, scope) for _, _, after in successors(token_ring, s, scope)
        }
        for s in all_states(token_ring, scope)
        if not token_ring.holds(one_token, s, scope)
    }
    while leaving := [s for s, after in unstable.items() if not after & unstable.keys()]:
        for s in leaving:
            del unstable[s]
    assert (not unstable) == expected
    assert not steps_out(token_ring, [one_token], {"Node": 4, "Counter": counters})
