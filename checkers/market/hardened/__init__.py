"""The hardened market under its driver, what can happen in it, and its ledger told again.

Read `agreed`, then `driver` over `onlooker`, `defence` and `view`; then `stories`, `unrefused` and
`forgeries`. `retell` tells the transactions of a ledger as the machine's actions.
"""
