"""The paper's first protocol (III.C): all data stands on the ledger.

Read `contract`, `turns`, `parties`, then `market`.
"""
