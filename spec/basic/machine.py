"""The basic protocol as a machine."""

from spec.basic import dispute, execution, lemmas, properties, registration
from spec.basic.accountability import ACCOUNTABILITY
from spec.basic.secrecy import SECRECY
from spec.basic.state import (
    Api,
    Component,
    Consumer,
    Data,
    Digest,
    Market,
    Model,
    Provider,
    Record,
    Request,
    Step,
    Vendor,
    begin,
)
from spec.notation import Machine


def init(s: Market) -> None:
    """An empty ledger. What the provider decides, and what computing means, can be anything."""
    s.deployed.fill(False)
    s.handed.reset()

    s.provider.reset()
    s.consumer.reset()
    begin(s)
    s.convicted.fill(False)

    s.taken.fill(False)
    s.admitted.fill(False)
    s.contested.reset()

    s.deviated.fill(False)
    s.overdue.fill(False)


basic = Machine(
    name="basic",
    state=Market,
    init=init,
    actions=(
        registration.deploy,
        registration.register,
        execution.request,
        execution.record,
        execution.take,
        execution.wait,
        dispute.match,
        dispute.convict,
        dispute.contest,
    ),
    always=(
        properties.steps_are_recorded,
        properties.first_step_had_the_input,
        properties.steps_form_a_chain,
        properties.contested_output_is_real,
        properties.conviction_has_evidence,
    ),
    refuted=(
        properties.outputs_are_correct,
        properties.digest_shows_the_code,
        properties.honest_vendors_are_safe,
        properties.taken_output_was_computed,
        properties.requests_are_answered,
        properties.version_is_kept,
        properties.a_record_serves_one_request,
        properties.records_agree,
        properties.usage_was_requested,
    ),
    sometimes=(
        properties.a_request_completes,
        properties.a_vendor_is_convicted,
        properties.an_output_is_contested,
    ),
    lemmas=(lemmas.awaited_is_last_output, lemmas.unmade_requests_are_blank),
    assumptions=(properties.hashing_is_injective, properties.vendors_are_separate),
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
    accountability=ACCOUNTABILITY,
    secrecy=SECRECY,
)
