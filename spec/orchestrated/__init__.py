"""The orchestrated protocol: the paper's alternate approach (III.D).

Components are stored with overlap, an orchestrator picks who executes each step and carries the
data, and only digests stand on the ledger: of the input and the output by the consumer, of each
step's input, output and component by its vendor and by the orchestrator.

Where the paper is silent, so is this text: a record names no request, nothing expires, and nobody
signs for data that is handed over off the ledger.

In the order in which to read, and as in the other two variants: `state` (what there is, and what
is remembered), `registration`, `execution` and `dispute` (what can happen), `properties` (what is
claimed), `lemmas` (why some of it holds), `accountability`, `secrecy`, `example` (a small market to
run) and `machine` (all of it). What the contract compares is what it compares in the basic
protocol, digests in place of data, so sorts, comparison and what holds of it are those of
`spec.basic`, over the fields that both have (`spec.basic.state.Matching`). There is no `money`, for
nobody pays; no `ending`, for a request may never end; and no `ablation`, for there is no hardening
to leave out.
"""

from spec.orchestrated.machine import orchestrated

__all__ = ["orchestrated"]
