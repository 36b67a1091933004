"""API request execution (III.C, III.D): requests, draws, hops, records, and silence that ends."""

from spec.hardened.registration import forget_drafts
from spec.hardened.state import (
    Commitment,
    Hardening,
    Market,
    Money,
    Party,
    Phase,
    Request,
    Seed,
    Stage,
    Step,
    Version,
    auditor,
    enter,
    had_time,
    is_delivering,
    is_to_be_audited,
    price,
    receiver,
    sender,
    stake,
    version,
    wage,
)
from spec.notation import action, any_of, forall, implies, ite, not_, require

# A request


@action
def request(s: Market, c: Party, r: Request, m: Version, x: Commitment) -> None:
    """The consumer pays for a request and commits to its input (III.C; III.D)."""
    require(s.stage[m] == Stage.ACTIVE, "version is active")
    require(s.phase[r] == Phase.FREE, "request is new")
    escrow = ite(s.without(Hardening.ESCROW), Money(0), s.cost(m, Step(0)))
    require(escrow <= s.balance[c], "consumer can pay the price")
    p = s.provider(m)
    surety = ite(s.without(Hardening.SURETY), Money(0), s.cost(m, Step(0)))
    require(surety <= s.bond[p], "provider can guarantee the refund")

    s.balance[c] -= escrow
    s.escrow[r] = escrow
    s.bond[p] -= surety
    s.surety[r] = surety
    s.consumer[r] = c
    s.pinned[r] = m
    s.link[r, Step(0)] = x
    s.author[r, Step(0)] = c
    enter(s, r, Phase.OPEN)


@action
def route(s: Market, r: Request, b: Seed) -> None:
    """The beacon's round that the request waited for is out (III.D)."""
    require(s.phase[r] == Phase.OPEN, "request waits for the beacon")

    s.seed[r] = b
    enter(s, r, Phase.ROUTED)


@action
def lapse(s: Market, r: Request) -> None:
    """The beacon's round does not come: the consumer has its money back (ours: deadlines)."""
    require(s.phase[r] == Phase.OPEN, "request waits for the beacon")
    require_overdue(s, r)

    refund(s, r)


@action
def assign(s: Market, r: Request, v: Party) -> None:
    """Whom chance draws becomes the executor of the step, and puts up its stake (III.D)."""
    require(s.phase[r] == Phase.ROUTED, "executor is to be drawn")
    require(is_drawn(s, r, v), "executor is the one drawn")
    m = s.pinned[r]
    require(stake(s, m) <= s.bond[v], "executor can put up the stake")

    i = s.turn[r]
    s.executor[r, i] = v
    s.since[r, i] = s.in_force[v]
    s.bond[v] -= stake(s, m)
    s.pot[r, i] += stake(s, m)
    s.received[r] = False
    s.published[r] = False
    enter(s, r, Phase.WORK)


def is_drawn(s: Market, r: Request, v: Party) -> bool:
    """Whether a party is the one to execute the step whose turn it is."""
    m, i = version(s, r), s.turn[r]
    # Without a beacon an orchestrator picks whom it likes among the holders.
    return ite(
        s.without(Hardening.BEACON),
        s.holder(m, i, v),
        v == s.drawn(m, i, s.seed[r], s.attempt[r, i]),
    )


@action
def pass_over(s: Market, r: Request, v: Party) -> None:
    """Whom chance draws does not put up the stake: the next one is drawn (III.D; ours: stake)."""
    require_no_stake(s, r, v)
    require(s.attempt[r, s.turn[r]] < s.spares(s.pinned[r]), "a spare holder is left")

    s.attempt[r, s.turn[r]] += 1
    enter(s, r, Phase.ROUTED)


@action
def abandon(s: Market, r: Request, v: Party) -> None:
    """No holder is left that puts up the stake: the provider, who chose them, refunds.

    III.D; ours: surety.
    """
    require_no_stake(s, r, v)
    require(s.attempt[r, s.turn[r]] == s.spares(s.pinned[r]), "no spare holder is left")

    refund(s, r)


def require_no_stake(s: Market, r: Request, v: Party) -> None:
    """Whom chance draws did not put up its stake in time."""
    require(s.phase[r] == Phase.ROUTED, "executor is to be drawn")
    require(is_drawn(s, r, v), "executor is the one drawn")
    require_overdue(s, r)


# A step


@action
def hop(s: Market, r: Request) -> None:
    """Data reaches who is to have it, signed by its sender and sealed, off the ledger (III.D)."""
    require(
        any_of(s.phase[r] == Phase.WORK, s.phase[r] == Phase.WINDOW),
        "somebody is to receive data",
    )
    require(not_(s.received[r]), "data has not arrived")

    s.received[r] = True


@action
def record(s: Market, v: Party, r: Request, y: Commitment) -> None:
    """The executor commits to its output; input and component are known by reference (III.D)."""
    require(
        any_of(s.phase[r] == Phase.WORK, s.phase[r] == Phase.PUBLISHED),
        "request waits for a record",
    )
    m, i = version(s, r), s.turn[r]
    require(v == s.executor[r, i], "vendor is the executor")

    due = wage(s, r)
    s.escrow[r] -= due
    s.pot[r, i] += due
    x = s.link[r, i]
    s.built_on[r, i] = x
    s.recorded[r, i] = True
    s.link[r, i + 1] = y
    s.author[r, i + 1] = v
    s.turn[r] = i + 1
    s.received[r] = False
    s.published[r] = False
    enter(s, r, ite(i == s.last(m), Phase.WINDOW, Phase.ROUTED))
    ran = s.opens(y) == s.run(s.handed[m, i, v], s.opens(x))
    s.deviated[v] = s.deviated[v] | not_(ran)


@action
def demand(s: Market, q: Party, r: Request) -> None:
    """Who did not receive data asks for it on the ledger, and pays for the room it takes.

    III.D; ours: signed hops.
    """
    require(
        any_of(s.phase[r] == Phase.WORK, s.phase[r] == Phase.WINDOW),
        "somebody is to receive data",
    )
    require(q == receiver(s, r), "party is the one to receive")
    require(not_(s.published[r]), "data is not published")
    toll = s.toll(s.pinned[r])
    require(toll <= s.balance[q], "party can pay the toll")

    s.balance[q] -= toll
    s.toll_paid[r] = toll
    enter(s, r, Phase.DEMANDED)


@action
def publish(s: Market, r: Request, sound: bool) -> None:
    """The sender publishes the data, sealed for its receiver; the toll is the sender's.

    III.D; ours: signed hops.
    """
    require(s.phase[r] == Phase.DEMANDED, "data is demanded")

    p = sender(s, r)
    s.balance[p] += s.toll_paid[r]
    s.toll_paid[r] = Money(0)
    s.published[r] = True
    s.sound[r] = sound
    s.unsound[r, s.turn[r]] = s.unsound[r, s.turn[r]] | not_(sound)
    s.received[r] = s.received[r] | sound
    enter(s, r, ite(is_delivering(s, r), Phase.WINDOW, Phase.PUBLISHED))
    s.deviated[p] = s.deviated[p] | not_(sound)


# Silence, and bad data


@action
def replace(s: Market, r: Request) -> None:
    """The executor's time is over: it is convicted, and the next holder is drawn.

    Ours: deadlines.
    """
    require_silent_executor(s, r)
    require(s.attempt[r, s.turn[r]] < s.spares(s.pinned[r]), "a spare holder is left")

    i = s.turn[r]
    convict_silent_executor(s, r)
    s.treasury += s.pot[r, i]
    s.pot[r, i] = Money(0)
    s.attempt[r, i] += 1
    enter(s, r, Phase.ROUTED)


@action
def give_up(s: Market, r: Request) -> None:
    """The executor's time is over, and no holder is left: the consumer is refunded.

    Ours: deadlines.
    """
    require_silent_executor(s, r)
    require(s.attempt[r, s.turn[r]] == s.spares(s.pinned[r]), "no spare holder is left")

    convict_silent_executor(s, r)
    fail(s, r, s.turn[r])


def require_silent_executor(s: Market, r: Request) -> None:
    """The executor has not recorded its step in time."""
    require(
        any_of(s.phase[r] == Phase.WORK, s.phase[r] == Phase.PUBLISHED),
        "request waits for a record",
    )
    require_overdue(s, r)


def convict_silent_executor(s: Market, r: Request) -> None:
    """An executor that let its time pass could have demanded, shown that data is bad, or recorded.

    Whoever is at work has to keep the toll for a demand ready, as it has to for a transaction.
    """
    v = s.executor[r, s.turn[r]]
    s.convicted[v] = True
    could = any_of(s.phase[r] == Phase.WORK, s.sound[r], not_(s.without(Hardening.SIGNED_HOPS)))
    s.deviated[v] = s.deviated[v] | (could & had_time(s, r))


def require_overdue(s: Market, r: Request) -> None:
    """The time for the request's phase is over."""
    require(not_(s.without(Hardening.DEADLINES)), "there are deadlines")
    require(s.left[r] == 0, "deadline has passed")


@action
def withhold(s: Market, r: Request) -> None:
    """An executor does not publish the output that its receiver demands: it is convicted.

    Ours: deadlines.
    """
    require(s.phase[r] == Phase.DEMANDED, "data is demanded")
    require(s.turn[r] > 0, "a step is recorded")
    require_overdue(s, r)

    convict_sender(s, r)


@action
def withhold_input(s: Market, r: Request) -> None:
    """The consumer does not publish its input: the request is forfeited to who waited for it.

    Ours: deadlines.
    """
    require(s.phase[r] == Phase.DEMANDED, "data is demanded")
    require(s.turn[r] == 0, "no step is recorded")
    require_overdue(s, r)

    convict_consumer(s, r)


@action
def show_bad(s: Market, r: Request) -> None:
    """The receiver shows that what was published does not open the commitment.

    Ours: signed hops.
    """
    require_bad(s, r)
    require(s.turn[r] > 0, "a step is recorded")

    convict_sender(s, r)


@action
def show_bad_input(s: Market, r: Request) -> None:
    """The first executor shows that the published input does not open the commitment.

    Ours: signed hops.
    """
    require_bad(s, r)
    require(s.turn[r] == 0, "no step is recorded")

    convict_consumer(s, r)


def require_bad(s: Market, r: Request) -> None:
    """What was published under the sender's signature does not open the commitment."""
    require(not_(s.without(Hardening.SIGNED_HOPS)), "hops are signed")
    require(
        any_of(s.phase[r] == Phase.PUBLISHED, s.phase[r] == Phase.WINDOW),
        "somebody is to receive data",
    )
    require(s.published[r], "data is published")
    require(not_(s.sound[r]), "data does not open the commitment")


def convict_sender(s: Market, r: Request) -> None:
    """The executor of the last recorded step committed to data that it does not give."""
    i = s.turn[r] - 1
    v = s.executor[r, i]
    s.convicted[v] = True
    # By who committed to it, whom every state has: none of this has a say in who is convicted.
    p = sender(s, r)
    s.deviated[p] = s.deviated[p] | is_withheld(s, r)
    amends = ite(s.without(Hardening.STAKE), Money(0), amends_due(s, r))
    s.pot[r, i] -= amends
    return_toll(s, r, amends)
    fail(s, r, i)


def convict_consumer(s: Market, r: Request) -> None:
    """The consumer committed to data that it does not give; its money is who waited's."""
    c = s.consumer[r]
    s.convicted[c] = True
    s.deviated[c] = s.deviated[c] | is_withheld(s, r)
    amends = ite(s.without(Hardening.ESCROW), Money(0), amends_due(s, r))
    s.escrow[r] -= amends
    return_toll(s, r, amends)
    s.pot[r, Step(0)] += s.escrow[r]
    s.escrow[r] = Money(0)
    release_surety(s, r)
    enter(s, r, Phase.FORFEITED)


def is_withheld(s: Market, r: Request) -> bool:
    """Whether the time for publishing what is demanded is over."""
    return (s.phase[r] == Phase.DEMANDED) & had_time(s, r)


def amends_due(s: Market, r: Request) -> Money:
    """What the receiver has lost: a sender that published had the toll."""
    return ite(s.published[r], s.toll(s.pinned[r]), Money(0))


def return_toll(s: Market, r: Request, amends: Money) -> None:
    """Who demanded in vain gets the toll back, from where it is held or from the culprit."""
    s.balance[receiver(s, r)] += s.toll_paid[r] + amends
    s.toll_paid[r] = Money(0)


# The end of a request


@action
def draw_lots(s: Market, r: Request, b: Seed) -> None:
    """The beacon's round after the last record is out: audits are drawn by it (ours: audits).

    An executor that knew before it records whether its step is audited would work then only.
    """
    require(s.phase[r] == Phase.WINDOW, "window is open")
    require(not_(s.lots_drawn[r]), "audits are not drawn")

    s.lot[r] = b
    s.lots_drawn[r] = True


@action
def settle(s: Market, r: Request) -> None:
    """Nobody complained in time: the providers have earned what is left of the price.

    If the beacon has not spoken by then, nothing is audited. III.C, III.E; ours: escrow.
    """
    require(s.phase[r] == Phase.WINDOW, "window is open")
    require_overdue(s, r)
    require(s.without(Hardening.AUDITS) | is_audited(s, r), "drawn audits are held")

    could = had_time(s, r)
    m = s.pinned[r]
    s.revenue[m] += s.escrow[r]
    s.earned[m] += s.escrow[r]
    s.escrow[r] = Money(0)
    release_surety(s, r)
    enter(s, r, Phase.SETTLED)
    bad = s.published[r] & not_(s.sound[r]) & not_(s.without(Hardening.SIGNED_HOPS))
    s.neglected[r] = could & (bad | not_(s.received[r] | s.published[r]))


def is_audited(s: Market, r: Request) -> bool:
    """Every step that chance drew for an audit has been checked."""
    return forall(
        Step,
        lambda i: implies(
            (i <= s.last(version(s, r))) & is_to_be_audited(s, r, i),
            s.chances[r, i, auditor(s, r, i)] == 0,
        ),
    )


def fail(s: Market, r: Request, i: Step) -> None:
    """The executor of step i is at fault: its stake makes up for the refund.

    What is left of that is nobody's, lest somebody gain by a conviction.
    """
    short, p = price(s, r) - s.escrow[r], s.provider(s.pinned[r])
    covered = ite(short <= s.pot[r, i], short, s.pot[r, i])
    s.uncovered[r] = short - covered
    refund(s, r)
    s.bond[p] += covered
    s.treasury += s.pot[r, i] - covered
    s.pot[r, i] = Money(0)


def refund(s: Market, r: Request) -> None:
    """The consumer gets the whole price: what is left of it, and the rest from the surety."""
    short = ite(s.without(Hardening.SURETY), Money(0), price(s, r) - s.escrow[r])
    s.balance[s.consumer[r]] += s.escrow[r] + short
    s.refunded[r] = s.escrow[r] + short
    s.escrow[r] = Money(0)
    s.surety[r] -= short
    release_surety(s, r)
    enter(s, r, Phase.REFUNDED)


def release_surety(s: Market, r: Request) -> None:
    """What is left of the provider's guarantee is the provider's again."""
    s.bond[s.provider(s.pinned[r])] += s.surety[r]
    s.surety[r] = Money(0)


# Time


@action
def tick(s: Market) -> None:
    """A block passes (ours: deadlines)."""
    forget_drafts(s)
    s.left.fill_by(lambda r: ite(s.left[r] == 0, s.left[r], s.left[r] - 1))
