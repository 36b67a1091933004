"""Parties of several kinds that deviate together."""

from functools import partial

import attrs

from adversaries.deviating.basic import others as b
from adversaries.deviating.hardened import coalitions as c
from adversaries.deviating.hardened import friends as f
from adversaries.deviating.hardened import node, sizes
from adversaries.deviating.hardened import others as h
from adversaries.deviating.hardened.providers import ShamProvider
from adversaries.deviating.hardened.vendors import LazyVendor
from adversaries.deviating.orchestrated import others as o
from adversaries.rows.row import REQUESTS, hardened, row
from adversaries.script import PREVENTED, UNDETECTED, CameTo, convicts

_VENDORS = ("vendor0", "vendor1", "vendor2")
_WITNESSES = ("provider", *_VENDORS, "consumer")


def _both(*names: str) -> CameTo:
    """These are convicted of having signed two histories."""
    return convicts(**dict.fromkeys(names, "show_fork"))


COALITIONS = (
    *row(
        "sham-dispute",
        "vendor and provider",
        "one commits to constants, the other disputes them before others do, and loses on purpose",
        claims="A16",
        hardened=hardened(convicts(vendor1="uphold"), vendor1=LazyVendor, provider=ShamProvider),
    ),
    # Each who has a part can dispute a step once, so nobody keeps another from it.
    *row(
        "friendly-dispute",
        "vendor and friends",
        "one commits to constants, the others, who have a share of nothing, dispute them to lose",
        hardened=hardened(
            convicts(vendor1="uphold"),
            deploy=f.with_friends,
            vendor1=LazyVendor,
            friend0=ShamProvider,
            friend1=ShamProvider,
        ),
    ),
    # An auditor has a window's time, in which nobody else begins for it.
    *row(
        "forestalled-audit",
        "vendor and anybody",
        "one commits to constants, the other has audits held before their auditor can begin",
        hardened=hardened(
            convicts(vendor1="uphold"),
            2 * REQUESTS,
            blind=True,
            vendor1=LazyVendor,
            outsider=f.ForestallingWatcher,
        ),
    ),
    # Who confirms what it was handed answers for it, and cannot say that it ran the registered one.
    *row(
        "friendly-handover",
        "provider and vendor",
        "one hands the other another component than the registered one, which that confirms",
        hardened=hardened(
            convicts(vendor1="refuse_to_open"),
            provider=f.FavouringProvider,
            vendor1=f.CredulousVendor,
        ),
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
    # With shares for whoever has a part, a consumer reads in the terms how often that can be.
    *row(
        "shared-delay",
        "providers and vendors",
        "share nothing and dispute every step, which the others defend, all as late as they can",
        hardened=(PREVENTED, partial(c.delayed, friends=f.FRIENDS)),
    ),
    *row(
        "sizes-to-hold",
        "vendors",
        "as many as there are, pool the parts that they hold, or take on no step",
        hardened=(UNDETECTED, sizes.holding),
    ),
    *row(
        "sizes-to-idle",
        "vendors and provider",
        "as many as there are, commit to constants and confirm each other's",
        hardened=(UNDETECTED, sizes.idling),
    ),
    *row(
        "sizes-to-frame",
        "vendors, consumer and provider",
        "as many as there are, say of what is right that it is wrong",
        hardened=(PREVENTED, sizes.framing),
    ),
    *row(
        "sizes-to-fork",
        "node and witnesses",
        "as many as there are, sign two histories, or none",
        hardened=(UNDETECTED, sizes.forking),
    ),
    # Whoever has kept a head of the first history shows who has signed it, and another.
    *row(
        "witness-friends",
        "node and vendors",
        "one shows two histories, and the others, who are a quorum, sign both",
        claims="A28",
        hardened=(
            _both("node", *_VENDORS),
            partial(node.forked_ledger, friends=_VENDORS),
        ),
    ),
    *row(
        "witness-cartel",
        "node and witnesses",
        "one shows two histories, and all the others sign both",
        claims="A28",
        hardened=(
            _both("node", *_WITNESSES),
            partial(node.forked_ledger, friends=_WITNESSES),
        ),
    ),
    *row(
        "swallowed-head",
        "node and vendors",
        "one shows a head of another history, which the others have signed, and then that history",
        claims="A28",
        hardened=(
            _both("node", *_VENDORS),
            partial(node.swallowed_head, friends=_VENDORS),
        ),
    ),
    # That nobody's storage is set back is assumed; without it, a witness forgets what it signed.
    *row(
        "restored-witness",
        "node and vendors",
        "show and sign two histories, and another signs both that was set back before the first",
        claims="A28",
        hardened=(
            attrs.evolve(_both("node", *_VENDORS), outcome="F"),
            partial(node.forked_ledger, friends=_VENDORS[:2], restored=_VENDORS[2:]),
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
