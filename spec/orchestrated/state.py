"""What the orchestrated protocol talks about, and what it remembers."""

from enum import Enum

from spec.basic.state import Api, Component, Data, Digest, Model, Record, Request, Step
from spec.notation import Fun, Map, Sort, state


class Party(Sort):
    """Whoever acts, by an identity on the ledger: v(p)."""


class Hash(Sort):
    """A digest of data: hash(D_i), hash(O_i)."""


class Place(Enum):
    """Where the data of a request is."""

    CONSUMER = 0  # who has not sent the input
    ORCHESTRATOR = 1  # who is to pick a vendor for the next step
    VENDOR = 2  # who is to record the step
    RECORDED = 3  # the vendor is to return the output
    RETURNED = 4  # the orchestrator is to record the step too
    FINISHED = 5  # the orchestrator is to hand over the output
    DELIVERED = 6  # the consumer is to write down that it has the output
    CONFIRMED = 7
    STALLED = 8  # somebody did not do what was next


@state
class Market:
    # What the provider decides, and what computing and hashing mean.
    last: Fun[[Model], Step]
    holder: Fun[[Model, Step, Party], bool]
    component: Fun[[Model, Step], Component]
    digest: Fun[[Component], Digest]
    run: Fun[[Component, Data], Data]
    hash: Fun[[Data], Hash]
    owner: Fun[[Model], Party]
    consumes: Fun[[Party], bool]
    orchestrator: Fun[[Api], Party]
    random: Fun[[Request, Step], Party]
    """Whom chance would have picked."""

    # Off the ledger: which component a holder was really handed, by its provider.
    handed: Map[tuple[Model, Step, Party], Component]

    # Off the ledger: the data of a request, on its way.
    place: Map[Request, Place]
    wanted: Map[Request, Data]
    """The input that the consumer registered the digest of."""
    carried: Map[Request, Data]
    """What the orchestrator has."""
    picked: Map[tuple[Request, Step], Party]
    given: Map[Request, Data]
    """What the picked vendor was given."""
    delivered: Map[Request, Data]

    # On the ledger: registered APIs.
    registered: Map[Api, bool]
    provider: Map[Api, Party]
    model: Map[Api, Model]

    # On the ledger: requests, of which there are `requests`.
    requests: Request
    consumer: Map[Request, Party]
    api: Map[Request, Api]
    input: Map[Request, Hash]
    confirmed: Map[Request, bool]
    output: Map[Request, Hash]

    # On the ledger: records (hash(D_i), hash(O_i), hash(S_i)), of which there are `records`.
    records: Record
    author: Map[Record, Party]
    received: Map[Record, Hash]
    produced: Map[Record, Hash]
    claimed: Map[Record, Digest]

    # The contract's comparison of requests with records.
    turn: Map[Request, Step]
    awaited: Map[Request, Hash]
    complete: Map[Request, bool]
    evidence: Map[tuple[Request, Step], Record]
    convicted: Map[Party, bool]
    refunded: Map[Request, bool]

    # What an onlooker who sees everything would know.
    truth: Map[Request, Data]
    """What the registered components make of the input, as far as the data has come."""
    hop: Map[Request, Step]
    """The step that the data has come to."""
    deviated: Map[Party, bool]


def deviate(s: Market, p: Party, wrong: bool) -> None:
    """Note that a party has deviated, if it has."""
    s.deviated[p] = s.deviated[p] | wrong
