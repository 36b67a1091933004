"""Strategies that nobody scripted: any parties are corrupted, and play whatever can be played.

Read `will` (what decides), then `hardened`, where whatever they play the others have no complaint,
and `paper`, where the others have. In each, `wild` has parties that play anything.
"""
