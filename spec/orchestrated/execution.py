"""API request execution (III.D): who carries the data, and who records what of it."""

from spec.basic.execution import append
from spec.basic.state import Api, Component, Data, Digest, Request
from spec.notation import action, all_of, any_of, ite, not_, require
from spec.orchestrated.state import Hash, Market, Party, Place, deviate


@action
def request(s: Market, c: Party, a: Api, d: Data) -> None:
    """The consumer writes a hash of its input on the ledger (III.D)."""
    require(s.consumes(c), "party is a consumer")
    require(s.registered[a], "API is registered")

    r = s.requests
    s.consumer[r] = c
    s.api[r] = a
    s.wanted[r] = d
    s.truth[r] = d
    s.input[r] = s.hash(d)
    s.awaited[r] = s.hash(d)
    s.requests += 1


@action
def send(s: Market, r: Request, d: Data) -> None:
    """The consumer passes the actual input to the orchestrator, off the ledger (III.D)."""
    require(r < s.requests, "request is registered")
    require(s.place[r] == Place.CONSUMER, "input is the consumer's to send")

    s.carried[r] = d
    s.place[r] = Place.ORCHESTRATOR
    deviate(s, s.consumer[r], d != s.wanted[r])


@action
def pick(s: Market, r: Request, v: Party, d: Data) -> None:
    """The orchestrator picks a vendor for the step and passes it the data (III.D)."""
    require(r < s.requests, "request is registered")
    require(s.place[r] == Place.ORCHESTRATOR, "data is the orchestrator's to pass on")
    i = s.hop[r]
    require(s.holder(s.model[s.api[r]], i, v), "vendor holds the step")

    s.picked[r, i] = v
    s.given[r] = d
    s.place[r] = Place.VENDOR
    deviate(s, s.orchestrator(s.api[r]), d != s.carried[r])


@action
def record(s: Market, v: Party, r: Request, x: Hash, y: Hash, h: Digest) -> None:
    """The vendor records (hash(D_i), hash(O_i), hash(S_i)); the record names no request (III.D)."""
    require(r < s.requests, "request is registered")
    require(s.place[r] == Place.VENDOR, "step is the vendor's to record")
    require(s.picked[r, s.hop[r]] == v, "vendor is the one picked")

    append(s, v, x, y, h)
    s.place[r] = Place.RECORDED
    c = handed(s, r)
    honest = all_of(x == s.hash(s.given[r]), y == s.hash(s.run(c, s.given[r])), h == s.digest(c))
    deviate(s, v, not_(honest))


def handed(s: Market, r: Request) -> Component:
    """What the vendor of a request's current step was handed."""
    i = s.hop[r]
    return s.handed[s.model[s.api[r]], i, s.picked[r, i]]


@action
def give_back(s: Market, r: Request, d: Data) -> None:
    """The vendor returns the output to the orchestrator, off the ledger (III.D)."""
    require(r < s.requests, "request is registered")
    require(s.place[r] == Place.RECORDED, "output is the vendor's to return")

    right = s.run(handed(s, r), s.given[r])
    s.carried[r] = d
    s.place[r] = Place.RETURNED
    deviate(s, s.picked[r, s.hop[r]], d != right)


@action
def record_too(s: Market, r: Request, x: Hash, y: Hash, h: Digest) -> None:
    """The orchestrator records the step as well (III.D)."""
    require(r < s.requests, "request is registered")
    require(s.place[r] == Place.RETURNED, "step is the orchestrator's to record")

    i = s.hop[r]
    done = i == s.last(s.model[s.api[r]])
    append(s, s.orchestrator(s.api[r]), x, y, h)
    s.truth[r] = s.run(s.component(s.model[s.api[r]], i), s.truth[r])
    s.hop[r] = ite(done, i, i + 1)
    s.place[r] = ite(done, Place.FINISHED, Place.ORCHESTRATOR)
    honest = all_of(
        x == s.hash(s.given[r]),
        y == s.hash(s.carried[r]),
        h == s.digest(s.component(s.model[s.api[r]], i)),
    )
    deviate(s, s.orchestrator(s.api[r]), not_(honest))


@action
def deliver(s: Market, r: Request, d: Data) -> None:
    """The orchestrator hands the final output to the consumer, off the ledger (III.D)."""
    require(r < s.requests, "request is registered")
    require(s.place[r] == Place.FINISHED, "output is the orchestrator's to hand over")

    s.delivered[r] = d
    s.place[r] = Place.DELIVERED
    deviate(s, s.orchestrator(s.api[r]), d != s.carried[r])


@action
def confirm(s: Market, r: Request, y: Hash) -> None:
    """The consumer writes a hash of the output on the ledger (III.D)."""
    require(r < s.requests, "request is registered")
    require(s.place[r] == Place.DELIVERED, "output is the consumer's to confirm")

    s.confirmed[r] = True
    s.output[r] = y
    s.place[r] = Place.CONFIRMED
    deviate(s, s.consumer[r], y != s.hash(s.delivered[r]))


@action
def stall(s: Market, r: Request) -> None:
    """Whose turn it is does nothing, for longer than anybody can wait; there is no deadline."""
    require(r < s.requests, "request is registered")
    require(s.place[r] != Place.CONFIRMED, "something is left to do")
    require(s.place[r] != Place.STALLED, "something is left to do")

    deviate(s, whose_turn(s, r), True)
    s.place[r] = Place.STALLED


def whose_turn(s: Market, r: Request) -> Party:
    """Who is to act next on a request."""
    at_vendor = any_of(s.place[r] == Place.VENDOR, s.place[r] == Place.RECORDED)
    at_consumer = any_of(s.place[r] == Place.CONSUMER, s.place[r] == Place.DELIVERED)
    return ite(
        at_vendor,
        s.picked[r, s.hop[r]],
        ite(at_consumer, s.consumer[r], s.orchestrator(s.api[r])),
    )
