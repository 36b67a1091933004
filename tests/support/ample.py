"""Time for whoever is right."""

AMPLE = 120.0
"""Seconds for an answer that comes, however much else the computer does: no test waits for it."""
