"""What the basic protocol talks about, and what it remembers."""

from typing import Protocol, TypeVar

from spec.notation import Fun, Map, Ordinal, Sort, any_of, state


class Provider(Sort):
    """An API provider, by its identity on the ledger."""


class Vendor(Sort):
    """A cloud vendor, by its identity on the ledger: v(CV)."""


class Consumer(Sort):
    """An API consumer, by its identity on the ledger."""


class Api(Sort):
    """The identifier of an API: id(M)."""


class Model(Sort):
    """A split model M: its components, and the vendors that are to execute them in turn.

    A model stands here for its signature too: the signature is the Merkle root over all that,
    and binds it.
    """


class Component(Sort):
    """One sub-API S_i, by its canonical bytes."""


class Digest(Sort):
    """What hashing a component gives: hash(S_i)."""


class Data(Sort):
    """What goes into a component or comes out of it: D_i, O_i."""


class Step(Ordinal):
    """A place in the sequence of components, from 0."""


class Request(Ordinal):
    """A request, by its place among the requests on the ledger."""


class Record(Ordinal):
    """A vendor's record, by its place among the records on the ledger."""


@state
class Market:
    # What the provider decides, and what computing means.
    last: Fun[[Model], Step]
    vendor: Fun[[Model, Step], Vendor]
    component: Fun[[Model, Step], Component]
    digest: Fun[[Component], Digest]
    run: Fun[[Component, Data], Data]

    # Off the ledger: which component the provider really handed over for a step.
    deployed: Map[tuple[Model, Step], bool]
    handed: Map[tuple[Model, Step], Component]

    # On the ledger: registered APIs.
    registered: Map[Api, bool]
    provider: Map[Api, Provider]
    model: Map[Api, Model]

    # On the ledger: requests, of which there are `requests`.
    requests: Request
    consumer: Map[Request, Consumer]
    api: Map[Request, Api]
    input: Map[Request, Data]

    # On the ledger: the vendors' records (D_i, O_i, hash(S_i)), of which there are `records`.
    records: Record
    author: Map[Record, Vendor]
    received: Map[Record, Data]
    produced: Map[Record, Data]
    claimed: Map[Record, Digest]

    # The contract's comparison of requests with records.
    turn: Map[Request, Step]
    awaited: Map[Request, Data]
    """What the vendor whose turn it is must have received; at the end, the output."""
    complete: Map[Request, bool]
    evidence: Map[tuple[Request, Step], Record]
    convicted: Map[Vendor, bool]

    # What the consumer did with the outcome.
    taken: Map[Request, bool]
    admitted: Map[Request, bool]
    contested: Map[Request, Data]

    # What an onlooker who sees everything would know.
    deviated: Map[Vendor, bool]
    overdue: Map[Request, bool]


Who = TypeVar("Who")
What = TypeVar("What")


class Matching(Protocol[Who, What]):
    """A state in which a contract matches records with requests: what it reads, and writes down.

    Both of the paper's protocols have these fields. `Who` records, and `What` is what a record
    tells of an input or an output: the data here, its digest in `spec.orchestrated`.
    """

    last: Fun[[Model], Step]
    component: Fun[[Model, Step], Component]
    digest: Fun[[Component], Digest]

    registered: Map[Api, bool]
    model: Map[Api, Model]

    requests: Request
    api: Map[Request, Api]
    input: Map[Request, What]

    records: Record
    author: Map[Record, Who]
    received: Map[Record, What]
    produced: Map[Record, What]
    claimed: Map[Record, Digest]

    turn: Map[Request, Step]
    awaited: Map[Request, What]
    complete: Map[Request, bool]
    evidence: Map[tuple[Request, Step], Record]


def begin(s: Matching[Who, What]) -> None:
    """Nothing is registered, requested, recorded or matched yet."""
    s.registered.fill(False)
    s.model.reset()

    s.requests = Request(0)
    s.api.reset()
    s.input.reset()

    s.records = Record(0)
    s.author.reset()
    s.received.reset()
    s.produced.reset()
    s.claimed.reset()

    s.turn.fill(Step(0))
    s.awaited.reset()
    s.complete.fill(False)
    s.evidence.reset()


def executed(s: Matching[Who, What], r: Request, i: Step) -> bool:
    """Whether the contract has found step i of a request executed."""
    return any_of(i < s.turn[r], (i == s.turn[r]) & s.complete[r])
