"""Walks go where a machine can go, say how far they came, and show divergences in few steps."""

from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from checkers.lockstep.driver import Setup
from checkers.lockstep.sample import Coverage, Walk
from checkers.lockstep.walk import walk
from checkers.market.basic import basic_setup
from checkers.market.subjects import AnyMachine, find_machine
from spec.notation import (
    MachineError,
)
from spec.notation.sorts import Value
from spec.textbook.die_hard import die_hard
from spec.textbook.peterson import peterson
from spec.textbook.two_phase import two_phase
from tests.support.club import EVERYBODY, PEOPLE, club
from tests.support.twin import Forgetful, Twin

PUBLISHED = {
    "die_hard": (16, 97),
    "peterson": (42, 77),
    "two_phase": (288, 1_146),
    "transaction_commit": (34, 94),
    "dining_philosophers": (67, 336),
}
"""Distinct states and generated ones; the latter are the edges and one initial state."""

Edge = tuple[Value, ...]


class Witness:
    """Remembers what a twin is asked to do, and which steps it takes in which states."""

    def __init__(self, twin: Twin, calls: list[str], edges: set[Edge]) -> None:
        self.twin = twin
        self.calls = calls
        self.edges = edges
        self.state = twin.state
        self.close = twin.close

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        before = tuple(value for _, _, value in self.twin.machine.cells(self.twin.spec))
        answer = self.twin.take(action, args)
        self.calls.append(f"{action}{args}: {answer}")
        if answer is None:
            self.edges.add((before, action, tuple(args)))
        return answer

    def restart(self) -> None:
        self.calls.append("restart")


@attrs.frozen
class Witnessed:
    """A walk, and what the implementation says of it."""

    walk: Walk
    calls: list[str]
    edges: set[Edge]

    @property
    def coverage(self) -> Coverage:
        assert isinstance(self.walk.coverage, Coverage), self.walk.coverage
        return self.walk.coverage


def witnessed(
    machine: AnyMachine,
    runs: int,
    steps: int = 20,
    seed: int = 0,
    targeted: int | None = None,
    **setup: Any,  # what else a Setup takes
) -> Witnessed:
    calls: list[str] = []
    edges: set[Edge] = set()

    def opened() -> Witness:
        twin = Twin(machine, setup.get("scope"), setup.get("functions", {}))
        return Witness(twin, calls, edges)

    made = Setup(open=opened, **setup)
    walked = walk(machine, made, runs=runs, steps=steps, seed=seed, targeted=targeted)
    return Witnessed(walked, calls, edges)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_published_edge_is_walked(name: str) -> None:
    states, generated = PUBLISHED[name]
    seen = witnessed(find_machine(name), runs=20, targeted=6 * generated)
    assert (seen.coverage.states, seen.coverage.edges) == (states, generated - 1)
    assert seen.coverage.taken == seen.coverage.edges == len(seen.edges)
    assert seen.coverage.impossible == []


@pytest.mark.parametrize("name", PUBLISHED)
def test_random_runs_take_the_edges_that_they_say(name: str) -> None:
    seen = witnessed(find_machine(name), runs=2, targeted=0)
    assert 0 < seen.coverage.drawn == seen.coverage.taken == len(seen.edges)
    assert seen.coverage.taken < seen.coverage.edges


def test_targets_keep_to_their_budget() -> None:
    drawn, some, all_ = (witnessed(two_phase, runs=10, targeted=most) for most in (0, 100, 10_000))
    assert drawn.coverage.drawn == some.coverage.drawn == all_.coverage.drawn
    assert drawn.coverage.taken < some.coverage.taken < all_.coverage.taken
    assert 100 <= len(some.calls) - len(drawn.calls) < 150


def test_runs_to_targets_are_short() -> None:
    """So that there is little to shrink when one diverges."""
    seen = witnessed(peterson, runs=1, steps=5, targeted=1000)
    assert seen.coverage.taken == seen.coverage.edges
    assert seen.walk.tally.steps / seen.walk.tally.runs < 20


def test_steps_that_are_nearly_possible_are_preferred() -> None:
    """Both are refused by the same guard, the last of the one and the first of the other."""
    undecided = "transaction manager is undecided"
    refused = witnessed(two_phase, runs=300, targeted=0).walk.tally.refused
    assert refused["abort", undecided] > 1.5 * refused["commit", undecided]


def test_equal_seeds_make_equal_walks() -> None:
    first, second, other = (witnessed(two_phase, runs=10, seed=seed) for seed in (1, 1, 2))
    assert first.calls == second.calls != other.calls
    same = attrs.evolve(second.walk, seconds=first.walk.seconds, setup=first.walk.setup)
    assert first.walk == same


def test_every_step_is_counted() -> None:
    seen = witnessed(peterson, runs=50, targeted=0)
    tally = seen.walk.tally
    accepted = sum(call.endswith("None") for call in seen.calls)
    assert tally.runs == 50
    assert tally.steps == len(seen.calls)
    assert tally.accepted.total() == accepted == 50 * 20
    assert tally.restarts == seen.calls.count("restart") > 0
    assert tally.refused.total() == len(seen.calls) - accepted - tally.restarts
    assert accepted / 3 < tally.refused.total() <= accepted


@pytest.mark.parametrize("machine", [peterson, two_phase])
def test_every_reason_to_refuse_is_compared(machine: AnyMachine) -> None:
    reasons = {(a.name, check.reason) for a in machine.actions for check in machine.read(a).checks}
    assert set(witnessed(machine, runs=200).walk.tally.refused) == reasons


ANN_ONLY = {"welcome": lambda p: p == b"ann"}


def test_a_step_that_leaves_the_sizes_changes_nothing() -> None:
    """Who joins when no number is left rings the bell, and nobody may hear it."""
    seen = witnessed(club, runs=50, functions=EVERYBODY)
    assert seen.walk.divergence is None
    assert seen.walk.tally.accepted["hush"] > 50


def test_an_action_that_never_fires_is_reported() -> None:
    long = witnessed(club, runs=50, functions=EVERYBODY)
    assert long.walk.never_accepted == long.coverage.impossible == ["expel"]
    short = witnessed(club, runs=1, steps=1, targeted=0, functions=EVERYBODY)
    assert short.walk.never_accepted == ["pay", "hush", "expel"]
    assert short.coverage.impossible == ["expel"]


def test_coverage_knows_real_values_and_functions() -> None:
    """With n members there are 2 ** n ways to have paid, and the bell rings or not if n > 0."""
    seen = witnessed(club, runs=50, scope=PEOPLE, functions=ANN_ONLY)
    assert seen.coverage.states == 1 + 2 * 2 + 2 * 4 + 2 * 8
    joins, pays, hushes = 1 + 4 + 8, 4 * 1 + 8 * 2 + 16 * 3, 2 + 4 + 8
    assert seen.coverage.edges == joins + pays + hushes == len(seen.edges)


def test_what_is_left_out_is_no_edge() -> None:
    seen = witnessed(club, runs=50, scope=PEOPLE, functions=ANN_ONLY, left_out=["hush"])
    assert seen.coverage.states == 1 + 2 + 4 + 8
    joins, pays = 1 + 2 + 4, 2 * 1 + 4 * 2 + 8 * 3
    assert seen.coverage.edges == joins + pays == len(seen.edges)
    assert "hush" not in seen.walk.reasons
    assert not seen.walk.tally.accepted["hush"]


def test_coverage_that_is_not_measured_says_why() -> None:
    twin = Setup(open=lambda: Twin(two_phase))
    assert walk(two_phase, twin, runs=1, max_states=287).coverage == "it has more than 287 states"
    assert isinstance(walk(two_phase, twin, runs=1, max_states=288).coverage, Coverage)
    assert walk(two_phase, twin, runs=1, max_states=0).coverage == "nobody asked for it"
    unlisted = walk(find_machine("basic"), basic_setup(), runs=1, steps=1).coverage
    assert unlisted == "vendor(model1, 1) is no Vendor of those that are listed"


@pytest.mark.full
def test_divergence_that_does_not_come_again_is_kept() -> None:
    """What an implementation does only once cannot be shrunk, and is a divergence all the same."""
    opened: list[Twin] = []

    def once() -> Twin:
        opened.append(Forgetful(die_hard) if not opened else Twin(die_hard))
        return opened[-1]

    found = walk(die_hard, Setup(open=once), runs=1, steps=1000).divergence
    assert found is not None
    assert found.steps[-1][0].name == "restart"


def test_a_walk_needs_something_to_do() -> None:
    with pytest.raises(MachineError, match="0 runs"):
        walk(die_hard, Setup(open=lambda: Twin(die_hard)), runs=0)
    with pytest.raises(MachineError, match="0 steps"):
        walk(die_hard, Setup(open=lambda: Twin(die_hard)), steps=0)


class Sly(Twin):
    """Sends a commit wherever it refuses to do something."""

    def __init__(self) -> None:
        super().__init__(two_phase)

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        answer = super().take(action, args)
        self.spec.commit_sent |= answer is not None
        return answer


def test_what_a_refusal_changes_is_seen_at_once() -> None:
    found = walk(two_phase, Setup(open=Sly), runs=10, steps=10).divergence
    assert found is not None
    assert len(found.steps) == 1
