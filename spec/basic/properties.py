"""The basic protocol: the marketplace as the paper states it (III.A to III.C).

A provider splits a model into components, hands one to each cloud vendor, and registers the
model. A consumer registers a request. The vendors record in turn what they received, what they
produced, and the digest of the component they claim to have run. The contract compares digests.

Where the paper is silent, so is this text: nothing pays, nothing expires, a record names no
request, and an API can be registered again at any time. Who may sign what, and that the ledger
only grows, is the business of `spec.ledger`.
"""

from spec.notation import (
    Accountability,
    Fun,
    Machine,
    Map,
    Ordinal,
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


def init(s: Market) -> None:
    """An empty ledger. What the provider decides, and what computing means, can be anything."""
    s.deployed.fill(False)
    s.handed.reset()

    s.registered.fill(False)
    s.provider.reset()
    s.model.reset()

    s.requests = Request(0)
    s.consumer.reset()
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
    s.convicted.fill(False)

    s.taken.fill(False)
    s.admitted.fill(False)
    s.contested.reset()

    s.deviated.fill(False)
    s.overdue.fill(False)


# Handshake, model distribution and deployment (III.C)


@action
def deploy(s: Market, m: Model, i: Step, c: Component) -> None:
    """The provider hands a component to the vendor of a step, off the ledger (III.C)."""
    s.deployed[m, i] = True
    s.handed[m, i] = c


@action
def register(s: Market, p: Provider, a: Api, m: Model) -> None:
    """The provider records signature, API id and the vendors' sequence (III.C)."""
    s.registered[a] = True
    s.provider[a] = p
    s.model[a] = m


# API request execution (III.C)


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
    e = s.records
    s.author[e] = v
    s.received[e] = d
    s.produced[e] = o
    s.claimed[e] = h
    s.records += 1
    s.deviated[v] = s.deviated[v] | not_(ran_what_it_was_handed(s, v, d, o, h))


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


# Dispute resolution (III.C)


def require_next_step(s: Market, r: Request, e: Record) -> Digest:
    """A record must continue a request's sequence; the digest registered for that step."""
    require(r < s.requests, "request is registered")
    require(e < s.records, "record is on the ledger")
    require(not_(s.complete[r]), "a step is left")
    m, i = s.model[s.api[r]], s.turn[r]
    require(s.author[e] == s.vendor(m, i), "record is by the vendor whose turn it is")
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
def contest(s: Market, c: Consumer, r: Request, o: Data) -> None:
    """The consumer contests an output; the contract admits only the one on the ledger (III.F)."""
    require(r < s.requests, "request is registered")
    require(s.consumer[r] == c, "consumer made the request")
    require(s.complete[r], "every step is executed")
    require(s.awaited[r] == o, "output is the one on the ledger")

    s.admitted[r] = True
    s.contested[r] = o


# Assumptions


def hashing_is_injective(s: Market) -> bool:
    """No two components have one digest."""
    return forall(Component, Component, lambda a, b: implies(s.digest(a) == s.digest(b), a == b))


def vendors_are_separate(s: Market) -> bool:
    """Each component of a model is on a separate cloud vendor (III.C)."""
    return forall(
        Model,
        Step,
        Step,
        lambda m, i, j: implies(
            (i != j) & (s.vendor(m, i) == s.vendor(m, j)), not_(used(s, m, i, j))
        ),
    )


def used(s: Market, m: Model, i: Step, j: Step) -> bool:
    """Whether the model has both steps."""
    return (i <= s.last(m)) & (j <= s.last(m))


# What the paper claims, and what holds


def executed(s: Market, r: Request, i: Step) -> bool:
    """The contract has found step i of a request executed."""
    return any_of(i < s.turn[r], (i == s.turn[r]) & s.complete[r])


def steps_are_recorded(s: Market) -> bool:
    """Every step that counts as executed has a record on the ledger (III.C, completeness)."""
    return forall(
        Request, Step, lambda r, i: implies(executed(s, r, i), s.evidence[r, i] < s.records)
    )


def first_step_had_the_input(s: Market) -> bool:
    """The first vendor worked on the input that the consumer registered (III.F, consumers)."""
    return forall(
        Request,
        lambda r: implies(
            executed(s, r, Step(0)), s.received[s.evidence[r, Step(0)]] == s.input[r]
        ),
    )


def steps_form_a_chain(s: Market) -> bool:
    """Every vendor worked on what the vendor before it produced (III.C, sequence)."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            executed(s, r, i + 1),
            s.received[s.evidence[r, i + 1]] == s.produced[s.evidence[r, i]],
        ),
    )


def contested_output_is_real(s: Market) -> bool:
    """No consumer gets a forged output admitted (III.F, consumers)."""
    return forall(
        Request,
        lambda r: implies(
            s.admitted[r],
            exists(Record, lambda e: (e < s.records) & (s.produced[e] == s.contested[r])),
        ),
    )


def conviction_has_evidence(s: Market) -> bool:
    """Whoever is convicted has a record on the ledger (III.F, vendors)."""
    return forall(
        Vendor,
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
            executed(s, r, i), is_correct(s, s.component(s.model[s.api[r]], i), s.evidence[r, i])
        ),
    )


def is_correct(s: Market, c: Component, e: Record) -> bool:
    """Whether a record is what running a component gives."""
    return s.produced[e] == s.run(c, s.received[e])


def digest_shows_the_code(s: Market) -> bool:
    """Whoever records a component's digest ran that component (III.C)."""
    return forall(
        Record,
        Component,
        lambda e, c: implies((e < s.records) & (s.claimed[e] == s.digest(c)), is_correct(s, c, e)),
    )


def honest_vendors_are_safe(s: Market) -> bool:
    """No vendor is convicted that ran what it was handed (III.F, providers)."""
    return forall(Vendor, lambda v: implies(s.convicted[v], s.deviated[v]))


def taken_output_was_computed(s: Market) -> bool:
    """A consumer takes an output only when every vendor has recorded something (III.C)."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            s.taken[r] & (i <= s.last(s.model[s.api[r]])),
            exists(
                Record,
                lambda e: (e < s.records) & (s.author[e] == s.vendor(s.model[s.api[r]], i)),
            ),
        ),
    )


def requests_are_answered(s: Market) -> bool:
    """Every request is executed before the consumer can wait no longer (III.C)."""
    return forall(Request, lambda r: not_(s.overdue[r]))


def version_is_kept(s: Market) -> bool:
    """What counts as executed is by the vendors of the version in force (III.C; III.F)."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            executed(s, r, i), s.author[s.evidence[r, i]] == s.vendor(s.model[s.api[r]], i)
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


def records_agree(s: Market) -> bool:
    """A vendor that records twice for one input records one output (III.F, immutable ledger)."""
    return forall(
        Record,
        Record,
        lambda e, f: implies(
            all_of(
                e < s.records,
                f < s.records,
                s.author[e] == s.author[f],
                s.received[e] == s.received[f],
                s.claimed[e] == s.claimed[f],
            ),
            s.produced[e] == s.produced[f],
        ),
    )


def usage_was_requested(s: Market) -> bool:
    """Records of use answer requests (III.F, metrics)."""
    return implies(Record(0) < s.records, Request(0) < s.requests)


# Accountability


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


# What must be possible, lest the above hold for want of cases


def a_request_completes(s: Market) -> bool:
    return exists(Request, lambda r: s.complete[r] & s.taken[r])


def a_vendor_is_convicted(s: Market) -> bool:
    return exists(Vendor, lambda v: s.convicted[v])


def an_output_is_contested(s: Market) -> bool:
    return exists(Request, lambda r: s.admitted[r])


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
        lambda r: implies(
            s.requests <= r, (s.turn[r] == 0) & not_(s.complete[r]) & not_(s.admitted[r])
        ),
    )


basic = Machine(
    name="basic",
    state=Market,
    init=init,
    actions=(deploy, register, request, record, take, wait, match, convict, contest),
    always=(
        steps_are_recorded,
        first_step_had_the_input,
        steps_form_a_chain,
        contested_output_is_real,
        conviction_has_evidence,
    ),
    refuted=(
        outputs_are_correct,
        digest_shows_the_code,
        honest_vendors_are_safe,
        taken_output_was_computed,
        requests_are_answered,
        version_is_kept,
        a_record_serves_one_request,
        records_agree,
        usage_was_requested,
    ),
    sometimes=(a_request_completes, a_vendor_is_convicted, an_output_is_contested),
    lemmas=(awaited_is_last_output, unmade_requests_are_blank),
    assumptions=(hashing_is_injective, vendors_are_separate),
    # Requests and records are counted, so a size of 2 leaves room for one, and of 3 for two.
    sizes={
        Provider: 1,
        Vendor: 2,
        Consumer: 1,
        Api: 1,
        Model: 1,
        Component: 2,
        Digest: 2,
        Data: 2,
        Step: 2,
        Request: 2,
        Record: 2,
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
    ),
    # Inputs and outputs stand on the ledger, and the digest of a component tells it from others.
    secrecy=Secrecy(
        secret=("component", "run", "handed", "deviated"),
        private=((deploy, "c"), (request, "d"), (record, "d"), (record, "o")),
        leaks=(request, record, match, convict),
        refusals="reasons",
    ),
)
