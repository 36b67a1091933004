"""Placements whose threshold no other exceeds.

Read `problem`, then `synthesis`, which puts together what counting tells (`bounds`) and Z3
(`search`); `placing` is what came of it, as all engines answer.
"""
