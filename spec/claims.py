"""The paper's claims, as data: where each stands, what it says in our words, and what decides it.

Identifiers are those of the project's catalogue of claims; a claim that several properties make
exact has a row for each.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import attrs

from spec.basic import (
    Model,
    Record,
    Request,
    Step,
    a_record_serves_one_request,
    basic,
    contested_output_is_real,
    conviction_has_evidence,
    digest_shows_the_code,
    first_step_had_the_input,
    honest_vendors_are_safe,
    outputs_are_correct,
    records_agree,
    requests_are_answered,
    steps_are_recorded,
    steps_form_a_chain,
    taken_output_was_computed,
    usage_was_requested,
    version_is_kept,
)
from spec.ledger import authors_signed, ledger, nothing_is_replayed
from spec.notation import Machine
from spec.notation.sorts import SortType

Expected = Literal["proved", "refuted"]


@attrs.frozen
class Claim:
    """One claim of the paper about one variant of the protocol.

    Attributes:
        id: its identifier.
        section: where the paper makes it.
        statement: what it says, in our words.
        variant: the variant of the protocol that it is decided for.
        expected: how it must come out.
        machine: the machine that it is decided on; None where a state machine cannot state it.
        property: the property that makes it exact.
        sizes: what must be larger than usual for a counterexample to fit, or smaller to be quick.
        attack: the scripted adversary that decides it where there is no property.
    """

    id: str
    section: str
    statement: str
    variant: str
    expected: Expected
    machine: Machine[Any] | None = None  # of any state
    property: Callable[[Any], bool] | None = None
    sizes: Mapping[SortType, int] = attrs.field(factory=dict)
    attack: str = ""


_ONE_STEP: Mapping[SortType, int] = {Step: 1}

CLAIMS = (
    Claim(
        "A16", "I; III.C", "what the contract finds executed was executed correctly",
        "basic", "refuted", basic, outputs_are_correct, _ONE_STEP,
    ),
    Claim(
        "A17", "III.C", "every step that counts as executed stands on the ledger",
        "basic", "proved", basic, steps_are_recorded,
    ),
    Claim(
        "A17", "III.C", "the steps form one sequence: each works on the output before it",
        "basic", "proved", basic, steps_form_a_chain,
    ),
    Claim(
        "A17", "III.C", "a consumer takes an output only after every vendor's step",
        "basic", "refuted", basic, taken_output_was_computed,
    ),
    Claim(
        "A19", "III.C", "whoever records a component's digest ran that component",
        "basic", "refuted", basic, digest_shows_the_code, _ONE_STEP,
    ),
    Claim(
        "A22", "Abstract", "nobody can repudiate a transaction that names them as its author",
        "basic", "proved", ledger, authors_signed,
    ),
    Claim(
        "A22", "Abstract", "no transaction stands on the ledger twice",
        "basic", "proved", ledger, nothing_is_replayed,
    ),
    Claim(
        "A22", "Abstract; III.A", "a record of work counts for one request only",
        "basic", "refuted", basic, a_record_serves_one_request,
        {Step: 1, Request: 3},
    ),
    Claim(
        "A25", "III.C", "the consumer eventually gets an answer",
        "basic", "refuted", basic, requests_are_answered, _ONE_STEP,
    ),
    Claim(
        "A26", "III.C; III.F", "a request is executed by the version that it was made for",
        "basic", "refuted", basic, version_is_kept, {Step: 1, Model: 2},
    ),
    Claim(
        "A27", "III.C; III.F", "a vendor cannot record two outputs for one input",
        "basic", "refuted", basic, records_agree, {Step: 1, Record: 3},
    ),
    Claim(
        "A30", "III.F", "nobody can copy the model and offer a similar service",
        "basic", "refuted", attack="chain-observer",
    ),
    Claim(
        "A32", "III.F", "recorded usage is requested usage",
        "basic", "refuted", basic, usage_was_requested, _ONE_STEP,
    ),
    Claim(
        "A34", "III.F", "a provider's bad component is not blamed on its vendor",
        "basic", "refuted", basic, honest_vendors_are_safe, _ONE_STEP,
    ),
    Claim(
        "A35", "III.F", "a vendor is convicted only with a record of its own as evidence",
        "basic", "proved", basic, conviction_has_evidence,
    ),
    Claim(
        "A36", "III.F", "a consumer cannot get a forged output admitted",
        "basic", "proved", basic, contested_output_is_real,
    ),
    Claim(
        "A37", "I; III.F", "a consumer cannot claim to have given other input",
        "basic", "proved", basic, first_step_had_the_input,
    ),
)  # fmt: skip
