"""Parties of several kinds that deviate together."""

from functools import partial

from adversaries.deviating.basic import others as b
from adversaries.deviating.hardened import others as h
from adversaries.deviating.hardened.providers import ShamProvider
from adversaries.deviating.hardened.vendors import LazyVendor
from adversaries.rows.row import hardened, row
from adversaries.script import PREVENTED, UNDETECTED, convicts

COALITIONS = (
    *row(
        "sham-dispute",
        "vendor and provider",
        "one commits to constants, the other disputes them before others do, and loses on purpose",
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
        basic=(UNDETECTED, b.off_ledger),
        hardened=(UNDETECTED, h.off_ledger),
    ),
)
