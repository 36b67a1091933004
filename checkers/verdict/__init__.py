"""Verdicts: what decides the paper's claims, and what is told of it.

Read `grounds` and `jobs`, which `decide` puts together at an `effort`; then `checks`, `verify` and
`ablate`; `exhibit`, `report` and `story` tell what was found. `turn`, with `turned`, sees that each
verdict can come out otherwise, by the changes in `turns/`.
"""
