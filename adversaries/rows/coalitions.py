"""Parties of several kinds that deviate together."""

from adversaries.deviating.basic.play import off_ledger
from adversaries.deviating.hardened.providers import ShamProvider
from adversaries.deviating.hardened.vendors import LazyVendor
from adversaries.rows.row import hardened, row
from adversaries.script import UNDETECTED, convicts

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
        every=(UNDETECTED, off_ledger),
    ),
)
