"""What the paper's design takes for granted: A38 to A47."""

from spec.basic import basic
from spec.basic.state import Data, Record, Request, Step, Vendor
from spec.hardened import hardened, one_step
from spec.hardened import properties as h
from spec.ledger import ledger, ledger_without_rotation, replaced_keys_sign_nothing
from spec.orchestrated import orchestrated
from spec.orchestrated import properties as o
from spec.orchestrated.state import Party
from spec.paper.claim import Accounts, Argued, Claim, Ends, Holds, Point, Tried

CLAIMS = (
    Claim(
        id="A38",
        section="III.D",
        statement="the consumer writes down the output's hash once it has it",
        found=(
            "In the orchestrated protocol it has no reason to. The consumer takes the output and "
            "stays silent, which looks the same as an orchestrator that never handed it over; if "
            "payment waits for the hash, the honest side loses. Fair exchange without a judge is "
            "impossible."
        ),
        fix=(
            "Settlement does not wait for the consumer: the window closes, and only a demand or a "
            "dispute within it stops that. The contract is the judge."
        ),
        cost=(
            "Executors and providers wait for the window before they are paid. A consumer that "
            "sleeps through it has no claim."
        ),
        points=(
            Point(
                "orchestrated",
                "refuted",
                "what a consumer writes down is what it was given",
                Holds(orchestrated, o.confirmed_outputs_were_delivered, {Step: 1}),
            ),
            Point(
                "orchestrated",
                "refuted",
                "a consumer that has its output says so",
                Tried("take-and-vanish/orchestrated"),
            ),
            Point("hardened", "proved", "a request settles without the consumer", Ends(hardened)),
            Point(
                "hardened",
                "proved",
                "a consumer whose request settles without its output neither demanded it nor "
                "showed that it is bad",
                Holds(hardened, h.watchful_consumers_get_their_output),
            ),
        ),
    ),
    Claim(
        id="A39",
        section="III.C; Abstract",
        statement="offline agreements settle the terms between a provider and each vendor",
        found=(
            "In both variants the contract knows none of these terms, so it enforces none: the "
            "vendor that was promised a wage gets what others think fit. Nothing counters a "
            "vendor that treats providers unequally."
        ),
        fix=(
            "Wages, shares, stakes, tolls and deadlines are part of the version that providers "
            "sign and holders acknowledge, and the contract pays by them. That a component is "
            "deleted or sold to nobody else cannot be enforced."
        ),
        cost="The terms are public, and changing one takes a new version.",
        points=(
            Point(
                "basic",
                "argued",
                "offline agreements settle the terms",
                Argued(
                    "no term of theirs is on the ledger, so a run would show what the parties "
                    "choose to do, and nothing that holds them to it"
                ),
            ),
            Point(
                "hardened",
                "proved",
                "the agreed wage of each recorded step is put by, or was collected",
                Holds(hardened, h.recorded_steps_are_paid),
            ),
            Point(
                "hardened",
                "sampled",
                "nobody is bound by terms that it has not taken: by such as pay it nothing",
                Tried("unread-terms"),
            ),
        ),
    ),
    Claim(
        id="A40",
        section="III.E",
        statement="joint providers share the revenue without trusting each other",
        found=(
            "Neither variant says how. If each call of price 1 were split as .45, .35 and .20 and "
            "rounded down, a thousand calls would pay all three nothing."
        ),
        fix=(
            "A provider's due is its share of all that the version has ever earned, rounded down, "
            "less what it has collected; so nobody gets more than its share, and who collects "
            "what is due is less than a unit short. Rounding by largest remainders would leave "
            "nothing over, but among three it can take back a unit that was drawn already (the "
            "Alabama paradox)."
        ),
        cost=(
            "Each provider collects its money with a transaction of its own. Less than a unit for "
            "each provider stays in the version's revenue until more is earned."
        ),
        points=(
            Point(
                "every",
                "refuted",
                "rounded by largest remainders, what was drawn stays drawn",
                Tried("drawn-remainders"),
            ),
            Point(
                "basic",
                "argued",
                "joint providers share the revenue without trusting each other",
                Argued(
                    "neither of the paper's protocols knows any money, so no run of them pays "
                    "anybody anything"
                ),
            ),
            Point(
                "basic",
                "refuted",
                "rounded down call by call, nobody is a unit short",
                Tried("dust-rounding/basic"),
            ),
            Point(
                "hardened",
                "proved",
                "nobody takes more than the share of what was earned",
                Holds(hardened, h.shares_are_not_exceeded),
            ),
            Point(
                "hardened",
                "sampled",
                "rounded down, what was drawn stays drawn",
                Tried("drawn-floors"),
            ),
            Point(
                "hardened",
                "sampled",
                "rounded down of all that was earned, nobody is a unit short",
                Tried("dust-rounding/hardened"),
            ),
        ),
    ),
    Claim(
        id="A41",
        section="III.D",
        statement="the orchestrator picks the vendors of each call at random",
        found=(
            "In the orchestrated protocol nobody can tell whether it did. An orchestrator with "
            "friends among the vendors draws again until it likes the result: if one draw in "
            "sixteen is all friends, 16 tries succeed in 64 of 100 cases and 64 tries in 98."
        ),
        fix=(
            "The executor follows from the beacon's round after the request, the request, the "
            "step and the attempts that failed; the contract computes it again."
        ),
        cost=(
            "Every request waits for a round before its first step and for another after its "
            "last, and the beacon is trusted not to be bent, and to tell nobody early. Whom "
            "chance draws can still decline before it puts up its stake, but cannot choose who "
            "comes next."
        ),
        points=(
            Point(
                "orchestrated",
                "refuted",
                "chance picks the vendors of each call",
                Holds(orchestrated, o.vendors_are_picked_at_random, {Step: 1}),
            ),
            Point("orchestrated", "refuted", "nobody gains by drawing again", Tried("grinding")),
            Point(
                "orchestrated",
                "refuted",
                "an orchestrator cannot have its friend execute every step",
                Tried("biased-pick/orchestrated"),
            ),
            Point(
                "hardened",
                "proved",
                "chance alone made every executor one",
                Holds(hardened, h.executors_are_drawn),
            ),
            Point(
                "hardened",
                "proved",
                "nobody knows whom chance draws before the request is made",
                Holds(hardened, h.draws_are_not_foreseen),
            ),
            Point("hardened", "sampled", "nobody gains by drawing again", Tried("grinding-beacon")),
            Point(
                "hardened",
                "refuted",
                "nobody is favoured, though the beacon tells a consumer beforehand whom it will "
                "draw",
                Tried("foretold-draw"),
            ),
        ),
    ),
    Claim(
        id="A42",
        section="II",
        statement="honest vendors and providers are protected from malicious consumers",
        found=(
            "In both variants a consumer pays nothing in advance: it makes a request, lets all "
            "vendors but the last one work, and disappears. It can dispute every call for nothing "
            "as well."
        ),
        fix=(
            "Escrow pays for recorded steps, and a request cannot be taken back. Only who has a "
            "part in a request can dispute its steps, at two tolls: one goes to the executor if it "
            "was right, and one, for the delay, to nobody."
        ),
        cost=(
            "The consumer's price is locked until the request is over, and for each step a stake "
            "that is more than the price, which pays for a refund. Somebody who is right "
            "needs money up front to say so, unless an audit does it. Where the holders that are "
            "drawn do not take a step, the provider makes good what was paid for the steps "
            "before it."
        ),
        points=(
            Point(
                "basic",
                "argued",
                "a consumer pays for the work that it causes",
                Argued(
                    "neither of the paper's protocols knows any money, so no run of them shows "
                    "who pays for what"
                ),
            ),
            Point(
                "hardened",
                "proved",
                "while a request is open, the rest of its price is there",
                Holds(hardened, h.open_requests_are_paid),
            ),
            Point(
                "hardened",
                "proved",
                "a dispute costs whoever is wrong",
                Holds(hardened, h.disputes_are_backed),
            ),
            Point(
                "hardened",
                "proved",
                "what an executor's fault costs is never its provider's loss",
                Holds(hardened, h.providers_pay_for_nobody_else),
            ),
        ),
    ),
    Claim(
        id="A43",
        section="II",
        statement="vendors are rational: they collude and under-report where they can",
        found=(
            "The paper never works out what a rational vendor does. In both variants skipping the "
            "work is never found out, so a lazy vendor that records anything gains its cost each "
            "time: by the paper's own threat model all would."
        ),
        fix=(
            "With audits at rate a, a stake of at least g (1 - a) / a outweighs a gain of g for "
            "each skipped step. Audits are drawn by a round of the beacon after the last record: "
            "a vendor that could tell an audited step before it records would work on that one "
            "alone. Collusion off the ledger is not deterred by this."
        ),
        cost=(
            "At one audit in twenty the stake is 19 times the gain, at one in ten 9 times. Each "
            "audit is one more execution, and somebody has to hold it."
        ),
        points=(
            Point("basic", "refuted", "a rational vendor does its work", Tried("lazy-gain")),
            Point(
                "hardened", "sampled", "a rational vendor does its work", Tried("lazy-gain-staked")
            ),
        ),
    ),
    Claim(
        id="A44",
        section="III.C",
        statement="a virtual identity always speaks for its participant",
        found=(
            "In both of the paper's variants whoever steals a vendor's key records steps in its "
            "name, the vendor answers for them, and there is no way to revoke the key."
        ),
        fix=(
            "Rotation: a party replaces its key, signed by the one in force, and from then on "
            "nothing that the old one signs is accepted. What stood on the ledger before stays, "
            "and so do the steps that were assigned before: a second output of theirs still counts."
        ),
        cost=(
            "One more transaction for each change of keys, and somebody must notice the theft. A "
            "thief that is the first to replace the key has the identity; what that can cost a "
            "party is its bond and its stakes."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "a key that was replaced signs nothing any more",
                Holds(ledger_without_rotation, replaced_keys_sign_nothing),
            ),
            Point(
                "basic",
                "refuted",
                "nobody is convicted by what a thief signs with its key",
                Tried("key-theft/basic"),
            ),
            Point(
                "orchestrated",
                "refuted",
                "nobody is convicted by what a thief signs with its key",
                Tried("key-theft/orchestrated"),
            ),
            Point(
                "hardened",
                "proved",
                "a key that was replaced signs nothing any more",
                Holds(ledger, replaced_keys_sign_nothing),
            ),
            Point(
                "hardened",
                "refuted",
                "nobody is convicted by what a thief signs with its key",
                Tried("key-theft/hardened"),
            ),
        ),
    ),
    Claim(
        id="A45",
        section="IV",
        statement="encrypting the models and verifying their execution are left for later",
        found=(
            "The authors concede that correct execution is required of each vendor and not "
            "brought about. In the basic and the orchestrated protocol it is therefore an "
            "assumption, and without it a vendor records what it likes."
        ),
        fix=(
            "The hardened protocol does without the assumption for steps that are disputed or "
            "audited: it assumes instead that a component gives the same bits wherever it runs, "
            "which exactness provides."
        ),
        cost=(
            "For every step, proofs or trusted hardware would be needed: published proofs for a "
            "language model of GPT-2's size take 43 s, and enclaves have to be trusted."
        ),
        points=(
            Point(
                "every",
                "argued",
                "models are encrypted, and execution is verified",
                Argued(
                    "left for later by the authors, so there is nothing of it to run; where it is "
                    "assumed here, it is an assumption of the machine: exactness, and honest "
                    "checks of what is opened"
                ),
            ),
            Point(
                "basic",
                "refuted",
                "run again in floating point, with sums in another order, right outputs are the "
                "same",
                Tried("float-frame/basic"),
            ),
            Point(
                "hardened",
                "sampled",
                "run again in exact integers, with sums in another order, right outputs are the "
                "same",
                Tried("float-frame/hardened"),
            ),
        ),
    ),
    Claim(
        id="A46",
        section="III.F",
        statement="the ledger holds the evidence of who executed what on which data",
        found=(
            "In the basic protocol the data is there, but of components only digests, which "
            "vendors typed themselves. In the orchestrated one only hashes survive: all delete "
            "the second step's input after the call, each says that another has it, and the "
            "dispute cannot be decided."
        ),
        fix=(
            "Whoever committed to data must open it when it is demanded or disputed, and is "
            "convicted if it does not. The ledger holds who committed to what, in which step of "
            "which version, under which deadline."
        ),
        cost=(
            "Executors keep inputs, outputs and components until nobody can complain any more. "
            "Opening a step shows its component, up to the disclosure cap."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "no ledger comes about by one's deviation or another's",
                Accounts(basic, "transcript_injectivity", {Step: 1}),
            ),
            Point(
                "orchestrated",
                "refuted",
                "no ledger comes about by one's deviation or another's",
                Accounts(orchestrated, "transcript_injectivity", {Step: 1, Record: 3}),
            ),
            Point(
                "orchestrated",
                "refuted",
                "no ledger of three vendors and two requests comes about by one's deviation or "
                "another's",
                Accounts(
                    orchestrated,
                    "transcript_injectivity",
                    {Party: 6, Step: 1, Request: 3, Record: 5},
                    culprits=1,
                    bounds=("requests_follow_one_another", "verdicts_come_last"),
                    is_large=True,
                ),
            ),
            Point(
                "hardened",
                "exhaustive",
                "no ledger comes about by one's deviation or another's",
                Accounts(one_step, "transcript_injectivity"),
            ),
        ),
    ),
    Claim(
        id="A47",
        section="I",
        statement="fair use is ensured, and misbehaviour of all three stakeholders averted",
        found=(
            "It asks for all that the other claims do at once, and falls with them: in the basic "
            "protocol a vendor records a constant and a provider gets an honest vendor convicted; "
            "in the orchestrated one a consumer forges an output and nobody can tell. The "
            "orchestrator and the arbitrator are two more parties, of whom nothing is asked."
        ),
        fix=(
            "The hardened protocol convicts only who deviated, and refunds a consumer whose "
            "disputed or audited step is wrong, in full from escrow and surety; the culprit's "
            "stake goes to the provider. It promises nothing for steps that nobody checks, or for "
            "use off the ledger."
        ),
        cost=(
            "The price is locked twice, by the consumer and by the provider, and each executor "
            "locks a stake. Somebody must watch every window, and a stake below the price leaves "
            "part of the loss with the provider."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "nobody is blamed who did as it should",
                Accounts(
                    basic, "no_false_blame", {Vendor: 3, Step: 1, Data: 1, Request: 3, Record: 3}
                ),
            ),
            Point(
                "orchestrated",
                "refuted",
                "whoever is harmed is repaid, or a culprit convicted",
                Accounts(orchestrated, "every_harm_blamed_or_repaid", {Step: 1, Record: 3}),
            ),
            Point(
                "hardened",
                "exhaustive",
                "whoever is harmed is repaid, or a culprit convicted",
                Accounts(one_step, "every_harm_blamed_or_repaid"),
            ),
        ),
    ),
)
