"""The hardened market under its driver, and how its ledger is told: read `agreed`, `driver` with
`onlooker`, `defence` and `view`, then `stories` and `retell`."""
