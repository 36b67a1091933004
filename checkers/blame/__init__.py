"""Blame: whether a ledger shows who deviated, and no one else."""
