"""One claim's story: what the paper says, what was found, the mend and its price, and the proof."""

from collections.abc import Callable, Sequence
from textwrap import wrap

from checkers.verdict.report import TOLD, section
from checkers.verdict.verify import Decision, Effort, Verifier
from spec.notation import MachineError
from spec.paper.claim import POINTS

_WIDTH = 96


def decide_claim(claim: str, effort: Effort, progress: Callable[[str], None]) -> Sequence[Decision]:
    """Decide every point of one claim.

    Raises:
        MachineError: there is no claim of that identifier.
    """
    points = [point for point in POINTS if point.claim == claim]
    if not points:
        known = dict.fromkeys(point.claim for point in POINTS)
        raise MachineError(f"there is no claim {claim}; there are {', '.join(known)}")
    return Verifier(effort, progress, points).decisions()


def story(claim: str, decisions: Sequence[Decision]) -> list[str]:
    """The story of a claim for people."""
    lines = [f"{claim} ({section(claim)})"]
    told = TOLD.get(claim)
    if told:
        lines += _paragraph("The paper says", told.statement)
        lines += _paragraph("Found", told.found)
    for decision in decisions:
        point = decision.point
        lines += ["", f"{point.variant}: {point.statement}"]
        lines += _indented(f"{decision.verdict}: {decision.evidence}")
        if decision.trace:
            lines += ["", *(f"  {line}" for line in decision.trace.diagram)]
    if told:
        lines += _paragraph("What mends it", told.fix)
        lines += _paragraph("What that costs", told.cost)
    return lines


def _paragraph(title: str, text: str) -> list[str]:
    return ["", f"{title}:", *_indented(text)]


def _indented(text: str) -> list[str]:
    return wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
