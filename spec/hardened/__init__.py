"""The hardened protocol: the paper's marketplace, with what it takes for its promises to hold.

At each action stands the section of the paper that it makes exact, and which hardenings are ours.
Signatures, and that the ledger only grows, are the business of `spec.ledger`; how two parties
narrow a quarrel down is that of `spec.bisection`.

In the order in which to read, and as in the other two variants: `state` (what there is, and what is
remembered), `registration`, `execution`, `dispute` and `money` (what can happen), `properties`
(what is promised), `lemmas` (why it holds), `ending` (why every request comes to its end),
`accountability`, `secrecy`, `example` (a small market to run), `machine` (all of it) and `ablation`
(what each hardening is there for). `money`, `ending` and `ablation` have no counterpart in
`spec.basic` and `spec.orchestrated`: nobody pays there, a request may never end, and there is no
hardening to leave out.
"""

from spec.hardened.machine import ablated, at_work, hardened, one_step, two_requests

__all__ = ["ablated", "at_work", "hardened", "one_step", "two_requests"]
