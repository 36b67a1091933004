"""Every state of a small size, reachable or not, and every step: what lemmas are looked for in."""

import itertools
import math
from collections.abc import Sequence
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from checkers.explore.explorer import prepare
from checkers.explore.keys import Keys, contains, to_keys
from checkers.prove.clauses import Literal, Variable
from checkers.prove.typespace import TypeSpace, largest
from spec.notation import MachineError
from spec.notation.batch import Mask, Step
from spec.notation.machine import Machine
from spec.notation.sorts import Value
from spec.notation.term import listed

S = TypeVar("S")

_STATES = 1 << 16  # of the type space at one size, at most
_SIZES = 4  # sizes looked at together
_LARGEST = 3  # elements of a sort
_FEW = 6  # sorts, of which all sizes are tried

Indices = npt.NDArray[np.int64]


class Space(Generic[S]):
    """Every state of one size that the assumptions allow, and every step between two."""

    def __init__(self, space: TypeSpace[S]) -> None:
        self.batch = space.batch
        self.scope = space.scope
        states = space.states(())
        order = np.argsort(to_keys(states), kind="stable")
        self.states = states[:, order]
        self.keys = to_keys(self.states)
        self.count = len(self.keys)
        self.reachable = contains(np.sort(self._visited(space)), self.keys)
        none = np.empty(0, np.intp)
        edges = [(none, none), *map(self._edges, self.batch.steps)]
        self.sources, self.targets = (np.concatenate([e[i] for e in edges]) for i in (0, 1))

    @property
    def starts(self) -> bool:
        """Whether runs of this size are known."""
        return bool(self.reachable.any())

    def _visited(self, space: TypeSpace[S]) -> Keys:
        """The states that runs come to; none where the machine does not start at this size."""
        explorer = prepare(space.machine.bare, space.scope)
        try:
            explorer.run()
        except MachineError:  # there is no initial state, or there are too many
            return self.keys[:0]
        return np.concatenate(explorer.levels)

    def _edges(self, step: Step[S]) -> tuple[Indices, Indices]:
        sources = np.flatnonzero(step.allowed(self.states))
        targets = np.searchsorted(self.keys, to_keys(step.effect(self.states[:, sources])))
        return sources, targets

    def columns(self, literal: Literal[S], variables: Sequence[Variable]) -> Mask:
        """Per choice of the variables and per state, whether a literal holds."""
        rows: dict[tuple[Value, ...], Mask] = {}
        found = []
        for choice in self.scope.choices(variable.sort for variable in variables):
            env = {v.name: c for v, c in zip(variables, choice, strict=True)}
            used = tuple(value for name, value in env.items() if name in literal.variables)
            if used not in rows:
                rows[used] = self._holds(literal, variables, choice)
            found.append(rows[used])
        return np.array(found)

    def _holds(
        self, literal: Literal[S], variables: Sequence[Variable], choice: Sequence[Value]
    ) -> Mask:
        names = [variable.name for variable in variables]
        sorts = [variable.sort for variable in variables]

        def holds(s: S) -> bool:
            return literal.holds(s, dict(zip(names, listed(choice, sorts), strict=True)))

        return self.batch.predicate(holds)(self.states)


def small_spaces(machine: Machine[S]) -> list[TypeSpace[S]]:
    """The largest type spaces that are small enough, the most even in size first."""
    names = [sort.__name__ for sort in machine.sorts]
    if len(names) > _FEW:
        return [largest(machine, (), _STATES)]
    every = itertools.product(range(1, _LARGEST + 1), repeat=len(names))
    fitting = [sizes for sizes in every if _count(machine, names, sizes) <= _STATES]
    if not fitting:
        raise MachineError(f"{machine.name} has more than {_STATES:,} states at its smallest size")
    most = [a for a in fitting if not any(a != b and _covers(b, a) for b in fitting)]
    most.sort(key=lambda sizes: (-min(sizes, default=0), -_count(machine, names, sizes)))
    scopes = [machine.scope(**dict(zip(names, sizes, strict=True))) for sizes in most[:_SIZES]]
    return [TypeSpace(machine, scope) for scope in scopes]


def _count(machine: Machine[S], names: Sequence[str], sizes: Sequence[int]) -> int:
    """How many states of the right sorts there are."""
    scope = machine.scope(**dict(zip(names, sizes, strict=True)))
    fields = machine.fields.values()
    return math.prod(scope.size(f.sort) ** math.prod(map(scope.size, f.keys)) for f in fields)


def _covers(larger: Sequence[int], smaller: Sequence[int]) -> bool:
    return all(a >= b for a, b in zip(larger, smaller, strict=True))
