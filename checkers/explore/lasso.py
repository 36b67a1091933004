"""Lassos: runs that go round for ever and never reach their goal, though they are fair.

The states that lack the goal fall into strongly connected parts. A run can stay in one for ever
exactly if each fair action is taken within the part, or impossible somewhere in it: for weak
fairness, this decides. Each instance of a fair action, one for each choice of its parameters, is
fair by itself. A run may also stop where no fair action is possible. A step that leads past the
size is possible, and is not followed.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Generic, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from checkers.explore.ending import Endings, Lasso
from checkers.explore.explorer import Explorer, prepare
from checkers.explore.keys import to_keys, to_words
from checkers.host.telling import Tell, silent
from checkers.traces.trace import describe
from spec.notation import MachineError, Scope
from spec.notation.arguments import checked
from spec.notation.machine import Ending, Machine
from spec.notation.sorts import Ordinal, Value

S = TypeVar("S")

_MOST = 2_000_000  # states
Indices = npt.NDArray[np.int64]


@checked
def terminate(
    machine: Machine[S],
    scope: Scope | None = None,
    progress: Tell = silent,
) -> Endings[S]:
    """Look for a run that never reaches the goal of the machine's ending, if there are no more than
    two million states.

    Args:
        machine: the machine, with an ending.
        scope: a size for each of its sorts; its own sizes unless given.
        progress: called now and then with a line that says how far it is.

    Raises:
        MachineError: the machine declares no ending.
    """
    if machine.ending is None:
        raise MachineError(f"{machine.name} declares no ending; say Machine(ending=Ending(...))")
    scope = scope or machine.scope()
    explorer = prepare(machine.bare, scope, progress, limit_states=_MOST)
    found = explorer.run()
    if not found.complete:
        return Endings(
            machine, scope, False, found.distinct_states, None, found.cut, found.left_out
        )
    graph = _Graph(machine.ending, explorer, progress)
    choices = scope.choices(machine.ending.parameters.values())
    lassos = (lasso for args in choices if (lasso := graph.lasso(args)))
    return Endings(
        machine,
        scope,
        True,
        found.distinct_states,
        next(lassos, None),
        found.cut,
        graph.batch.left_out,
        graph.impossible,
        graph.vacuous(choices),
        graph.outgrown() if found.cut else (),
    )


@attrs.frozen
class _Edges:
    """The steps between some states, by the states' places in order, and which step each is."""

    sources: Indices
    targets: Indices
    steps: Indices

    def where(self, chosen: npt.NDArray[np.bool_]) -> "_Edges":
        return _Edges(self.sources[chosen], self.targets[chosen], self.steps[chosen])


class _Graph(Generic[S]):
    """Every reachable state, and every step between two."""

    def __init__(self, ending: Ending[S], explorer: Explorer[S], progress: Tell) -> None:
        self.ending = ending
        self.progress = progress
        self.explorer = explorer
        self.scope, self.batch = explorer.scope, explorer.batch
        progress("every state, sorted")
        self.keys = np.sort(np.concatenate(self.explorer.levels))
        self.states = to_words(self.keys, self.batch.layout.words)
        self.edges = self._edges()
        names = {act.name for act in ending.fair}
        self.fair = [i for i, s in enumerate(self.batch.steps) if s.action.name in names]
        taken = {self.batch.steps[i].action.name for i in np.unique(self.edges.steps)}
        self.impossible = [act.name for act in ending.fair if act.name not in taken]

    def vacuous(self, choices: Sequence[tuple[Value, ...]]) -> str:
        """Why no run can fail to come to its end, whatever the machine does; else nothing."""
        if any(self._pending(args).any() for args in choices):
            return ""
        return f"there is no state in which {self.ending.goal.__name__} does not hold"

    def outgrown(self) -> list[str]:
        """The sorts past whose size some step leads, which is not followed, by name."""
        outgrown = set[str]()
        for step in self.batch.steps:
            for first in np.unique(step.failing(self.states)):
                if first >= 0 and step.checks[first].kind == "high":
                    edge = step.checks[first].edge
                    outgrown |= {sort.__name__ for sort in edge if issubclass(sort, Ordinal)}
        return sorted(outgrown)

    def _pending(self, args: tuple[Value, ...]) -> npt.NDArray[np.bool_]:
        """In which states a goal does not hold."""
        return ~self.batch.predicate(self.ending.at(args))(self.states)

    def _edges(self) -> _Edges:
        none = np.empty(0, np.int64)
        found = [_Edges(none, none, none)]
        for index, step in enumerate(self.batch.steps):
            self.progress(f"every step between two states: {index} of {len(self.batch.steps)}")
            sources = np.flatnonzero(step.allowed(self.states))
            after = to_keys(step.effect(self.states[:, sources]))
            targets = np.searchsorted(self.keys, after)
            found.append(_Edges(sources, targets, np.full(len(sources), index)))
        return _Edges(
            np.concatenate([edges.sources for edges in found]),
            np.concatenate([edges.targets for edges in found]),
            np.concatenate([edges.steps for edges in found]),
        )

    def lasso(self, args: tuple[Value, ...]) -> Lasso[S] | None:
        """A run that never reaches the goal for one choice of its parameters."""
        self.progress(f"runs that never come to {self.ending.goal.__name__}")
        # Here, since it takes longer to import than all else that an engine needs.
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        pending = self._pending(args)
        inner = self.edges.where(pending[self.edges.sources] & pending[self.edges.targets])
        count = len(self.keys)
        weights = np.ones(len(inner.sources), np.int8)
        graph = coo_array((weights, (inner.sources, inner.targets)), (count, count))
        parts = connected_components(graph.tocsr(), connection="strong")[1]
        inside = inner.where(parts[inner.sources] == parts[inner.targets])
        excused = {step: self._excused(step, parts, inside) for step in self.fair}
        stays = pending & np.all([*excused.values(), pending], axis=0)
        if not stays.any():
            return None
        found = self.explorer.visited.way_to_any(self.keys[stays])
        assert found is not None  # every state of the graph was visited
        start, stem = found
        place = int(np.searchsorted(self.keys, start)[0])
        around = self._around(place, parts, inside.where(parts[inside.sources] == parts[place]))
        sorts = list(self.ending.parameters.values())
        named = ", ".join(self.scope.name(a, s) for a, s in zip(args, sorts, strict=True))
        named = f"{self.ending.goal.__name__}({named})"
        goal = self.ending.at(args)
        passed = any(stem.machine.holds(goal, s, self.scope) for s in stem.states)
        return Lasso(named, stem, around, passed)

    def _impossible(self, step: int) -> npt.NDArray[np.bool_]:
        """In which states a step is not possible; one that leads past the size is."""
        return self.batch.steps[step].impossible(self.states)

    def _excused(self, step: int, parts: Indices, inside: _Edges) -> npt.NDArray[np.bool_]:
        """Per state, whether a run round its part is fair to a step."""
        excused = np.zeros(int(parts.max()) + 1, np.bool_)
        excused[parts[self._impossible(step)]] = True
        excused[parts[inside.sources[inside.steps == step]]] = True
        return excused[parts]

    def _around(self, start: int, parts: Indices, inside: _Edges) -> list[str]:
        """Steps from a state round its part and back, on which each fair step is excused."""
        mine = parts == parts[start]
        here, taken = start, list[int]()
        for step in self.fair:
            if (self._impossible(step) & mine)[here]:
                continue
            edges = inside.where(inside.steps == step)
            if len(edges.sources):
                taken += [*self._path(here, int(edges.sources[0]), inside), step]
                here = int(edges.targets[0])
            else:
                there = int(np.argmax(self._impossible(step) & mine))
                taken += self._path(here, there, inside)
                here = there
        taken += self._path(here, start, inside)
        steps = [self.batch.steps[index] for index in taken]
        return [describe(self.scope, step.action, step.args) for step in steps]

    def _path(self, start: int, end: int, inside: _Edges) -> list[int]:
        """The steps of a shortest way between two states of a part."""
        leaving: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for source, target, step in zip(inside.sources, inside.targets, inside.steps, strict=True):
            leaving[int(source)].append((int(target), int(step)))
        ways: dict[int, list[int]] = {start: []}
        queue = deque([start])
        while end not in ways:
            here = queue.popleft()
            for target, step in leaving[here]:
                if target not in ways:
                    ways[target] = [*ways[here], step]
                    queue.append(target)
        return ways[end]
