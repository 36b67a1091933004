"""A trace as a sequence diagram in text: who does what, and whether it is on the ledger.

Parties are columns, and so is the ledger. An action belongs to the first party among its
parameters, or else to anybody. Where a machine says what everybody can see, an action that changes
none of that goes past the ledger, to the other party that it names, if it names one.
"""

from collections.abc import Sequence
from typing import Generic, TypeVar

import attrs

from checkers.traces.trace import Trace
from spec.notation.machine import Action
from spec.notation.sorts import Value

S = TypeVar("S")

_LEDGER, _ANYBODY = "ledger", "anybody"
_GAP = 4


@attrs.frozen
class _Arrow:
    """One action: from whom, to whom, and what it says."""

    source: str
    target: str
    label: str


def sequence_diagram(trace: Trace[S]) -> list[str]:
    """The lines of the diagram."""
    return _Diagram(trace).lines()


class _Diagram(Generic[S]):
    def __init__(self, trace: Trace[S]) -> None:
        self.trace = trace
        self.arrows = [self._arrow(n, *step) for n, step in enumerate(trace.steps)]
        named = dict.fromkeys(end for arrow in self.arrows for end in (arrow.source, arrow.target))
        # The ledger stands last, so that what is sent past it does not cross it.
        self.lanes = [*(lane for lane in named if lane != _LEDGER), _LEDGER]

    def _arrow(self, number: int, act: Action[S], args: Sequence[Value]) -> _Arrow:
        name = self.trace.scope.name
        pairs = list(zip(args, act.parameters.values(), strict=True))
        parties = self.trace.parties(number)
        others = [name(arg, sort) for arg, sort in pairs if name(arg, sort) not in parties[:1]]
        source = parties[0] if parties else _ANYBODY
        target = _LEDGER if self.trace.is_public(number) else (parties[1:] or [source])[0]
        return _Arrow(source, target, f"{number + 1}. {act.name}({', '.join(others)})")

    def lines(self) -> list[str]:
        """The columns' names, then a line for each action."""
        places = self._places()
        heads = [" "] * (places[-1] + len(_LEDGER))
        for lane, place in zip(self.lanes, places, strict=True):
            heads[place : place + len(lane)] = lane
        return ["".join(heads).rstrip(), *(self._line(arrow, places) for arrow in self.arrows)]

    def _places(self) -> list[int]:
        """Where the columns stand: as far apart as names and what is written between ask for."""
        lane = {name: number for number, name in enumerate(self.lanes)}
        spans = [(*sorted((lane[a.source], lane[a.target])), len(a.label) + 6) for a in self.arrows]
        # What is written at a column itself has room up to the next one.
        spans = [(left, max(right, left + 1), width) for left, right, width in spans]
        places = [2]
        for number, before in enumerate(self.lanes[:-1], start=1):
            fitting = [places[left] + width for left, right, width in spans if right == number]
            places.append(max(places[-1] + len(before) + _GAP, *fitting, 0))
        return places

    def _line(self, arrow: _Arrow, places: Sequence[int]) -> str:
        where = dict(zip(self.lanes, places, strict=True))
        canvas = [" "] * (places[-1] + 1)
        for place in places:
            canvas[place] = "|"
        start, end = where[arrow.source], where[arrow.target]
        if start == end:
            text = f"* {arrow.label} "
            canvas[start : start + len(text)] = text
            return "".join(canvas).rstrip()
        left, right = min(start, end), max(start, end)
        shaft = f" {arrow.label} ".center(right - left - 1, "-")
        canvas[left + 1 : right] = shaft
        canvas[right - 1 if end > start else left + 1] = ">" if end > start else "<"
        return "".join(canvas).rstrip()
