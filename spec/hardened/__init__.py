"""The hardened protocol: the paper's marketplace, with what it takes for its promises to hold.

At each action stands the section of the paper that it makes exact, and which hardenings are ours.
Signatures, and that the ledger only grows, are the business of `spec.ledger`; how two parties
narrow a quarrel down is that of `spec.bisection`.

A version agrees on the `wage` of each step, on what the providers have beside (together the price),
on the `stake` of an executor, and on the `toll` of whoever demands data or disputes a step. Every
unit of money is in one account at a time:

- `balance` of a party: what it can spend. It starts with its `purse`; what is paid back to it and
  what it collects comes here.
- `bond` of a party: what it deposits in order to vouch for something. It leaves when it is
  withdrawn, as the stake of a step, or as the surety of a request.
- `escrow` of a request: the price, from the consumer's balance. It leaves as wages, each to the pot
  of a step that is recorded, and at the end to the version's revenue; if the request fails back to
  the consumer, and if the consumer never gave its input to the pot of the executor that waited for
  it.
- `surety` of a request: the price once more, from the provider's bond. At the end it goes back
  there, but for what a refund takes that is no longer in the escrow.
- `pot` of a step: its executor's stake, from the bond, its wage, from the escrow, and one toll of
  each dispute that it wins. The executor collects it once nobody can complain any more; one that is
  convicted loses it: to the provider's bond, as far as that pays for the refund, else to the
  treasury.
- `toll_paid` for a request: a toll from the balance of whoever demands, or two of whoever disputes.
  The toll goes to the sender that publishes, or else back; and a sender that got it for bad data
  makes amends for it. Of the two, one goes to the pot of an executor that was right and one to the
  treasury, or else both back.
- `revenue` of a version: what is left of the escrows of settled requests. Each provider collects
  its share of all that the version has `earned`.
- `treasury`: what nobody is to have. It stays there.

What has left an account and is still asked for is only counted: what an executor has `collected`
for a step, each provider's `collected_share`, and what a consumer was `refunded`.

In the order in which to read, and as in the other two variants: `state` (what there is, and what is
remembered), `registration`, `execution`, `dispute` and `money` (what can happen), `properties`
(what is promised), `lemmas` (why it holds), `ending` (why every request comes to its end),
`accountability`, `secrecy`, `example` (a small market to run), `surroundings` (what may happen
where an assumption fails), `machine` (all of it) and `ablation` (what each hardening and assumption
bears). `money`, `ending`, `surroundings` and `ablation` have no counterpart in `spec.basic` and
`spec.orchestrated`: nobody pays there, a request may never end, and there is nothing to leave out.
"""

from spec.hardened.machine import ablated, at_work, hardened, one_step, two_requests

__all__ = ["ablated", "at_work", "hardened", "one_step", "two_requests"]
