"""Parties of several kinds that deviate together."""

from functools import partial

from adversaries.deviating.basic import others as b
from adversaries.deviating.hardened import coalitions as c
from adversaries.deviating.hardened import node
from adversaries.deviating.hardened import others as h
from adversaries.deviating.hardened.providers import ShamProvider
from adversaries.deviating.hardened.vendors import LazyVendor
from adversaries.deviating.orchestrated import others as o
from adversaries.rows.row import hardened, row
from adversaries.script import PREVENTED, UNDETECTED, convicts

COALITIONS = (
    *row(
        "sham-dispute",
        "vendor and provider",
        "one commits to constants, the other disputes them before others do, and loses on purpose",
        claims="A16",
        hardened=hardened(convicts(vendor1="uphold"), vendor1=LazyVendor, provider=ShamProvider),
    ),
    *row(
        "off-ledger",
        "vendors",
        "serve a client of their own from what they were handed",
        claims="A31",
        every=(UNDETECTED, b.off_ledger),
    ),
    *row(
        "off-ledger-short",
        "vendors",
        "serve a client of their own, and lack the last part",
        every=(PREVENTED, partial(b.off_ledger, holders=2)),
    ),
    # A ledger knows identities, and not who has them: one firm that has all has the model.
    *row(
        "sybil",
        "vendor",
        "registers under as many identities as there are parts, and is handed all of them",
        claims="A8",
        basic=(UNDETECTED, b.off_ledger),
        hardened=(UNDETECTED, h.off_ledger),
    ),
    # That nobody knows a round of the beacon before it is out is assumed.
    *row(
        "foretold-draw",
        "beacon and consumer",
        "one tells whom it will draw, the other asks where that is their friend",
        claims="A41",
        hardened=(UNDETECTED, c.foretold),
    ),
    *row(
        "biased-pick",
        "orchestrator and vendor",
        "one has the other execute every step, where chance should decide",
        claims="A41",
        orchestrated=(UNDETECTED, o.biased),
        hardened=(PREVENTED, c.pushed),
    ),
    # Chance draws auditors from those who hold a part, so one of them has to be honest.
    *row(
        "friendly-auditors",
        "vendors",
        "all commit to constants, and where they audit each other look at what is right",
        claims="A16",
        hardened=hardened(
            UNDETECTED,
            blind=True,
            vendor0=c.FriendlyVendor,
            vendor1=c.FriendlyVendor,
            vendor2=c.FriendlyVendor,
        ),
    ),
    # Each dispute has its time, which the window is not given again, and costs who is wrong.
    *row(
        "dismissed-delay",
        "provider and vendors",
        "one disputes every step, the others defend them, all as late as they can",
        hardened=(PREVENTED, c.delayed),
    ),
    # One honest witness that has signed the first history is enough to show the other.
    *row(
        "witness-friends",
        "node and vendors",
        "one shows two histories, and the others, who are a quorum, sign both",
        hardened=(
            convicts(node="show_fork"),
            partial(node.forked_ledger, friends=("vendor0", "vendor1", "vendor2")),
        ),
    ),
    *row(
        "witness-cartel",
        "node and witnesses",
        "one shows two histories, and all the others sign both",
        claims="A28",
        hardened=(
            UNDETECTED,
            partial(
                node.forked_ledger,
                friends=("provider", "vendor0", "vendor1", "vendor2", "consumer"),
            ),
        ),
    ),
    # The market goes on, and what goes on can be taken back: safety is left out for liveness.
    *row(
        "absent-witnesses",
        "vendors",
        "are away when blocks are to be witnessed, and leave no quorum",
        hardened=(
            UNDETECTED,
            partial(node.unwitnessed, away=("vendor0", "vendor1", "vendor2")),
        ),
    ),
)
