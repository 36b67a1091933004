"""The orchestrated protocol as a machine."""

from spec.basic.lemmas import awaited_is_last_output
from spec.basic.properties import (
    a_record_serves_one_request,
    first_step_had_the_input,
    steps_are_recorded,
    steps_form_a_chain,
)
from spec.basic.state import Api, Component, Data, Digest, Model, Record, Request, Step, begin
from spec.notation import Machine
from spec.orchestrated import dispute, execution, lemmas, properties, registration
from spec.orchestrated.accountability import ACCOUNTABILITY
from spec.orchestrated.example import EXAMPLE
from spec.orchestrated.secrecy import SECRECY
from spec.orchestrated.state import Hash, Market, Party, Place


def init(s: Market) -> None:
    """An empty ledger. What is decided in advance can be anything; holders hold the right parts."""
    s.handed.fill_by(lambda at: s.component(at[0], at[1]))

    s.place.fill(Place.CONSUMER)
    s.wanted.reset()
    s.carried.reset()
    s.picked.reset()
    s.given.reset()
    s.delivered.reset()

    s.provider.reset()
    s.consumer.reset()
    s.confirmed.fill(False)
    s.output.reset()
    begin(s)
    s.convicted.fill(False)
    s.refunded.fill(False)

    s.truth.reset()
    s.hop.fill(Step(0))
    s.deviated.fill(False)


orchestrated = Machine(
    name="orchestrated",
    state=Market,
    init=init,
    actions=(
        registration.hand_over,
        registration.register,
        execution.request,
        execution.send,
        execution.pick,
        execution.record,
        execution.give_back,
        execution.record_too,
        execution.deliver,
        execution.confirm,
        execution.stall,
        dispute.match,
        dispute.convict,
        dispute.claim_refund,
    ),
    always=(
        steps_are_recorded,
        steps_form_a_chain,
        first_step_had_the_input,
        properties.conviction_has_evidence,
    ),
    refuted=(
        properties.outputs_are_correct,
        properties.digest_shows_the_code,
        properties.no_false_blame,
        properties.refunds_are_due,
        properties.input_is_what_was_sent,
        properties.outputs_are_confirmed,
        properties.confirmed_outputs_were_delivered,
        properties.vendors_are_picked_at_random,
        properties.version_is_kept,
        a_record_serves_one_request,
    ),
    sometimes=(
        properties.a_request_completes,
        properties.a_vendor_is_convicted,
        properties.a_consumer_is_refunded,
    ),
    lemmas=(awaited_is_last_output, lemmas.unmade_requests_are_blank),
    assumptions=(properties.hashing_is_injective,),
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
    accountability=ACCOUNTABILITY,
    secrecy=SECRECY,
    example=EXAMPLE,
)
