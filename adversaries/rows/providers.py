"""Providers that deviate."""

from adversaries.deviating.basic import providers as b
from adversaries.deviating.hardened import providers as h
from adversaries.rows.row import basic, hardened, row
from adversaries.script import PREVENTED, frames

PROVIDERS = (
    *row(
        "bad-handover",
        "provider",
        "hands holders other components than the registered ones",
        claims="A34",
        basic=basic(frames(vendor0="convict"), provider=b.SwappingProvider),
        hardened=hardened(PREVENTED, provider=h.SwappingProvider),
    ),
    *row(
        "junk-component",
        "provider",
        "registers bytes that are no component: whoever is to run them again would be convicted",
        hardened=hardened(PREVENTED, provider=h.JunkProvider),
    ),
    *row(
        "unread-terms",
        "provider",
        "offers terms by which nobody is paid for any step",
        hardened=hardened(PREVENTED, provider=h.StingyProvider),
    ),
)
