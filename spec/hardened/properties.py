"""What the hardened protocol assumes, what it promises, and what must be possible in it."""

from spec.hardened.dispute import has_standing
from spec.hardened.registration import is_signed
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
    Step,
    Version,
    auditor,
    is_engaged,
    is_in_dispute,
    is_on_market,
    is_open,
    is_right,
    is_to_be_audited,
    price,
    stake,
)
from spec.notation import all_of, any_of, exists, forall, implies, not_, total

# Assumptions: what is agreed makes sense


def prices_pay_every_step(s: Market) -> bool:
    """What is still to be paid never grows from one step to the next."""
    return forall(
        Version,
        Step,
        lambda m, i: implies(i <= s.last(m), s.cost(m, i + 1) <= s.cost(m, i)),
    )


def stakes_cover_refunds(s: Market) -> bool:
    """Whoever fails can pay for a refund and a demand in vain, and a consumer for a demand."""
    return forall(
        Version,
        lambda m: all_of(
            s.cost(m, Step(0)) + s.toll(m) <= s.stake(m), s.toll(m) <= s.cost(m, Step(0))
        ),
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


def components_give_what_is_said(s: Market) -> bool:
    """Where a version says the truth, a component makes of what goes in what is to come out."""
    return forall(
        Version,
        Step,
        Data,
        lambda m, i, d: implies(
            s.true(m, i) & s.takes(m, i, d), s.gives(m, i, s.run(s.component(m, i), d))
        ),
    )


# Money (theorems 1, 9, 12)


def money_is_conserved(s: Market) -> bool:
    """No unit of money is made or lost."""
    held = total(s.balance) + total(s.bond) + total(s.escrow) + total(s.surety)
    at_stake = total(s.pot) + total(s.toll_paid) + total(s.revenue) + s.treasury
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
    """Wage and stake of each recorded step are put by for its executor, collected, or forfeited."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            s.recorded[r, i],
            any_of(
                stake(s, s.pinned[r]) + s.cost(s.pinned[r], i)
                <= s.pot[r, i] + s.collected[r, i] + s.cost(s.pinned[r], i + 1),
                s.convicted[s.executor[r, i]],
            ),
        ),
    )


def providers_pay_for_nobody_else(s: Market) -> bool:
    """What an executor's fault costs is never its provider's loss."""
    return forall(Request, lambda r: s.uncovered[r] == 0)


def disputes_are_backed(s: Market) -> bool:
    """Whoever disputes has paid two tolls, unless chance asked for it."""
    return forall(
        Request,
        lambda r: implies(
            is_in_dispute(s, r),
            any_of(
                is_to_be_audited(s, r, s.disputed[r]),
                s.toll(s.pinned[r]) + s.toll(s.pinned[r]) <= s.toll_paid[r],
            ),
        ),
    )


def stakes_outlast_complaints(s: Market) -> bool:
    """No executor collects its stake while its second signature can still be shown."""
    return forall(Request, Step, lambda r, i: not_(s.fled[r, i]))


def shares_are_not_exceeded(s: Market) -> bool:
    """Nobody has collected more than the share, in hundredths, of what was earned."""
    return forall(
        Version, Party, lambda m, p: s.collected_share[m, p] * 100 <= s.earned[m] * s.share(m, p)
    )


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


def nothing_comes_of_nothing(s: Market) -> bool:
    """What comes out of a step is as said, unless what went in was not, or its executor deviated.

    So a consumer whose input is as said gets nothing only where somebody deviated, and nobody is to
    blame for what becomes of an input that is not.
    """
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            s.recorded[r, i],
            any_of(
                s.gives(s.pinned[r], i, s.opens(s.link[r, i + 1])),
                not_(s.takes(s.pinned[r], i, s.opens(s.link[r, i]))),
                s.deviated[s.executor[r, i]],
            ),
        ),
    )


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
            executed(s, r, i) & is_to_be_audited(s, r, i),
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


def nobody_else_disputes(s: Market) -> bool:
    """Whoever looked into a step has a part in the request, or was drawn by chance."""
    return forall(
        Request,
        Step,
        Party,
        lambda r, i, q: implies(
            s.chances[r, i, q] == 0,
            has_standing(s, r, q) | (is_to_be_audited(s, r, i) & (q == auditor(s, r, i))),
        ),
    )


# Secrets (theorem 10)


def draws_are_not_foreseen(s: Market) -> bool:
    """Nobody knows whom chance draws before the request is made."""
    return forall(Request, lambda r: not_(s.foreseen[r]))


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
    return exists(Version, Party, lambda m, p: s.collected_share[m, p] > 0)
