"""Who is held to account in the hardened protocol, from what evidence, and for which harm.

A wrong step that its consumer did not dispute is no harm here: nobody is to blame for what nobody
looked at. A toll is no harm either: whoever demands data or disputes a step may have to pay for it.
"""

from spec.hardened import state
from spec.hardened.state import Market, Party, Phase, Request, Step, auditor, is_right, price
from spec.notation import Accountability, Role, all_of, any_of, exists, forall, implies, not_


def is_over(s: Market) -> bool:
    """There are requests, and nothing more happens to any."""
    return all_of(
        exists(Request, lambda r: is_made(s, r)),
        forall(Request, lambda r: implies(is_made(s, r), state.is_over(s, r))),
    )


def is_made(s: Market, r: Request) -> bool:
    return s.phase[r] != Phase.FREE


def has_deviated(s: Market, p: Party) -> bool:
    return s.deviated[p]


def is_convicted(s: Market, p: Party) -> bool:
    return s.convicted[p]


def is_harmed(s: Market, p: Party) -> bool:
    """A consumer that watched has not its output, or an executor not its stake and wage."""
    return any_of(
        exists(Request, lambda r: (s.consumer[r] == p) & has_no_output(s, r)),
        exists(Request, Step, lambda r, i: (s.executor[r, i] == p) & is_unpaid(s, r, i)),
    )


def has_no_output(s: Market, r: Request) -> bool:
    """A request failed; or it is settled without its output, or with a step that was contested."""
    lacking = not_(s.received[r] | s.neglected[r])
    wrong = exists(
        Step,
        lambda i: all_of(
            i <= s.last(s.pinned[r]), s.chances[r, i, s.consumer[r]] == 0, not_(is_right(s, r, i))
        ),
    )
    return any_of(
        s.phase[r] == Phase.REFUNDED,
        (s.phase[r] == Phase.SETTLED) & (lacking | wrong),
    )


def is_unpaid(s: Market, r: Request, i: Step) -> bool:
    """A step is recorded, and what its executor can collect is too little.

    There is nothing to collect where it was collected already, or lost by a verdict.
    """
    m = s.pinned[r]
    owed = s.stake(m) + s.cost(m, i) - s.cost(m, i + 1)
    return all_of(state.is_over(s, r), s.recorded[r, i], s.pot[r, i] > 0, s.pot[r, i] < owed)


def is_repaid(s: Market, p: Party) -> bool:
    """A consumer has the price back for whatever came to nothing, and no wage is missing."""
    return all_of(
        forall(
            Request,
            lambda r: implies(
                (s.consumer[r] == p) & has_no_output(s, r), price(s, r) <= s.refunded[r]
            ),
        ),
        forall(Request, Step, lambda r, i: not_((s.executor[r, i] == p) & is_unpaid(s, r, i))),
    )


def requests_follow_one_another(s: Market) -> bool:
    """Only one request at a time is under way."""
    return forall(
        Request,
        Request,
        lambda r, q: any_of(r == q, *(not_(is_made(s, x)) | state.is_over(s, x) for x in (r, q))),
    )


def consumers_only_consume(s: Market) -> bool:
    """No consumer provides or executes."""
    return forall(
        Request,
        Party,
        lambda r, p: implies(
            is_made(s, r) & (s.consumer[r] == p),
            not_(
                (s.provider(s.pinned[r]) == p) | exists(Step, lambda i: s.holder(s.pinned[r], i, p))
            ),
        ),
    )


def only_consumers_dispute(s: Market) -> bool:
    """A step is disputed by its consumer, or audited."""
    return forall(
        Request,
        Step,
        Party,
        lambda r, i, q: any_of(s.chances[r, i, q] > 0, q == s.consumer[r], q == auditor(s, r, i)),
    )


def wages_wait(s: Market) -> bool:
    """Nobody has collected anything yet."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            s.recorded[r, i] & not_(s.convicted[s.executor[r, i]]), s.pot[r, i] > 0
        ),
    )


ACCOUNTABILITY: Accountability[Market] = Accountability(
    evidence=(
        "stage",
        "offered",
        "signed",
        "acknowledged",
        "current",
        "in_force",
        "since",
        "disclosed",
        "phase",
        "left",
        "consumer",
        "pinned",
        "seed",
        "lot",
        "lots_drawn",
        "collected",
        "turn",
        "attempt",
        "link",
        "author",
        "executor",
        "recorded",
        "built_on",
        "published",
        "sound",
        "unsound",
        "chances",
        "disputed",
        "window_left",
        "opponent",
        "halvings",
        "informed",
        "by_row",
        "row_leads",
        "supply",
        "balance",
        "bond",
        "escrow",
        "surety",
        "toll_paid",
        "pot",
        "revenue",
        "earned",
        "collected_share",
        "treasury",
        "uncovered",
    ),
    verdicts=("convicted", "refunded"),
    shown=("signed_twice", "second", "forked"),
    roles=(Role(has_deviated, is_convicted, is_harmed, is_repaid),),
    over=is_over,
    bounds=(
        requests_follow_one_another,
        consumers_only_consume,
        only_consumers_dispute,
        wages_wait,
    ),
)
