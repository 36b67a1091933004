"""Dispute resolution (III.C): what the contract finds by comparing records with requests."""

from spec.basic.state import Consumer, Data, Digest, Market, Matching, Record, Request, What, Who
from spec.notation import action, ite, not_, require


@action
def match(s: Market, r: Request, e: Record) -> None:
    """The contract finds the next step of a request executed, through hash-matches (III.C)."""
    require_next_step(s, r, e)
    require(s.claimed[e] == registered_digest(s, r), "digest is the registered one")

    count(s, r, e)


@action
def convict(s: Market, r: Request, e: Record) -> None:
    """The contract finds that a vendor ran the wrong code, through hash-match (III.C)."""
    require_next_step(s, r, e)
    require(s.claimed[e] != registered_digest(s, r), "digest differs from the registered one")

    s.convicted[s.author[e]] = True


def require_next_step(s: Market, r: Request, e: Record) -> None:
    """A record must continue the sequence of a request."""
    require_comparable(s, r, e)
    m, i = s.model[s.api[r]], s.turn[r]
    require(s.author[e] == s.vendor(m, i), "record is by the vendor whose turn it is")
    require(s.received[e] == s.awaited[r], "record continues the sequence")


def require_comparable(s: Matching[Who, What], r: Request, e: Record) -> None:
    """There must be the request and the record, and a step that is not found executed."""
    require(r < s.requests, "request is registered")
    require(e < s.records, "record is on the ledger")
    require(not_(s.complete[r]), "a step is left")


def registered_digest(s: Matching[Who, What], r: Request) -> Digest:
    """The digest registered for the step of a request whose turn it is."""
    return s.digest(s.component(s.model[s.api[r]], s.turn[r]))


def count(s: Matching[Who, What], r: Request, e: Record) -> None:
    """A record counts as the execution of the step of a request whose turn it is."""
    i = s.turn[r]
    done = i == s.last(s.model[s.api[r]])
    s.evidence[r, i] = e
    s.awaited[r] = s.produced[e]
    s.complete[r] = done
    s.turn[r] = ite(done, i, i + 1)


@action
def contest(s: Market, c: Consumer, r: Request, o: Data) -> None:
    """The consumer contests an output; the contract admits only the one on the ledger (III.F)."""
    require(r < s.requests, "request is registered")
    require(s.consumer[r] == c, "consumer made the request")
    require(s.complete[r], "every step is executed")
    require(s.awaited[r] == o, "output is the one on the ledger")

    s.admitted[r] = True
    s.contested[r] = o
