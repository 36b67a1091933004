"""Z3 looks for placements of ever larger thresholds.

It is asked for a placement that a growing list of coalitions does not break. One that some other
coalition breaks adds that coalition to the list (counterexample-guided synthesis). A larger
threshold only lengthens the list, so the same solver goes on; and no placement has a threshold if
none withstands even the coalitions on the list.
"""

import time
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

import attrs
import z3

from checkers.host.telling import Tell
from checkers.market.placement.problem import Problem, Reason
from checkers.prove.disagreement import Disagreement
from checkers.prove.limits import Limit, z3_answer
from spec.notation.symbolic import Formula
from spec.placement import Coalition, Placement

_AT_ONCE = 20  # coalitions that a broken placement adds


class Search:
    """Looks with Z3 for placements of ever larger thresholds.

    A part is put on exactly f + 1 principals, and on one vendor of each: more copies take more of
    the budgets and do not raise the threshold.

    Args:
        problem: what is asked.
        limit: the most that one question may take.
        deadline: when to give up in any case, by `time.monotonic`.
        progress: called with a line before each question to Z3.
    """

    def __init__(
        self,
        problem: Problem,
        limit: Limit,
        deadline: float,
        progress: Tell,
        parts: str = "the parts",
    ) -> None:
        self.problem = problem
        self.limit = limit
        self.deadline = deadline
        self.progress = progress
        self.parts = parts
        self.told: set[Coalition] = set()
        context = z3.Context()  # so that the answer does not depend on what was solved before
        self.solver = z3.SolverFor("QF_FD", ctx=context)
        vendors = range(len(problem.budgets))
        self.on = [
            [z3.Bool(f"part {part} on {vendor}", context) for vendor in vendors]
            for part in range(len(problem.sizes))
        ]
        self.solver.add(*self._copies(), *self._budgets(), *self._order())
        easier = relaxation(problem)
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
            answer = z3_answer(self.solver)
            if answer == z3.unsat:
                return self._none(threshold)
            if answer != z3.sat or left <= 0:
                asked = f"whether a threshold of {threshold} is possible"
                return Reason("limit", f"Z3 could not say within its limit {asked}")
            found = self._read(self.solver.model())
            breaking = list(islice(self._breaking(found, threshold), _AT_ONCE))
            if not breaking:
                return found
            if not self.told.isdisjoint(breaking):
                raise Disagreement("a coalition knows all where Z3 has it miss a part")
            self.told.update(breaking)
            self.solver.add(*map(self._misses_something, breaking))

    def _none(self, threshold: int) -> Reason:
        limited = any(budget is not None for budget in self.problem.budgets)
        within = " within the budgets" if limited else ""
        copies = self.problem.copies
        has = f"a threshold of {threshold}" if threshold else f"{copies} of each"
        return Reason("Z3", f"Z3 (unsat): no placement of {self.parts}{within} has {has}")

    def _copies(self) -> Iterator[Formula]:
        for row in self.on:
            yield z3.PbEq([(on, 1) for on in row], self.problem.copies)
            for one in self.problem.principals:
                yield z3.PbLe([(row[vendor], 1) for vendor in sorted(one)], 1)

    def _budgets(self) -> Iterator[Formula]:
        for vendor, budget in enumerate(self.problem.budgets):
            if budget is not None:
                taken = zip(self.problem.sizes, self.on, strict=True)
                yield z3.PbLe([(row[vendor], size) for size, row in taken], budget)

    def _order(self) -> Iterator[Formula]:
        """Of the placements that renaming makes from each other, one is enough.

        The greatest, read part by part, is left: exchanging two vendors or two parts that nothing
        tells apart cannot make it greater. (Flener et al., CP 2002: rows and columns can both be
        ordered.) With inference, parts are told apart by their neighbours.
        """
        for some in alike(self._kind(vendor) for vendor in range(len(self.problem.budgets))):
            for first, second in pairwise(some):
                yield at_least([row[first] for row in self.on], [row[second] for row in self.on])
        if not self.problem.infer:
            for some in alike(self.problem.sizes):
                for first, second in pairwise(some):
                    yield at_least(self.on[first], self.on[second])

    def _kind(self, vendor: int) -> tuple[int, int]:
        """What tells a vendor apart: a firm that it shares, and its budget."""
        [firm] = [i for i, one in enumerate(self.problem.principals) if vendor in one]
        shared = len(self.problem.principals[firm]) > 1
        budget = self.problem.budgets[vendor]
        total = sum(self.problem.sizes)
        return (firm if shared else -1, total if budget is None else min(budget, total))

    def _misses_something(self, coalition: Coalition) -> Formula:
        vendors = [v for one in coalition for v in sorted(self.problem.principals[one])]
        off = [[z3.Not(row[vendor]) for vendor in vendors] for row in self.on]
        if self.problem.infer:  # two in a row
            off = [[*one, *next_] for one, next_ in pairwise(off)]
        return z3.Or([z3.And(some) for some in off])

    def _breaking(self, found: Placement, threshold: int) -> Iterator[Coalition]:
        if threshold < 2:  # nobody is no coalition
            return iter(())
        infer = self.problem.infer
        some = found.coalitions(threshold - 1)
        return (one for one in some if not found.missed(one, infer=infer))

    def _read(self, model: z3.ModelRef) -> Placement:
        holders = [
            frozenset(vendor for vendor, on in enumerate(row) if z3.is_true(model.eval(on)))
            for row in self.on
        ]
        return Placement(tuple(holders), self.problem.principals)


def relaxation(problem: Problem) -> Problem | None:
    """A problem that is easier to fulfil, and to refute, if there is one.

    With inference, a coalition that holds every second part knows all. So these alone must have the
    threshold without it, and among them no part is told apart by its neighbours.
    """
    second = problem.sizes[1::2]
    return attrs.evolve(problem, sizes=second, infer=False) if problem.infer and second else None


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
