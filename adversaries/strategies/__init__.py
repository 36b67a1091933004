"""Strategies that nobody scripted: any parties are corrupted, and play whatever can be played.

Read `will` (what decides), `wild` (parties that play anything in the hardened market) and `world`
(a market that they are let loose in, and what came of it for the others); then `paper`, the same in
the paper's two markets, where the others have to complain.
"""
