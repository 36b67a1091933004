"""The claims of the paper: what it says, what was found, what mends it and at what price.

They are told in our own words, in the terms of the three variants: the basic protocol (III.C,
`spec.basic`), the orchestrated one (III.D, `spec.orchestrated`) and the hardened one
(`spec.hardened`), whose hardenings go by the names in `spec.hardened.state.Hardening`. Figures are
published ones or of small experiments, most on a classifier of handwritten digits in three parts;
they say how large an effect is. Beside each claim's words stand its points: what is decided of it,
in which variant, and by what.

Read `claim` (what a claim is, and what can decide it), then by theme of the paper
`confidentiality`, `integrity`, `roles` and `premises`, and `theorems` (about the hardened
protocol). There `b`, `o` and `h` are the properties of the three variants; what the contract finds
by comparing holds of the orchestrated protocol by the properties of the basic one.
"""

from spec.notation import MachineError
from spec.paper import confidentiality, integrity, premises, roles
from spec.paper.claim import Claim, Theorem
from spec.paper.theorems import THEOREMS

CLAIMS = (*confidentiality.CLAIMS, *integrity.CLAIMS, *roles.CLAIMS, *premises.CLAIMS)

__all__ = ["CLAIMS", "THEOREMS", "claim_of"]


def claim_of(identifier: str) -> Claim | Theorem:
    """The claim or the theorem that is called so, as A16 or T1.

    Raises:
        MachineError: there is none.
    """
    for found in (*CLAIMS, *THEOREMS):
        if found.id == identifier:
            return found
    there_are = " and ".join(f"{told[0].id} to {told[-1].id}" for told in (CLAIMS, THEOREMS))
    raise MachineError(f"there is no claim {identifier}; there are {there_are}")
