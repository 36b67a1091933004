"""The claims of the paper: what it says, and what decides it."""

from spec.paper.integrity import CLAIMS, Claim

__all__ = ["CLAIMS", "Claim"]
