"""The orchestrated protocol: the paper's alternate approach (III.D).

Components are stored with overlap, an orchestrator picks who executes each step and carries the
data, and only digests stand on the ledger: of the input and the output by the consumer, of each
step's input, output and component by its vendor and by the orchestrator.

Where the paper is silent, so is this text: a record names no request, nothing expires, nobody signs
for data that is handed over off the ledger, and what the contract compares is what the basic
protocol compares (`spec.basic`), digests in place of data.
"""

from enum import Enum

from spec.basic import Api, Component, Data, Digest, Model, Record, Request, Step
from spec.notation import (
    Accountability,
    Fun,
    Machine,
    Map,
    Role,
    Secrecy,
    Sort,
    action,
    all_of,
    any_of,
    exists,
    forall,
    implies,
    ite,
    not_,
    require,
    state,
)


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


def init(s: Market) -> None:
    """An empty ledger. What is decided in advance can be anything; holders hold the right parts."""
    s.handed.fill_by(lambda at: s.component(at[0], at[1]))

    s.place.fill(Place.CONSUMER)
    s.wanted.reset()
    s.carried.reset()
    s.picked.reset()
    s.given.reset()
    s.delivered.reset()

    s.registered.fill(False)
    s.provider.reset()
    s.model.reset()

    s.requests = Request(0)
    s.consumer.reset()
    s.api.reset()
    s.input.reset()
    s.confirmed.fill(False)
    s.output.reset()

    s.records = Record(0)
    s.author.reset()
    s.received.reset()
    s.produced.reset()
    s.claimed.reset()

    s.turn.fill(Step(0))
    s.awaited.reset()
    s.complete.fill(False)
    s.evidence.reset()
    s.convicted.fill(False)
    s.refunded.fill(False)

    s.truth.reset()
    s.hop.fill(Step(0))
    s.deviated.fill(False)


def deviate(s: Market, p: Party, wrong: bool) -> None:
    """Note that a party has deviated, if it has."""
    s.deviated[p] = s.deviated[p] | wrong


# Handshake, model distribution and deployment (III.C), with overlap (III.D)


@action
def hand_over(s: Market, m: Model, i: Step, v: Party, c: Component) -> None:
    """The provider hands a holder a component in place of the right one, off the ledger."""
    require(s.holder(m, i, v), "vendor holds the step")
    require(c != s.component(m, i), "component is another")
    require(not_(is_at_work(s, m, i, v)), "vendor is between its record and its output")

    s.handed[m, i, v] = c
    deviate(s, s.owner(m), True)


def is_at_work(s: Market, m: Model, i: Step, v: Party) -> bool:
    """Whether a vendor has recorded a step, and is still to return what it has computed."""
    return exists(
        Request,
        lambda r: all_of(
            s.place[r] == Place.RECORDED,
            s.model[s.api[r]] == m,
            s.hop[r] == i,
            s.picked[r, i] == v,
        ),
    )


@action
def register(s: Market, a: Api, m: Model) -> None:
    """The provider records signature, API id and holders (III.C; III.D)."""
    s.registered[a] = True
    s.provider[a] = s.owner(m)
    s.model[a] = m


# API request execution (III.D)


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


def append(s: Market, author: Party, x: Hash, y: Hash, h: Digest) -> None:
    """A record is appended to the ledger."""
    e = s.records
    s.author[e] = author
    s.received[e] = x
    s.produced[e] = y
    s.claimed[e] = h
    s.records += 1


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
    s.truth[r] = s.run(s.component(s.model[s.api[r]], i), s.truth[r])
    append(s, s.orchestrator(s.api[r]), x, y, h)
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


# Dispute resolution (III.C), on digests


def require_next_step(s: Market, r: Request, e: Record) -> Digest:
    """A record must continue a request's sequence; the digest registered for that step."""
    require(r < s.requests, "request is registered")
    require(e < s.records, "record is on the ledger")
    require(not_(s.complete[r]), "a step is left")
    m, i = s.model[s.api[r]], s.turn[r]
    require(s.holder(m, i, s.author[e]), "record is by a vendor that holds the step")
    require(s.received[e] == s.awaited[r], "record continues the sequence")
    return s.digest(s.component(m, i))


@action
def match(s: Market, r: Request, e: Record) -> None:
    """The contract finds the next step of a request executed, through hash-matches (III.C)."""
    digest = require_next_step(s, r, e)
    require(s.claimed[e] == digest, "digest is the registered one")

    i = s.turn[r]
    done = i == s.last(s.model[s.api[r]])
    s.evidence[r, i] = e
    s.awaited[r] = s.produced[e]
    s.complete[r] = done
    s.turn[r] = ite(done, i, i + 1)


@action
def convict(s: Market, r: Request, e: Record) -> None:
    """The contract finds that a vendor ran the wrong code, through hash-match (III.C)."""
    digest = require_next_step(s, r, e)
    require(s.claimed[e] != digest, "digest differs from the registered one")

    s.convicted[s.author[e]] = True


@action
def claim_refund(s: Market, r: Request) -> None:
    """The consumer's hash of the output is not the last vendor's: it wants a refund (III.F)."""
    require(r < s.requests, "request is registered")
    require(s.complete[r], "every step is executed")
    require(s.confirmed[r], "consumer has written down its output")
    require(s.output[r] != s.awaited[r], "output differs from the one on the ledger")

    s.refunded[r] = True


# Assumptions


def hashing_is_injective(s: Market) -> bool:
    """No two components have one digest, and no two data."""
    return all_of(
        forall(Component, Component, lambda a, b: implies(s.digest(a) == s.digest(b), a == b)),
        forall(Data, Data, lambda a, b: implies(s.hash(a) == s.hash(b), a == b)),
    )


# What the paper claims, and what holds


def executed(s: Market, r: Request, i: Step) -> bool:
    """The contract has found step i of a request executed."""
    return any_of(i < s.turn[r], (i == s.turn[r]) & s.complete[r])


def steps_are_recorded(s: Market) -> bool:
    """Every step that counts as executed has a record on the ledger (III.C, completeness)."""
    return forall(
        Request, Step, lambda r, i: implies(executed(s, r, i), s.evidence[r, i] < s.records)
    )


def steps_form_a_chain(s: Market) -> bool:
    """Every vendor says that it worked on what the vendor before it says it produced (III.C)."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            executed(s, r, i + 1),
            s.received[s.evidence[r, i + 1]] == s.produced[s.evidence[r, i]],
        ),
    )


def first_step_had_the_input(s: Market) -> bool:
    """The first vendor says that it worked on the input that the consumer registered (III.F)."""
    return forall(
        Request,
        lambda r: implies(
            executed(s, r, Step(0)), s.received[s.evidence[r, Step(0)]] == s.input[r]
        ),
    )


def conviction_has_evidence(s: Market) -> bool:
    """Whoever is convicted has a record on the ledger (III.F, vendors)."""
    return forall(
        Party,
        lambda v: implies(
            s.convicted[v], exists(Record, lambda e: (e < s.records) & (s.author[e] == v))
        ),
    )


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


def a_record_serves_one_request(s: Market) -> bool:
    """No record counts for two requests (Abstract, repudiation)."""
    return forall(
        Request,
        Request,
        Step,
        lambda r, q, i: implies(
            executed(s, r, i) & executed(s, q, i) & (s.evidence[r, i] == s.evidence[q, i]), r == q
        ),
    )


# Accountability


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


# What must be possible, lest the above hold for want of cases


def a_request_completes(s: Market) -> bool:
    return exists(Request, lambda r: s.complete[r] & s.confirmed[r] & (s.output[r] == s.awaited[r]))


def a_vendor_is_convicted(s: Market) -> bool:
    return exists(Party, lambda v: s.convicted[v])


def a_consumer_is_refunded(s: Market) -> bool:
    return exists(Request, lambda r: s.refunded[r])


# Strengthening


def awaited_is_last_output(s: Market) -> bool:
    """What is awaited is the input, or what the last executed step produced."""
    return forall(
        Request,
        lambda r: all_of(
            implies((s.turn[r] == 0) & not_(s.complete[r]), s.awaited[r] == s.input[r]),
            implies(s.complete[r], s.awaited[r] == s.produced[s.evidence[r, s.turn[r]]]),
            implies(
                (Step(0) < s.turn[r]) & not_(s.complete[r]),
                s.awaited[r] == s.produced[s.evidence[r, s.turn[r] - 1]],
            ),
        ),
    )


def unmade_requests_are_blank(s: Market) -> bool:
    """A request that is not made has no step executed."""
    return forall(
        Request,
        lambda r: implies(s.requests <= r, (s.turn[r] == 0) & not_(s.complete[r])),
    )


# The parties of the example.
PROVIDER, FIRST, SECOND, ORCHESTRATOR, CONSUMER = range(5)

orchestrated = Machine(
    name="orchestrated",
    state=Market,
    init=init,
    actions=(
        hand_over,
        register,
        request,
        send,
        pick,
        record,
        give_back,
        record_too,
        deliver,
        confirm,
        stall,
        match,
        convict,
        claim_refund,
    ),
    always=(
        steps_are_recorded,
        steps_form_a_chain,
        first_step_had_the_input,
        conviction_has_evidence,
    ),
    refuted=(
        outputs_are_correct,
        digest_shows_the_code,
        no_false_blame,
        refunds_are_due,
        input_is_what_was_sent,
        outputs_are_confirmed,
        confirmed_outputs_were_delivered,
        vendors_are_picked_at_random,
        version_is_kept,
        a_record_serves_one_request,
    ),
    sometimes=(a_request_completes, a_vendor_is_convicted, a_consumer_is_refunded),
    lemmas=(awaited_is_last_output, unmade_requests_are_blank),
    assumptions=(hashing_is_injective,),
    # Requests and records are counted, so a size of 2 leaves room for one, and of 5 for four.
    sizes={
        Party: 5,
        Api: 1,
        Model: 1,
        Component: 2,
        Digest: 2,
        Data: 2,
        Hash: 2,
        Step: 2,
        Request: 2,
        Record: 5,
    },
    accountability=Accountability(
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
    ),
    # Equal data have equal hashes, and the digest of a component tells it from others.
    secrecy=Secrecy(
        secret=(
            "component",
            "run",
            "handed",
            "wanted",
            "carried",
            "given",
            "delivered",
            "truth",
            "deviated",
        ),
        private=(
            (hand_over, "c"),
            (request, "d"),
            (send, "d"),
            (pick, "d"),
            (give_back, "d"),
            (deliver, "d"),
        ),
        leaks=(request, match, convict),
        refusals="reasons",
    ),
    example={
        "holder": lambda m, i, p: (
            p not in (PROVIDER, ORCHESTRATOR, CONSUMER) if m == 0 else p == SECOND
        ),
        "component": lambda m, i: 0,
        "digest": lambda c: c,
        "run": lambda c, d: d if c == 0 else 0,
        "hash": lambda d: d,
        "owner": lambda m: PROVIDER,
        "consumes": lambda p: p == CONSUMER,
        "orchestrator": lambda a: ORCHESTRATOR,
        "random": lambda r, i: FIRST + i % 2,
    },
)
