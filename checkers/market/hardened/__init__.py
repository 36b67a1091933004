"""The hardened market under its driver: what it shows, and how its ledger is told."""
