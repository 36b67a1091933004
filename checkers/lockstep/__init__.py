"""Lockstep: an implementation takes the steps of a machine beside it, and must stay the same."""
