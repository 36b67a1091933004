"""Strategies in the hardened market: nobody honest must have to complain, whatever is played.

Read `wild` (parties that play anything) and `world` (a market that they are let loose in, and what
came of it for the others).
"""
