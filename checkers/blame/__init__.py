"""Blame: whether a ledger shows who deviated, and no one else.

Read `account`, what is found, and `accountant`, who finds it; then `judging`, `parties` and
`collisions`.
"""
