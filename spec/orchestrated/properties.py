"""What the orchestrated protocol assumes, what the paper claims of it, and what must be possible.

What it shares with the basic protocol is claimed of both in `spec.basic.properties`.
"""

from spec.basic.state import Component, Data, Record, Request, Step, executed
from spec.notation import all_of, exists, forall, implies, not_
from spec.orchestrated.state import Market, Party, Place

# Assumptions


def hashing_is_injective(s: Market) -> bool:
    """No two components have one digest, and no two data."""
    return all_of(
        forall(Component, Component, lambda a, b: implies(s.digest(a) == s.digest(b), a == b)),
        forall(Data, Data, lambda a, b: implies(s.hash(a) == s.hash(b), a == b)),
    )


# What holds


def conviction_has_evidence(s: Market) -> bool:
    """Whoever is convicted has a record on the ledger (III.F, vendors)."""
    return forall(
        Party,
        lambda v: implies(
            s.convicted[v], exists(Record, lambda e: (e < s.records) & (s.author[e] == v))
        ),
    )


# What the paper claims, and does not hold


def outputs_are_correct(s: Market) -> bool:
    """What counts as executed was executed correctly (I; III.C, correctness)."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            executed(s, r, i),
            is_correct(s, s.component(s.model[s.api[r]], i), s.evidence[r, i]),
        ),
    )


def is_correct(s: Market, c: Component, e: Record) -> bool:
    """Whether a record is what running a component on some data gives."""
    return exists(
        Data, lambda d: (s.received[e] == s.hash(d)) & (s.produced[e] == s.hash(s.run(c, d)))
    )


def digest_shows_the_code(s: Market) -> bool:
    """Whoever records a component's digest ran that component (III.C)."""
    return forall(
        Record,
        Component,
        lambda e, c: implies((e < s.records) & (s.claimed[e] == s.digest(c)), is_correct(s, c, e)),
    )


def no_false_blame(s: Market) -> bool:
    """Nobody is convicted that did as it should (III.F, providers)."""
    return forall(Party, lambda p: implies(s.convicted[p], s.deviated[p]))


def refunds_are_due(s: Market) -> bool:
    """No consumer that deviated is refunded (III.F, consumers)."""
    return forall(Request, lambda r: implies(s.refunded[r], not_(s.deviated[s.consumer[r]])))


def input_is_what_was_sent(s: Market) -> bool:
    """What the first vendor was given is the input whose hash the consumer registered (I)."""
    return forall(
        Request,
        lambda r: implies(
            (s.place[r] == Place.VENDOR) & (s.hop[r] == 0), s.given[r] == s.wanted[r]
        ),
    )


def outputs_are_confirmed(s: Market) -> bool:
    """Every consumer gets its output and writes its hash on the ledger (III.D)."""
    return forall(Request, lambda r: s.place[r] != Place.STALLED)


def confirmed_outputs_were_delivered(s: Market) -> bool:
    """What a consumer writes down is what it was given (III.D; III.F)."""
    return forall(Request, lambda r: implies(s.confirmed[r], s.output[r] == s.hash(s.delivered[r])))


def vendors_are_picked_at_random(s: Market) -> bool:
    """Chance, not the orchestrator, decides who executes a step (III.D)."""
    return forall(
        Request,
        lambda r: implies(
            s.place[r] == Place.VENDOR, s.picked[r, s.hop[r]] == s.random(r, s.hop[r])
        ),
    )


def version_is_kept(s: Market) -> bool:
    """What counts as executed is by holders of the version in force (III.C; III.F)."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            executed(s, r, i),
            s.holder(s.model[s.api[r]], i, s.author[s.evidence[r, i]]),
        ),
    )


# What must be possible, lest the above hold for want of cases


def a_request_completes(s: Market) -> bool:
    return exists(Request, lambda r: s.complete[r] & s.confirmed[r] & (s.output[r] == s.awaited[r]))


def a_vendor_is_convicted(s: Market) -> bool:
    return exists(Party, lambda v: s.convicted[v])


def a_consumer_is_refunded(s: Market) -> bool:
    return exists(Request, lambda r: s.refunded[r])
