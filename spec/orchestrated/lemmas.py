"""Why what is claimed holds, where it does: lemmas that make it inductive.

What it shares with the basic protocol is in `spec.basic.lemmas`.
"""

from spec.basic.state import Request
from spec.notation import forall, implies, not_
from spec.orchestrated.state import Market


def unmade_requests_are_blank(s: Market) -> bool:
    """A request that is not made has no step executed."""
    return forall(
        Request,
        lambda r: implies(s.requests <= r, (s.turn[r] == 0) & not_(s.complete[r])),
    )
