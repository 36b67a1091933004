"""Runs that are fair and never come to their end.

A run may stop anywhere, as far as fairness lets it: it then stays in that state for ever. It is
fair if each choice of the parameters of each fair action is taken again and again, or is again and
again not possible. What leads past the size is possible, but no run is followed there; what goes
below zero is not possible.

A parameter that is called as one of the goal's is "the same one". What that leaves open is whether
other choices of it are fair as well, in a run that never reaches the goal for this one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from attrs import frozen

from tests.support.machines.oracle.cells import State
from tests.support.machines.oracle.protocol import Sized
from tests.support.machines.oracle.reach import Reached, Step
from tests.support.machines.oracle.words import Action, Ending, Value, choices, parameters

Attempt = tuple[str, tuple[Value, ...]]  # an action and its parameters
Graph = Mapping[State, Sequence[Step]]


class Endless(NamedTuple):
    """Where a run stays that never comes to its end.

    Attributes:
        goal: the parameters of the goal.
        around: the states that it goes around in.
    """

    goal: tuple[Value, ...]
    around: frozenset[State]


@frozen
class _Fairness:
    """One choice for a fair action, which some states allow."""

    sized: Sized
    attempt: Attempt

    def allows(self, around: frozenset[State], graph: Graph) -> bool:
        """Whether it is taken on a round through states, or not possible in one of them."""
        return any(
            (action, args) == self.attempt and after in around
            for state in around
            for action, args, after in graph[state]
        ) or not all(map(self._possible, around))

    def _possible(self, state: State) -> bool:
        return self.sized.step(state, *self.attempt).what in ("taken", "past")


def lassos(
    reached: Reached, ending: Ending, first: bool = False, others: bool = False
) -> Iterator[Endless]:
    """Where fair runs stay outside a goal for ever.

    Args:
        reached: every reachable state.
        ending: the goal, and the fair actions.
        first: follow runs up to their first goal only; else also those that leave it again, since a
            goal has to be reached from every state.
        others: take all choices of fair actions to be fair, not only those that agree with the
            goal's parameters.
    """
    sorts = parameters(ending.goal)
    for args in choices(sorts.values()):
        bound = {} if others else dict(zip(sorts, args, strict=True))
        graph = _outside(reached, ending, args, first)
        fairness = [
            _Fairness(reached.sized, attempt)
            for act in ending.fair
            for attempt in _attempts(act, bound)
        ]
        for around in components(graph):
            if all(fair.allows(around, graph) for fair in fairness):
                yield Endless(args, around)


def lasso(reached: Reached, ending: Ending, first: bool = False, others: bool = False) -> bool:
    """Whether some fair run never comes to its end; see `lassos`."""
    return next(lassos(reached, ending, first, others), None) is not None


def _attempts(act: Action, bound: Mapping[str, Value]) -> Iterator[Attempt]:
    """Each choice for the parameters of a fair action that agrees with the goal's."""
    for args in choices(act.parameters.values()):
        if all(bound.get(name, arg) == arg for name, arg in zip(act.parameters, args, strict=True)):
            yield act.name, args


def _outside(reached: Reached, ending: Ending, args: tuple[Value, ...], first: bool) -> Graph:
    """The states outside a goal, and the steps between them."""
    states = {s for s in reached.edges if not reached.sized.says(ending.goal, s, args)}
    graph = {s: [step for step in reached.edges[s] if step.after in states] for s in states}
    if not first:
        return graph
    return _from({s for s in states if not reached.depth[s]}, graph)


def _from(starts: Iterable[State], graph: Graph) -> Graph:
    """What is left of a graph from some of its states on."""
    left: dict[State, Sequence[Step]] = {}
    open_ = list(starts)
    while open_:
        state = open_.pop()
        if state not in left:
            left[state] = graph[state]
            open_.extend(step.after for step in graph[state])
    return left


def components(graph: Graph) -> Iterator[frozenset[State]]:
    """The strongly connected components: the largest rounds that can be gone around in.

    As Kosaraju finds them: against the steps, from the state that was left last.
    """
    before: dict[State, list[State]] = {state: [] for state in graph}
    for state, steps in graph.items():
        for step in steps:
            before[step.after].append(state)
    after = {state: [step.after for step in steps] for state, steps in graph.items()}
    seen: set[State] = set()
    left = [state for root in graph for state in _left(root, after, seen)]
    told: set[State] = set()
    for root in reversed(left):
        if around := frozenset(_left(root, before, told)):
            yield around


def _left(
    root: State, neighbours: Mapping[State, Sequence[State]], seen: set[State]
) -> Iterator[State]:
    """The states found from one, in the order in which a search in depth leaves them."""
    if root in seen:
        return
    seen.add(root)
    path = [(root, iter(neighbours[root]))]
    while path:
        state, ways = path[-1]
        fresh = next((way for way in ways if way not in seen), None)
        if fresh is None:
            path.pop()
            yield state
        else:
            seen.add(fresh)
            path.append((fresh, iter(neighbours[fresh])))
