"""What is asked of a placement, and what can come of it."""

from typing import Literal

import attrs

from checkers.prove.disagreement import Disagreement
from checkers.results.words import counted
from spec.placement import Placement, Vendors

Verdict = Literal["largest", "enough", "infeasible", "undecided"]
Method = Literal["counting", "t + f <= N", "Schonheim bound", "Z3", "placement", "limit"]


@attrs.frozen
class Problem:
    """What is asked of a placement.

    Attributes:
        sizes: for each part, in order of execution, how much of a budget it takes.
        budgets: for each vendor, the sizes that it can hold in sum; None is without limit.
        principals: the vendors, in sets that are one firm each.
        crashes: how many principals may crash.
        infer: whether a coalition knows what it can infer, too.
    """

    sizes: tuple[int, ...]
    budgets: tuple[int | None, ...]
    principals: tuple[Vendors, ...]
    crashes: int
    infer: bool = False

    @property
    def copies(self) -> int:
        """How many principals hold a part."""
        return self.crashes + 1

    def fits(self, vendor: int, part: int) -> bool:
        """Whether a vendor can hold a part, if it holds no other."""
        budget = self.budgets[vendor]
        return budget is None or self.sizes[part] <= budget


@attrs.frozen
class Reason:
    """Why something is so, and how that is known."""

    method: Method
    text: str


@attrs.frozen
class Answer:
    """What came of a problem.

    Attributes:
        verdict: the placement's threshold is the largest, or the one asked for; or there is no
            such placement; or time ran out.
        reason: why the threshold is the largest, why there is none, or what is unknown.
        placement: the best that was found.
        coalitions: how many coalitions Z3 was told of.
    """

    verdict: Verdict
    reason: Reason
    placement: Placement | None = None
    coalitions: int = 0


def count(problem: Problem, principals: int) -> str:
    """So many vendors, or firms where some vendors are one."""
    if len(problem.principals) < len(problem.budgets):
        return counted(principals, "firm")
    return counted(principals, "vendor")


def check(problem: Problem, placement: Placement, threshold: int) -> None:
    """Check a placement by brute force.

    Raises:
        Disagreement: it is not what was asked for.
    """
    if placement.principals != problem.principals or len(placement.holders) != len(problem.sizes):
        raise Disagreement("the placement is of other parts or vendors than were asked for")
    for vendor, budget in enumerate(problem.budgets):
        if budget is not None and load(problem, placement, vendor) > budget:
            raise Disagreement(f"vendor {vendor} is over its budget of {budget}")
    if placement.crash_tolerance() < problem.crashes:
        raise Disagreement(
            f"the placement does not survive {counted(problem.crashes, 'crash', 'crashes')}"
        )
    if placement.threshold(infer=problem.infer) < threshold:
        raise Disagreement(f"fewer than {threshold} know every part")


def held(placement: Placement, vendor: int) -> list[int]:
    """The parts that a vendor holds."""
    return [part for part, holders in enumerate(placement.holders) if vendor in holders]


def load(problem: Problem, placement: Placement, vendor: int) -> int:
    """The sizes of the parts that a vendor holds, in sum."""
    return sum(problem.sizes[part] for part in held(placement, vendor))
