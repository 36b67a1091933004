"""Synthesis of placements: Z3 finds one whose threshold no other exceeds.

Z3 is asked for a placement that a growing list of coalitions does not break. One that some other
coalition breaks adds that coalition to the list (counterexample-guided synthesis). A larger
threshold only lengthens the list, so the same solver goes on. That no threshold is larger is told
by a bound, or by Z3: no placement withstands even the coalitions on the list.

Every placement is checked by brute force, by the definitions of `spec.placement`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Literal

import attrs
import z3

from checkers.prove.disagreement import Disagreement
from checkers.prove.limits import Limit
from spec.notation.symbolic import Formula
from spec.placement import Coalition, Placement, Vendors, counted_parts, least_parts

Verdict = Literal["largest", "enough", "infeasible", "undecided"]
Method = Literal["counting", "t + f <= N", "Schonheim bound", "Z3", "placement", "limit"]
_AT_ONCE = 20  # coalitions that a broken placement adds


@attrs.frozen
class Request:
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
    """What came of a request.

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


def synthesise(
    request: Request,
    threshold: int | None = None,
    *,
    limit: Limit | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> Answer:
    """A placement whose threshold is the largest, or at least the one that is given.

    Args:
        request: what else is asked of it.
        threshold: the least threshold; None for the largest.
        limit: the most that one question to Z3 may take, and the seconds for all of it.
        progress: called with a line before each question to Z3.

    Raises:
        Disagreement: a placement is not what Z3 says it is.
    """
    impossible = unplaceable(request) or excluded(request, threshold or 0)
    if impossible:
        return Answer("infeasible", impossible)
    limit = limit or Limit()
    search = Search(request, limit, time.monotonic() + limit.seconds, progress)
    best: Placement | None = None
    goal = 0
    while True:
        found = search.placement(goal)
        if isinstance(found, Reason):
            if found.method == "limit":
                return Answer("undecided", found, best, search.asked)
            if best is None or threshold is not None:
                return Answer("infeasible", found, None, search.asked)
            return Answer("largest", found, best, search.asked)
        check(request, found, goal)
        best, reached = found, found.threshold(infer=request.infer)
        if threshold is not None and reached >= threshold:
            asked_for = Reason("placement", f"a threshold of {threshold} was asked for")
            return Answer("enough", asked_for, best, search.asked)
        goal = max(reached + 1, threshold or 0)
        bound = excluded(request, goal)
        if bound:
            return Answer("largest", bound, best, search.asked)


def relaxation(request: Request) -> Request | None:
    """A request that is easier to fulfil, and to refute, if there is one.

    With inference, a coalition that holds every second part knows all. So these alone must have the
    threshold without it, and among them no part is told apart by its neighbours.
    """
    second = request.sizes[1::2]
    return attrs.evolve(request, sizes=second, infer=False) if request.infer and second else None


def unplaceable(request: Request) -> Reason | None:
    """Why the parts cannot be placed, whatever the threshold, if counting tells."""
    copies, who = request.copies, count(request, len(request.principals))
    if copies > len(request.principals):
        crashes = number(request.crashes, "crash", "crashes")
        text = f"to survive {crashes} takes {copies} holders of each part, and there are {who}"
        return Reason("counting", text)
    for part, size in enumerate(request.sizes):
        able = sum(any(request.fits(vendor, part) for vendor in one) for one in request.principals)
        if able < copies:
            text = f"part {part}, of size {size}, must be on {copies} of {who} and fits on {able}"
            return Reason("counting", text)
    budgets = [budget for budget in request.budgets if budget is not None]
    needed = copies * sum(request.sizes)
    if len(budgets) == len(request.budgets) and needed > sum(budgets):
        text = f"{copies} of each part take {needed} in sum, and the budgets are {sum(budgets)}"
        return Reason("counting", text)
    return None


def excluded(request: Request, threshold: int) -> Reason | None:
    """Why no placement has a threshold, if a bound tells."""
    principals, parts = len(request.principals), len(request.sizes)
    if threshold + request.crashes > principals:
        text = f"t + f <= N: {threshold} + {request.crashes} is more than "
        return Reason("t + f <= N", text + count(request, principals))
    least = least_parts(principals, request.crashes, threshold) if threshold else 0
    assert least is not None  # it is for want of parts, not of principals
    if least > counted_parts(parts, infer=request.infer):
        twice = 2 * least if request.infer else least
        text = f"a threshold of {threshold} takes {twice} parts or more, and there are {parts}"
        return Reason("Schonheim bound", f"Schonheim's covering bound: {text}")
    return None


def count(request: Request, principals: int) -> str:
    """So many vendors, or firms where some vendors are one."""
    if len(request.principals) < len(request.budgets):
        return number(principals, "firm", "firms")
    return number(principals, "vendor", "vendors")


def number(many: int, one: str, several: str) -> str:
    """`1 part`, `2 parts`."""
    return f"{many} {one if many == 1 else several}"


def check(request: Request, placement: Placement, threshold: int) -> None:
    """Check a placement by brute force.

    Raises:
        Disagreement: it is not what was asked for.
    """
    if placement.principals != request.principals or len(placement.holders) != len(request.sizes):
        raise Disagreement("the placement is of other parts or vendors than were asked for")
    for vendor, budget in enumerate(request.budgets):
        if budget is not None and load(request, placement, vendor) > budget:
            raise Disagreement(f"vendor {vendor} is over its budget of {budget}")
    if placement.crash_tolerance() < request.crashes:
        raise Disagreement(f"the placement does not survive {request.crashes} crashes")
    if placement.threshold(infer=request.infer) < threshold:
        raise Disagreement(f"fewer than {threshold} know every part")


def load(request: Request, placement: Placement, vendor: int) -> int:
    """The sizes of the parts that a vendor holds, in sum."""
    parts = zip(request.sizes, placement.holders, strict=True)
    return sum(size for size, holders in parts if vendor in holders)


class Search:
    """Looks with Z3 for placements of ever larger thresholds.

    A part is put on exactly f + 1 principals, and on one vendor of each: more copies take more of
    the budgets and do not raise the threshold.

    Args:
        request: what is asked.
        limit: the most that one question may take.
        deadline: when to give up in any case, by `time.monotonic`.
        progress: called with a line before each question to Z3.
    """

    def __init__(
        self,
        request: Request,
        limit: Limit,
        deadline: float,
        progress: Callable[[str], None],
        parts: str = "the parts",
    ) -> None:
        self.request = request
        self.limit = limit
        self.deadline = deadline
        self.progress = progress
        self.parts = parts
        self.told: set[Coalition] = set()
        context = z3.Context()  # so that the answer does not depend on what was solved before
        self.solver = z3.SolverFor("QF_FD", ctx=context)
        vendors = range(len(request.budgets))
        self.on = [
            [z3.Bool(f"part {part} on {vendor}", context) for vendor in vendors]
            for part in range(len(request.sizes))
        ]
        self.solver.add(*self._copies(), *self._budgets(), *self._order())
        easier = relaxation(request)
        self.relaxed = easier and Search(easier, limit, deadline, progress, "every second part")

    @property
    def asked(self) -> int:
        """How many coalitions Z3 was told of."""
        return len(self.told) + (self.relaxed.asked if self.relaxed else 0)

    def placement(self, threshold: int) -> Placement | Reason:
        """A placement with at least a threshold; or why there is none, or none was found."""
        if self.relaxed:
            easier = self.relaxed.placement(threshold)
            if isinstance(easier, Reason):
                return easier
        while True:
            self.progress(f"a threshold of {threshold}: {self.asked} coalitions")
            left = self.deadline - time.monotonic()
            attrs.evolve(self.limit, seconds=max(left, 0)).bind(self.solver)
            answer = self.solver.check()
            if answer == z3.unsat:
                return self._none(threshold)
            if answer != z3.sat or left <= 0:
                asked = f"whether a threshold of {threshold} is possible"
                return Reason("limit", f"Z3 could not say within its limit {asked}")
            found = self._read(self.solver.model())
            breaking = list(islice(self._breaking(found, threshold), _AT_ONCE))
            if not breaking:
                return found
            self.told.update(breaking)
            self.solver.add(*map(self._misses_something, breaking))

    def _none(self, threshold: int) -> Reason:
        limited = any(budget is not None for budget in self.request.budgets)
        within = " within the budgets" if limited else ""
        copies = self.request.copies
        has = f"a threshold of {threshold}" if threshold else f"{copies} of each"
        return Reason("Z3", f"Z3 (unsat): no placement of {self.parts}{within} has {has}")

    def _copies(self) -> Iterator[Formula]:
        for row in self.on:
            yield z3.PbEq([(on, 1) for on in row], self.request.copies)
            for one in self.request.principals:
                yield z3.PbLe([(row[vendor], 1) for vendor in sorted(one)], 1)

    def _budgets(self) -> Iterator[Formula]:
        for vendor, budget in enumerate(self.request.budgets):
            if budget is not None:
                taken = zip(self.request.sizes, self.on, strict=True)
                yield z3.PbLe([(row[vendor], size) for size, row in taken], budget)

    def _order(self) -> Iterator[Formula]:
        """Of the placements that renaming makes from each other, one is enough.

        The greatest, read part by part, is left: exchanging two vendors or two parts that nothing
        tells apart cannot make it greater. (Flener et al., CP 2002: rows and columns can both be
        ordered.) With inference, parts are told apart by their neighbours.
        """
        for some in alike(self._kind(vendor) for vendor in range(len(self.request.budgets))):
            for first, second in pairwise(some):
                yield at_least([row[first] for row in self.on], [row[second] for row in self.on])
        if not self.request.infer:
            for some in alike(self.request.sizes):
                for first, second in pairwise(some):
                    yield at_least(self.on[first], self.on[second])

    def _kind(self, vendor: int) -> tuple[int, int]:
        """What tells a vendor apart: a firm that it shares, and its budget."""
        [firm] = [i for i, one in enumerate(self.request.principals) if vendor in one]
        shared = len(self.request.principals[firm]) > 1
        budget = self.request.budgets[vendor]
        total = sum(self.request.sizes)
        return (firm if shared else -1, total if budget is None else min(budget, total))

    def _misses_something(self, coalition: Coalition) -> Formula:
        vendors = [v for one in coalition for v in sorted(self.request.principals[one])]
        off = [[z3.Not(row[vendor]) for vendor in vendors] for row in self.on]
        if self.request.infer:  # two in a row
            off = [[*one, *next_] for one, next_ in pairwise(off)]
        return z3.Or([z3.And(some) for some in off])

    def _breaking(self, found: Placement, threshold: int) -> Iterator[Coalition]:
        if threshold < 2:  # nobody is no coalition
            return iter(())
        infer = self.request.infer
        some = found.coalitions(threshold - 1)
        return (one for one in some if not found.missed(one, infer=infer))

    def _read(self, model: z3.ModelRef) -> Placement:
        holders = [
            frozenset(vendor for vendor, on in enumerate(row) if z3.is_true(model.eval(on)))
            for row in self.on
        ]
        return Placement(tuple(holders), self.request.principals)


def alike(kinds: Iterator[object] | Sequence[object]) -> list[list[int]]:
    """The places of equal kinds, together."""
    places: dict[object, list[int]] = {}
    for place, kind in enumerate(kinds):
        places.setdefault(kind, []).append(place)
    return list(places.values())


def at_least(one: Sequence[Formula], other: Sequence[Formula]) -> Formula:
    """A list of bits is as great as another or greater, the first bit counting most."""
    result = z3.BoolVal(True, one[0].ctx)
    for a, b in reversed(list(zip(one, other, strict=True))):
        result = z3.And(z3.Implies(b, a), z3.Implies(a == b, result))
    return result
