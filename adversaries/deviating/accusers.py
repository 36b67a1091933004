"""An accuser that runs an honest vendor's component again, and takes sums in another order."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from adversaries.script import Facts
from adversaries.victim import layers, victim
from impl.models.fixedpoint import Integers, to_real
from impl.models.network import ACTIVATION_BITS
from impl.models.training import load_digits, train

Numbers: TypeAlias = Integers | npt.NDArray[np.float32]


def reordered(exact: bool, requests: int = 100) -> Facts:
    """Whether that convicts the vendor: in 32-bit floating point, or in exact integers."""
    inputs = victim()[1][:requests]
    if exact:
        differ = _differ(inputs, layers()[0].weights)
    else:
        weights = train(load_digits().train).weights[0]
        values = to_real(inputs, ACTIVATION_BITS)
        differ = _differ(values.astype(np.float32), weights.astype(np.float32))
    return Facts(
        deviated=["accuser"],
        harmed=differ > 0,
        evidence={"vendor": "rerun"} if differ else {},
        lines=[f"{differ} of {requests} right outputs are others if summed from the other end"],
        figures={"requests": requests, "differ": differ},
    )


def _differ(values: Numbers, weights: Numbers) -> int:
    one, other = values @ weights, values[:, ::-1] @ weights[::-1]
    return int((one != other).any(axis=1).sum())
