"""Who is held to account in the basic protocol, from what evidence, and for which harm."""

from spec.basic.properties import is_correct
from spec.basic.state import (
    Api,
    Consumer,
    Market,
    Model,
    Provider,
    Record,
    Request,
    Step,
    Vendor,
    executed,
)
from spec.notation import Accountability, Role, all_of, any_of, exists, forall, implies, not_


def is_over(s: Market) -> bool:
    """There are requests, and each is executed, or its consumer can wait no longer."""
    return (Request(0) < s.requests) & forall(
        Request, lambda r: implies(r < s.requests, s.complete[r] | s.overdue[r])
    )


def provider_deviated(s: Market, p: Provider) -> bool:
    """A provider has handed over another component than it registered, or must have done so."""
    return exists(
        Api,
        Step,
        lambda a, i: all_of(
            s.registered[a],
            s.provider[a] == p,
            any_of(
                s.deployed[s.model[a], i] & (s.handed[s.model[a], i] != s.component(s.model[a], i)),
                exists(Record, lambda e: is_misled(s, s.vendor(s.model[a], i), e)),
            ),
        ),
    )


def is_misled(s: Market, v: Vendor, e: Record) -> bool:
    """A vendor ran what it was handed, and that is what none of its steps was registered with."""
    return all_of(
        e < s.records,
        s.author[e] == v,
        not_(s.deviated[v]),
        forall(
            Model,
            Step,
            lambda m, i: implies(s.vendor(m, i) == v, s.digest(s.component(m, i)) != s.claimed[e]),
        ),
    )


def vendor_deviated(s: Market, v: Vendor) -> bool:
    return s.deviated[v]


def vendor_is_convicted(s: Market, v: Vendor) -> bool:
    return s.convicted[v]


def consumer_deviated(s: Market, c: Consumer) -> bool:
    """Whatever a consumer does is its right: it gives its input on the ledger."""
    return False


def consumer_is_harmed(s: Market, c: Consumer) -> bool:
    """A consumer waits in vain, or what counts as executed was not executed correctly."""
    return exists(
        Request,
        Step,
        lambda r, i: all_of(
            r < s.requests,
            s.consumer[r] == c,
            s.overdue[r]
            | executed(s, r, i)
            & not_(is_correct(s, s.component(s.model[s.api[r]], i), s.evidence[r, i])),
        ),
    )


ACCOUNTABILITY: Accountability[Market] = Accountability(
    evidence=(
        "registered",
        "provider",
        "model",
        "requests",
        "consumer",
        "api",
        "input",
        "records",
        "author",
        "received",
        "produced",
        "claimed",
        "awaited",
        "taken",
        "admitted",
        "contested",
        "overdue",
    ),
    verdicts=("turn", "complete", "evidence", "convicted"),
    roles=(
        Role(provider_deviated),
        Role(vendor_deviated, vendor_is_convicted),
        Role(consumer_deviated, harmed=consumer_is_harmed),
    ),
    over=is_over,
    refuted=("no_false_blame", "every_harm_blamed_or_repaid", "transcript_injectivity"),
)
