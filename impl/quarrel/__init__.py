"""Quarrels over a run of a component, narrowed down to one arithmetic operation.

A run is taken in small steps: a multiply-add for each weight and row, the end of each unit (add the
bias, rectify, drop bits), and the end of each layer, whose outputs are the next one's values. Read
`peaks` and `binding` for what digests bind, `outline` for what each step of a run is about, `step`
for how one is taken, `run` for who can follow them all; then `game`, the referee.
"""
