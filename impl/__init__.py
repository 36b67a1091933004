"""The reference implementation: ledger, contracts, parties and split models.

It takes encodings and digests from `spec.bytes`, and never asks the specification's actions what
to do: an implementation that did would agree with it whatever it says. Read `ledger`, `storage`
(what parties keep) with `refusing` (what cannot be used of it), both on `database`, `recent` (what
is remembered meanwhile), and `models`; then the protocols in `paper` and in `hardened`, whose
disputes are narrowed down by `quarrel`.
"""
