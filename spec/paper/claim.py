"""What decides the paper's claims, as data: each point of a claim, in each variant, made exact.

`spec.paper` says in words what each claim is, what was found, what mends it and at what price. Here
stands how that is found: by a property of a machine, by its ending, by what an onlooker can tell
apart, by whom the ledger shows to have deviated, by a placement, or by an experiment on living
parties and real models. Some is outside what a state machine can state; there stands an argument.

The theorems about the hardened protocol are points as well, T1 to T14.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import attrs

from spec.basic import basic
from spec.basic import properties as b
from spec.basic.state import Data, Model, Record, Request, Step, Vendor
from spec.bisection import bisection, right_executor_wins, wrong_executor_loses
from spec.hardened import at_work, hardened, one_step, two_requests
from spec.hardened import properties as h
from spec.ledger import (
    authors_signed,
    ledger,
    ledger_without_rotation,
    nothing_is_replayed,
    replaced_keys_sign_nothing,
)
from spec.notation import Machine
from spec.notation.sorts import SortType
from spec.orchestrated import orchestrated
from spec.orchestrated import properties as o
from spec.orchestrated.state import Party

Variant = Literal["basic", "orchestrated", "hardened", "every"]
Verdict = Literal["proved", "exhaustive", "bounded", "sampled", "refuted", "argued", "undecided"]


@attrs.frozen
class Holds:
    """A property of a machine's reachable states.

    Attributes:
        sizes: what must be larger than usual for a counterexample to fit, or smaller to be quick.
    """

    machine: Machine[Any]  # of any state, as below
    property: Callable[[Any], bool]
    sizes: Mapping[SortType, int] = attrs.field(factory=dict)


@attrs.frozen
class Ends:
    """Every run of a machine comes to its end."""

    machine: Machine[Any]


@attrs.frozen
class Conceals:
    """No onlooker can tell apart runs of a machine that differ in what is secret."""

    machine: Machine[Any]


@attrs.frozen
class Accounts:
    """A finding about whom a machine's ledger shows to have deviated.

    Attributes:
        culprits: how many parties deviate, at most; None for all of them.
        bounds: those of the machine's bounds that runs are held to.
        is_large: it takes too long for a quick look.
    """

    machine: Machine[Any]
    finding: str
    sizes: Mapping[SortType, int] = attrs.field(factory=dict)
    culprits: int | None = None
    bounds: Sequence[str] = ()
    is_large: bool = False


@attrs.frozen
class Placed:
    """The largest threshold of any placement of parts on vendors that survives crashes."""

    parts: int
    vendors: int
    crashes: int
    threshold: int
    infer: bool


@attrs.frozen
class Tried:
    """An attack on living parties, or an experiment on real models, by its name."""

    attack: str


@attrs.frozen
class Argued:
    """Why no state machine states it, and what covers it instead."""

    why: str


Ground: TypeAlias = Holds | Ends | Conceals | Accounts | Placed | Tried | Argued


@attrs.frozen
class Point:
    """One point of a claim, in one variant of the protocol.

    Attributes:
        claim: the identifier of the claim, or of a theorem.
        variant: the variant that it is decided for.
        expected: how it must come out.
        statement: what exactly is decided, in our words.
        ground: what decides it.
    """

    claim: str
    variant: Variant
    expected: Verdict
    statement: str
    ground: Ground


_ONE_STEP: Mapping[SortType, int] = {Step: 1}
_ONE_RECORD: Mapping[SortType, int] = {Step: 1, Record: 3}
_TWO_REQUESTS: Mapping[SortType, int] = {
    Vendor: 3,
    Step: 1,
    Data: 1,
    Request: 3,
    Record: 3,
}
_THREE_VENDORS: Mapping[SortType, int] = {Party: 6, Step: 1, Request: 3, Record: 5}
_IN_TURN = (
    "requests_follow_one_another",
    "consumers_only_consume",
    "only_consumers_dispute",
    "wages_wait",
)

# fmt: off
POINTS = (
    # Confidentiality and collusion
    Point("A1", "basic", "refuted", "reading the ledger does not give the model",
          Tried("chain-observer")),
    Point("A1", "orchestrated", "refuted", "two vendors do not learn the part between theirs",
          Tried("sandwich")),
    Point("A1", "hardened", "refuted", "nor do they if that part has two nonlinear layers",
          Tried("sandwich-deep")),
    Point("A1", "hardened", "proved", "10 parts on 6 vendors, of which any may crash: any 2 miss "
          "a part, even with what they can infer exactly; no placement does better",
          Placed(10, 6, 1, 3, True)),
    Point("A2", "basic", "refuted", "no vendor alone learns the model from the ledger",
          Tried("chain-observer")),
    Point("A2", "orchestrated", "refuted", "no vendor learns its neighbours' parts as a consumer",
          Tried("middle")),
    Point("A2", "hardened", "sampled", "with two nonlinear layers in each part, none does better "
          "than any consumer", Tried("middle-deep")),
    Point("A3", "every", "refuted", "a share of the model alone is worth nothing",
          Tried("share-value")),
    Point("A4", "basic", "refuted", "the ledger does not give the model away",
          Tried("chain-observer")),
    Point("A4", "orchestrated", "refuted", "the ledger does not show that APIs share a component",
          Tried("link-digests")),
    Point("A4", "hardened", "sampled", "the ledger does not show that APIs share a component",
          Tried("link-leaves")),
    Point("A4", "hardened", "proved", "the ledger looks the same whatever the components and the "
          "data are, but for what is opened in a dispute", Conceals(hardened)),
    Point("A5", "basic", "refuted", "the formula cannot be solved for from the ledger",
          Tried("formula")),
    Point("A5", "hardened", "argued", "the vendor that combines does not learn the formula",
          Argued("false: it holds the formula in order to run it; onlookers see commitments")),
    Point("A6", "basic", "refuted", "a tree cannot be told from who is asked, and what",
          Tried("tree-path")),
    Point("A6", "hardened", "sampled", "a tree that is one step cannot be told from its calls",
          Tried("tree-whole")),
    Point("A7", "every", "refuted", "some of an ensemble's weak models are of no use alone",
          Tried("sub-forest")),
    Point("A8", "every", "argued", "vendors do not know who the others are",
          Argued("who is behind an identity is on no ledger; a placement counts firms known to be "
                 "one as one, and says how far the threshold falls for each that is not")),
    Point("A9", "orchestrated", "refuted", "who carries the data does not learn the model",
          Tried("orchestrator")),
    Point("A9", "hardened", "argued", "who carries the data does not learn the model",
          Argued("there is no orchestrator, and hops are sealed for their receiver")),
    Point("A10", "every", "argued", "strangers cannot trade in components",
          Argued("false, and off every ledger: a holder can show its own leaf's salt to a buyer")),
    Point("A11", "orchestrated", "refuted", "random executors see fewer parts than fixed ones",
          Tried("random-executors")),
    Point("A11", "hardened", "argued", "random executors see fewer parts than fixed ones",
          Argued("false as before: the beacon keeps the draw straight, but a placement has to "
                 "count all that a coalition may ever execute")),
    Point("A12", "orchestrated", "proved", "6 parts on 4 vendors: any may crash, and 3 of them "
          "hold all; no placement needs more", Placed(6, 4, 1, 3, False)),
    Point("A12", "hardened", "proved", "6 parts on 6 vendors: any may crash, and 4 of them hold "
          "all; no placement needs more", Placed(6, 6, 1, 4, False)),
    Point("A13", "orchestrated", "refuted", "nobody confirms a guess of the data from its hash",
          Tried("dictionary")),
    Point("A13", "orchestrated", "refuted", "the ledger looks the same whatever the data is",
          Conceals(orchestrated)),
    Point("A13", "hardened", "sampled", "nobody confirms a guess of the data from a commitment",
          Tried("dictionary-salted")),
    Point("A13", "hardened", "proved", "nobody confirms a guess of the data",
          Holds(hardened, h.data_is_not_guessed)),
    Point("A14", "orchestrated", "refuted", "a provider does not learn the next one's layer",
          Tried("joint-first")),
    Point("A14", "hardened", "refuted", "nor does it if both give two nonlinear layers",
          Tried("joint-first-deep")),
    Point("A14", "hardened", "proved", "no version is sold that some provider did not sign",
          Holds(hardened, h.active_versions_are_signed)),
    Point("A15", "every", "refuted", "who executes the second step cannot tell the input",
          Tried("reidentify")),
    # Integrity and disputes
    Point("A16", "basic", "refuted", "what the contract finds executed was executed correctly",
          Holds(basic, b.outputs_are_correct, _ONE_STEP)),
    Point("A16", "orchestrated", "refuted", "what the contract finds executed was so correctly",
          Holds(orchestrated, o.outputs_are_correct, _ONE_STEP)),
    Point("A16", "hardened", "refuted", "what settles is correct, whether or not anybody looked",
          Holds(at_work, h.outputs_are_correct)),
    Point("A16", "hardened", "proved", "what settles is correct, if somebody disputed it who "
          "answered right",
          Holds(hardened, h.disputed_steps_are_right)),
    Point("A16", "hardened", "proved", "what settles is correct, if it was audited by one who "
          "answered right",
          Holds(hardened, h.audited_steps_are_right)),
    Point("A17", "basic", "proved", "every step that counts as executed stands on the ledger",
          Holds(basic, b.steps_are_recorded)),
    Point("A17", "basic", "proved", "each step works on the output before it",
          Holds(basic, b.steps_form_a_chain)),
    Point("A17", "basic", "refuted", "a consumer takes an output only after every vendor's step",
          Holds(basic, b.taken_output_was_computed)),
    Point("A17", "orchestrated", "proved", "every step that counts stands on the ledger",
          Holds(orchestrated, b.steps_are_recorded)),
    Point("A17", "orchestrated", "proved", "each step says that it works on the output before it",
          Holds(orchestrated, b.steps_form_a_chain)),
    Point("A17", "hardened", "proved", "every step of what settles is recorded, by a holder of "
          "that version", Holds(hardened, h.settled_steps_are_recorded)),
    Point("A17", "hardened", "proved", "each step works on the output before it",
          Holds(hardened, h.steps_form_a_chain)),
    Point("A18", "every", "argued", "hash matches show that every component was executed",
          Argued("a sequence is all that these protocols match: a tree takes one path, and the "
                 "members of an ensemble have no order")),
    Point("A19", "basic", "refuted", "whoever records a component's digest ran that component",
          Holds(basic, b.digest_shows_the_code, _ONE_STEP)),
    Point("A19", "orchestrated", "refuted", "whoever records a component's digest ran it",
          Holds(orchestrated, o.digest_shows_the_code, _ONE_STEP)),
    Point("A19", "hardened", "argued", "whoever records a step ran its component",
          Argued("no record claims it: the component is known by reference, and checked by "
                 "running it again, as A16 has it")),
    Point("A20", "every", "argued", "the model's signature fixes the components and their order",
          Argued("true of the trees used here, which are held to the published vectors; false of "
                 "a tree without prefixes or without the number of leaves")),
    Point("A21", "basic", "refuted", "equal builds of a component have equal digests",
          Tried("rebuilt")),
    Point("A21", "hardened", "sampled", "equal builds of a component have equal digests",
          Tried("rebuilt-canonical")),
    Point("A21", "every", "refuted", "components that compute the same have the same digest",
          Tried("renumbered")),
    Point("A22", "every", "proved", "nobody can repudiate what names them as its author",
          Holds(ledger, authors_signed)),
    Point("A22", "every", "proved", "no transaction stands on the ledger twice",
          Holds(ledger, nothing_is_replayed)),
    Point("A22", "basic", "refuted", "a record of work counts for one request only",
          Holds(basic, b.a_record_serves_one_request, {Step: 1, Request: 3})),
    Point("A22", "hardened", "proved", "what is recorded continues the request that it names",
          Holds(hardened, h.steps_form_a_chain)),
    Point("A23", "orchestrated", "refuted", "everybody does what is theirs to do",
          Holds(orchestrated, o.outputs_are_confirmed, _ONE_STEP)),
    Point("A23", "hardened", "proved", "who recorded a step has, or had, wage and stake put by, "
          "unless convicted",
          Holds(hardened, h.recorded_steps_are_paid)),
    Point("A24", "hardened", "proved", "disputes never disclose every step of a version",
          Holds(hardened, h.a_step_stays_undisclosed)),
    Point("A24", "hardened", "proved", "narrowed down, a right executor wins whoever it is against",
          Holds(bisection, right_executor_wins)),
    Point("A25", "basic", "refuted", "the consumer eventually gets an answer",
          Holds(basic, b.requests_are_answered, _ONE_STEP)),
    Point("A25", "orchestrated", "refuted", "the consumer eventually gets an answer",
          Holds(orchestrated, o.outputs_are_confirmed, _ONE_STEP)),
    Point("A25", "hardened", "proved", "every request comes to its end", Ends(hardened)),
    Point("A26", "basic", "refuted", "a request is executed by the version it was made for",
          Holds(basic, b.version_is_kept, {Step: 1, Model: 2})),
    Point("A26", "orchestrated", "refuted", "a request is executed by the version it was made for",
          Holds(orchestrated, o.version_is_kept, {Step: 1, Model: 2})),
    Point("A26", "hardened", "proved", "a request is executed by holders of its own version",
          Holds(hardened, h.settled_steps_are_recorded)),
    Point("A27", "basic", "refuted", "a vendor cannot record two outputs for one input",
          Holds(basic, b.records_agree, {Step: 1, Record: 3})),
    Point("A27", "hardened", "proved", "who signs two outputs cannot fetch its stake before they "
          "can be shown",
          Holds(hardened, h.stakes_outlast_complaints)),
    Point("A28", "basic", "argued", "what stands on the ledger stays there",
          Argued("an assumption about the blockchain: the paper's protocols have no act that "
                 "waits for finality")),
    Point("A28", "hardened", "proved", "nobody is given data that the ledger then drops",
          Holds(hardened, h.nobody_works_in_vain)),
    Point("A29", "basic", "refuted", "a request for a real model fits a block of Ethereum",
          Tried("ledger-bytes")),
    Point("A29", "hardened", "sampled", "a request for a real model fits a block of Ethereum",
          Tried("ledger-bytes-committed")),
    # What III.F says of each role
    Point("A30", "basic", "refuted", "nobody can copy the model and offer a similar service",
          Tried("chain-observer")),
    Point("A30", "orchestrated", "refuted", "no vendor can copy the model",
          Tried("middle")),
    Point("A30", "hardened", "sampled", "no vendor does better at it than any consumer",
          Tried("middle-deep")),
    Point("A31", "every", "refuted", "no use of the model escapes the ledger",
          Tried("off-ledger")),
    Point("A32", "basic", "refuted", "recorded usage is requested usage",
          Holds(basic, b.usage_was_requested, _ONE_STEP)),
    Point("A32", "hardened", "proved", "what is earned was in escrow for a request",
          Holds(hardened, h.open_requests_are_paid)),
    Point("A33", "basic", "argued", "a provider cannot deny the results of a version",
          Argued("its record stands, as A22 has it; but only digests of components do, and a "
                 "provider that has lost one cannot be refuted")),
    Point("A33", "hardened", "argued", "a provider cannot deny the results of a version",
          Argued("the one who opens a component is its executor, who acknowledged it, and who is "
                 "convicted if it does not: A25 and A35")),
    Point("A34", "basic", "refuted", "a provider's bad component is not blamed on its vendor",
          Holds(basic, b.honest_vendors_are_safe, _ONE_STEP)),
    Point("A34", "orchestrated", "refuted", "a provider's bad component is not blamed on others",
          Holds(orchestrated, o.no_false_blame, _ONE_STEP)),
    Point("A34", "hardened", "proved", "nobody is convicted who did as it should",
          Holds(hardened, h.no_false_blame)),
    Point("A35", "basic", "proved", "a vendor is convicted only with a record of its own",
          Holds(basic, b.conviction_has_evidence)),
    Point("A35", "orchestrated", "proved", "a vendor is convicted only with a record of its own",
          Holds(orchestrated, o.conviction_has_evidence)),
    Point("A35", "hardened", "proved", "nobody is convicted who did as it should",
          Holds(hardened, h.no_false_blame)),
    Point("A36", "basic", "proved", "a consumer cannot get a forged output admitted",
          Holds(basic, b.contested_output_is_real)),
    Point("A36", "orchestrated", "refuted", "no consumer that deviated is refunded",
          Holds(orchestrated, o.refunds_are_due, _ONE_STEP)),
    Point("A36", "hardened", "proved", "a consumer that disputes puts up money for it",
          Holds(hardened, h.disputes_are_backed)),
    Point("A37", "basic", "proved", "a consumer cannot claim to have given other input",
          Holds(basic, b.first_step_had_the_input)),
    Point("A37", "orchestrated", "refuted", "the first vendor got the input that was registered",
          Holds(orchestrated, o.input_is_what_was_sent, _ONE_STEP)),
    Point("A37", "hardened", "proved", "the first step works on what the consumer committed to",
          Holds(hardened, h.steps_form_a_chain)),
    # What else the design takes for granted
    Point("A38", "orchestrated", "refuted", "what a consumer writes down is what it was given",
          Holds(orchestrated, o.confirmed_outputs_were_delivered, _ONE_STEP)),
    Point("A38", "hardened", "proved", "a request settles without the consumer", Ends(hardened)),
    Point("A38", "hardened", "proved", "who has no output then neither demanded it nor showed "
          "what is bad",
          Holds(hardened, h.watchful_consumers_get_their_output)),
    Point("A39", "basic", "argued", "offline agreements settle the terms",
          Argued("no term of theirs is on the ledger, so nothing can be held against it")),
    Point("A39", "hardened", "proved", "the agreed wage of each recorded step is put by, or was "
          "fetched",
          Holds(hardened, h.recorded_steps_are_paid)),
    Point("A40", "basic", "argued", "joint providers share the revenue without trusting each other",
          Argued("neither of the paper's protocols knows any money")),
    Point("A40", "hardened", "proved", "nobody takes more than the share of what was earned",
          Holds(hardened, h.shares_are_not_exceeded)),
    Point("A40", "every", "refuted", "rounded by largest remainders, what was drawn stays drawn",
          Tried("drawn-remainders")),
    Point("A40", "hardened", "sampled", "rounded down, what was drawn stays drawn",
          Tried("drawn-floors")),
    Point("A41", "orchestrated", "refuted", "chance picks the vendors of each call",
          Holds(orchestrated, o.vendors_are_picked_at_random, _ONE_STEP)),
    Point("A41", "orchestrated", "refuted", "nobody gains by drawing again", Tried("grinding")),
    Point("A41", "hardened", "proved", "chance alone made every executor one",
          Holds(hardened, h.executors_are_drawn)),
    Point("A41", "hardened", "sampled", "nobody gains by drawing again", Tried("grinding-beacon")),
    Point("A42", "basic", "argued", "a consumer pays for the work that it causes",
          Argued("neither of the paper's protocols knows any money")),
    Point("A42", "hardened", "proved", "while a request is open, the rest of its price is there",
          Holds(hardened, h.open_requests_are_paid)),
    Point("A42", "hardened", "proved", "a dispute costs whoever is wrong",
          Holds(hardened, h.disputes_are_backed)),
    Point("A43", "basic", "refuted", "a rational vendor does its work", Tried("lazy-gain")),
    Point("A43", "hardened", "sampled", "a rational vendor does its work",
          Tried("lazy-gain-staked")),
    Point("A44", "basic", "refuted", "a key that was replaced signs nothing any more",
          Holds(ledger_without_rotation, replaced_keys_sign_nothing)),
    Point("A44", "hardened", "proved", "a key that was replaced signs nothing any more",
          Holds(ledger, replaced_keys_sign_nothing)),
    Point("A45", "every", "argued", "models are encrypted, and execution is verified",
          Argued("left for later by the authors; where it is assumed here, it is an assumption of "
                 "the machine: exactness, and honest checks of what is opened")),
    Point("A46", "basic", "refuted", "no ledger comes about by one's deviation or another's",
          Accounts(basic, "transcript_injectivity", _ONE_STEP)),
    Point("A46", "orchestrated", "refuted", "no ledger comes about by one's deviation or another's",
          Accounts(orchestrated, "transcript_injectivity", _ONE_RECORD)),
    Point("A46", "orchestrated", "refuted", "nor with three vendors and two requests",
          Accounts(orchestrated, "transcript_injectivity", _THREE_VENDORS, culprits=1,
                   bounds=("requests_follow_one_another", "verdicts_come_last"), is_large=True)),
    Point("A46", "hardened", "exhaustive", "no ledger comes about by one's deviation or another's",
          Accounts(one_step, "transcript_injectivity")),
    Point("A47", "basic", "refuted", "nobody is blamed who did as it should",
          Accounts(basic, "no_false_blame", _TWO_REQUESTS)),
    Point("A47", "orchestrated", "refuted", "whoever is harmed is repaid, or a culprit convicted",
          Accounts(orchestrated, "every_harm_blamed_or_repaid", _ONE_RECORD)),
    Point("A47", "hardened", "exhaustive", "whoever is harmed is repaid, or a culprit convicted",
          Accounts(one_step, "every_harm_blamed_or_repaid")),
    # The hardened protocol's theorems
    Point("T1", "hardened", "proved", "no money is made or lost",
          Holds(hardened, h.money_is_conserved)),
    Point("T2", "hardened", "proved", "what settles has every step recorded once, in order, by a "
          "holder of the pinned version", Holds(hardened, h.settled_steps_are_recorded)),
    Point("T3", "hardened", "proved", "a record continues the commitment before it",
          Holds(hardened, h.steps_form_a_chain)),
    Point("T4", "hardened", "proved", "whoever is convicted has deviated",
          Holds(hardened, h.no_false_blame)),
    Point("T5", "hardened", "exhaustive", "whoever is harmed is repaid, or a culprit convicted",
          Accounts(one_step, "every_harm_blamed_or_repaid")),
    Point("T6", "hardened", "proved", "a wrong step never settles against one who disputes and "
          "answers right",
          Holds(hardened, h.disputed_steps_are_right)),
    Point("T6", "hardened", "proved", "narrowed down, who is wrong loses against one who answers "
          "right",
          Holds(bisection, wrong_executor_loses)),
    Point("T7", "hardened", "exhaustive", "minimal sets of culprits never share a ledger",
          Accounts(one_step, "transcript_injectivity")),
    Point("T7", "hardened", "bounded", "nor with three vendors and two requests, one after the "
          "other, if one party deviates",
          Accounts(two_requests, "transcript_injectivity", culprits=1, bounds=_IN_TURN,
                   is_large=True)),
    Point("T8", "hardened", "proved", "blocks that pass bring every request to its end",
          Ends(hardened)),
    Point("T9", "hardened", "proved", "nothing is replayed", Holds(ledger, nothing_is_replayed)),
    Point("T9", "hardened", "proved", "nobody fetches a stake while a second output can be shown",
          Holds(hardened, h.stakes_outlast_complaints)),
    Point("T10", "hardened", "proved", "runs that differ in data and weights have one ledger",
          Conceals(hardened)),
    Point("T11", "hardened", "proved", "the threshold of a placement is the largest there is",
          Placed(6, 6, 2, 3, False)),
    Point("T12", "hardened", "proved", "nobody takes more than the share of what was earned",
          Holds(hardened, h.shares_are_not_exceeded)),
    Point("T13", "hardened", "proved", "beacon, request and public state alone draw executors",
          Holds(hardened, h.executors_are_drawn)),
    Point("T14", "hardened", "proved", "no version is active without every provider's signature",
          Holds(hardened, h.active_versions_are_signed)),
)
# fmt: on
