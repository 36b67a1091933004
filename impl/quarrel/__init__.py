"""Quarrels over a run of a component, narrowed down to one operation on one number.

A run is taken in small steps: each number that went in is checked, each number of a node's value
comes about in the turns of its operator, of which each reads a few numbers at most, and when a
value is complete, it is bound. Read `peaks` and `binding` for what digests bind (`lanes` does the
same in less time), `plan` for what each step of a run is about, `step` for how one is taken, `run`
for who can follow them all; then `game`, the referee.
"""
