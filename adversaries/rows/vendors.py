"""Vendors that deviate, one or all of them."""

from functools import partial

from adversaries.deviating.accusers import reordered
from adversaries.deviating.basic import vendors as b
from adversaries.deviating.hardened import vendors as h
from adversaries.deviating.orchestrated import vendors as o
from adversaries.deviating.thieves import basic_theft, hardened_theft, orchestrated_theft
from adversaries.rows.row import REQUESTS, basic, hardened, measured, orchestrated, row
from adversaries.script import PREVENTED, UNDETECTED, convicts, frames, suspects
from adversaries.victim import REPLACED, TWICE

VENDORS = (
    *row(
        "lazy-constant",
        "vendor",
        "commits to a constant, whatever it is given",
        basic=basic(UNDETECTED, vendor1=b.LazyVendor),
        orchestrated=orchestrated(UNDETECTED, vendor1=o.LazyVendor),
        hardened=hardened(convicts(vendor1="uphold"), vendor1=h.LazyVendor),
    ),
    *row(
        "cheap-substitute",
        "vendor",
        "runs a cheaper component in place of its own",
        basic=basic(UNDETECTED, vendor1=b.CheapVendor),
        orchestrated=orchestrated(UNDETECTED, vendor1=o.CheapVendor),
        hardened=hardened(convicts(vendor1="uphold"), vendor1=h.CheapVendor),
    ),
    *row(
        "trigger-flip",
        "vendor",
        "gives another label in place of one, and is right about all else",
        basic=basic(UNDETECTED, 4, vendor2=b.TargetingVendor),
        orchestrated=orchestrated(UNDETECTED, 4, vendor2=o.TargetingVendor),
        hardened=hardened(convicts(vendor2="uphold"), vendor2=h.TargetingVendor),
    ),
    # Exact arithmetic needs no tolerance: whoever is off by one is convicted, here by an audit.
    *row(
        "tolerance-steer",
        "vendor",
        "is off by one unit in the last place, which any tolerance lets pass",
        claims="A16",
        basic=basic(UNDETECTED, vendor2=b.NudgingVendor),
        orchestrated=orchestrated(UNDETECTED, vendor2=o.NudgingVendor),
        hardened=hardened(convicts(vendor2="uphold"), blind=True, vendor2=h.NudgingVendor),
    ),
    # A hardened record names no component; whoever has none cannot say what it has run.
    *row(
        "leaf-parrot",
        "vendor",
        "has no component, and copies the digest in an old record",
        claims="A19",
        basic=basic(UNDETECTED, sequences=REPLACED, vendor3=b.ParrotingVendor),
        orchestrated=orchestrated(UNDETECTED, sequences=REPLACED, vendor3=o.ParrotingVendor),
        hardened=hardened(convicts(vendor1="refuse_to_open"), vendor1=h.ParrotingVendor),
    ),
    # The contract compares with the digest of the step, and not with the root alone.
    *row(
        "wrong-slot",
        "vendor",
        "claims for its step what belongs to another",
        claims="A20",
        basic=basic(convicts(vendor1="convict"), vendor1=b.MisplacingVendor),
        orchestrated=orchestrated(convicts(vendor1="convict"), vendor1=o.MisplacingVendor),
        hardened=hardened(convicts(vendor1="replace"), vendor1=h.MisplacingVendor),
    ),
    # In clear a copied lie is a second opinion. Of a digest nobody can copy what it is of.
    *row(
        "copy-cat",
        "vendor",
        "records what another has recorded for the same step",
        basic=basic(UNDETECTED, sequences=REPLACED, vendor2=b.LazyVendor, vendor3=b.CopyingVendor),
        orchestrated=orchestrated(
            suspects("orchestrator", "vendor3"), sequences=REPLACED, vendor3=o.CopyingVendor
        ),
        hardened=hardened(convicts(vendor1="refuse_to_open"), vendor1=h.CopyingVendor),
    ),
    *row(
        "ghost-usage",
        "vendor",
        "records steps of no request",
        claims="A32",
        basic=basic(UNDETECTED, vendor1=b.GhostVendor),
        orchestrated=orchestrated(suspects("orchestrator", "vendor1"), vendor1=o.GhostVendor),
        hardened=hardened(PREVENTED, vendor1=h.GhostVendor),
    ),
    # What is said again is right: a component gives the same of the same data. A hardened record is
    # of one request, and counts for no other.
    *row(
        "replay",
        "vendor",
        "runs nothing, and says once more what it said before",
        basic=basic(PREVENTED, sequences=TWICE, vendor1=b.ReplayingVendor),
        orchestrated=orchestrated(PREVENTED, sequences=TWICE, vendor1=o.ReplayingVendor),
        hardened=hardened(convicts(vendor1="replace"), vendor1=h.ReplayingVendor),
    ),
    # A hardened record does not say what came in: that is for whoever runs on other data to show.
    *row(
        "misreport-input",
        "vendor",
        "says that it was given other data",
        orchestrated=orchestrated(
            suspects("orchestrator", "vendor1"), vendor1=o.MisreportingVendor
        ),
        hardened=hardened(convicts(vendor1="refuse_to_open"), vendor1=h.MisreportingVendor),
    ),
    # On paper whoever is given what it cannot run looks as if it stalled, and not who gave it. In
    # the hardened market it commits to nothing, and only who gave that has lied.
    *row(
        "range-framing",
        "vendor",
        "commits to numbers that the next component does not take",
        basic=basic(UNDETECTED, vendor1=b.EnlargingVendor),
        orchestrated=orchestrated(suspects("orchestrator", "vendor2"), vendor1=o.EnlargingVendor),
        hardened=hardened(convicts(vendor1="uphold"), vendor1=h.EnlargingVendor),
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
        claims="A22",
        orchestrated=orchestrated(suspects("orchestrator", "vendor1"), vendor1=o.DenyingVendor),
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
        orchestrated=orchestrated(suspects("orchestrator", "vendor1"), vendor1=o.SwappingVendor),
        hardened=hardened(PREVENTED, vendor1=h.SwappingVendor),
    ),
    *row(
        "double-post",
        "vendor",
        "signs a second output for each step that it has recorded",
        claims="A27",
        basic=basic(UNDETECTED, vendor1=b.EquivocatingVendor),
        orchestrated=orchestrated(
            suspects("orchestrator", "vendor1"), vendor1=o.EquivocatingVendor
        ),
        hardened=hardened(convicts(vendor1="expose"), vendor1=h.EquivocatingVendor),
    ),
    *row(
        "shed-key",
        "vendor",
        "signs second outputs, and replaces its key before anybody can show them",
        claims="A27",
        hardened=hardened(convicts(vendor1="expose"), vendor1=h.SheddingVendor),
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
        basic=basic(UNDETECTED, vendor2=b.StallingVendor),
        orchestrated=orchestrated(suspects("orchestrator", "vendor2"), vendor2=o.WithholdingVendor),
        hardened=hardened(convicts(vendor2="withhold"), vendor2=h.WithholdingVendor),
    ),
    *row(
        "key-theft",
        "outsider",
        "signs in the name of a vendor with its stolen key, until the vendor replaces that",
        claims="A44",
        basic=(frames(vendor1="convict"), partial(basic_theft, replaced=False)),
        orchestrated=(frames(vendor1="convict"), partial(orchestrated_theft, replaced=False)),
        hardened=(frames(vendor1="expose"), partial(hardened_theft, replaced=False)),
    ),
    # The paper has no way to replace a key; its parties have the ledger's here, as all have.
    *row(
        "replaced-key",
        "outsider",
        "signs in the name of a vendor with a key that it has replaced",
        basic=(PREVENTED, partial(basic_theft, replaced=True)),
        orchestrated=(PREVENTED, partial(orchestrated_theft, replaced=True)),
        hardened=(PREVENTED, partial(hardened_theft, replaced=True)),
    ),
    # The models here are of integers in every variant; those of the paper are of floating point.
    *row(
        "float-frame",
        "accuser",
        "runs an honest vendor's component again, and takes sums in another order",
        claims="A45",
        basic=measured(frames(vendor="rerun"), partial(reordered, exact=False)),
        hardened=measured(PREVENTED, partial(reordered, exact=True)),
    ),
    *row(
        "forged-run",
        "vendor",
        "commits to a constant, and stands by a run that ends with it",
        hardened=hardened(convicts(vendor1="uphold"), vendor1=h.ForgingVendor),
    ),
    # Who could make the run could not make its commitments, and would answer wrongly.
    *row(
        "missalted-output",
        "vendor",
        "commits to the right numbers with a salt of its own",
        hardened=hardened(convicts(vendor1="complain"), vendor1=h.MissaltingVendor),
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
        basic=basic(UNDETECTED, vendor0=b.LazyVendor, vendor1=b.LazyVendor, vendor2=b.LazyVendor),
        orchestrated=orchestrated(
            UNDETECTED, vendor0=o.LazyVendor, vendor1=o.LazyVendor, vendor2=o.LazyVendor
        ),
        hardened=hardened(
            convicts(vendor1="uphold", vendor2="uphold"),  # the other was not drawn
            vendor0=h.LazyVendor,
            vendor1=h.LazyVendor,
            vendor2=h.LazyVendor,
        ),
    ),
)
