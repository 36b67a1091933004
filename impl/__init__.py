"""The reference implementation: ledger, contract, parties and split models.

It takes names, encodings and digests from `spec`, and never asks the specification's actions what
to do: an implementation that did would agree with it whatever it says.
"""
