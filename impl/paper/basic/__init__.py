"""The paper's first protocol (III.C): all data stands on the ledger.

Read `contract`, `parties`, then `market`.
"""
