"""Whether, and how, a run leads to a given state."""

from typing import Generic, TypeVar

import attrs

from checkers.explore import Explorer
from checkers.keys import to_keys
from checkers.trace import Trace
from spec.notation import Scope
from spec.notation.machine import Machine

S = TypeVar("S")

_STATES = 300_000  # looked at
_SECONDS = 10.0


@attrs.frozen
class Reach(Generic[S]):
    """What is known of the ways to a state.

    Attributes:
        trace: a shortest way; None if none was found.
        complete: whether every reachable state was looked at.
        depth: how many steps were, at most.
    """

    trace: Trace[S] | None
    complete: bool
    depth: int


def reach(machine: Machine[S], scope: Scope, state: S) -> Reach[S]:
    """Look for a shortest run to a state, among the first few hundred thousand states."""
    explorer = Explorer(machine.bare, scope, limit_states=_STATES, limit_seconds=_SECONDS)
    cells = {
        (field.name, key): machine.cell(state, field, key)
        for field in machine.fields.values()
        for key in scope.keys(field)
    }
    target = to_keys(explorer.batch.layout.pack([cells]))
    found = explorer.run()
    way = explorer.way_to_any(target)
    return Reach(way[1] if way else None, found.complete, found.depth)
