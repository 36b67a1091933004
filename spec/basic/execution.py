"""API request execution (III.C): requests, records, and what the consumer takes or waits for."""

from spec.basic.state import (
    Api,
    Consumer,
    Data,
    Digest,
    Market,
    Matching,
    Model,
    Record,
    Request,
    Step,
    Vendor,
    What,
    Who,
)
from spec.notation import action, all_of, exists, not_, require


@action
def request(s: Market, c: Consumer, a: Api, d: Data) -> None:
    """The consumer registers (id(M), I) (III.C)."""
    require(s.registered[a], "API is registered")

    r = s.requests
    s.consumer[r] = c
    s.api[r] = a
    s.input[r] = d
    s.awaited[r] = d
    s.requests += 1


@action
def record(s: Market, v: Vendor, d: Data, o: Data, h: Digest) -> None:
    """A vendor records (D_i, O_i, hash(S_i)) (III.C)."""
    append(s, v, d, o, h)
    s.deviated[v] = s.deviated[v] | not_(ran_what_it_was_handed(s, v, d, o, h))


def append(s: Matching[Who, What], author: Who, received: What, produced: What, h: Digest) -> None:
    """A record is appended to the ledger."""
    e = s.records
    s.author[e] = author
    s.received[e] = received
    s.produced[e] = produced
    s.claimed[e] = h
    s.records += 1


def ran_what_it_was_handed(s: Market, v: Vendor, d: Data, o: Data, h: Digest) -> bool:
    """Whether an honest vendor could have recorded this."""
    return exists(
        Model,
        Step,
        lambda m, i: all_of(
            s.deployed[m, i],
            s.vendor(m, i) == v,
            s.run(s.handed[m, i], d) == o,
            s.digest(s.handed[m, i]) == h,
        ),
    )


@action
def take(s: Market, c: Consumer, r: Request, e: Record) -> None:
    """The consumer picks up what the last vendor placed on the ledger (III.C)."""
    require(r < s.requests, "request is registered")
    require(s.consumer[r] == c, "consumer made the request")
    require(not_(s.taken[r]), "output is not yet taken")
    require(e < s.records, "record is on the ledger")
    m = s.model[s.api[r]]
    require(s.author[e] == s.vendor(m, s.last(m)), "record is by the last vendor")

    s.taken[r] = True


@action
def wait(s: Market, r: Request) -> None:
    """More time passes than the consumer can wait; the paper names no deadline."""
    require(r < s.requests, "request is registered")
    require(not_(s.complete[r]), "a step is left")

    s.overdue[r] = True
