"""Verdicts: what decides the paper's claims, and what is told of it.

Read `grounds`, `jobs` and `checks`, then `verify`, which puts them together at an `effort`, and
`ablate`; `exhibit`, `report` and `story` tell what was found.
"""
