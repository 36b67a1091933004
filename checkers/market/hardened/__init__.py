"""The hardened market under its driver, and what can happen in it.

Read `agreed`, then `driver` over `view` and `heard` (what a ledger shows, and what was said on it),
`onlooker` and `defence`; then `stories`, `unrefused` and `forgeries`.
"""
