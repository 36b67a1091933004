"""Those who are to check what others did, and deviate."""

from adversaries.deviating.basic import arbitrators as b
from adversaries.deviating.hardened import arbitrators as h
from adversaries.rows.row import hardened, row
from adversaries.script import PREVENTED, UNDETECTED, frames

ARBITRATORS = (
    # In the hardened market whom chance draws is to check, and the contract judges what is left.
    *row(
        "corrupt-arbitrator",
        "arbitrator",
        "says of honest vendors that they did not run what is registered",
        basic=(frames(vendor0="convict"), b.framing),
        hardened=hardened(PREVENTED, vendor1=h.AccusingVendor),
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
