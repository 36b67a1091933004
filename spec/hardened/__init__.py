"""The hardened protocol: the paper's marketplace, with what it takes for its promises to hold.

At each action stands the section of the paper that it makes exact, and which hardenings are ours.
Read `state`, then `registration`, `execution`, `dispute` and `money` for what can happen, and
`properties` for what is promised and why it holds. Signatures, and that the ledger only grows, are
the business of `spec.ledger`; how two parties narrow a quarrel down is that of `spec.bisection`.
"""

from spec.hardened.machine import ablated, at_work, hardened, one_step, two_requests

__all__ = ["ablated", "at_work", "hardened", "one_step", "two_requests"]
