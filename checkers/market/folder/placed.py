"""Which vendors hold which parts, chosen as `tallystick place` does."""

from collections.abc import Iterator, Sequence

import attrs

from checkers.host.telling import Tell
from checkers.market.placement.problem import Answer, Problem, number
from checkers.results.page import Block, Line, Table
from impl.models.component import Component
from impl.quarrel.blocks import block_size
from impl.quarrel.plan import Plan
from spec.notation import MachineError
from spec.placement import Placement


@attrs.frozen
class Placed:
    """Parts, each with those who are to hold it.

    Attributes:
        parts: in order.
        vendors: all that there are, by name.
        found: which of them hold each part.
        answer: why no placement is better.
    """

    parts: Sequence[Component]
    vendors: Sequence[str]
    found: Placement
    answer: Answer

    @property
    def holders(self) -> list[list[str]]:
        """The vendors of each part, by name."""
        return [[self.vendors[v] for v in sorted(held)] for held in self.found.holders]

    @property
    def plans(self) -> list[Plan]:
        """What runs of each part take."""
        return [Plan(part.program) for part in self.parts]

    def page(self) -> Iterator[Block]:
        """Who holds what, and what it takes to know all."""
        yield Table.of(
            ("part", "numbers in -> out", "constants", "shown in a dispute", "held by"),
            (
                (str(i), _widths(part), f"{part.parameters:,}", str(_shown(part)), ", ".join(held))
                for i, (part, held) in enumerate(zip(self.plans, self.holders, strict=True))
            ),
        )
        crashes = self.found.crash_tolerance()
        yield Line(
            "constants: what of a part is secret; shown in a dispute: how many of them whoever "
            "disputes one operation of it sees, at most"
        )
        survived = f"any {number(crashes, 'vendor', 'vendors')} may crash" if crashes else ""
        threshold = number(self.found.threshold(), "vendor", "vendors")
        known = f"to know every part takes {threshold}"
        if self.answer.verdict == "largest":
            known += f", and no placement takes more ({self.answer.reason.text})"
        whole = [v for v in self.vendors if all(v in held for held in self.holders)]
        if whole:
            mend = "give more vendors (`market new --vendors`), more parts, or fewer --crashes"
            yield Line(f"{' and '.join(whole)} would hold the whole model: {mend}", "undecided")
        yield Line(f"{survived or 'no vendor may crash'}; {known}")

    def json(self) -> dict[str, object]:
        """The same as plain data."""
        return {
            "holders": self.holders,
            "parameters": [plan.parameters for plan in self.plans],
            "shown_in_a_dispute": [_shown(plan) for plan in self.plans],
            "crash_tolerance": self.found.crash_tolerance(),
            "threshold": self.found.threshold(),
            "verdict": self.answer.verdict,
            "reason": self.answer.reason.text,
        }


def placed(parts: Sequence[Component], vendors: Sequence[str], crashes: int, tell: Tell) -> Placed:
    """Place parts so that the most vendors must conspire to know all. Raises MachineError."""
    from checkers.market.placement.synthesis import synthesise  # asks Z3, slow to import

    principals = tuple(frozenset({vendor}) for vendor in range(len(vendors)))
    problem = Problem((1,) * len(parts), (None,) * len(vendors), principals, crashes)
    answer = synthesise(problem, progress=tell)
    if answer.placement is None:
        raise MachineError(f"--crashes {crashes}: {answer.reason.text}; give fewer")
    return Placed(parts, vendors, answer.placement, answer)


def _widths(plan: Plan) -> str:
    return f"{plan.program.takes} -> {plan.program.gives}"


def _shown(plan: Plan) -> int:
    """How many constants a dispute that is narrowed down gives away, at most."""
    return block_size(plan.parameters)
