"""The hardened market under its driver, and what can happen in it.

Read `agreed`, then `driver` over `onlooker`, `defence` and `view`; then `stories`, `unrefused` and
`forgeries`.
"""
