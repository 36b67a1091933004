"""Vendors that deviate, one or all of them."""

from adversaries.deviating.basic import vendors as b
from adversaries.deviating.hardened import vendors as h
from adversaries.deviating.orchestrated import vendors as o
from adversaries.rows.row import REQUESTS, basic, hardened, orchestrated, row
from adversaries.script import PREVENTED, UNDETECTED, convicts, suspects

VENDORS = (
    *row(
        "lazy-constant",
        "vendor",
        "commits to a constant, whatever it is given",
        claims="A16 A19",
        basic=basic(UNDETECTED, vendor1=b.LazyVendor),
        orchestrated=orchestrated(UNDETECTED, vendor1=o.LazyVendor),
        hardened=hardened(convicts(vendor1="uphold"), vendor1=h.LazyVendor),
    ),
    *row(
        "stall",
        "vendor",
        "takes on a step, and never does anything again",
        claims="A25",
        basic=basic(UNDETECTED, vendor1=b.StallingVendor),
        orchestrated=orchestrated(suspects("orchestrator", "vendor1"), vendor1=o.SilentVendor),
        hardened=hardened(convicts(vendor1="replace"), vendor1=h.SilentVendor),
    ),
    *row(
        "false-nonreceipt",
        "vendor",
        "says that it has not received what it has",
        hardened=hardened(PREVENTED, vendor1=h.DenyingVendor),
    ),
    *row(
        "garbage-ciphertext",
        "vendor",
        "publishes junk where it is asked for the data",
        hardened=hardened(convicts(vendor1="show_bad"), vendor1=h.GarbageVendor),
    ),
    *row(
        "return-swap",
        "vendor",
        "sends other data than it has committed to",
        hardened=hardened(PREVENTED, vendor1=h.SwappingVendor),
    ),
    *row(
        "double-post",
        "vendor",
        "signs a second output for each step that it has recorded",
        hardened=hardened(convicts(vendor1="expose"), vendor1=h.EquivocatingVendor),
    ),
    # Whoever has fled is drawn no more, so of few requests it may have recorded none that ended.
    *row(
        "exit-scam",
        "vendor",
        "commits to a constant, and takes its bond home before anybody complains",
        hardened=hardened(convicts(vendor1="uphold"), 2 * REQUESTS, vendor1=h.FleeingVendor),
    ),
    *row(
        "last-mover-ransom",
        "vendor",
        "does not give away the last output, and waits for an offer",
        hardened=hardened(convicts(vendor2="withhold"), vendor2=h.WithholdingVendor),
    ),
    *row(
        "forged-run",
        "vendor",
        "commits to a constant, and stands by a run that ends with it",
        hardened=hardened(convicts(vendor1="uphold"), vendor1=h.ForgingVendor),
    ),
    *row(
        "untold-opponent",
        "vendors",
        "stand by a constant, and keep what went in from whoever is to check it",
        # Chance draws one of them; the other keeps what it knows from who disputes.
        hardened=hardened(
            convicts(vendor1="uphold"), vendor0=h.SecretiveVendor, vendor1=h.SecretiveVendor
        ),
    ),
    *row(
        "cartel",
        "vendors",
        "all commit to constants",
        hardened=hardened(
            convicts(vendor1="uphold", vendor2="uphold"),  # the other was not drawn
            vendor0=h.LazyVendor,
            vendor1=h.LazyVendor,
            vendor2=h.LazyVendor,
        ),
    ),
)
