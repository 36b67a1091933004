"""The judge: what a ledger comes to, from its file alone.

Read `sparse`, `retelling`, then `hardened`, `basic` and `orchestrated`, which tell the ledgers of
the three variants.
"""
