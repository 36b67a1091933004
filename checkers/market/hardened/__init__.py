"""The hardened market under its driver, and how its ledger is told.

Read `agreed`, then `driver` over `onlooker`, `defence` and `view`; then `stories` and `retell`.
"""
