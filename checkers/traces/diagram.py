"""A trace as a sequence diagram in text: who does what, and whether it is on the ledger.

Parties are columns, and so is the ledger. An action belongs to the first party among its
parameters, or else to anybody. Where a machine says what everybody can see, an action that changes
none of that goes past the ledger, to the other party that it names, if it names one.
"""

from typing import TypeVar

from checkers.results.arrows import Arrow, Lanes
from checkers.traces.trace import Trace

S = TypeVar("S")

_LEDGER, _ANYBODY = "ledger", "anybody"


def sequence_diagram(trace: Trace[S]) -> list[str]:
    """The columns' names, then a line for each action."""
    arrows = [_arrow(trace, number) for number in range(trace.length)]
    named = dict.fromkeys(end for arrow in arrows for end in (arrow.source, arrow.target))
    # The ledger stands last, so that what is sent past it does not cross it.
    lanes = [*(lane for lane in named if lane != _LEDGER), _LEDGER]
    drawn = Lanes(lanes, arrows)
    return [drawn.heads, *map(drawn.line, arrows)]


def _arrow(trace: Trace[S], number: int) -> Arrow:
    """A step: from whom, to whom, and what it says."""
    act, args = trace.steps[number]
    name = trace.scope.name
    pairs = list(zip(args, act.parameters.values(), strict=True))
    parties = trace.parties(number)
    others = [name(arg, sort) for arg, sort in pairs if name(arg, sort) not in parties[:1]]
    source = parties[0] if parties else _ANYBODY
    target = _LEDGER if trace.is_public(number) else (parties[1:] or [source])[0]
    return Arrow(source, target, f"{number + 1}. {act.name}({', '.join(others)})")
