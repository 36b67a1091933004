"""Synthesis of placements: one whose threshold no other exceeds.

That no threshold is larger is told by a bound, or by Z3. Every placement is checked by brute force,
by the definitions of `spec.placement`.
"""

import time

from checkers.host.telling import Tell, silent
from checkers.market.placement.bounds import excluded, unplaceable
from checkers.market.placement.problem import Answer, Problem, Reason, check
from checkers.market.placement.search import Search
from checkers.prove.limits import Limit
from spec.placement import Placement


def synthesise(
    problem: Problem,
    threshold: int | None = None,
    *,
    limit: Limit | None = None,
    progress: Tell = silent,
) -> Answer:
    """A placement whose threshold is the largest, or at least the one that is given.

    Args:
        problem: what else is asked of it.
        threshold: the least threshold; None for the largest.
        limit: the most that one question to Z3 may take, and the seconds for all of it.
        progress: called with a line before each question to Z3.

    Raises:
        Disagreement: a placement is not what Z3 says it is.
    """
    impossible = unplaceable(problem) or excluded(problem, threshold or 0)
    if impossible:
        return Answer("infeasible", impossible)
    limit = limit or Limit()
    search = Search(problem, limit, time.monotonic() + limit.seconds, progress)
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
        check(problem, found, goal)
        best, reached = found, found.threshold(infer=problem.infer)
        if threshold is not None and reached >= threshold:
            asked_for = Reason("placement", f"a threshold of {threshold} was asked for")
            return Answer("enough", asked_for, best, search.asked)
        goal = max(reached + 1, threshold or 0)
        bound = excluded(problem, goal)
        if bound:
            return Answer("largest", bound, best, search.asked)
