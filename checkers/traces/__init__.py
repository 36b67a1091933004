"""Traces: what happened, step by step, for people and for files.

Read `trace`; then `explain`, `states` and `itf`, which read and write states, and `diagram`.
"""
