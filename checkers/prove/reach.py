"""Whether, and how, a run leads to a given state."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

import attrs

from checkers.explore.explorer import prepare
from checkers.explore.keys import to_keys
from checkers.host.telling import Tell, silent
from checkers.prove.bounded import bound
from checkers.prove.limits import Limit
from checkers.traces.trace import Trace, natural
from spec.notation import MachineError, Scope
from spec.notation.machine import Machine

S = TypeVar("S")

_STATES = 100_000  # looked at, at one size
_DEPTH = 6
_LIMIT = Limit(z3_steps=2_000_000)


@attrs.frozen
class Reach(Generic[S]):
    """What is known of the ways to a state.

    Attributes:
        trace: a shortest way; None if none was found.
        complete: whether every reachable state was looked at.
        depth: how many steps were, at most.
        edge: whether a run may lead there at a larger size: at this one steps were cut, constants
            left out, or no run starts.
    """

    trace: Trace[S] | None
    complete: bool
    depth: int
    edge: bool = False


def reach(
    machine: Machine[S],
    scope: Scope,
    state: S,
    progress: Tell = silent,
) -> Reach[S]:
    """Look for a shortest run to a state, among the first hundred thousand states.

    Args:
        machine: the machine.
        scope: a size for each of its sorts.
        state: where the run is to lead.
        progress: called now and then, and after each level.
    """
    cells = {
        (field.name, key): machine.cell(state, field, key)
        for field in machine.fields.values()
        for key in scope.keys(field)
    }
    try:
        explorer = prepare(machine.bare, scope, progress, limit_states=_STATES)
        target = to_keys(explorer.batch.layout.pack([cells]))
        found = explorer.run()
    except MachineError:  # no state of this size is initial, or the example does not fit it
        return Reach(None, True, 0, edge=True)
    way = explorer.visited.way_to_any(target)
    edge = bool(found.cut or found.left_out)
    return Reach(way[1] if way else None, found.complete, found.depth, edge)


def refute(
    machine: Machine[S],
    texts: Sequence[Callable[[S], bool]],
    naturals: Iterable[str],
    scopes: Iterable[Scope],
    progress: Tell = silent,
) -> dict[str, Trace[S]]:
    """Look for runs that refute, among the first hundred thousand states of each of some sizes.

    Where there are more, or too many to start in, runs of a few steps are looked for with Z3.

    Args:
        machine: the machine.
        texts: properties that may not hold.
        naturals: actions, by name, in which a number may fall below zero.
        scopes: the sizes; one at which the machine cannot start is passed over.
        progress: called now and then with a line that says how far it is.

    Returns:
        By property a run that ends where it does not hold: a shortest one at the first size that
        has one.
    """
    found: dict[str, Trace[S]] = {}
    wanted = {text.__name__ for text in texts} | set(map(natural, naturals))
    claimed = attrs.evolve(machine.bare, always=tuple(texts))
    for scope in scopes:
        missing = wanted - found.keys()
        if not missing:
            break
        explored = _explored(claimed, scope, missing, progress)
        found |= {name: trace for name, trace in explored if name in missing}
    return found


def _explored(
    machine: Machine[S], scope: Scope, wanted: Collection[str], progress: Tell
) -> Iterator[tuple[str, Trace[S]]]:
    try:
        explored = prepare(machine, scope, progress, until=wanted, limit_states=_STATES).run()
        yield from ((v.property, v.trace) for v in explored.violations)
        if explored.ended != "bounded":
            return
    except MachineError:  # no state of this size is initial, or too many are
        pass
    with suppress(MachineError):
        yield from bound(machine, scope, _DEPTH, _LIMIT, progress).violations.items()
