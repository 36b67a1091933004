"""A counterexample as plain data: what people and machines are shown of it."""

from collections.abc import Sequence
from typing import Any, Self

import attrs

from checkers.blame.account import Collision
from checkers.explore.ending import Lasso
from checkers.traces.diagram import sequence_diagram
from checkers.traces.itf import itf
from checkers.traces.trace import Trace


@attrs.frozen
class Exhibit:
    """A run that was found, and run again in the concrete domain.

    Attributes:
        extent: how long it is, in words.
        actions: the names of its actions.
        lines: each action, and under it what it changed.
        diagram: the same as a sequence diagram.
        itf: the same as ITF JSON.
    """

    extent: str
    actions: Sequence[str]
    lines: Sequence[str]
    diagram: Sequence[str]
    itf: dict[str, object]

    @classmethod
    def of(cls, trace: Trace[Any], refuted: str | None = None) -> Self:  # of any machine's state
        """What is shown of a trace, and of the property that it refutes, if it does."""
        actions = [act.name for act, _ in trace.steps]
        return cls(
            trace.extent, actions, trace.lines(), sequence_diagram(trace), itf(trace, refuted)
        )

    @classmethod
    def of_collision(cls, collision: Collision[Any]) -> Self:
        """What is shown of a ledger that can have come about in two ways: both, one by one."""
        one, other = (cls.of(history.trace) for history in collision.histories)
        first, second = (" and ".join(culprits) for culprits in collision.culprits)
        heads = f"If {first} deviated:", f"If {second} did, with the same ledger at the end:"
        return attrs.evolve(
            one,
            lines=[heads[0], *one.lines, "", heads[1], *other.lines],
            diagram=[heads[0], *one.diagram, "", heads[1], *other.diagram],
        )

    @classmethod
    def of_lasso(cls, lasso: Lasso[Any]) -> Self:
        """What is shown of a run that never ends: the way to the round, and the round."""
        stem = cls.of(lasso.stem)
        again = [f"  again and again: {step}" for step in lasso.around or ["nothing more"]]
        diagram = [*stem.diagram, *again]
        extent = f"{stem.extent}, and then for ever"
        return attrs.evolve(stem, extent=extent, lines=lasso.lines(), diagram=diagram)
