"""Those who are to check what others did, and deviate."""

from functools import partial

from adversaries.deviating.basic import arbitrators as b
from adversaries.deviating.hardened import arbitrators as h
from adversaries.rows.row import hardened, row
from adversaries.script import PREVENTED, UNDETECTED, frames
from impl.paper.basic.parties import Arbitrator

ARBITRATORS = (
    # In the hardened market whom chance draws is to check, and the contract judges what is left.
    *row(
        "corrupt-arbitrator",
        "arbitrator",
        "says of honest vendors that they did not run what is registered",
        claims="A24",
        basic=(frames(vendor0="convict"), b.framing),
        hardened=hardened(PREVENTED, vendor1=h.AccusingVendor),
    ),
    # It takes a vendor's first record of some data for that of any request.
    *row(
        "shared-vendor",
        "nobody",
        "two APIs ask the same vendors for the same, and an arbitrator does as it should",
        claims="A22",
        basic=(frames(vendor0="convict"), partial(b.framing, arbitrator=Arbitrator, judged=1)),
    ),
    *row(
        "dispute-siphon",
        "consumer and arbitrator",
        "has steps judged, to see what is shown of their components",
        claims="A24",
        basic=(UNDETECTED, b.siphon),
        hardened=(PREVENTED, h.siphon),
    ),
)
