"""What the paper says that providers, vendors and consumers cannot do (III.F): A30 to A37."""

from spec.basic import basic
from spec.basic import properties as b
from spec.basic.state import Step
from spec.hardened import hardened
from spec.hardened import properties as h
from spec.orchestrated import orchestrated
from spec.orchestrated import properties as o
from spec.paper.claim import Claim, Holds, Point, Tried

CLAIMS = (
    Claim(
        id="A30",
        section="III.F",
        statement="no vendor can copy the model and offer a similar service",
        found=(
            "In the basic protocol anybody can: who reads the ledger for some hundred ordinary "
            "requests fits each layer by least squares, and the copy agrees with the original on "
            "digits it has not seen. In the orchestrated one the middle of three vendors does it "
            "with a consumer account, and for a merely similar service a part is a good start."
        ),
        fix=(
            "Salt and sealed hops stop onlookers; a placement that counts inference keeps "
            "coalitions below its threshold from an exact copy. Two vendors around a part, and the "
            "first one alone, still train a better copy than a consumer who asks as often, and a "
            "consumer can always imitate what it is sold."
        ),
        cost=(
            "Larger parts and more vendors. Price and limits on requests are the only brake on "
            "imitation."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "nobody can copy the model and offer a similar service",
                Tried("chain-observer"),
            ),
            Point("orchestrated", "refuted", "no vendor can copy the model", Tried("middle")),
            Point(
                "hardened",
                "sampled",
                "with two nonlinear layers in each part, the vendor in the middle copies the model "
                "no better than a consumer who asks as often",
                Tried("middle-deep"),
            ),
        ),
    ),
    Claim(
        id="A31",
        section="III.F",
        statement="no vendor can invoke the model without the provider knowing",
        found=(
            "The ledger counts only what goes through it. In every variant vendors that together "
            "hold every component serve a client of their own, and not a byte on the ledger "
            "changes; with overlap, the executors of any one request are enough."
        ),
        fix=(
            "Nothing can mend it: what is not sent to the ledger cannot be seen there. Tracing "
            "leaks and rewarding those who report them deter."
        ),
        cost=(
            "A provider must watch the market outside. Trusted hardware would restrict use, and "
            "has to be trusted in turn."
        ),
        points=(
            Point(
                "every", "refuted", "no use of the model escapes the ledger", Tried("off-ledger")
            ),
        ),
    ),
    Claim(
        id="A32",
        section="III.F",
        statement="recorded usage is requested usage",
        found=(
            "A record of the basic protocol names no request. A vendor records steps that nobody "
            "asked for, and by the count of records the model was used and nobody paid."
        ),
        fix=(
            "Only the executor drawn for an open request can record, and with escrow that request "
            "is paid; earnings are counted when it settles."
        ),
        cost=(
            "The price is locked for the length of a request. A party that makes requests to "
            "itself still raises the count, for the price that it pays."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "recorded usage is requested usage",
                Holds(basic, b.usage_was_requested, {Step: 1}),
            ),
            Point(
                "orchestrated",
                "refuted",
                "recorded usage is requested usage",
                Tried("ghost-usage/orchestrated"),
            ),
            Point(
                "hardened",
                "proved",
                "what is earned was in escrow for a request",
                Holds(hardened, h.open_requests_are_paid),
            ),
            Point(
                "hardened",
                "refuted",
                "requests to oneself do not count as usage",
                Tried("wash-calls/hardened"),
            ),
        ),
    ),
    Claim(
        id="A33",
        section="I; III.F",
        statement="a provider cannot deny the results of a version",
        found=(
            "It holds as far as the ledger names a version, which requests of the basic protocol "
            "do not. At a dispute the provider says that it has lost the second component; only "
            "its digest is on the ledger, and nobody can run it again."
        ),
        fix=(
            "Version pin names it, and the one who must open a component is its executor, who "
            "acknowledged that it has it and is convicted if it does not open it in time."
        ),
        cost="Every holder keeps its components until nobody can complain any more.",
        points=(
            Point(
                "basic",
                "refuted",
                "a provider that has lost its components is held to what it handed over",
                Tried("lost-weights/basic"),
            ),
            Point(
                "hardened",
                "sampled",
                "a vendor's wrong step convicts it, though the provider has lost its components",
                Tried("lost-weights/hardened", convicts=True),
            ),
        ),
    ),
    Claim(
        id="A34",
        section="III.F",
        statement="a provider that hands over a wrong model cannot disown its output",
        found=(
            "In the basic protocol the provider registers one component and hands over another. "
            "The vendor runs what it has and records its digest, which differs from the "
            "registered one: the honest vendor is convicted, and the ledger would look the same "
            "had it swapped the component itself. A model that is merely worthless nobody can "
            "object to."
        ),
        fix=(
            "Acknowledgement: a holder compares what it was handed with the registered component "
            "before the version becomes active, and rejects it without anybody being convicted. "
            "That a model is any good is not promised."
        ),
        cost=(
            "A transaction of each holder for each version, any of whom can hold it up. A "
            "warranty of quality would take a committed test set and a bond."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "a provider's bad component is not blamed on its vendor",
                Holds(basic, b.honest_vendors_are_safe, {Step: 1}),
            ),
            Point(
                "basic",
                "refuted",
                "a version is the model that it is advertised as",
                Tried("worthless-model/basic"),
            ),
            Point(
                "orchestrated",
                "refuted",
                "a provider's bad component is not blamed on others",
                Holds(orchestrated, o.no_false_blame, {Step: 1}),
            ),
            Point(
                "hardened",
                "proved",
                "nobody is convicted who did as it should",
                Holds(hardened, h.no_false_blame),
            ),
            Point(
                "hardened",
                "sampled",
                "no vendor takes on another component than the registered one",
                Tried("bad-handover/hardened"),
            ),
            Point(
                "hardened",
                "refuted",
                "a version is the model that it is advertised as",
                Tried("worthless-model/hardened"),
            ),
        ),
    ),
    Claim(
        id="A35",
        section="III.F",
        statement="a provider cannot blame a vendor for running an outdated component",
        found=(
            "Only half of it holds. In the basic protocol no vendor is convicted without a record "
            "of its own, but the provider can bring that about by handing over another component "
            "than the registered one. A digest that the vendor typed itself does not clear it "
            "either."
        ),
        fix=(
            "After acknowledgement, version pin and exactness, a vendor that runs what it "
            "confirmed always comes out right when its step is run again. A false dispute costs "
            "the toll, which goes to the vendor."
        ),
        cost=(
            "A component must compute in exact integers, and a holder must not acknowledge what "
            "it has not compared."
        ),
        points=(
            Point(
                "basic",
                "proved",
                "a vendor is convicted only with a record of its own",
                Holds(basic, b.conviction_has_evidence),
            ),
            Point(
                "basic",
                "refuted",
                "no vendor is blamed for a component that became outdated after the request",
                Tried("stale-version/basic"),
            ),
            Point(
                "orchestrated",
                "proved",
                "a vendor is convicted only with a record of its own",
                Holds(orchestrated, o.conviction_has_evidence),
            ),
            Point(
                "orchestrated",
                "refuted",
                "no vendor is blamed for a component that became outdated after the request",
                Tried("stale-version/orchestrated"),
            ),
            Point(
                "hardened",
                "proved",
                "nobody is convicted who did as it should",
                Holds(hardened, h.no_false_blame),
            ),
        ),
    ),
    Claim(
        id="A36",
        section="III.F",
        statement="a consumer cannot get a forged output admitted",
        found=(
            "In the basic protocol it holds, since the output is on the ledger. In the "
            "orchestrated one the orchestrator hands over one output and the consumer writes down "
            "the hash of another, or the orchestrator hands over another and the consumer is "
            "honest: the ledger is the same, and one of the two loses unjustly. And a consumer "
            "that really got a wrong output is helped by neither."
        ),
        fix=(
            "The last executor commits to the output on the ledger, and a forged one does not "
            "open that commitment. The consumer demands what it did not receive, and with signed "
            "hops it can show what is bad."
        ),
        cost=(
            "A demand puts the output, sealed, on the ledger, for a toll that the sender gets if "
            "it answers. The consumer must watch until the window closes."
        ),
        points=(
            Point(
                "basic",
                "proved",
                "a consumer cannot get a forged output admitted",
                Holds(basic, b.contested_output_is_real),
            ),
            Point(
                "orchestrated",
                "refuted",
                "no consumer that deviated is refunded",
                Holds(orchestrated, o.refunds_are_due, {Step: 1}),
            ),
            Point(
                "orchestrated",
                "refuted",
                "no orchestrator gets a forged output taken for the vendors'",
                Tried("final-swap"),
            ),
            Point(
                "hardened",
                "proved",
                "a consumer that disputes pays two tolls for it",
                Holds(hardened, h.disputes_are_backed),
            ),
            Point(
                "hardened",
                "sampled",
                "a consumer cannot have a right output that was published taken for a bad one",
                Tried("forged-output/hardened"),
            ),
        ),
    ),
    Claim(
        id="A37",
        section="I; III.F",
        statement="a consumer cannot claim to have given other input",
        found=(
            "In the basic protocol it holds, since the input is on the ledger. In the "
            "orchestrated one the consumer registers the hash of one input and sends another, or "
            "the orchestrator swaps it: the records are the same, and the ledger does not show "
            "which."
        ),
        fix=(
            "The consumer commits to its input, and the first executor need not work before it "
            "has an opening. It demands one, and a consumer that publishes none, or a bad one, is "
            "convicted and forfeits the price to the executor that waited."
        ),
        cost=(
            "The price is locked as a guarantee. A demand takes room on the ledger for the sealed "
            "input, and a toll."
        ),
        points=(
            Point(
                "basic",
                "proved",
                "a consumer cannot claim to have given other input",
                Holds(basic, b.first_step_had_the_input),
            ),
            Point(
                "orchestrated",
                "refuted",
                "the first vendor got the input that was registered",
                Holds(orchestrated, o.input_is_what_was_sent, {Step: 1}),
            ),
            Point(
                "orchestrated",
                "refuted",
                "nothing comes of a consumer that gives other input than it has registered",
                Tried("input-bait/orchestrated"),
            ),
            Point(
                "hardened",
                "proved",
                "the first step works on what the consumer committed to",
                Holds(hardened, h.steps_form_a_chain),
            ),
            Point(
                "hardened",
                "sampled",
                "a consumer that publishes other input than it committed to is convicted",
                Tried("input-bait/hardened", convicts=True),
            ),
        ),
    ),
)
