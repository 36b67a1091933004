"""The claims of the paper, as data: what it says, what was found, what mends it, and at what price.

They are told in our own words, in the terms of the three variants: the basic protocol (III.C,
`spec.basic`), the orchestrated one (III.D, `spec.orchestrated`) and the hardened one
(`spec.hardened`), whose hardenings go by the names in `spec.hardened.state.Hardening`. Figures are
published ones or of small experiments, most on a classifier of handwritten digits in three parts;
they say how large an effect is. What decides a claim is in `spec.paper.claim`.
"""

import attrs


@attrs.frozen
class Claim:
    """One claim of the paper.

    Attributes:
        id: its identifier, from A1.
        section: where the paper makes it.
        statement: what the paper says, as a clause.
        found: how it fails or holds, and in which variant.
        fix: what mends it in the hardened protocol, or why nothing can.
        cost: what that costs, and whom.
    """

    id: str
    section: str
    statement: str
    found: str
    fix: str
    cost: str


CLAIMS: tuple[Claim, ...] = (
    # Confidentiality and collusion
    Claim(
        id="A1",
        section="Abstract",
        statement="vendors cannot put their parts together and steal the model",
        found=(
            "All vendors together hold every component, whatever the protocol. Fewer are enough "
            "in the orchestrated protocol: of three vendors with a layer each, the first knows "
            "what goes into the second's layer and the third what comes out, and some hundred "
            "requests give it by least squares."
        ),
        fix=(
            "A placement with a threshold, counting what can be inferred exactly, says how many "
            "vendors must conspire for the whole model; with at least two nonlinear layers in "
            "each part, a part in between is no longer a linear equation. But two vendors around "
            "such a part still train a better copy of it than any consumer does, and all holders "
            "together cannot be stopped."
        ),
        cost=(
            "With overlap the threshold falls: on N vendors of which any f may crash, it is at "
            "most N - f. Coming near to that takes many parts: on six vendors with one spare, 6 "
            "parts for a threshold of 4 and 15 for 5."
        ),
    ),
    Claim(
        id="A2",
        section="I; III.B",
        statement="no vendor alone knows the whole model",
        found=(
            "In the basic protocol every vendor reads every step's data on the ledger. In the "
            "orchestrated one, the middle of three vendors opens a consumer account and makes "
            "requests: it sees the model's input, its own step and the model's output, and solves "
            "for the layers on both sides."
        ),
        fix=(
            "Salt hides the data on the ledger, signed hops are sealed for their receiver, and a "
            "placement counts inference with a consumer account. With parts of two nonlinear "
            "layers a vendor with such an account did no better than any consumer."
        ),
        cost=(
            "Fewer and larger parts for the same model. Whoever executes a step still sees its "
            "input, its output and its component."
        ),
    ),
    Claim(
        id="A3",
        section="III.A",
        statement="splitting a model over vendors is much like secret sharing",
        found=(
            "In every variant a share is itself a piece of the model and has a value of its own: "
            "with 50 labelled examples, a classifier on top of the first two layers was right in "
            "90 of 100 cases, on raw pixels in 81. A secret-sharing share below the threshold "
            "would tell nothing."
        ),
        fix=(
            "Nothing mends it while vendors compute on plain components. It is partitioned "
            "knowledge, and how much a part is worth has to be measured for each model."
        ),
        cost=(
            "Real secret sharing means secure computation between the vendors, with far more "
            "traffic and time for each request."
        ),
    ),
    Claim(
        id="A4",
        section="I.A",
        statement="keeping the model off the blockchain keeps it private",
        found=(
            "In the basic protocol the ledger holds each step's input and output, and an onlooker "
            "who reads some hundred ordinary requests rebuilds a small network layer by layer. In "
            "the orchestrated one the digest of a component, always the same, still shows that "
            "two APIs use one component or a public one."
        ),
        fix=(
            "Records are commitments with salt, and each holder's leaf in a version is salted "
            "too, so the ledger shows only shape, timing and who acts."
        ),
        cost=(
            "16 bytes of salt with each opening, and every opening is to be kept until nobody can "
            "complain any more."
        ),
    ),
    Claim(
        id="A5",
        section="III.B.1",
        statement="no vendor learns the confidential formula that combines the parts",
        found=(
            "In every variant the vendor that combines has the formula, since it must run it. In "
            "the basic protocol everybody has: a formula that is linear in k metrics is solved "
            "from k + 1 records that differ enough."
        ),
        fix=(
            "Salt and sealed hops keep it from onlookers; the combining vendor's own knowledge "
            "cannot be mended. Splitting the formula helps only where no coalition sees both "
            "sides of a simple part."
        ),
        cost="More steps for each request, and for each a record, a wage and a stake.",
    ),
    Claim(
        id="A6",
        section="III.B.2",
        statement="a decision tree's nodes can be spread over vendors",
        found=(
            "Each node's vendor needs the whole feature vector, and who is asked shows the way "
            "that the input took. In the basic protocol a consumer that sees node records "
            "chooses inputs and finds each threshold by halving: about 1,100 requests for all 78 "
            "nodes of one tree."
        ),
        fix=(
            "Salt hides the data but not the path, and a version's steps are a fixed sequence: "
            "keep a tree in one part. Hiding the path takes oblivious evaluation, which the "
            "hardened protocol does not have."
        ),
        cost=(
            "A tree in one part is known to each of its holders. Oblivious evaluation costs far "
            "more traffic and time."
        ),
    ),
    Claim(
        id="A7",
        section="III.B.2",
        statement="the weak models of an ensemble can sit with different vendors",
        found=(
            "In every variant a vendor with some of the trees has a smaller ensemble that works "
            "at once; theft succeeds by degrees, and no number of vendors marks where it starts. "
            "In the basic protocol each weak model's answers are on the ledger besides."
        ),
        fix=(
            "Salt and sealed hops hide the answers from onlookers. What a coalition's trees are "
            "worth cannot be mended, only measured: how well the best part of the ensemble does "
            "alone."
        ),
        cost="Fewer weak models with each vendor mean more vendors, more steps, and a longer wait.",
    ),
    Claim(
        id="A8",
        section="III.C",
        statement="vendors of one model do not know who the others are",
        found=(
            "Nothing in the basic protocol hides it: identities come with certificates, payments "
            "and timing that lead to firms. Worse, one firm can be two vendors: it signs two "
            "agreements under two names, holds the first and the last component, and needs to "
            "conspire with nobody."
        ),
        fix=(
            "The hardened protocol does not count on it: a placement treats vendors known to be "
            "one firm as one. A firm that hides behind two names cannot be found out by a "
            "protocol."
        ),
        cost=(
            "Somebody has to attest who is behind each vendor, and is trusted for that. Each "
            "undetected second name lowers the threshold by up to one."
        ),
    ),
    Claim(
        id="A9",
        section="III.D",
        statement="the orchestrator knows the vendors' addresses and carries the data",
        found=(
            "The orchestrator reads every input and output of every step, so it alone learns what "
            "an onlooker of the basic protocol learns. It is a central party, and in the "
            "orchestrated protocol nothing holds it to anything."
        ),
        fix=(
            "There is no orchestrator: the beacon draws executors, and data passes from executor "
            "to executor, sealed for its receiver. Whoever relays it carries what it cannot read."
        ),
        cost=(
            "Encryption at each hop. Without a relay, executors that follow one another learn "
            "each other's addresses."
        ),
    ),
    Claim(
        id="A10",
        section="III.F",
        statement="vendors who do not know each other cannot easily collude",
        found=(
            "In both variants strangers can trade: somebody puts up a contract that pays for what "
            "a registered digest is the digest of, a vendor submits its component under a "
            "pseudonym, and the digest itself certifies the goods. Neither needs to know or trust "
            "the other."
        ),
        fix=(
            "Nothing prevents it. Salted leaves keep outsiders from recognising a component, but "
            "its holder knows the salt and can show it to a buyer; functionally equal components "
            "that differ by holder would let a leak be traced."
        ),
        cost=(
            "Tracing takes one component for each holder, by hidden units in another order, which "
            "changes no bit of the output. Somebody must find the copy before it can be traced."
        ),
    ),
    Claim(
        id="A11",
        section="III.D",
        statement="choosing executors at random for each call reduces the risk of collusion",
        found=(
            "Layers still run in their order, since each needs the one before. In the "
            "orchestrated protocol chance changes only who runs them, and after enough requests "
            "each vendor has seen data on both sides of more components than with fixed "
            "executors."
        ),
        fix=(
            "The beacon keeps the draw from being bent, but it does not lessen what is seen: only "
            "the placement does, which counts everything that a coalition may ever execute."
        ),
        cost=(
            "In one placement a coalition that executed both neighbours only sometimes had the "
            "hundred pairs it needed after 200 to 450 requests: random executors cost it that "
            "factor and no more."
        ),
    ),
    Claim(
        id="A12",
        section="III.D",
        statement="components are stored with overlap, so some of the vendors can serve",
        found=(
            "It holds: any vendors that together hold every component can serve a request. But "
            "whoever can serve the model can also keep it, so in the orchestrated protocol each "
            "request names a coalition that is large enough to steal."
        ),
        fix=(
            "A placement makes the trade plain, and states both numbers: how many may crash, and "
            "how many must conspire. Spares let a request go on after an executor falls silent."
        ),
        cost=(
            "On N vendors, crashes survived and conspirators needed add up to at most N. Each "
            "spare is one more vendor that knows a component."
        ),
    ),
    Claim(
        id="A13",
        section="III.D",
        statement="hashes on the ledger reveal nothing about the data",
        found=(
            "In the orchestrated protocol an onlooker hashes what the data may be and compares: a "
            "class label is found in ten tries, and equal inputs show as equal digests. Bytes are "
            "not fixed either: equal numbers may hash differently, and arrays of other shape the "
            "same."
        ),
        fix=(
            "Commitments with salt, bound to the request and the step, over canonical bytes that "
            "name type and shape."
        ),
        cost=(
            "16 bytes for each opening. Without salt a million candidates take about a second on "
            "one thread."
        ),
    ),
    Claim(
        id="A14",
        section="III.E",
        statement="joint providers need not reveal their models to each other",
        found=(
            "In the orchestrated protocol two providers give a layer each. The first asks for "
            "some forty calls of its own, knows what it passed on, sees the output, and solves "
            "for the other's layer; with a few hundred chosen calls the second does the same "
            "backwards."
        ),
        fix=(
            "Joint signature sees to it that no version is sold that one of them did not agree "
            "to. Parts of several nonlinear layers keep each provider from an exact copy of the "
            "other's; but the first, whose own layers do half of the work, still trains a better "
            "copy than any consumer does."
        ),
        cost=(
            "A signature of each provider for every version, so any of them can hold it up. "
            "Copying from outputs alone stays possible, slowed down only by the price."
        ),
    ),
    Claim(
        id="A15",
        section="I; III.E",
        statement="a patient's scans or a customer's accounts can be sent to such an API",
        found=(
            "Nothing is said of their privacy, and in the basic protocol the input is on the "
            "ledger for all. In the others the first executor has it in plain, and what the "
            "second is given still tells: a linear decoder on one small model found the right "
            "input among some five hundred in nearly every case."
        ),
        fix=(
            "Salt and sealed hops keep inputs from everybody but executors, until a step is "
            "opened as a whole in a dispute. Executors see what they compute on, and only "
            "encrypted or shared computation changes that."
        ),
        cost=(
            "Encrypted inference in published systems takes seconds to minutes where plain "
            "inference takes milliseconds."
        ),
    ),
    # Integrity and disputes
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
            "draw steps whether or not anybody complains. Everybody can dispute a step once: if "
            "it could be disputed once by anybody, somebody in league with the executor would do "
            "it first, and lose on purpose. A step that nobody looks at can still settle wrong, "
            "by design."
        ),
        cost=(
            "Every request waits for a window before it settles, and somebody must watch and put "
            "up a dispute bond. An audited step is computed twice. Whoever disputes a step by "
            "narrowing it down, or audits it, needs its component and its input: where whoever "
            "committed to the input is in league with the executor, nobody else can follow."
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
    ),
    Claim(
        id="A20",
        section="III.C",
        statement="the model's signature fixes its components and their order",
        found=(
            "A plain Merkle root does not. Three components, with the last one doubled as usual "
            "in an odd tree, have the root of four; and four have the root of two whose leaves "
            "are the inner nodes. In both variants nothing ties a digest to a place either, so "
            "the first vendor can claim the second's component."
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
    ),
    Claim(
        id="A22",
        section="Abstract; III.A",
        statement="nobody can repudiate what they sent or executed",
        found=(
            "On the ledger it holds: no transaction stands there that its author did not sign, "
            "and none stands there twice. But a record of the basic protocol names no request: a "
            "consumer asks the same again, and the vendor's old record counts for the new "
            "request. In the orchestrated one what passes off the ledger is unsigned, so either "
            "side can deny it."
        ),
        fix=(
            "A commitment is bound to its request and step, a record is taken once and in turn, "
            "and with signed hops whoever sends data signs for it."
        ),
        cost=(
            "A signature at each hop, and a nonce that each author counts. A stolen key signs for "
            "its owner all the same."
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
            "anybody can run again. There is no arbitrator to be trusted."
        ),
        cost=(
            "Narrowing down takes a number of rounds that grows with the logarithm of the work, "
            "each with a deadline. The dispute bond and the delay fall on whoever is wrong."
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
            "the stake, and the lock keeps that in place for a time."
        ),
        cost=(
            "Stakes stay locked after the request is over, for as long as complaints are heard. "
            "A second output counts only while its signer's key is in force, since nobody can "
            "tell when it was signed; so it must be shown before the signer replaces the key."
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
        fix="Finality: nobody acts on what the ledger may still drop.",
        cost=(
            "Every step waits for finality, so a request of m steps takes at least m + 1 of those "
            "waits, and the beacon's round on top."
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
    ),
    # What III.F says of each role
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
            "coalitions below its threshold from an exact copy. Two vendors around a part still "
            "train a better copy of it than a consumer can, and a consumer can always imitate "
            "what it is sold."
        ),
        cost=(
            "Larger parts and more vendors. Price and limits on requests are the only brake on "
            "imitation."
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
            "itself still raises the count, for the fees that it pays."
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
            "the dispute bond, which goes to the vendor."
        ),
        cost=(
            "A component must compute in exact integers, and a holder must not acknowledge what "
            "it has not compared."
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
    ),
    # What else the design takes for granted
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
            "A provider's due is its share of all that the version has ever earned, rounded "
            "down, less what it has taken; so nobody gets more than its share, and who fetches "
            "what is due is less than a unit short. Rounding by largest remainders would leave "
            "nothing over, but among three it can take back a unit that was drawn already (the "
            "Alabama paradox)."
        ),
        cost=(
            "Each provider fetches its money with a transaction of its own. Less than a unit for "
            "each provider stays in the version's revenue until more is earned."
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
            "last, and the beacon is trusted not to be bent. Whom chance draws can still decline "
            "before it puts up its stake, but cannot choose who comes next."
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
            "Escrow pays for recorded steps and, if the consumer cancels, for the step under way. "
            "A dispute needs a dispute bond, which goes to the executor that was right."
        ),
        cost=(
            "The consumer's price is locked until the request is over. Somebody who is right "
            "needs money up front to say so, unless an audit does it. Where the holders that are "
            "drawn do not take a step, the provider makes good what was paid for the steps "
            "before it."
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
            "nothing that the old one signs is accepted. What stood on the ledger before stays."
        ),
        cost=(
            "One more transaction for each change of keys, and somebody must notice the theft. A "
            "thief that is the first to replace the key has the identity; what that can cost a "
            "party is its bond and its stakes."
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
    ),
    Claim(
        id="A47",
        section="I",
        statement="fair use is ensured, and misbehaviour of all three stakeholders averted",
        found=(
            "It asks for all of the others at once, and falls with them: in the basic protocol a "
            "vendor records a constant and a provider gets an honest vendor convicted; in the "
            "orchestrated one a consumer forges an output and nobody can tell. The orchestrator "
            "and the arbitrator are two more parties, of whom nothing is asked."
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
    ),
)
