"""What the hardened protocol promises, what must be possible in it, and why it holds."""

from spec.hardened.execution import is_audited
from spec.hardened.money import is_over
from spec.hardened.registration import is_acknowledged, is_signed
from spec.hardened.state import (
    Attempt,
    Component,
    Data,
    Hardening,
    Market,
    Party,
    Phase,
    Request,
    Seed,
    Stage,
    Step,
    Version,
    auditor,
    is_delivering,
    is_right,
    price,
    stake,
)
from spec.notation import all_of, any_of, exists, forall, implies, ite, not_, total

# Assumptions: what is agreed makes sense


def prices_pay_every_step(s: Market) -> bool:
    """What is still to be paid never grows from one step to the next."""
    return forall(
        Version,
        Step,
        lambda m, i: implies(i <= s.last(m), s.cost(m, i + 1) <= s.cost(m, i)),
    )


def stakes_cover_tolls(s: Market) -> bool:
    """Whoever makes others demand in vain can pay for it."""
    return forall(
        Version,
        lambda m: (s.toll(m) <= s.stake(m)) & (s.toll(m) <= s.cost(m, Step(0))),
    )


def only_steps_are_held(s: Market) -> bool:
    """Nobody holds a step past the last."""
    return forall(Version, Step, Party, lambda m, i, p: implies(s.holder(m, i, p), i <= s.last(m)))


def chance_draws_holders(s: Market) -> bool:
    """Whom chance draws to execute a step holds its component."""
    return forall(
        Version,
        Step,
        lambda m, i: forall(
            Seed,
            Attempt,
            lambda b, a: implies(i <= s.last(m), s.holder(m, i, s.drawn(m, i, b, a))),
        ),
    )


def computing_is_exact(s: Market) -> bool:
    """Integers come out the same on every machine."""
    return forall(
        Component,
        Data,
        lambda c, d: s.without(Hardening.EXACTNESS) | (s.rerun(c, d) == s.run(c, d)),
    )


# Money (theorems 1, 9, 12)


def money_is_conserved(s: Market) -> bool:
    """No unit of money is made or lost."""
    held = total(s.balance) + total(s.bond) + total(s.escrow) + total(s.surety)
    at_stake = total(s.pot) + total(s.wager) + total(s.revenue) + s.treasury
    return held + at_stake == s.supply


def open_requests_are_paid(s: Market) -> bool:
    """While a request is open, what is left of its price is there."""
    return forall(
        Request,
        lambda r: implies(is_open(s, r), s.escrow[r] == s.cost(s.pinned[r], s.turn[r])),
    )


def refunds_are_whole(s: Market) -> bool:
    """A refunded consumer has the whole price back."""
    return forall(
        Request,
        lambda r: implies(s.phase[r] == Phase.REFUNDED, s.refunded[r] == price(s, r)),
    )


def open_steps_are_staked(s: Market) -> bool:
    """While a request is open, each of its executors has its stake in it."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            is_open(s, r) & is_engaged(s, r, i),
            s.stake(s.pinned[r]) <= s.pot[r, i],
        ),
    )


def recorded_steps_are_paid(s: Market) -> bool:
    """Wage and stake of each recorded step are put by for its executor, fetched, or forfeited."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            s.recorded[r, i],
            any_of(
                stake(s, s.pinned[r]) + s.cost(s.pinned[r], i)
                <= s.pot[r, i] + s.paid[r, i] + s.cost(s.pinned[r], i + 1),
                s.convicted[s.executor[r, i]],
            ),
        ),
    )


def disputes_are_backed(s: Market) -> bool:
    """Whoever disputes has put up money, unless chance asked for it."""
    return forall(
        Request,
        lambda r: implies(
            is_in_dispute(s, r),
            any_of(
                s.audited(s.lot[r], s.disputed[r]),
                s.toll(s.pinned[r]) <= s.wager[r],
            ),
        ),
    )


def stakes_outlast_complaints(s: Market) -> bool:
    """No executor fetches its stake while its second signature can still be shown."""
    return forall(Request, Step, lambda r, i: not_(s.fled[r, i]))


def shares_are_not_exceeded(s: Market) -> bool:
    """Nobody has taken more than the share, in hundredths, of what was earned."""
    return forall(Version, Party, lambda m, p: s.taken[m, p] * 100 <= s.earned[m] * s.share(m, p))


def raises_are_natural(s: Market) -> bool:
    """What a request can still earn makes no share smaller: the product that a solver must see."""
    return forall(Request, Version, Party, lambda r, m, p: s.escrow[r] * s.share(m, p) >= 0)


# Execution (theorems 2, 3, 13, 14)


def executed(s: Market, r: Request, i: Step) -> bool:
    """A step of a settled request."""
    return (s.phase[r] == Phase.SETTLED) & (i <= s.last(s.pinned[r]))


def settled_steps_are_recorded(s: Market) -> bool:
    """Every step of a settled request is recorded, by a holder of its part of that version."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            executed(s, r, i),
            s.recorded[r, i] & s.holder(s.pinned[r], i, s.executor[r, i]),
        ),
    )


def steps_form_a_chain(s: Market) -> bool:
    """Every executor worked on what the one before it committed to, and that still stands."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(s.recorded[r, i], s.built_on[r, i] == s.link[r, i]),
    )


def nobody_works_in_vain(s: Market) -> bool:
    """No executor is given data that the ledger then drops."""
    return forall(Request, lambda r: not_(s.in_vain[r]))


def executors_are_drawn(s: Market) -> bool:
    """Chance alone made every executor one: the beacon, the request, the step, the attempts."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            is_engaged(s, r, i),
            s.executor[r, i] == s.drawn(s.pinned[r], i, s.seed[r], s.attempt[r, i]),
        ),
    )


def active_versions_are_signed(s: Market) -> bool:
    """No version is on the market without the signature of every provider."""
    return forall(Version, lambda m: implies(is_on_market(s, m), is_signed(s, m)))


# Blame (theorems 4, 5, 6)


def no_false_blame(s: Market) -> bool:
    """Whoever is convicted has deviated."""
    return forall(Party, lambda p: implies(s.convicted[p], s.deviated[p]))


def disputed_steps_are_right(s: Market) -> bool:
    """A step that anybody disputed who did not deviate settles only if its output is right."""
    return forall(
        Request,
        Step,
        Party,
        lambda r, i, q: implies(
            executed(s, r, i) & (s.chances[r, i, q] == 0), is_right(s, r, i) | s.deviated[q]
        ),
    )


def audited_steps_are_right(s: Market) -> bool:
    """A step that chance drew for an audit settles only if it is right, or its auditor deviated."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            executed(s, r, i) & s.audited(s.lot[r], i),
            is_right(s, r, i) | s.deviated[auditor(s, r, i)],
        ),
    )


def outputs_are_correct(s: Market) -> bool:
    """What is settled was computed correctly, whether or not anybody looked (I)."""
    return forall(Request, Step, lambda r, i: implies(executed(s, r, i), is_right(s, r, i)))


def watchful_consumers_get_their_output(s: Market) -> bool:
    """A consumer whose request settles has its output, or did nothing when it could."""
    return forall(
        Request,
        lambda r: implies(s.phase[r] == Phase.SETTLED, s.received[r] | s.neglected[r]),
    )


# Secrets (theorem 10)


def data_is_not_guessed(s: Market) -> bool:
    """Nobody confirms a guess of data from the ledger."""
    return forall(Request, Step, lambda r, i: not_(s.guessed[r, i]))


def a_step_stays_undisclosed(s: Market) -> bool:
    """Some step of every version stays undisclosed."""
    return forall(
        Version,
        lambda m: any_of(
            # One of those below, named so that a prover need not look for it.
            not_(s.disclosed[m, s.last(m)]),
            exists(Step, lambda i: (i <= s.last(m)) & not_(s.disclosed[m, i])),
        ),
    )


# Where a request stands


def is_open(s: Market, r: Request) -> bool:
    """Whether a request is made, and not over."""
    return not_(is_over(s, r) | (s.phase[r] == Phase.FREE))


def is_in_dispute(s: Market, r: Request) -> bool:
    """Whether a step of a request is being looked into."""
    return any_of(
        s.phase[r] == Phase.DISPUTED,
        s.phase[r] == Phase.NARROWED,
        s.phase[r] == Phase.OPENED,
    )


def is_at_work(s: Market, r: Request) -> bool:
    """Whether an executor of a request, or its consumer, is waiting or waited for."""
    return any_of(
        s.phase[r] == Phase.WORK,
        s.phase[r] == Phase.DEMANDED,
        s.phase[r] == Phase.PUBLISHED,
    )


def is_engaged(s: Market, r: Request, i: Step) -> bool:
    """Whether a step of a request has an executor."""
    return any_of(
        s.recorded[r, i],
        all_of(is_at_work(s, r), i == s.turn[r], i <= s.last(s.pinned[r])),
    )


def is_on_market(s: Market, m: Version) -> bool:
    """Whether a version is or was active."""
    return any_of(s.stage[m] == Stage.ACTIVE, s.stage[m] == Stage.RETIRED)


# What must be possible


def a_request_settles(s: Market) -> bool:
    return exists(Request, lambda r: (s.phase[r] == Phase.SETTLED) & s.received[r])


def a_request_is_refunded(s: Market) -> bool:
    return exists(Request, lambda r: s.phase[r] == Phase.REFUNDED)


def a_request_is_forfeited(s: Market) -> bool:
    return exists(Request, lambda r: s.phase[r] == Phase.FORFEITED)


def a_dispute_is_dismissed(s: Market) -> bool:
    return exists(
        Request,
        Step,
        Party,
        lambda r, i, q: (s.phase[r] == Phase.SETTLED) & (s.chances[r, i, q] == 0),
    )


def a_spare_holder_takes_over(s: Market) -> bool:
    return exists(Request, Step, lambda r, i: s.recorded[r, i] & (s.attempt[r, i] > 0))


def a_provider_is_paid(s: Market) -> bool:
    return exists(Version, Party, lambda m, p: s.taken[m, p] > 0)


# Every request comes to an end, as long as blocks pass and the beacon speaks


def over(s: Market, r: Request) -> bool:
    """A request is not made, or it is over."""
    return not_(is_open(s, r))


def disputes_left(s: Market, r: Request) -> int:
    """How often a step, of any request, can still be disputed."""
    return total(s.chances)


def steps_left(s: Market, r: Request) -> int:
    """How many steps of the request are not recorded."""
    return ite(is_delivering(s, r), 0, s.last(s.pinned[r]) + 1 - s.turn[r])


def attempts_left(s: Market, r: Request) -> int:
    """How many holders are left for the step under way."""
    return s.spares(s.pinned[r]) - s.attempt[r, s.turn[r]]


def lots_left(s: Market, r: Request) -> int:
    """Whether the audits of the request are still to be drawn."""
    return ite(s.lots_drawn[r], 0, 1)


def halvings_left(s: Market, r: Request) -> int:
    """How often a quarrel about the request is still halved."""
    return s.halvings[r]


_AHEAD = {
    Phase.FREE: 8,
    Phase.OPEN: 7,
    Phase.NARROWED: 7,
    Phase.ROUTED: 6,
    Phase.DISPUTED: 6,
    Phase.OPENED: 5,
    Phase.WORK: 5,
    Phase.WINDOW: 4,
    Phase.DEMANDED: 3,
    Phase.PUBLISHED: 2,
}


def phases_left(s: Market, r: Request) -> int:
    """How many phases lie ahead before the request ends, has a step less or a dispute less."""
    answered = (s.phase[r] == Phase.WINDOW) & s.published[r]
    ahead = sum(ite(s.phase[r] == phase, number, 0) for phase, number in _AHEAD.items())
    return ite(answered, 1, ahead)


def time_left(s: Market, r: Request) -> int:
    """How many blocks the phase may still last."""
    return s.left[r]


# Why all this holds: what the phases mean


def unmade_requests_are_blank(s: Market) -> bool:
    """A request that is not made has no step, no verdict and no money."""
    return forall(
        Request,
        lambda r: implies(
            s.phase[r] == Phase.FREE,
            all_of(s.turn[r] == 0, s.escrow[r] == 0, s.surety[r] == 0),
        ),
    )


def recorded_steps_are_before_the_turn(s: Market) -> bool:
    """The recorded steps are those before the turn."""
    return forall(Request, Step, lambda r, i: s.recorded[r, i] == (i < s.turn[r]))


def turn_is_within_the_plan(s: Market) -> bool:
    """The turn is one of the version's steps, or one past the last once all are recorded."""
    return forall(
        Request,
        lambda r: all_of(
            s.turn[r] <= s.last(s.pinned[r]) + 1,
            implies(s.phase[r] == Phase.OPEN, s.turn[r] == 0),
            implies(is_waiting_for_a_step(s, r), s.turn[r] <= s.last(s.pinned[r])),
            implies(
                is_complete(s, r),
                s.turn[r] == s.last(s.pinned[r]) + 1,
            ),
        ),
    )


def is_complete(s: Market, r: Request) -> bool:
    """Whether every step of a request is recorded, and it did not fail."""
    return any_of(s.phase[r] == Phase.WINDOW, is_in_dispute(s, r), s.phase[r] == Phase.SETTLED)


def is_waiting_for_a_step(s: Market, r: Request) -> bool:
    """Whether a step of a request is to be drawn or recorded."""
    return any_of(
        s.phase[r] == Phase.OPEN,
        s.phase[r] == Phase.ROUTED,
        s.phase[r] == Phase.WORK,
        s.phase[r] == Phase.PUBLISHED,
    )


def executors_hold_their_step(s: Market) -> bool:
    """Every executor holds the component of its step."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(is_engaged(s, r, i), s.holder(s.pinned[r], i, s.executor[r, i])),
    )


def inputs_are_the_consumers(s: Market) -> bool:
    """The consumer committed to the input."""
    return forall(
        Request,
        lambda r: implies(s.phase[r] != Phase.FREE, s.author[r, Step(0)] == s.consumer[r]),
    )


def outputs_are_the_executors(s: Market) -> bool:
    """The executor of a step committed to its output."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(s.recorded[r, i], s.author[r, i + 1] == s.executor[r, i]),
    )


def requests_are_for_versions_on_the_market(s: Market) -> bool:
    """A request was made for a version that was active."""
    return forall(
        Request,
        lambda r: implies(s.phase[r] != Phase.FREE, is_on_market(s, s.pinned[r])),
    )


def versions_on_the_market_are_acknowledged(s: Market) -> bool:
    """Every holder of a version on the market has acknowledged its component."""
    return forall(Version, lambda m: implies(is_on_market(s, m), is_acknowledged(s, m)))


def acknowledged_components_are_the_registered_ones(s: Market) -> bool:
    """Whoever acknowledged another component has deviated."""
    return forall(
        Version,
        Step,
        lambda m, i: forall(
            Party,
            lambda v: implies(
                s.acknowledged[m, i, v],
                (s.handed[m, i, v] == s.component(m, i)) | s.deviated[v],
            ),
        ),
    )


def wrong_steps_are_their_executors_fault(s: Market) -> bool:
    """Whoever recorded a wrong output has deviated."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(s.recorded[r, i], is_right(s, r, i) | s.deviated[s.executor[r, i]]),
    )


def second_signatures_are_deviations(s: Market) -> bool:
    """Whoever signed twice has recorded the step, and deviated."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(s.signed_twice[r, i], s.recorded[r, i] & s.deviated[s.executor[r, i]]),
    )


def disputes_are_of_recorded_steps(s: Market) -> bool:
    """What is disputed is a recorded step, and its chance is used up."""
    return forall(
        Request,
        lambda r: implies(
            is_in_dispute(s, r),
            all_of(
                s.recorded[r, s.disputed[r]],
                s.disputed[r] <= s.last(s.pinned[r]),
                s.chances[r, s.disputed[r], s.opponent[r]] == 0,
            ),
        ),
    )


def steps_are_disputed_last(s: Market) -> bool:
    """No step was ever disputed while one is still to be recorded."""
    return forall(
        Request,
        lambda r: implies(s.turn[r] <= s.last(s.pinned[r]), s.disputed[r] == 0),
    )


def disputed_steps_of_open_requests_are_right(s: Market) -> bool:
    """A step that was disputed before is right, or being looked into, or its opponent deviated."""
    return forall(
        Request,
        Step,
        Party,
        lambda r, i, q: implies(
            s.chances[r, i, q] == 0,
            any_of(
                s.phase[r] == Phase.REFUNDED,
                is_in_dispute(s, r) & (i == s.disputed[r]) & (q == s.opponent[r]),
                s.recorded[r, i] & (is_right(s, r, i) | s.deviated[q]),
            ),
        ),
    )


def rows_are_opened_last(s: Market) -> bool:
    """While a quarrel is narrowed down, no row of the step is opened."""
    return forall(
        Request,
        lambda r: implies(
            (s.phase[r] == Phase.DISPUTED) | (s.phase[r] == Phase.NARROWED), not_(s.by_row[r])
        ),
    )


def rows_are_what_was_left(s: Market) -> bool:
    """The opened row is what was left of the quarrel."""
    return forall(
        Request,
        lambda r: implies((s.phase[r] == Phase.OPENED) & s.by_row[r], s.row_holds[r] == s.holds[r]),
    )


def quarrels_tell_who_deviated(s: Market) -> bool:
    """If what is left holds the step is right, and if not it is wrong, but for deviations."""
    return forall(
        Request,
        lambda r: implies(
            is_in_dispute(s, r),
            ite(
                s.holds[r],
                is_right(s, r, s.disputed[r]) | s.deviated[s.opponent[r]],
                not_(is_right(s, r, s.disputed[r])) | s.deviated[s.executor[r, s.disputed[r]]],
            ),
        ),
    )


def broken_halves_tell_who_deviated(s: Market) -> bool:
    """If what is left holds and its first half does not, the executor has deviated."""
    return forall(
        Request,
        lambda r: implies(
            all_of(s.phase[r] == Phase.NARROWED, s.holds[r], not_(s.first_holds[r])),
            s.deviated[s.executor[r, s.disputed[r]]],
        ),
    )


def nothing_else_is_refunded(s: Market) -> bool:
    """Nothing counts as refunded for a request that is not."""
    return forall(Request, lambda r: (s.phase[r] == Phase.REFUNDED) | (s.refunded[r] == 0))


def only_demanded_or_disputed_money_waits(s: Market) -> bool:
    """A wager waits only while data is demanded or a step disputed."""
    return forall(
        Request,
        lambda r: any_of(s.wager[r] == 0, s.phase[r] == Phase.DEMANDED, is_in_dispute(s, r)),
    )


def sureties_cover_the_price(s: Market) -> bool:
    """While a request is open, its provider guarantees the price."""
    return forall(Request, lambda r: implies(is_open(s, r), s.surety[r] == price(s, r)))


def steps_ahead_have_no_money(s: Market) -> bool:
    """A step that has no executor has no money."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            is_open(s, r) | (s.phase[r] == Phase.FREE), is_engaged(s, r, i) | (s.pot[r, i] == 0)
        ),
    )


def what_arrived_was_published_soundly(s: Market) -> bool:
    """Sound data that was published has arrived."""
    return forall(Request, lambda r: implies(s.published[r] & s.sound[r], s.received[r]))


def demanded_data_is_not_published(s: Market) -> bool:
    """Data is demanded only until it is published."""
    return forall(Request, lambda r: not_((s.phase[r] == Phase.DEMANDED) & s.published[r]))


def attempts_are_within_the_spares(s: Market) -> bool:
    """No more holders were drawn for a step than it has."""
    return forall(
        Request,
        Step,
        lambda r, i: all_of(
            implies(is_open(s, r), s.attempt[r, i] <= s.spares(s.pinned[r])),
            implies(not_(is_reached(s, r, i)), s.attempt[r, i] == 0),
        ),
    )


def is_reached(s: Market, r: Request, i: Step) -> bool:
    """Whether a step's executor was or is to be drawn."""
    return (s.phase[r] != Phase.FREE) & (i <= s.turn[r])


def audits_are_held(s: Market) -> bool:
    """A request settles only when its drawn audits are held."""
    return forall(Request, lambda r: implies(s.phase[r] == Phase.SETTLED, is_audited(s, r)))
