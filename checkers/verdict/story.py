"""One claim's story: what the paper says, what was found, the mend and its price, and the proof."""

from collections.abc import Iterator
from textwrap import wrap

import attrs

from checkers.host.telling import Tell
from checkers.results.page import Block, Line
from checkers.verdict.decide import Decider, Decisions
from spec.paper.claim import Claim, Theorem

_WIDTH = 96


@attrs.frozen
class Story(Decisions):
    """One claim, told: what the paper says, what was found of each point, the mend, its price."""

    @property
    def asked(self) -> str:
        return f"explain {self.decisions[0].claim.id}"

    def page(self) -> Iterator[Block]:
        yield from map(Line, self.lines())

    def lines(self) -> list[str]:
        """The story, a line for each line."""
        claim = self.decisions[0].claim
        lines = [f"{claim.id} ({claim.section})"]
        if isinstance(claim, Claim):
            lines += _paragraph("The paper says", claim.statement)
            lines += _paragraph("Found", claim.found)
        for decision in self.decisions:
            point = decision.point
            lines += ["", f"{point.variant}: {point.statement}"]
            lines += _indented(f"{decision.line.words}: {decision.found.evidence}")
            if exhibit := decision.found.exhibit:
                lines += ["", *(f"  {line}" for line in exhibit.diagram)]
        if isinstance(claim, Claim):
            lines += _paragraph("What mends it", claim.fix)
            lines += _paragraph("What that costs", claim.cost)
        return lines


def decide_claim(claim: Claim | Theorem, progress: Tell) -> Story:
    """Decide every point of one claim, at effort quick."""
    return Story(Decider("quick", progress, [claim]).decide().decisions)


def _paragraph(title: str, text: str) -> list[str]:
    return ["", f"{title}:", *_indented(text)]


def _indented(text: str) -> list[str]:
    return wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
