"""Lockstep: an implementation takes the steps of a machine beside it, and must stay the same.

Read `driver`, what an implementation gives, and `run`; then what chooses steps: `trial`, and
`seek`, which finds them; `fuzz`, `walk`, `stories` and `replay`; `likeness`, `patience`, `shrink`
and `graph` (what can be reached) serve them.
"""

from checkers.lockstep.driver import Driver, Setup

__all__ = ["Driver", "Setup"]  # drivers that were written before `tallystick` find these here
