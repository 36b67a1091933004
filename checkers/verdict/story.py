"""One claim's story: what the paper says, what was found, the mend and its price, and the proof."""

from collections.abc import Callable, Sequence
from textwrap import wrap

from checkers.verdict.report import section
from checkers.verdict.verify import Decision, Effort, Verifier
from spec.notation import MachineError
from spec.paper import CLAIMS, THEOREMS
from spec.paper.claim import Claim

_WIDTH = 96


def decide_claim(claim: str, effort: Effort, progress: Callable[[str], None]) -> Sequence[Decision]:
    """Decide every point of one claim.

    Raises:
        MachineError: there is no claim of that identifier.
    """
    known = {told.id: told for told in (*CLAIMS, *THEOREMS)}
    if claim not in known:
        raise MachineError(f"there is no claim {claim}; there are {', '.join(known)}")
    return Verifier(effort, progress, [known[claim]]).decisions()


def story(decisions: Sequence[Decision]) -> list[str]:
    """The story of a claim for people, from what was decided of its points."""
    claim = decisions[0].claim
    lines = [f"{claim.id} ({section(claim)})"]
    if isinstance(claim, Claim):
        lines += _paragraph("The paper says", claim.statement)
        lines += _paragraph("Found", claim.found)
    for decision in decisions:
        point = decision.point
        lines += ["", f"{point.variant}: {point.statement}"]
        lines += _indented(f"{decision.verdict}: {decision.evidence}")
        if decision.trace:
            lines += ["", *(f"  {line}" for line in decision.trace.diagram)]
    if isinstance(claim, Claim):
        lines += _paragraph("What mends it", claim.fix)
        lines += _paragraph("What that costs", claim.cost)
    return lines


def _paragraph(title: str, text: str) -> list[str]:
    return ["", f"{title}:", *_indented(text)]


def _indented(text: str) -> list[str]:
    return wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
