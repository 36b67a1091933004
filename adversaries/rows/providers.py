"""Providers that deviate, and whoever begins a ledger."""

from collections.abc import Callable
from functools import partial

from adversaries.deviating.basic import providers as b
from adversaries.deviating.basic.play import play as basic_play
from adversaries.deviating.hardened import providers as h
from adversaries.deviating.hardened.play import play as hardened_play
from adversaries.deviating.hardened.vendors import LazyVendor
from adversaries.deviating.orchestrated import providers as o
from adversaries.deviating.orchestrated.play import play as orchestrated_play
from adversaries.gaining.payouts import dust, floors, floors_of_calls
from adversaries.gaining.washing import washed
from adversaries.rows.row import Case, basic, hardened, measured, orchestrated, row
from adversaries.script import PREVENTED, UNDETECTED, Facts, convicts, frames
from impl.hardened.parties.consumer import Consumer
from impl.hardened.parties.provider import Provider
from impl.paper.basic import parties as basic_parties
from impl.paper.orchestrated import parties as orchestrated_parties


def _washed(play: Callable[..., Facts], **cast: type) -> Case:
    """Some are one, and do as they should."""
    return UNDETECTED, partial(washed, play=play, cast=cast)


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
        claims="A35",
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
        claims="A33",
        basic=basic(UNDETECTED, provider=b.ForgetfulProvider),
        # Who executed a step has what a quarrel needs, and so has who knows the version.
        hardened=hardened(
            convicts(vendor1="uphold"),
            2,
            h.deploy_alone,
            provider=h.ForgetfulProvider,
            vendor1=LazyVendor,
        ),
    ),
    # What a version is worth no protocol says, unless somebody vouches for it.
    *row(
        "worthless-model",
        "provider",
        "advertises one model, and registers another",
        claims="A34",
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
        claims="A39",
        hardened=hardened(PREVENTED, provider=h.StingyProvider),
    ),
    *row(
        "endless-windows",
        "founder",
        "gives each phase more blocks than anybody lives to see",
        hardened=(PREVENTED, partial(h.with_windows, blocks=2**63)),
    ),
    *row(
        "window-of-one",
        "founder",
        "gives each phase one block, in which what is in time is overdue as well",
        hardened=(PREVENTED, partial(h.with_windows, blocks=1)),
    ),
    # Nothing tells a friend's request from another; in the hardened market it costs the wages.
    *row(
        "wash-calls",
        "consumer and provider",
        "ask for their own version, so that it seems to be in demand",
        claims="A32",
        basic=_washed(basic_play, consumer=basic_parties.Consumer, provider=basic_parties.Provider),
        orchestrated=_washed(
            orchestrated_play,
            consumer=orchestrated_parties.Consumer,
            provider=orchestrated_parties.Provider,
        ),
        hardened=_washed(hardened_play, consumer=Consumer, provider=Provider),
    ),
    *row(
        "dust-rounding",
        "provider",
        "sells for a unit, of which the others' shares are none",
        claims="A40",
        basic=measured(UNDETECTED, partial(dust, floors_of_calls)),
        hardened=measured(PREVENTED, partial(dust, floors)),
    ),
)
