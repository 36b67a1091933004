"""Limits: whatever a solver cannot hold is the most that it can."""

import math

import pytest

from checkers.prove.limits import Limit
from checkers.prove.prover import prove
from spec.textbook.lock_server import lock_server


@pytest.mark.parametrize("seconds", [math.inf, 1e300])
@pytest.mark.parametrize("steps", [10**12, 10**30])
def test_a_limit_that_no_solver_can_hold_is_one(seconds: float, steps: int) -> None:
    prove(lock_server, Limit(steps, steps, seconds)).assert_holds()
