"""The basic protocol: the marketplace as the paper states it (III.A to III.C).

A provider splits a model into components, hands one to each cloud vendor, and registers the
model. A consumer registers a request. The vendors record in turn what they received, what they
produced, and the digest of the component they claim to have run. The contract compares digests.

Where the paper is silent, so is this text: nothing pays, nothing expires, a record names no
request, and an API can be registered again at any time. Who may sign what, and that the ledger
only grows, is the business of `spec.ledger`.

In the order in which to read, and as in the other two variants: `state` (what there is, and what
is remembered), `registration`, `execution` and `dispute` (what can happen), `properties` (what is
claimed), `lemmas` (why some of it holds), `accountability`, `secrecy`, and `machine` (all of it).
There is no `money`, for nobody pays; no `ending`, for a request may never end; no `ablation`, for
there is no hardening to leave out; and no `example`, for what the provider decides can stay open
even in runs of a few parties.
"""

from spec.basic.machine import basic

__all__ = ["basic"]
