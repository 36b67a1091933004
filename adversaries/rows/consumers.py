"""Consumers that deviate."""

from adversaries.deviating.basic import consumers as b
from adversaries.deviating.hardened import consumers as h
from adversaries.rows.row import basic, hardened, row
from adversaries.script import PREVENTED, convicts

CONSUMERS = (
    *row(
        "forged-output",
        "consumer",
        "contests an output that nobody gave",
        claims="A36",
        basic=basic(PREVENTED, doubts=True, consumer=b.ForgingConsumer),
    ),
    *row(
        "never-send",
        "consumer",
        "makes requests, and never gives its input",
        hardened=hardened(convicts(consumer="withhold_input"), consumer=h.NeverSendingConsumer),
    ),
    # Nobody is convicted: to doubt is no fault, and is paid for with two tolls.
    *row(
        "frivolous-dispute",
        "consumer",
        "disputes every step of every request",
        hardened=hardened(PREVENTED, consumer=h.FrivolousConsumer),
    ),
    # Nothing comes of what does not fit, and nobody is to blame for that but who asked for it.
    *row(
        "unfit-input",
        "consumer",
        "asks for two rows where a version takes one, and disputes the nothing that comes of it",
        hardened=hardened(PREVENTED, consumer=h.UnfitConsumer),
    ),
)
