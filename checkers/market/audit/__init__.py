"""The judge: what a ledger comes to, from its file alone.

Read `recorded` and `known` (what is on file), `sparse` (states that grow with what happens) and
`retelling` (a ledger told as actions); then what tells the ledgers of the three variants:
`hardened` with `left`, and `basic` and `orchestrated` (with `ways`) over `paper`; then `opened`
(what else is known), `judge`, which puts it together, and `audited`, what comes of it.
"""
