"""The hardened protocol as a machine, and as one without some hardening."""

from collections.abc import Mapping
from typing import Any

import attrs

from spec.hardened import (
    dispute,
    execution,
    lemmas,
    money,
    properties,
    registration,
    surroundings,
)
from spec.hardened.accountability import ACCOUNTABILITY
from spec.hardened.ending import ENDING
from spec.hardened.example import EXAMPLE, ONE_STEP, THREE_VENDORS
from spec.hardened.secrecy import SECRECY
from spec.hardened.state import (
    Api,
    Assumption,
    Attempt,
    Chance,
    Commitment,
    Component,
    Data,
    Hardening,
    Key,
    Market,
    Money,
    Party,
    Percent,
    Phase,
    Request,
    Round,
    Seed,
    Stage,
    Step,
    Time,
    Version,
)
from spec.notation import Action, Machine, forall, ite, not_, require, total


def init(s: Market) -> None:
    """An empty ledger. Parties have what money they have; all that is agreed can be anything."""
    require(forall(Party, lambda p: s.balance[p] == s.purse(p)), "parties have their money")

    s.stage.fill(Stage.DRAFT)
    s.offered.fill(Time(0))
    s.signed.fill(False)
    s.acknowledged.fill(False)
    s.handed.reset()
    s.bond.fill(Money(0))
    s.supply = total(s.balance)
    begin(s)


def ready(s: Market) -> None:
    """A market at work: of each API one version is active, and the others are about to be signed.

    Every party has a bond beside its money, and every holder the right component.
    """
    require(forall(Version, Step, lambda m, i: s.true(m, i)), "versions say the truth")

    s.balance.fill_by(lambda p: s.purse(p))
    s.bond.fill_by(lambda p: s.purse(p))
    s.supply = total(s.balance) + total(s.bond)
    begin(s)
    s.stage.fill_by(lambda m: ite(is_first(s, m), Stage.ACTIVE, Stage.PROPOSED))
    s.offered.fill_by(lambda m: ite(is_first(s, m), Time(0), s.agreeing(m)))
    s.signed.fill_by(lambda at: is_first(s, at[0]))
    s.acknowledged.fill_by(lambda at: not_(s.without(Hardening.ACKNOWLEDGEMENT)))
    s.handed.fill_by(lambda at: s.component(at[0], at[1]))


def is_first(s: Market, m: Version) -> bool:
    """Whether a version is the one that its API starts with."""
    return m == s.current[s.provider(m), s.api(m)]


def begin(s: Market) -> None:
    """No request is made yet, and nobody is convicted."""
    s.received.fill(False)
    s.signed_twice.fill(False)
    s.second.fill(Key(0))
    s.forked.fill(False)

    s.current.reset()
    s.disclosed.fill(False)

    s.in_force.fill(Key(0))
    s.since.fill(Key(0))

    s.phase.fill(Phase.FREE)
    s.left.fill(Time(0))
    s.consumer.reset()
    s.pinned.reset()
    s.seed.reset()
    s.lot.reset()
    s.lots_drawn.fill(False)
    s.turn.fill(Step(0))
    s.attempt.fill(Attempt(0))
    s.link.reset()
    s.author.reset()
    s.executor.reset()
    s.recorded.fill(False)
    s.built_on.reset()
    s.published.fill(False)
    s.sound.fill(False)
    s.unsound.fill(False)
    s.chances.fill(Chance(1))
    s.disputed.fill(Step(0))
    s.window_left.fill(Time(0))
    s.opponent.reset()
    s.halvings.fill(Round(0))
    s.informed.fill(False)
    s.by_row.fill(False)
    s.row_leads.fill(False)

    s.escrow.fill(Money(0))
    s.surety.fill(Money(0))
    s.toll_paid.fill(Money(0))
    s.pot.fill(Money(0))
    s.revenue.fill(Money(0))
    s.earned.fill(Money(0))
    s.collected_share.fill(Money(0))
    s.treasury = Money(0)
    s.refunded.fill(Money(0))
    s.uncovered.fill(Money(0))
    s.collected.fill(Money(0))

    s.convicted.fill(False)
    s.deviated.fill(False)
    s.leads.fill(False)
    s.first_leads.fill(False)
    s.neglected.fill(False)
    s.hindered.fill(False)
    s.in_vain.fill(False)
    s.guessed.fill(False)
    s.fled.fill(False)
    s.foreseen.fill(False)


hardened = Machine(
    name="hardened",
    state=Market,
    init=init,
    actions=(
        registration.propose,
        registration.sign,
        registration.hand_over,
        registration.acknowledge,
        registration.reject,
        registration.activate,
        registration.retire,
        execution.request,
        execution.route,
        execution.lapse,
        execution.assign,
        execution.pass_over,
        execution.abandon,
        execution.hop,
        execution.record,
        execution.demand,
        execution.publish,
        execution.replace,
        execution.give_up,
        execution.withhold,
        execution.withhold_input,
        execution.show_bad,
        execution.show_bad_input,
        execution.draw_lots,
        execution.settle,
        execution.tick,
        dispute.dispute,
        dispute.audit,
        dispute.open_step,
        dispute.refuse_to_open,
        dispute.narrow,
        dispute.answer,
        dispute.concede,
        dispute.complain,
        dispute.open_row,
        dispute.uphold,
        dispute.dismiss,
        dispute.rotate,
        dispute.equivocate,
        dispute.forge,
        dispute.expose,
        dispute.fork,
        dispute.show_fork,
        money.deposit,
        money.withdraw,
        money.collect,
        money.collect_share,
        surroundings.leave_out,
        surroundings.leap,
        surroundings.overtake,
        surroundings.foresee,
        surroundings.orphan,
        surroundings.guess,
    ),
    always=(
        properties.money_is_conserved,
        properties.open_requests_are_paid,
        properties.refunds_are_whole,
        properties.open_steps_are_staked,
        properties.recorded_steps_are_paid,
        properties.providers_pay_for_nobody_else,
        properties.disputes_are_backed,
        properties.stakes_outlast_complaints,
        properties.shares_are_not_exceeded,
        properties.settled_steps_are_recorded,
        properties.steps_form_a_chain,
        properties.nobody_works_in_vain,
        properties.executors_are_drawn,
        properties.active_versions_are_signed,
        properties.no_false_blame,
        properties.nothing_comes_of_nothing,
        properties.disputed_steps_are_right,
        properties.audited_steps_are_right,
        properties.nobody_else_disputes,
        properties.watchful_consumers_get_their_output,
        properties.draws_are_not_foreseen,
        properties.data_is_not_guessed,
        properties.a_step_stays_undisclosed,
    ),
    refuted=(properties.outputs_are_correct,),
    sometimes=(
        properties.a_request_settles,
        properties.a_request_is_refunded,
        properties.a_request_is_forfeited,
        properties.a_dispute_is_dismissed,
        properties.a_spare_holder_takes_over,
        properties.a_provider_is_paid,
    ),
    lemmas=(
        lemmas.raises_are_natural,
        lemmas.unmade_requests_are_blank,
        lemmas.recorded_steps_are_before_the_turn,
        lemmas.turn_is_within_the_plan,
        lemmas.executors_hold_their_step,
        lemmas.inputs_are_the_consumers,
        lemmas.outputs_are_the_executors,
        lemmas.requests_are_for_versions_on_the_market,
        lemmas.versions_on_the_market_are_acknowledged,
        lemmas.acknowledged_components_are_the_registered_ones,
        lemmas.wrong_steps_are_their_executors_fault,
        lemmas.second_signatures_are_deviations,
        lemmas.forks_are_deviations,
        lemmas.disputes_are_of_recorded_steps,
        lemmas.steps_are_disputed_last,
        lemmas.only_recorded_steps_were_disputed,
        lemmas.disputed_steps_of_open_requests_are_right,
        lemmas.nothing_else_is_refunded,
        lemmas.only_demanded_or_disputed_money_waits,
        lemmas.sureties_cover_the_price,
        lemmas.steps_ahead_have_no_money,
        lemmas.what_arrived_was_published_soundly,
        lemmas.bad_data_is_its_senders_fault,
        lemmas.demanded_data_is_not_published,
        lemmas.attempts_are_within_the_spares,
        lemmas.nobody_is_hindered,
        lemmas.audits_are_held,
        lemmas.rows_are_opened_last,
        lemmas.rows_are_what_was_left,
        lemmas.quarrels_tell_who_deviated,
        lemmas.who_does_not_tell_has_deviated,
        lemmas.broken_halves_tell_who_deviated,
    ),
    assumptions=(
        properties.prices_pay_every_step,
        properties.stakes_cover_refunds,
        properties.only_steps_are_held,
        properties.chance_draws_holders,
        properties.computing_is_exact,
        properties.components_give_what_is_said,
    ),
    definitions={"without": lambda hardening: False, "fails": lambda assumption: False},
    dormant=(
        (surroundings.leave_out, "what is sent is included, unless that assumption fails"),
        (surroundings.leap, "time is steady, unless that assumption fails"),
        (surroundings.overtake, "what is in time comes first, unless that assumption fails"),
        (surroundings.foresee, "the beacon is unpredictable, unless that assumption fails"),
        (surroundings.orphan, "blocks are final, unless that hardening is left out"),
        (surroundings.guess, "commitments are salted, unless that hardening is left out"),
    ),
    example=EXAMPLE,
    sizes={
        Party: 4,
        Api: 1,
        Version: 1,
        Component: 2,
        Data: 2,
        Commitment: 2,
        Seed: 1,
        Request: 1,
        Step: 3,
        Attempt: 2,
        Chance: 2,
        Round: 2,
        Key: 2,
        Time: 3,
        Money: 49,
        Percent: 101,
    },
    ending=ENDING,
    accountability=ACCOUNTABILITY,
    secrecy=SECRECY,
)


_BESIDE = (
    *("propose", "acknowledge", "reject", "retire", "deposit", "withdraw"),
    *("rotate", "forge", "fork", "show_fork"),
)
at_work = attrs.evolve(
    hardened,
    name="hardened_at_work",
    init=ready,
    actions=[act for act in hardened.actions if act.name not in _BESIDE],
    sizes={**hardened.sizes, Key: 1},
)
"""The market at work, from where a request can be made at once.

From an empty ledger, what can happen at a size is mostly about other versions, and about accounts;
and anybody may replace its key or sign two histories at any time, whatever else happens.
"""


one_step = attrs.evolve(
    at_work,
    name="hardened_one_step",
    example=ONE_STEP,
    sizes={**at_work.sizes, Step: 2, Time: 1},
)
"""The market at work on one request for one step, in which any deadline may pass at any time."""

two_requests = attrs.evolve(
    one_step,
    name="hardened_two_requests",
    example=THREE_VENDORS,
    sizes={**one_step.sizes, Party: 5, Request: 2, Round: 1, Money: 61},
)
"""The market at work on two requests for one step each, with three vendors."""


_AWAKE: Mapping[Hardening | Assumption, Action[Market]] = {
    Hardening.FINALITY: surroundings.orphan,
    Hardening.SALT: surroundings.guess,
    Assumption.INCLUSION: surroundings.leave_out,
    Assumption.STEADY_TIME: surroundings.leap,
    Assumption.ORDER: surroundings.overtake,
    Assumption.UNPREDICTABILITY: surroundings.foresee,
}
"""What can happen without a hardening or an assumption, and is dormant with it."""


def ablated(
    missing: Hardening | Assumption,
    machine: Machine[Market] = hardened,
    **changes: Any,  # as `attrs.evolve` takes them
) -> Machine[Market]:
    """The hardened protocol without one hardening, or where one assumption fails.

    Args:
        missing: the hardening, or the assumption that fails.
        machine: the protocol.
        changes: what else is otherwise, as in `attrs.evolve`: a machine is read each time that it
            is changed.
    """
    awake = _AWAKE.get(missing)
    return attrs.evolve(
        machine,
        dormant=[(act, why) for act, why in machine.dormant if act is not awake],
        name=f"{machine.name}_without_{missing.name.lower()}",
        definitions={
            "without": lambda hardening: hardening is missing,
            "fails": lambda assumption: assumption is missing,
        },
        **changes,
    )
