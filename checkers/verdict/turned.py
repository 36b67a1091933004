"""Decides points of claims again, in a copy of all this in which something is changed.

It is told a change (`turn`) as JSON, and says in JSON what comes of the points that it is to turn.
"""

import json
import sys
from collections.abc import Iterator, Sequence

import attrs

from checkers.explore.explorer import prepare
from checkers.explore.lasso import terminate
from checkers.market.subjects import AnyMachine
from checkers.prove.limits import Limit
from checkers.prove.prover import Prover
from checkers.verdict.grounds import OnProof, basis_of
from checkers.verdict.jobs import Budget, Refute
from checkers.verdict.turn import Change, name_of, points
from spec.notation.sorts import Scope, SortType
from spec.paper.claim import Accounts, Argued, Ends, Holds, Placed, Point, Tried, Verdict

_BUDGET = Budget(
    Limit().second, examples=0, steps=0, confirmed=False, culprits=None, states=2_000_000
)

_ONE_CULPRIT = attrs.evolve(_BUDGET, culprits=1)  # what refutes there refutes with any number


def verdicts(change: Change) -> dict[str, list[Verdict]]:
    """By name, what comes of each point that a change is to turn."""
    found: dict[str, list[Verdict]] = {name: [] for name in change.turns}
    for point in _once(change):
        found[name_of(point.ground)].append(_decided(point, change))
    return found


def _once(change: Change) -> Iterator[Point]:
    """The points that a change is to turn, one of those that rest on the same."""
    seen = []
    for point in points():
        if name_of(point.ground) in change.turns and basis_of(point) not in seen:
            seen.append(basis_of(point))
            yield point


def _decided(asked: Point, change: Change) -> Verdict:
    """What comes of a point. What is not proved any more has to be refuted by a run."""
    point = _at_size(asked, change)
    ground, basis = point.ground, basis_of(point)
    if isinstance(ground, Ends):
        return "refuted" if _is_endless(ground, change) else "undecided"
    if isinstance(ground, Holds) and isinstance(basis, OnProof) and _is_broken(ground):
        verdict: Verdict = "undecided"
    else:
        budget = _BUDGET if point.expected == "refuted" else _ONE_CULPRIT
        verdict = basis.read({job: job(budget) for job in basis.jobs}).verdict
    if verdict == "bounded" and isinstance(ground, Holds) and not _is_deep(ground, change):
        return "undecided"
    if verdict == "undecided" and isinstance(ground, Holds):
        machine = _machines()[change.on] if change.on else ground.machine
        sizes = _sizes(change, machine.sorts)
        found = Refute(machine, ground.property, {**ground.sizes, **sizes})(_BUDGET)
        return found.of(ground.property.__name__).verdict
    return verdict


def _is_endless(ground: Ends, change: Change) -> bool:
    """Whether a fair run never ends, of those that a change says where to look for."""
    machine = _machines()[change.on] if change.on else ground.machine
    assert machine.ending is not None  # what the ground is about
    fair = {act.name for act in machine.ending.fair}
    acts = [act for act in machine.actions if act.name in fair.union(change.takes)]
    undisturbed = attrs.evolve(machine.bare, actions=acts, ending=machine.ending)
    sizes = {**machine.sizes, **_sizes(change, machine.sorts)}
    return terminate(undisturbed, Scope(sizes)).lasso is not None


def _is_deep(ground: Holds, change: Change) -> bool:
    """Whether every run was looked at that has as many steps as one that refutes without a change:
    that a search came to its limit says nothing."""
    scope = Scope({**ground.machine.sizes, **ground.sizes})
    found = prepare(ground.machine, scope, limit_states=_BUDGET.states).run()
    return 0 < change.depth <= found.depth


def _at_size(point: Point, change: Change) -> Point:
    """A point at the size that a run needs that refutes it, where all runs of a size are looked at:
    those of a smaller one are runs of the point's too."""
    ground = point.ground
    if point.expected == "refuted" or not isinstance(ground, Accounts):
        return point
    sizes = {**ground.sizes, **_sizes(change, ground.machine.sorts)}
    return attrs.evolve(point, ground=attrs.evolve(ground, sizes=sizes))


def _is_broken(ground: Holds) -> bool:
    """Whether some action breaks a property even where all that is claimed holds: then nothing
    proves it, and no other property need be looked at."""
    prover = Prover(attrs.evolve(ground.machine, refuted=(), ending=None), _BUDGET.limit)
    known, name = tuple(prover.induction.texts), ground.property.__name__
    steps = (prover.induction.step(act, known) for act in prover.machine.actions)
    return any(o.status != "proved" for step in steps for o in prover.decided(step, [name]))


def _machines() -> dict[str, AnyMachine]:
    """Every machine that a point is about, by name."""
    grounds = [point.ground for point in points()]
    of_machines = [g for g in grounds if not isinstance(g, Placed | Tried | Argued)]
    return {ground.machine.name: ground.machine for ground in of_machines}


def _sizes(change: Change, sorts: Sequence[SortType]) -> dict[SortType, int]:
    return {sort: change.sizes[sort.__name__] for sort in sorts if sort.__name__ in change.sizes}


if __name__ == "__main__":
    json.dump(verdicts(Change(**json.load(sys.stdin))), sys.stdout)
