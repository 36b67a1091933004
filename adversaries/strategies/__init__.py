"""Strategies that nobody scripted: any parties are corrupted, and play whatever can be played.

Read `will` (what decides), `wild` (parties that play anything) and `world` (a market that they are
let loose in, and what came of it for the others).
"""
