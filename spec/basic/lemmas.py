"""Why what is claimed holds, where it does: lemmas that make it inductive."""

from spec.basic.state import Market, Matching, Request, Step, What, Who
from spec.notation import all_of, forall, implies, not_


def awaited_is_last_output(s: Matching[Who, What]) -> bool:
    """What is awaited is the input, or what the last executed step produced."""
    return forall(
        Request,
        lambda r: all_of(
            implies((s.turn[r] == 0) & not_(s.complete[r]), s.awaited[r] == s.input[r]),
            implies(s.complete[r], s.awaited[r] == s.produced[s.evidence[r, s.turn[r]]]),
            implies(
                (Step(0) < s.turn[r]) & not_(s.complete[r]),
                s.awaited[r] == s.produced[s.evidence[r, s.turn[r] - 1]],
            ),
        ),
    )


def unmade_requests_are_blank(s: Market) -> bool:
    """A request that is not made has no step executed."""
    return forall(
        Request,
        lambda r: implies(
            s.requests <= r, (s.turn[r] == 0) & not_(s.complete[r]) & not_(s.admitted[r])
        ),
    )
