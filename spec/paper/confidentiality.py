"""What the paper claims of secrets, and of those who put theirs together: A1 to A15."""

from spec.hardened import hardened
from spec.hardened import properties as h
from spec.orchestrated import orchestrated
from spec.paper.claim import Argued, Claim, Conceals, Holds, Placed, Point, Tried

CLAIMS = (
    Claim(
        id="A1",
        section="Abstract",
        statement="vendors cannot put their parts together and steal the model",
        found=(
            "All vendors together hold every component, whatever the protocol. Fewer are enough "
            "in the orchestrated protocol: of three vendors with a layer each, the first knows "
            "what goes into the second's layer and the third what comes out, and some hundred "
            "requests give it by least squares. With a layer each and an account as a consumer, a "
            "coalition has the whole model if and only if it misses no two neighbouring parts, so "
            "half of the vendors are enough: of 3 to 6 parts, all 228 coalitions, accounts and "
            "none, came out so."
        ),
        fix=(
            "A placement with a threshold, counting what can be inferred exactly, says how many "
            "vendors must conspire for the whole model; with at least two nonlinear layers in "
            "each part, a part in between is no longer a linear equation. But two vendors around "
            "such a part still train a better copy of it than a consumer does who asks as often, "
            "and all holders together cannot be stopped."
        ),
        cost=(
            "With overlap the threshold falls: on N vendors of which any f may crash, it is at "
            "most N - f. Coming near to that takes many parts: on six vendors with one spare, 6 "
            "parts for a threshold of 4 and 15 for 5."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "reading the ledger does not give the model",
                Tried("chain-observer"),
            ),
            Point(
                "orchestrated",
                "refuted",
                "no coalition short of all vendors has the model, of a layer each",
                Tried("coalitions"),
            ),
            Point(
                "orchestrated",
                "refuted",
                "two vendors do not learn the part between theirs",
                Tried("sandwich"),
            ),
            Point(
                "hardened",
                "refuted",
                "two vendors do not learn a part between theirs that has two nonlinear layers",
                Tried("sandwich-deep"),
            ),
            Point(
                "hardened",
                "proved",
                "10 parts on 6 vendors, of which any may crash: any 2 miss "
                "a part, even with what they can infer exactly; no placement does better",
                Placed(10, 6, 1, 3, True),
            ),
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
            "layers the vendor in the middle did no better with such an account than a consumer "
            "who asks as often. But the first did: it holds the layers that digits show worst."
        ),
        cost=(
            "Fewer and larger parts for the same model. Whoever executes a step still sees its "
            "input, its output and its component."
        ),
        points=(
            Point(
                "basic",
                "refuted",
                "no vendor alone learns the model from the ledger",
                Tried("chain-observer"),
            ),
            Point(
                "orchestrated",
                "refuted",
                "no vendor learns its neighbours' parts as a consumer",
                Tried("middle"),
            ),
            Point(
                "hardened",
                "sampled",
                "with two nonlinear layers in each part, the vendor in the middle copies the model "
                "no better than a consumer who asks as often",
                Tried("middle-deep"),
            ),
            Point(
                "hardened",
                "refuted",
                "with two nonlinear layers in each part, nor does the first vendor",
                Tried("first-deep"),
            ),
        ),
    ),
    Claim(
        id="A3",
        section="III.A",
        statement="splitting a model over vendors is much like secret sharing",
        found=(
            "In every variant a share is itself a piece of the model and has a value of its own: "
            "with 50 labelled examples, a classifier on top of the first two layers was right in "
            "90 of 100 cases, on raw pixels in 81; of digits moved by a pixel in 40 and in 29. A "
            "secret-sharing share below the threshold would tell nothing."
        ),
        fix=(
            "Nothing mends it while vendors compute on plain components. It is partitioned "
            "knowledge, and how much a part is worth has to be measured for each model."
        ),
        cost=(
            "Real secret sharing means secure computation between the vendors, with far more "
            "traffic and time for each request."
        ),
        points=(
            Point(
                "every",
                "refuted",
                "a share of the model alone is worth nothing",
                Tried("share-value"),
            ),
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
        points=(
            Point(
                "basic",
                "refuted",
                "the ledger does not give the model away",
                Tried("chain-observer"),
            ),
            Point(
                "orchestrated",
                "refuted",
                "the ledger does not show that APIs share a component",
                Tried("link-digests"),
            ),
            Point(
                "hardened",
                "sampled",
                "the ledger does not show that APIs share a component",
                Tried("link-leaves"),
            ),
            Point(
                "hardened",
                "proved",
                "the ledger looks the same whatever the components and the "
                "data are, but for what is opened in a dispute",
                Conceals(hardened),
            ),
        ),
    ),
    Claim(
        id="A5",
        section="III.B.1",
        statement="no vendor learns the confidential formula that combines the parts",
        found=(
            "In every variant the vendor that combines has the formula, since it must run it. In "
            "the basic protocol everybody has: a formula that is linear in k metrics is solved "
            "from k + 1 records that differ enough. Split in three, what lies between two vendors "
            "is written down by them from 50 requests, also where it multiplies, divides or takes "
            "the greater of two; a quotient of sums and products was not."
        ),
        fix=(
            "Salt and sealed hops keep it from onlookers; the combining vendor's own knowledge "
            "cannot be mended. Splitting the formula helps only where no coalition sees both "
            "sides of a simple part."
        ),
        cost="More steps for each request, and for each a record, a wage and a stake.",
        points=(
            Point(
                "basic",
                "refuted",
                "the formula cannot be solved for from the ledger",
                Tried("formula"),
            ),
            Point(
                "orchestrated",
                "refuted",
                "two vendors do not learn the formula between theirs if it is not linear",
                Tried("formula-split"),
            ),
            Point(
                "hardened",
                "argued",
                "the vendor that combines does not learn the formula",
                Argued(
                    "false, and no run is needed to see it: whoever combines holds the formula in "
                    "order to run it; onlookers see commitments"
                ),
            ),
        ),
    ),
    Claim(
        id="A6",
        section="III.B.2",
        statement="a decision tree's nodes can be spread over vendors",
        found=(
            "Each node's vendor needs the whole feature vector, and who is asked shows the way "
            "that the input took; so does the index that passes where a tree is cut between "
            "levels. In the basic protocol a consumer that sees these records chooses inputs and "
            "finds each threshold by halving: about 1,100 requests for all 78 nodes of one tree."
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
        points=(
            Point(
                "basic",
                "refuted",
                "a tree cannot be told from who is asked, and what",
                Tried("tree-path"),
            ),
            Point(
                "hardened",
                "sampled",
                "a tree that is one step cannot be told from its answers to some 2,000 requests",
                Tried("tree-whole"),
            ),
        ),
    ),
    Claim(
        id="A7",
        section="III.B.2",
        statement="the weak models of an ensemble can sit with different vendors",
        found=(
            "In every variant a vendor with some of the trees has a smaller ensemble that works "
            "at once; theft succeeds by degrees, and no number of vendors marks where it starts: "
            "half of 30 trees has the forest's answer to some 96% of inputs, where a consumer's "
            "copy from 300 answers has it to 91%. "
            "In the basic protocol each weak model's answers are on the ledger besides."
        ),
        fix=(
            "Salt and sealed hops hide the answers from onlookers. What a coalition's trees are "
            "worth cannot be mended, only measured: how well the best part of the ensemble does "
            "alone."
        ),
        cost="Fewer weak models with each vendor mean more vendors, more steps, and a longer wait.",
        points=(
            Point(
                "every",
                "refuted",
                "some of an ensemble's weak models are of no use alone",
                Tried("ensemble-share"),
            ),
        ),
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
        points=(
            Point(
                "every",
                "argued",
                "vendors do not know who the others are",
                Argued(
                    "no run has it: who is behind an identity is on no ledger; a placement counts "
                    "firms known to be one as one, and says how far the threshold falls for each "
                    "that is not"
                ),
            ),
            Point(
                "basic",
                "refuted",
                "who holds all parts under names of its own is told from vendors who hold one each",
                Tried("sybil/basic"),
            ),
            Point(
                "hardened",
                "refuted",
                "who holds all parts under names of its own is told from vendors who hold one each",
                Tried("sybil/hardened"),
            ),
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
        points=(
            Point(
                "orchestrated",
                "refuted",
                "who carries the data does not learn the model",
                Tried("orchestrator"),
            ),
            Point(
                "hardened",
                "sampled",
                "who carries the data reads none of it",
                Tried("prying-carrier/hardened"),
            ),
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
        points=(
            Point(
                "basic",
                "refuted",
                "a buyer cannot tell by the ledger whether a stranger's part is the registered one",
                Tried("bounty-market/basic"),
            ),
            Point(
                "orchestrated",
                "refuted",
                "a buyer cannot tell by the ledger whether a stranger's part is the registered one",
                Tried("bounty-market/orchestrated"),
            ),
            Point(
                "hardened",
                "refuted",
                "a buyer cannot tell by the ledger whether a stranger's part is the registered one",
                Tried("bounty-market/hardened"),
            ),
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
        points=(
            Point(
                "every",
                "refuted",
                "random executors see fewer parts than fixed ones",
                Tried("random-executors"),
            ),
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
        points=(
            Point(
                "orchestrated",
                "proved",
                "6 parts on 4 vendors: any may crash, and 3 of them "
                "hold all; no placement needs more",
                Placed(6, 4, 1, 3, False),
            ),
            Point(
                "hardened",
                "proved",
                "6 parts on 6 vendors: any may crash, and 4 of them hold "
                "all; no placement needs more",
                Placed(6, 6, 1, 4, False),
            ),
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
        points=(
            Point(
                "orchestrated",
                "refuted",
                "nobody confirms a guess of the data from its hash",
                Tried("dictionary"),
            ),
            Point(
                "orchestrated",
                "refuted",
                "the ledger looks the same whatever the data is",
                Conceals(orchestrated),
            ),
            Point(
                "hardened",
                "sampled",
                "nobody confirms a guess of the data from a commitment",
                Tried("dictionary-salted"),
            ),
            Point(
                "hardened",
                "sampled",
                "nobody guesses, from an operation that a quarrel shows, the numbers beside it",
                Tried("row-neighbours"),
            ),
            Point(
                "hardened",
                "proved",
                "nobody confirms a guess of the data",
                Holds(hardened, h.data_is_not_guessed),
            ),
        ),
    ),
    Claim(
        id="A14",
        section="III.E",
        statement="joint providers need not reveal their models to each other",
        found=(
            "In the orchestrated protocol two providers give a layer each. The first asks for "
            "some forty calls of its own, knows what it passed on, sees the output, and solves "
            "for the other's layer; with two hundred calls the second does the same backwards."
        ),
        fix=(
            "Joint signature sees to it that no version is sold that one of them did not agree "
            "to. Parts of several nonlinear layers keep each provider from an exact copy of the "
            "other's; but the first, whose own layers do half of the work, still trains a better "
            "copy than a consumer does who asks as often."
        ),
        cost=(
            "A signature of each provider for every version, so any of them can hold it up. "
            "Copying from outputs alone stays possible, slowed down only by the price."
        ),
        points=(
            Point(
                "orchestrated",
                "refuted",
                "a provider does not learn the next one's layer",
                Tried("joint-first"),
            ),
            Point(
                "orchestrated",
                "refuted",
                "a provider does not learn the layer before its own",
                Tried("joint-second"),
            ),
            Point(
                "hardened",
                "refuted",
                "a provider does not learn the next one's layers if both give two nonlinear ones",
                Tried("joint-first-deep"),
            ),
            Point(
                "hardened",
                "proved",
                "no version is sold that some provider did not sign",
                Holds(hardened, h.active_versions_are_signed),
            ),
            Point(
                "hardened",
                "sampled",
                "a provider copies the layers before its own no better than a consumer who asks "
                "as often, if both give two nonlinear ones",
                Tried("joint-second-deep"),
            ),
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
            "input among 300 in 97% of cases, and in 60% from what the third is given."
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
        points=(
            Point(
                "every",
                "refuted",
                "who executes the second step cannot tell the input",
                Tried("reidentify"),
            ),
            Point(
                "basic",
                "refuted",
                "who reads the ledger does not see what was asked and answered",
                Tried("free-reader/basic"),
            ),
        ),
    ),
)
