"""Parties that do not do as they should, in a living marketplace.

Read `basic`; then `hardened`, and `play` for what comes of its parties.
"""
