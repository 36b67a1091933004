"""Exploration: every state of a machine at a size, and random runs through them.

Read `explorer`, which is made of `search` (what was seen), `visited` (the levels, and ways through
them), `findings` (what they decide) and a machine that is `compiled` by an `engine`: `columns` with
numpy, `kernel` and `table` with numba. Then read `cases`, `lasso` and `simulate`.
"""
