"""What an exploration counts: every reachable state at a size, level by level."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from attrs import define, field

from tests.support.machines.oracle.cells import State
from tests.support.machines.oracle.protocol import Outcome, Sized
from tests.support.machines.oracle.words import Value


class Step(NamedTuple):
    """A step that was taken."""

    action: str
    args: tuple[Value, ...]
    after: State


@define
class Reached:
    """The reachable states, and what happens in them.

    Attributes:
        sized: the protocol at a size.
        depth: for each state that was found, its fewest steps from the start; in that order.
        initial: how many of them are initial.
        edges: the steps from each state that was visited.
        complete: whether all that are reachable were found.
        undefined: how many attempts were stopped, by action and why: "past" are the cut ones.
        below: by action, the fewest steps to a state in which it goes below zero.
        refusals: each action with each reason for which it was refused.
        stuck: the states in which every attempt is refused.
    """

    sized: Sized
    depth: dict[State, int] = field(factory=dict)
    initial: int = 0
    edges: dict[State, list[Step]] = field(factory=dict)
    complete: bool = True
    undefined: Counter[tuple[str, str]] = field(factory=Counter)
    below: dict[str, int] = field(factory=dict)
    refusals: set[tuple[str, str]] = field(factory=set)
    stuck: list[State] = field(factory=list)

    @property
    def distinct(self) -> int:
        """How many states were found."""
        return len(self.depth)

    @property
    def generated(self) -> int:
        """As TLC counts: the initial states, and each successor of each state, known or not."""
        return self.initial + sum(map(len, self.edges.values()))

    @property
    def cut(self) -> int:
        """How many steps lead past the size."""
        return sum(count for (_, why), count in self.undefined.items() if why == "past")

    @property
    def levels(self) -> int:
        """The most steps that some state is from the start."""
        return max(self.depth.values(), default=0)

    @property
    def possible(self) -> set[str]:
        """The actions that are ever taken."""
        return {step.action for steps in self.edges.values() for step in steps}

    @property
    def violated(self) -> dict[str, int]:
        """By property that does not hold in some state, the fewest steps to one."""
        return self._first(lambda name, state: not self.sized.holds(name, state))

    @property
    def shown(self) -> dict[str, int]:
        """By property that holds in some state, the fewest steps to one."""
        return self._first(self.sized.holds)

    def _first(self, so: Callable[[str, State], bool]) -> dict[str, int]:
        found = {
            name: next((depth for state, depth in self.depth.items() if so(name, state)), None)
            for name in self.sized.machine.properties
        }
        return {name: depth for name, depth in found.items() if depth is not None}

    def visit(self, state: State) -> Iterator[State]:
        """Attempt everything in a state; the states that it leads to."""
        attempts = list(self.sized.steps(state))
        self.edges[state] = [
            Step(action, args, came.after)
            for action, args, came in attempts
            if came.after is not None
        ]
        if all(came.what == "refused" for _, _, came in attempts):
            self.stuck.append(state)
        for action, _, came in attempts:
            self._note(action, came, self.depth[state])
        return (step.after for step in self.edges[state])

    def _note(self, action: str, came: Outcome, depth: int) -> None:
        if came.reason is not None:
            self.refusals.add((action, came.reason))
        elif came.what != "taken":
            self.undefined[action, came.what] += 1
        if came.what == "below":
            self.below.setdefault(action, depth)


def _everywhere(state: State) -> bool:
    return True


def reach(
    sized: Sized, limit: int = 100_000, within: Callable[[State], bool] = _everywhere
) -> Reached:
    """Visit every reachable state.

    Args:
        sized: the protocol at a size.
        limit: end once more states than this were found.
        within: states that do not meet it are left out, and not gone through.
    """
    found = Reached(sized)
    level = _new(found, sized.initial(), within, limit, 0)
    found.initial = len(level)
    while level and found.complete:
        after = (state for before in level for state in found.visit(before))
        level = _new(found, after, within, limit, found.depth[level[0]] + 1)
    return found


def _new(
    found: Reached,
    states: Iterator[State],
    within: Callable[[State], bool],
    limit: int,
    depth: int,
) -> list[State]:
    """The states that were not found before, which are found now."""
    fresh: list[State] = []
    for state in states:
        if state in found.depth or not within(state):
            continue
        if found.distinct == limit:
            found.complete = False
            break
        found.depth[state] = depth
        fresh.append(state)
    return fresh
