"""What came of placing a model's parts, with all that is counted of it by brute force."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import attrs

from checkers.market.placement.problem import Answer, Problem, count, held, load
from checkers.results.page import Block, Line, Mark, Table
from checkers.results.result import Result, Verdict, Word
from checkers.results.words import counted
from spec.placement import Placement, Vendors, least_exposure

_WORDS: Mapping[str, tuple[Word, Mark]] = {
    "largest": ("proved", ""),
    "enough": ("reached", ""),
    "infeasible": ("refuted", "against"),
    "undecided": ("undecided", "undecided"),
}
"""What an answer's verdict comes to, in the words that all engines have."""


@attrs.frozen
class Placing(Result):
    """What came of a problem.

    Attributes:
        problem: what was asked of a placement.
        threshold: the least threshold that was asked for; None for the largest.
        answer: what was found.
    """

    problem: Problem
    threshold: int | None
    answer: Answer

    @property
    def asked(self) -> str:
        parts = counted(len(self.problem.sizes), "part")
        return f"place {parts} on {counted(len(self.problem.budgets), 'vendor')}"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        wanted = "the largest" if self.threshold is None else f"{self.threshold} or more"
        word, mark = _WORDS[self.answer.verdict]
        return {f"a threshold of {wanted}": Verdict(word, self._said.words, mark)}

    @property
    def _said(self) -> Line:
        _, mark = _WORDS[self.answer.verdict]
        return Line(f"{self.answer.verdict}: {self.answer.reason.text}", mark)

    @property
    def failed(self) -> bool:
        """Whether there is no such placement."""
        return self.answer.verdict == "infeasible"

    @property
    def undecided(self) -> bool:
        """Whether time ran out."""
        return self.answer.verdict == "undecided"

    def page(self) -> Iterator[Block]:
        if self.answer.placement:
            yield from self._found(self.answer.placement)
        yield self._said

    def _found(self, found: Placement) -> Iterator[Block]:
        problem = self.problem
        yield self._parts(found)
        yield Line("")
        yield self._vendors(found)
        yield Line("")
        yield Line(
            f"f = {found.crash_tolerance()}, t = {found.threshold()}, "
            f"closure t = {found.threshold(infer=True)}"
        )
        yield Line(_what_is_missed(problem, found))
        holds, knows = found.exposure(1), found.exposure(1, infer=True)
        yield Line(
            f"exposure: {count(problem, 1)} holds up to {holds} of "
            f"{counted(len(problem.sizes), 'part')} and knows up to {knows} with what it "
            f"infers; in any placement one holds {self._least_exposure(1)}"
        )

    def _parts(self, found: Placement) -> Table:
        """Where each part is, and which coalitions miss it."""
        columns = ["part", "size", "on vendors", "missed by any of"]
        columns += ["and the next, too, by any of"] * self.problem.infer
        rows = []
        for part, holders in enumerate(found.holders):
            size = self.problem.sizes[part]
            row = [str(part), str(size), _listed(holders), _outside(found, holders)]
            if self.problem.infer:
                following = found.holders[part + 1 : part + 2]
                row += [_outside(found, holders | other) for other in following] or [""]
            rows.append(row)
        return Table.of(columns, rows)

    def _vendors(self, found: Placement) -> Table:
        """What each vendor holds."""
        rows = [
            (
                str(vendor),
                _listed(held(found, vendor)),
                str(load(self.problem, found, vendor)),
                "none" if budget is None else str(budget),
            )
            for vendor, budget in enumerate(self.problem.budgets)
        ]
        return Table.of(("vendor", "parts", "load", "budget"), rows)

    def _least_exposure(self, size: int) -> int:
        """So many parts some coalition of a size holds, in any placement."""
        problem = self.problem
        return least_exposure(len(problem.sizes), len(problem.principals), problem.crashes, size)

    def json(self) -> dict[str, object]:
        problem, answer = self.problem, self.answer
        return {
            "parts": len(problem.sizes),
            "vendors": len(problem.budgets),
            "crashes": problem.crashes,
            "asked_threshold": self.threshold,
            "closure": problem.infer,
            "sizes": problem.sizes,
            "budgets": problem.budgets,
            "principals": [sorted(one) for one in problem.principals],
            "verdict": answer.verdict,
            "method": answer.reason.method,
            "reason": answer.reason.text,
            "coalitions_tried": answer.coalitions,
            "placement": answer.placement and self._placement_json(answer.placement),
        }

    def _placement_json(self, found: Placement) -> dict[str, object]:
        """A placement, and all that is counted of it."""
        problem, vendors = self.problem, range(len(self.problem.budgets))
        threshold = found.threshold(infer=problem.infer)
        return {
            "holders": [sorted(holders) for holders in found.holders],
            "holdings": [held(found, vendor) for vendor in vendors],
            "loads": [load(problem, found, vendor) for vendor in vendors],
            "crash_tolerance": found.crash_tolerance(),
            "threshold": found.threshold(),
            "closure_threshold": found.threshold(infer=True),
            "exposure": [
                {
                    "coalition_size": size,
                    "held": found.exposure(size),
                    "known": found.exposure(size, infer=True),
                    "held_at_least": self._least_exposure(size),
                }
                for size in range(1, len(problem.principals) + 1)
            ],
            "coalitions": [
                {"principals": some, "misses": sorted(found.missed(some, infer=problem.infer))}
                for some in found.coalitions(max(threshold - 1, 0))
            ],
        }


def _what_is_missed(problem: Problem, found: Placement) -> str:
    """What the coalitions miss that are smaller than the threshold by one."""
    threshold = found.threshold(infer=problem.infer)
    if threshold == 0:
        return "a consumer can infer the only part, with no vendor's help"
    if threshold == 1:
        return f"{count(problem, 1)} can know every part"
    coalitions = list(found.coalitions(threshold - 1))
    missed = [found.missed(some, infer=problem.infer) for some in coalitions]
    least = min(range(len(missed)), key=lambda i: len(missed[i]))
    some = _names(found, coalitions[least])
    verb = "misses" if threshold == 2 else "miss"
    return (
        f"any {count(problem, threshold - 1)} {verb} at least "
        f"{counted(len(missed[least]), 'part')}: {some} {verb} {_listed(missed[least])}"
    )


def _outside(found: Placement, holders: Vendors) -> str:
    """The principals that hold a part on none of some vendors."""
    others = [i for i, one in enumerate(found.principals) if not one & holders]
    return _names(found, others) or "nobody"


def _names(found: Placement, coalition: Sequence[int]) -> str:
    """The principals of a coalition, as `0+1, 2` where vendors 0 and 1 are one firm."""
    return ", ".join("+".join(map(str, sorted(found.principals[one]))) for one in coalition)


def _listed(numbers: Collection[int]) -> str:
    """`1, 2, 5`, or `none`."""
    return ", ".join(map(str, sorted(numbers))) or "none"
