"""Providers that deviate."""

from adversaries.deviating.basic import providers as b
from adversaries.deviating.hardened import providers as h
from adversaries.deviating.hardened.vendors import LazyVendor
from adversaries.deviating.orchestrated import providers as o
from adversaries.rows.row import basic, hardened, orchestrated, row
from adversaries.script import PREVENTED, UNDETECTED, convicts, frames

PROVIDERS = (
    *row(
        "bad-handover",
        "provider",
        "hands holders other components than the registered ones",
        claims="A34",
        basic=basic(frames(vendor0="convict"), provider=b.SwappingProvider),
        orchestrated=orchestrated(frames(vendor0="convict"), provider=o.SwappingProvider),
        hardened=hardened(PREVENTED, provider=h.SwappingProvider),
    ),
    *row(
        "stale-version",
        "provider",
        "registers another version while a request is under way",
        basic=basic(frames(vendor0="convict"), provider=b.RestlessProvider),
        orchestrated=orchestrated(frames(vendor0="convict"), provider=o.RestlessProvider),
        hardened=hardened(PREVENTED, 2, provider=h.RestlessProvider),
    ),
    *row(
        "register-equivocation",
        "provider",
        "registers two models as one",
        basic=basic(UNDETECTED, provider=b.EquivocatingProvider),
        orchestrated=orchestrated(UNDETECTED, provider=o.EquivocatingProvider),
        # Nobody is convicted: a request names a version by its root, and gets that one.
        hardened=hardened(PREVENTED, 2, provider=h.EquivocatingProvider),
    ),
    *row(
        "lost-weights",
        "provider",
        "cannot show the registered components when a step is to be judged",
        basic=basic(UNDETECTED, provider=b.ForgetfulProvider),
        # Who executed a step has them, and who is to check it was drawn among its holders.
        hardened=hardened(
            convicts(vendor1="uphold"), provider=h.ForgetfulProvider, vendor1=LazyVendor
        ),
    ),
    # What a version is worth no protocol says, unless somebody vouches for it.
    *row(
        "worthless-model",
        "provider",
        "advertises one model, and registers another",
        basic=basic(UNDETECTED, provider=b.WorthlessProvider),
        orchestrated=orchestrated(UNDETECTED, provider=o.WorthlessProvider),
        hardened=hardened(UNDETECTED, 2, provider=h.WorthlessProvider),
    ),
    *row(
        "two-components",
        "provider",
        "hands each holder of a step another component",
        hardened=hardened(PREVENTED, 2, provider=h.TwoFacedProvider),
    ),
    *row(
        "junk-component",
        "provider",
        "registers bytes that are no component: whoever is to run them again would be convicted",
        hardened=hardened(PREVENTED, provider=h.JunkProvider),
    ),
    *row(
        "slow-component",
        "provider",
        "hands over components about which a quarrel takes longer than its terms say",
        hardened=hardened(PREVENTED, 2, provider=h.SlowProvider),
    ),
    *row(
        "no-mailbox",
        "provider",
        "names holders to whom nobody can write",
        hardened=hardened(PREVENTED, 2, provider=h.UnreachableProvider),
    ),
    *row(
        "unread-terms",
        "provider",
        "offers terms by which nobody is paid for any step",
        hardened=hardened(PREVENTED, provider=h.StingyProvider),
    ),
)
