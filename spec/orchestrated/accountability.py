"""Who is held to account in the orchestrated protocol, from what evidence, and for which harm."""

from spec.basic.state import Request
from spec.notation import Accountability, Role, all_of, any_of, exists, forall, implies, not_
from spec.orchestrated.state import Market, Party, Place


def is_over(s: Market) -> bool:
    """There are requests, and each has come to its end, or nobody goes on with it."""
    return (Request(0) < s.requests) & forall(
        Request, lambda r: implies(r < s.requests, has_ended(s, r))
    )


def has_ended(s: Market, r: Request) -> bool:
    """A request has come to its end, or nobody goes on with it."""
    return any_of(s.place[r] == Place.CONFIRMED, s.place[r] == Place.STALLED)


def has_deviated(s: Market, p: Party) -> bool:
    return s.deviated[p]


def is_convicted(s: Market, p: Party) -> bool:
    return s.convicted[p]


def is_harmed(s: Market, p: Party) -> bool:
    """A consumer has no output, or a wrong one."""
    return exists(
        Request,
        lambda r: all_of(
            r < s.requests,
            s.consumer[r] == p,
            has_ended(s, r),
            any_of(s.place[r] == Place.STALLED, not_(is_right(s, r))),
        ),
    )


def is_right(s: Market, r: Request) -> bool:
    """What the consumer was handed is what the last step gives on a right chain of steps."""
    return s.delivered[r] == s.truth[r]


def is_repaid(s: Market, p: Party) -> bool:
    """A consumer was refunded."""
    return exists(Request, lambda r: (s.consumer[r] == p) & s.refunded[r])


def requests_follow_one_another(s: Market) -> bool:
    """No request is made before the one before it has ended."""
    return forall(Request, lambda r: implies(r + 1 < s.requests, has_ended(s, r)))


def verdicts_come_last(s: Market) -> bool:
    """The contract compares nothing before all is over."""
    compared = exists(Request, lambda r: (s.turn[r] > 0) | s.complete[r])
    return implies(compared | exists(Party, lambda p: s.convicted[p]), is_over(s))


ACCOUNTABILITY: Accountability[Market] = Accountability(
    evidence=(
        "registered",
        "provider",
        "model",
        "requests",
        "consumer",
        "api",
        "input",
        "confirmed",
        "output",
        "records",
        "author",
        "received",
        "produced",
        "claimed",
        "awaited",
    ),
    verdicts=("turn", "complete", "evidence", "convicted", "refunded"),
    roles=(Role(has_deviated, is_convicted, is_harmed, is_repaid),),
    over=is_over,
    bounds=(requests_follow_one_another, verdicts_come_last),
    refuted=("no_false_blame", "every_harm_blamed_or_repaid", "transcript_injectivity"),
)
