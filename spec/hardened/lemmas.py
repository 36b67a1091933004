"""Why what is promised holds: lemmas that make it inductive."""

from spec.hardened.execution import is_audited
from spec.hardened.registration import is_acknowledged
from spec.hardened.state import (
    Market,
    Party,
    Phase,
    Request,
    Step,
    Version,
    is_engaged,
    is_in_dispute,
    is_on_market,
    is_open,
    is_right,
    is_signed_twice,
    price,
    sender,
)
from spec.notation import all_of, any_of, forall, implies, ite, not_


def raises_are_natural(s: Market) -> bool:
    """What a request can still earn makes no share smaller: the product that a solver must see."""
    return forall(Request, Version, Party, lambda r, m, p: s.escrow[r] * s.share(m, p) >= 0)


# Why all this holds: what the phases mean


def unmade_requests_are_blank(s: Market) -> bool:
    """A request that is not made has no step, no data and no money."""
    return forall(
        Request,
        lambda r: implies(
            s.phase[r] == Phase.FREE,
            all_of(s.turn[r] == 0, s.escrow[r] == 0, s.surety[r] == 0, not_(s.published[r])),
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
    """Whoever acknowledged another component, or what is none, has deviated."""
    return forall(
        Version,
        Step,
        lambda m, i: forall(
            Party,
            lambda v: implies(
                s.acknowledged[m, i, v],
                ((s.handed[m, i, v] == s.component(m, i)) & s.true(m, i)) | s.deviated[v],
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
    """Whoever signed twice has recorded the step, and deviated; or it was a thief of an old key."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            s.signed_twice[r, i],
            s.recorded[r, i] & (not_(is_signed_twice(s, r, i)) | s.deviated[s.executor[r, i]]),
        ),
    )


def forks_are_deviations(s: Market) -> bool:
    """Whoever vouches for two histories has deviated."""
    return forall(Party, lambda p: implies(s.forked[p], s.deviated[p]))


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


def only_recorded_steps_were_disputed(s: Market) -> bool:
    """Nobody has disputed a step that is not recorded."""
    return forall(
        Request, Step, Party, lambda r, i, q: implies(s.chances[r, i, q] == 0, s.recorded[r, i])
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
        lambda r: implies((s.phase[r] == Phase.OPENED) & s.by_row[r], s.row_leads[r] == s.leads[r]),
    )


def quarrels_tell_who_deviated(s: Market) -> bool:
    """A step is right if what is left of its quarrel leads on, else wrong, but for deviations."""
    return forall(
        Request,
        lambda r: implies(
            is_in_dispute(s, r),
            ite(
                s.leads[r],
                is_right(s, r, s.disputed[r]) | s.deviated[s.opponent[r]],
                not_(is_right(s, r, s.disputed[r])) | s.deviated[s.executor[r, s.disputed[r]]],
            ),
        ),
    )


def who_does_not_tell_has_deviated(s: Market) -> bool:
    """An executor that did not tell its opponent what that needs has deviated."""
    return forall(
        Request,
        lambda r: implies(
            is_in_dispute(s, r) & not_(s.informed[r]), s.deviated[s.executor[r, s.disputed[r]]]
        ),
    )


def broken_halves_tell_who_deviated(s: Market) -> bool:
    """If what is left leads on, and its first half does not, the executor has deviated."""
    return forall(
        Request,
        lambda r: implies(
            all_of(s.phase[r] == Phase.NARROWED, s.leads[r], not_(s.first_leads[r])),
            s.deviated[s.executor[r, s.disputed[r]]],
        ),
    )


def nothing_else_is_refunded(s: Market) -> bool:
    """Nothing counts as refunded for a request that is not."""
    return forall(Request, lambda r: (s.phase[r] == Phase.REFUNDED) | (s.refunded[r] == 0))


def only_demanded_or_disputed_money_waits(s: Market) -> bool:
    """A toll waits only while data is demanded or a step disputed."""
    return forall(
        Request,
        lambda r: any_of(s.toll_paid[r] == 0, s.phase[r] == Phase.DEMANDED, is_in_dispute(s, r)),
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


def bad_data_is_its_senders_fault(s: Market) -> bool:
    """Whoever published data that does not open its commitment has deviated."""
    return forall(
        Request,
        lambda r: implies(s.published[r] & not_(s.sound[r]), s.deviated[sender(s, r)]),
    )


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


def nobody_is_hindered(s: Market) -> bool:
    """Who is to act can act."""
    return forall(Request, lambda r: not_(s.hindered[r]))


def audits_are_held(s: Market) -> bool:
    """A request settles only when its drawn audits are held."""
    return forall(Request, lambda r: implies(s.phase[r] == Phase.SETTLED, is_audited(s, r)))
