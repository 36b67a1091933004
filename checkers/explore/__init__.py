"""Exploration: every state of a machine at a size, and random runs through them.

Read `explorer`, which is made of `search` (what was seen), `levels` (what was visited), `findings`
(what that decides) and an `engine`: `columns` with numpy, `kernel` and `table` with numba. Then
read `cases`, `lasso` and `simulate`.
"""
