"""Proof: what holds for any number of parties, with Z3, and what speaks against it."""
