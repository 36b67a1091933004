"""Strategies in the paper's two markets, and what their ledgers do not show.

Read `wild` (what any corrupted party plays), `basic` and `orchestrated` (what it plays in its role,
and a market that it is let loose in), and `tale` (what came of it).
"""
