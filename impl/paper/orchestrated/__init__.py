"""The paper's second protocol (III.D): an orchestrator, overlapping placement, and digests.

Read `contract`, `due`, `parties`, then `market`.
"""
