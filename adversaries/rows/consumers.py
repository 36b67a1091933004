"""Consumers that deviate."""

from adversaries.deviating.basic import consumers as b
from adversaries.deviating.hardened import consumers as h
from adversaries.deviating.orchestrated import consumers as o
from adversaries.rows.row import basic, hardened, orchestrated, row
from adversaries.script import PREVENTED, convicts, suspects
from impl.hardened.parties.consumer import Consumer
from impl.paper.basic.parties import Consumer as BasicConsumer

CONSUMERS = (
    *row(
        "forged-output",
        "consumer",
        "contests an output that nobody gave",
        claims="A36",
        basic=basic(PREVENTED, doubts=True, consumer=b.ForgingConsumer),
        # It has its money back, and who delivered cannot show that it did.
        orchestrated=orchestrated(suspects("consumer", "orchestrator"), consumer=o.ForgingConsumer),
        hardened=hardened(PREVENTED, 2, consumer=h.ForgingConsumer),
    ),
    *row(
        "input-bait",
        "consumer",
        "commits to one input, and gives another",
        claims="A37",
        orchestrated=orchestrated(suspects("consumer", "orchestrator"), consumer=o.BaitingConsumer),
        hardened=hardened(convicts(consumer="show_bad_input"), 2, consumer=h.BaitingConsumer),
    ),
    # Who waits for what fits the commitment demands it, and then has it.
    *row(
        "input-swap",
        "consumer",
        "sends another input than it has committed to, and publishes the right one",
        hardened=hardened(PREVENTED, 2, consumer=h.SwappingConsumer),
    ),
    *row(
        "take-and-vanish",
        "consumer",
        "takes the output, and never says that it has",
        claims="A38",
        orchestrated=orchestrated(
            suspects("consumer", "orchestrator"), consumer=o.VanishingConsumer
        ),
        hardened=hardened(PREVENTED, 2, consumer=h.VanishingConsumer),
    ),
    *row(
        "never-send",
        "consumer",
        "makes requests, and never gives its input",
        # To the ledger it is as if the data had been dropped on its way.
        orchestrated=orchestrated(
            suspects("consumer", "orchestrator", "vendor0"), consumer=o.NeverSendingConsumer
        ),
        hardened=hardened(convicts(consumer="withhold_input"), consumer=h.NeverSendingConsumer),
    ),
    # Nobody is convicted: to doubt is no fault. On paper nothing comes of it, and nothing is at
    # stake; in the hardened market it is paid for with two tolls.
    *row(
        "frivolous-dispute",
        "consumer",
        "disputes every step of every request",
        basic=basic(PREVENTED, 3, doubts=True, consumer=BasicConsumer),
        hardened=hardened(PREVENTED, consumer=h.FrivolousConsumer),
    ),
    # Nothing comes of what does not fit, and nobody is to blame for that but who asked for it.
    *row(
        "unfit-input",
        "consumer",
        "asks for two rows where a version takes one, and disputes the nothing that comes of it",
        hardened=hardened(PREVENTED, consumer=h.UnfitConsumer),
    ),
    *row(
        "no-lock",
        "consumer",
        "has its output demanded for zeros, for which who is to publish it can seal nothing",
        hardened=hardened(PREVENTED, 2, consumer=h.LocklessConsumer),
    ),
    # To have the price back they lose the vendor's stake, which is more; another does the step.
    *row(
        "evader",
        "consumer and vendor",
        "share the last output, and have the request fail before it is recorded",
        hardened=hardened(convicts(vendor2="replace"), consumer=Consumer, vendor2=h.EvadingVendor),
    ),
)
