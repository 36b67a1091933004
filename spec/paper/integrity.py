"""What the paper claims of execution, evidence and disputes: A16 to A29."""

from spec.basic import basic
from spec.basic import properties as b
from spec.basic.state import Model, Record, Request, Step
from spec.bisection import bisection, right_executor_wins
from spec.hardened import at_work, hardened
from spec.hardened import properties as h
from spec.ledger import authors_signed, ledger, nothing_is_replayed
from spec.orchestrated import orchestrated
from spec.orchestrated import properties as o
from spec.paper.claim import Argued, Claim, Ends, Holds, Point, Tried

CLAIMS = (
    Claim(
        id="A16",
        section="I; III.C",
        statement="what the contract finds executed was executed correctly",
        found=(
            "The contract cannot run a component. In the basic protocol the first vendor records "
            "the input, a constant and the registered digest, which everybody knows; every "
            "comparison succeeds, and the constant counts as the output. The orchestrated one "
            "compares hashes and is no wiser."
        ),
        fix=(
            "A disputed step is run again and compared, which exactness makes fair, and audits "
            "draw steps whether or not anybody complains. Its consumer and each provider can "
            "dispute a step once: if it could be disputed only once, one of them in league with "
            "the executor would do it first, and lose on purpose. A step that nobody looks at, or "
            "only friends of its executor, can still settle wrong, by design."
        ),
        cost=(
            "Every request waits for a window before it settles, and somebody must watch and pay "
            "two tolls. An audited step is computed twice. Whoever disputes a step by "
            "narrowing it down, or audits it, needs its component, and its input: that the "
            "executor seals for it, and who is not told it shows that, which decides the quarrel."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "what the contract finds executed was executed correctly",
                Holds(basic, b.outputs_are_correct, {Step: 1}),
            ),
            Point(
                "orchestrated",
                "refuted",
                "what the contract finds executed was executed correctly",
                Holds(orchestrated, o.outputs_are_correct, {Step: 1}),
            ),
            Point(
                "hardened",
                "refuted",
                "what settles is correct, whether or not anybody looked",
                Holds(at_work, h.outputs_are_correct),
            ),
            Point(
                "hardened",
                "proved",
                "what settles is correct, if somebody disputed it who answered right",
                Holds(hardened, h.disputed_steps_are_right),
            ),
            Point(
                "hardened",
                "proved",
                "what settles is correct, if it was audited by one who answered right",
                Holds(hardened, h.audited_steps_are_right),
            ),
            Point(
                "hardened",
                "sampled",
                "a vendor that is off by one unit in the last place is convicted, though its "
                "consumer knows nothing better",
                Tried("tolerance-steer/hardened", convicts=True),
            ),
            Point(
                "hardened",
                "sampled",
                "a dispute that is lost on purpose does not save a wrong executor",
                Tried("sham-dispute", convicts=True),
            ),
            Point(
                "hardened",
                "refuted",
                "audits convict who commits to a constant, though all who hold the parts do so",
                Tried("friendly-auditors", convicts=True),
            ),
        ),
    ),
    Claim(
        id="A17",
        section="III.C",
        statement="every component is executed, in sequence, before there is an output",
        found=(
            "The contract's own comparison does what it says: each step that counts has a record, "
            "and each record continues the one before. But in the basic protocol nobody has to "
            "wait for it: the last vendor records something at once, and the consumer takes that "
            "before any other vendor has acted."
        ),
        fix=(
            "The contract takes a record only from the executor whose turn it is, and an output "
            "exists only after the last step. Inputs and components go by reference, so there is "
            "nothing to mistype."
        ),
        cost="A transaction for each step, and each waits for finality of the one before.",
        points=(
            Point(
                "basic",
                "proved",
                "every step that counts as executed stands on the ledger",
                Holds(basic, b.steps_are_recorded),
            ),
            Point(
                "basic",
                "proved",
                "each step works on the output before it",
                Holds(basic, b.steps_form_a_chain),
            ),
            Point(
                "basic",
                "refuted",
                "a consumer takes an output only after every vendor's step",
                Holds(basic, b.taken_output_was_computed),
            ),
            Point(
                "orchestrated",
                "proved",
                "every step that counts as executed stands on the ledger",
                Holds(orchestrated, b.steps_are_recorded),
            ),
            Point(
                "orchestrated",
                "proved",
                "each step says that it works on the output before it",
                Holds(orchestrated, b.steps_form_a_chain),
            ),
            Point(
                "hardened",
                "proved",
                "every step of what settles is recorded, by a holder of that version",
                Holds(hardened, h.settled_steps_are_recorded),
            ),
            Point(
                "hardened",
                "proved",
                "each step works on the output before it",
                Holds(hardened, h.steps_form_a_chain),
            ),
            Point(
                "hardened",
                "proved",
                "nothing comes of a step only by its executor, or by what went into it",
                Holds(hardened, h.nothing_comes_of_nothing),
            ),
        ),
    ),
    Claim(
        id="A18",
        section="III.C",
        statement="hash matches show that all components were executed",
        found=(
            "It contradicts splitting a tree over vendors: an honest request visits one path, on "
            "average 7 of 59 nodes in one tree, and by this rule the vendors of all others have "
            "failed to act. In both variants an ensemble whose members run side by side has no "
            "sequence to match either."
        ),
        fix=(
            "A version fixes one sequence of steps, all of which every request takes. A tree goes "
            "into one step; a branching plan whose branch is part of the checked output is "
            "possible, but not in the hardened protocol."
        ),
        cost=(
            "Members of an ensemble run one after another or within one step, and one step's "
            "holder knows all that is in it."
        ),
        points=(
            Point(
                "every",
                "argued",
                "hash matches show that every component was executed",
                Argued(
                    "no plan that branches, and no members without an order, can be registered in "
                    "any of these protocols, so none can be run: a sequence is all that they "
                    "match"
                ),
            ),
        ),
    ),
    Claim(
        id="A19",
        section="III.C",
        statement="whoever records a component's digest ran that component",
        found=(
            "A digest shows neither running nor having. In the basic protocol a vendor that "
            "deleted its component copies the digest from an older record, adds any output, and "
            "the contract finds the right code executed."
        ),
        fix=(
            "A record names its component by reference only, and is evidence of nothing but the "
            "output; a dispute or an audit runs the registered component again."
        ),
        cost=(
            "Somebody must dispute, or chance must draw the step: the check costs a second "
            "execution."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "whoever records a component's digest ran that component",
                Holds(basic, b.digest_shows_the_code, {Step: 1}),
            ),
            Point(
                "basic",
                "refuted",
                "whoever records a component's digest has that component",
                Tried("leaf-parrot/basic"),
            ),
            Point(
                "orchestrated",
                "refuted",
                "whoever records a component's digest ran that component",
                Holds(orchestrated, o.digest_shows_the_code, {Step: 1}),
            ),
            Point(
                "hardened",
                "sampled",
                "a vendor that records a step without its component is convicted once that is "
                "looked into",
                Tried("leaf-parrot/hardened", convicts=True),
            ),
        ),
    ),
    Claim(
        id="A20",
        section="III.C",
        statement="the model's signature fixes its components and their order",
        found=(
            "A plain Merkle root does not. Three components, with the last one doubled as usual "
            "in an odd tree, have the root of four; and four have the root of two whose leaves "
            "are the inner nodes. Nor does a digest name its place: a vendor that claims the "
            "component of another step is convicted because the contract is shown all of them in "
            "their order, and would not be if it asked only whether the digest is one of them."
        ),
        fix=(
            "Leaves and nodes are hashed with different prefixes and the number of leaves is "
            "bound in. Each leaf names API, version, step, holder and salt, so it stands for one "
            "place only."
        ),
        cost=(
            "One more hash for each root, and a logarithmic proof for each leaf that is shown "
            "alone."
        ),
        points=(
            Point(
                "every",
                "refuted",
                "a root as it is often made stands for one list of components",
                Tried("plain-root"),
            ),
            Point(
                "every",
                "sampled",
                "the root of three components is not that of four, with the last one twice",
                Tried("merkle-odd"),
            ),
            Point(
                "every",
                "sampled",
                "the root of four components is not that of two, which are the nodes above them",
                Tried("merkle-node-leaf"),
            ),
            Point(
                "basic",
                "sampled",
                "a vendor that claims the component of another step is convicted",
                Tried("wrong-slot/basic", convicts=True),
            ),
            Point(
                "orchestrated",
                "sampled",
                "a vendor that claims the component of another step is convicted",
                Tried("wrong-slot/orchestrated", convicts=True),
            ),
        ),
    ),
    Claim(
        id="A21",
        section="III.C",
        statement="the hash of a containerized component identifies what it computes",
        found=(
            "Two builds of one container, or two files of one model, have different digests, so "
            "in both variants an honest vendor that built its own is convicted. Hidden units in "
            "another order give the same function with another digest."
        ),
        fix=(
            "What is hashed is the component's canonical bytes: integers, their shapes, and the "
            "arithmetic by name. Acknowledgement makes a holder compare them before a version "
            "becomes active."
        ),
        cost=(
            "A component must be expressed in the protocol's arithmetic, so not every container "
            "can be sold."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "equal builds of a component have equal digests",
                Tried("rebuilt"),
            ),
            Point(
                "hardened",
                "sampled",
                "equal builds of a component have equal digests",
                Tried("rebuilt-canonical"),
            ),
            Point(
                "every",
                "refuted",
                "components that compute the same have the same digest",
                Tried("renumbered"),
            ),
        ),
    ),
    Claim(
        id="A22",
        section="Abstract; III.A",
        statement="nobody can repudiate what they sent or executed",
        found=(
            "On the ledger it holds: no transaction stands there that its author did not sign, "
            "and none stands there twice. But a record of the basic protocol names no request: a "
            "consumer asks the same again, and the vendor's old record counts for the new "
            "request, or for that of another API, and an honest arbitrator convicts it. In the "
            "orchestrated one what passes off the ledger is unsigned, so either side can deny it."
        ),
        fix=(
            "A commitment is bound to its request and step, a record is taken once and in turn, "
            "and with signed hops whoever sends data signs for it."
        ),
        cost=(
            "A signature at each hop, and a nonce that each author counts. A stolen key signs for "
            "its owner all the same."
        ),
        points=(
            Point(
                "every",
                "proved",
                "nobody can repudiate what names them as its author",
                Holds(ledger, authors_signed),
            ),
            Point(
                "every",
                "proved",
                "no transaction stands on the ledger twice",
                Holds(ledger, nothing_is_replayed),
            ),
            Point(
                "basic",
                "refuted",
                "a record of work counts for one request only",
                Holds(basic, b.a_record_serves_one_request, {Step: 1, Request: 3}),
            ),
            Point(
                "basic",
                "refuted",
                "nobody is convicted by what it recorded for another API",
                Tried("shared-vendor"),
            ),
            Point(
                "orchestrated",
                "refuted",
                "nobody can deny that it was given data",
                Tried("false-nonreceipt/orchestrated"),
            ),
            Point(
                "hardened",
                "proved",
                "what is recorded continues the request that it names",
                Holds(hardened, h.steps_form_a_chain),
            ),
        ),
    ),
    Claim(
        id="A23",
        section="I; III.A",
        statement="every participant has reason to record what it did",
        found=(
            "There is no payment, penalty or deadline in the basic or the orchestrated protocol, "
            "so nothing gives a reason. The last vendor computes the output, tells the "
            "orchestrator, never records it, and both bill the consumer off the ledger."
        ),
        fix=(
            "Escrow pays an executor only for a recorded step, deadlines convict one that stays "
            "silent, and its stake is lost."
        ),
        cost=(
            "The price is locked from request to settlement, and each executor's stake until "
            "nobody can complain any more. A private deal among all who take part stays possible."
        ),
        points=(
            Point(
                "orchestrated",
                "refuted",
                "everybody does what is theirs to do",
                Holds(orchestrated, o.outputs_are_confirmed, {Step: 1}),
            ),
            Point(
                "hardened",
                "proved",
                "who recorded a step has, or had, wage and stake put by, unless convicted",
                Holds(hardened, h.recorded_steps_are_paid),
            ),
        ),
    ),
    Claim(
        id="A24",
        section="Abstract; I; IV",
        statement="a trusted arbitrator settles disputes, yet no central entity is trusted",
        found=(
            "To judge a step the arbitrator needs its component. In both variants a consumer that "
            "works with the arbitrator disputes each step once, and the arbitrator has the whole "
            "model; and if it convicts an honest vendor, nothing checks it."
        ),
        fix=(
            "The disclosure cap keeps at least one step of every version from being opened "
            "whole. From then on executor and opponent narrow their quarrel down, by halves, to "
            "a single operation, which the contract itself checks; a step that is opened whole "
            "anybody can run again. Only who has a part in a request can have it looked into, once "
            "for each step, so that what an outsider steers to is never shown. There is no "
            "arbitrator to be trusted."
        ),
        cost=(
            "Narrowing down takes a number of rounds that grows with the logarithm of the work, "
            "each with a deadline. The toll and the delay fall on whoever is wrong."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "who has a step judged is not shown the model, with the arbitrator as a friend",
                Tried("dispute-siphon/basic"),
            ),
            Point(
                "basic",
                "refuted",
                "no arbitrator convicts a vendor that did as it should",
                Tried("corrupt-arbitrator/basic"),
            ),
            Point(
                "hardened",
                "proved",
                "disputes never disclose every step of a version",
                Holds(hardened, h.a_step_stays_undisclosed),
            ),
            Point(
                "hardened",
                "proved",
                "a right executor wins a quarrel that is narrowed down, whoever it is against",
                Holds(bisection, right_executor_wins),
            ),
            Point(
                "hardened",
                "proved",
                "only the consumer, the providers and whom chance draws have a step looked into",
                Holds(hardened, h.nobody_else_disputes),
            ),
            Point(
                "hardened",
                "sampled",
                "disputes about every step do not show as many numbers as the model has",
                Tried("dispute-siphon/hardened"),
            ),
        ),
    ),
    Claim(
        id="A25",
        section="III.C",
        statement="the consumer eventually gets an answer",
        found=(
            "In the basic protocol a vendor stops, nobody may act in its place, and the consumer "
            "waits for ever. In the orchestrated one the ledger does not even show who stopped: "
            "an orchestrator that sends nothing and a vendor that answers nothing leave the same "
            "trace."
        ),
        fix=(
            "Each phase has a deadline, after which the next holder is drawn or the consumer "
            "refunded from escrow and surety. Data that did not arrive is demanded on the ledger, "
            "which shows whose silence it is."
        ),
        cost=(
            "The worst case adds up finality, then for each step and spare the time to work, "
            "demand and publish, then windows. A demand costs a toll, and deadlines must be far "
            "longer than anybody can censor the ledger."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "the consumer eventually gets an answer",
                Holds(basic, b.requests_are_answered, {Step: 1}),
            ),
            Point(
                "orchestrated",
                "refuted",
                "the consumer eventually gets an answer",
                Holds(orchestrated, o.outputs_are_confirmed, {Step: 1}),
            ),
            Point(
                "orchestrated",
                "refuted",
                "nobody is left in the dark by a vendor that stops",
                Tried("stall/orchestrated"),
            ),
            Point("hardened", "proved", "every request comes to its end", Ends(hardened)),
            Point(
                "hardened",
                "sampled",
                "a vendor that stops is convicted, and nobody else",
                Tried("stall/hardened", convicts=True),
            ),
        ),
    ),
    Claim(
        id="A26",
        section="III.C; III.F",
        statement="a request is executed by the version that it was made for",
        found=(
            "A request of the basic protocol names an API and no version. The first vendor "
            "executes the old version, the provider registers a new one, and the second vendor's "
            "component is the new one: what counts as executed belongs to neither, and an honest "
            "vendor may be blamed. A request names no payer either, and its output is free to "
            "read."
        ),
        fix=(
            "Version pin keeps a request with the version that was active when it was made; "
            "retired versions finish what is open. Escrow makes the consumer pay first, and only "
            "it can read the output."
        ),
        cost=(
            "Holders must keep the components of a retired version until its last request is over."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "a request is executed by the version it was made for",
                Holds(basic, b.version_is_kept, {Step: 1, Model: 2}),
            ),
            Point(
                "orchestrated",
                "refuted",
                "a request is executed by the version it was made for",
                Holds(orchestrated, o.version_is_kept, {Step: 1, Model: 2}),
            ),
            Point(
                "hardened",
                "proved",
                "a request is executed by holders of its own version",
                Holds(hardened, h.settled_steps_are_recorded),
            ),
        ),
    ),
    Claim(
        id="A27",
        section="III.C; III.F",
        statement="a vendor cannot record two outputs for one input",
        found=(
            "In the basic protocol nothing says that a record is the only one. The first vendor "
            "records an output, the second builds on it, the first records another, and two "
            "sequences stand on the ledger that both look right."
        ),
        fix=(
            "The contract takes one record for each step of a request. A second output signed off "
            "the ledger is evidence against its signer: shown once the request is over, it costs "
            "the stake, and the lock keeps that in place for a time. A step is pinned to the keys "
            "that its executor has had since it was assigned, so replacing the key voids nothing."
        ),
        cost=(
            "Stakes stay locked after the request is over, for as long as complaints are heard. "
            "Nobody can tell when a second output was signed: whoever has stolen a key convicts "
            "its owner for the steps that were assigned before it was replaced, until what is at "
            "stake in them is collected, and for no later one."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "a vendor cannot record two outputs for one input",
                Holds(basic, b.records_agree, {Step: 1, Record: 3}),
            ),
            Point(
                "hardened",
                "proved",
                "who signs two outputs cannot collect its stake before they can be shown",
                Holds(hardened, h.stakes_outlast_complaints),
            ),
            Point(
                "hardened",
                "sampled",
                "who signs a second output for a step is convicted",
                Tried("double-post/hardened", convicts=True),
            ),
            Point(
                "hardened",
                "sampled",
                "who signs a second output and then replaces its key is convicted",
                Tried("shed-key/hardened", convicts=True),
            ),
        ),
    ),
    Claim(
        id="A28",
        section="I; III.F",
        statement="what stands on the ledger stays there",
        found=(
            "Where blocks can be orphaned, a vendor acts on a record that the ledger then drops. "
            "In both variants the first vendor records another output in the new block: the "
            "second has worked in vain, and has answered two requests for one."
        ),
        fix=(
            "Finality: nobody acts on what the ledger may still drop. Parties sign, as witnesses, "
            "what they were shown, and every party keeps the last block that it has acted upon, "
            "and the last head, which a quorum has signed, that stands in the ledger. It goes on "
            "with no ledger that does not lead on from there. A node that shows another block in "
            "that place is convicted, however far it is gone by then; and so is each witness whose "
            "signature is under a head of both, as soon as the second is as high as the first: one "
            "at least, for two quorums have somebody in common."
        ),
        cost=(
            "Every step waits for finality, so a request of m steps takes at least m + 1 of those "
            "waits, and the beacon's round on top. A witness that is set back to an older copy of "
            "what it has kept can sign a second history without knowing, and is convicted all the "
            "same: that nobody's storage is set back is assumed. Nobody shows who has replaced its "
            "key before it signs the second, or signs that only 4,096 blocks later or more."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "what stands on the ledger stays there",
                Tried("forked-ledger/basic"),
            ),
            Point(
                "hardened",
                "proved",
                "nobody is given data that the ledger then drops",
                Holds(hardened, h.nobody_works_in_vain),
            ),
            Point(
                "hardened",
                "sampled",
                "a node that shows a second history is convicted",
                Tried("forked-ledger/hardened", convicts=True),
            ),
            Point(
                "hardened",
                "sampled",
                "so is one that signs nothing of it but what is to be witnessed",
                Tried("unsigned-fork", convicts=True),
            ),
            Point(
                "hardened",
                "sampled",
                "so is one that has other blocks witnessed than it shows",
                Tried("other-announced", convicts=True),
            ),
            Point(
                "hardened",
                "sampled",
                "so is one that takes back what a head led to, and has nothing new witnessed",
                Tried("shown-head", convicts=True),
            ),
            Point(
                "hardened",
                "sampled",
                "so is one whose second history all witnesses sign too, each of them with it",
                Tried("witness-cartel", convicts=True),
            ),
            Point(
                "hardened",
                "sampled",
                "where a quorum signs both, those are convicted, and no witness that does not",
                Tried("witness-friends", convicts=True),
            ),
            Point(
                "hardened",
                "sampled",
                "so are those who sign a head of the second that is shown over the first",
                Tried("swallowed-head", convicts=True),
            ),
            Point(
                "hardened",
                "refuted",
                "who is convicted of signing both knew that, though it was set back in between",
                Tried("restored-witness", convicts=True),
            ),
        ),
    ),
    Claim(
        id="A29",
        section="I.A",
        statement="the design works on different kinds of blockchain",
        found=(
            "The basic protocol writes all data to the ledger. For an image network cut into five "
            "stages that is about 14 MB a request, some 220 million gas at 16 gas a byte, which "
            "no block of Ethereum holds; a small classifier of digits fits."
        ),
        fix=(
            "Only commitments of fixed size go on the ledger, and data passes off it, sealed. "
            "Data is published only if its receiver demands it."
        ),
        cost=(
            "A plain contract that was tried took 104 to 121 thousand gas for a request, 53 to 70 "
            "thousand for each record and 100 to 185 thousand to settle. Data that is demanded "
            "must still fit, and the toll must pay for it."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "a request for a real model fits a block of Ethereum",
                Tried("ledger-bytes"),
            ),
            Point(
                "hardened",
                "sampled",
                "a request for a real model fits a block of Ethereum",
                Tried("ledger-bytes-committed"),
            ),
        ),
    ),
)
