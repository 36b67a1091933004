"""What counting tells of a placement problem, without a search."""

from checkers.market.placement.problem import Problem, Reason, count
from checkers.results.words import counted
from spec.placement import counted_parts, least_parts


def unplaceable(problem: Problem) -> Reason | None:
    """Why the parts cannot be placed, whatever the threshold, if counting tells."""
    copies, who = problem.copies, count(problem, len(problem.principals))
    if copies > len(problem.principals):
        crashes = counted(problem.crashes, "crash", "crashes")
        text = f"to survive {crashes} takes {copies} holders of each part, and there are {who}"
        return Reason("counting", text)
    for part, size in enumerate(problem.sizes):
        able = sum(any(problem.fits(vendor, part) for vendor in one) for one in problem.principals)
        if able < copies:
            text = f"part {part}, of size {size}, must be on {copies} of {who} and fits on {able}"
            return Reason("counting", text)
    budgets = [budget for budget in problem.budgets if budget is not None]
    needed = copies * sum(problem.sizes)
    if len(budgets) == len(problem.budgets) and needed > sum(budgets):
        text = f"{copies} of each part take {needed} in sum, and the budgets are {sum(budgets)}"
        return Reason("counting", text)
    return None


def excluded(problem: Problem, threshold: int) -> Reason | None:
    """Why no placement has a threshold, if a bound tells."""
    principals, parts = len(problem.principals), len(problem.sizes)
    if threshold + problem.crashes > principals:
        crashes, who = counted(problem.crashes, "crash", "crashes"), count(problem, principals)
        left = f"to survive {crashes}, any {principals - problem.crashes} of {who} hold every part"
        return Reason("t + f <= N", left if problem.crashes else f"there are {who}")
    least = least_parts(principals, problem.crashes, threshold) if threshold else 0
    assert least is not None  # it is for want of parts, not of principals
    if least > counted_parts(parts, infer=problem.infer):
        twice = 2 * least if problem.infer else least
        text = f"a threshold of {threshold} takes {twice} parts or more, and there are {parts}"
        return Reason("Schonheim bound", text)
    return None
