"""Dispute resolution (III.C), on digests, and refunds (III.F)."""

from spec.basic.dispute import count, registered_digest, require_comparable
from spec.basic.state import Record, Request
from spec.notation import action, require
from spec.orchestrated.state import Market


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
    require(s.holder(m, i, s.author[e]), "record is by a vendor that holds the step")
    require(s.received[e] == s.awaited[r], "record continues the sequence")


@action
def claim_refund(s: Market, r: Request) -> None:
    """The consumer's hash of the output is not the last vendor's: it wants a refund (III.F)."""
    require(r < s.requests, "request is registered")
    require(s.complete[r], "every step is executed")
    require(s.confirmed[r], "consumer has written down its output")
    require(s.output[r] != s.awaited[r], "output differs from the one on the ledger")

    s.refunded[r] = True
