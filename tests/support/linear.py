"""The smallest components: one product with a matrix."""

import numpy as np
from numpy.typing import ArrayLike

from impl.models.component import Component
from impl.models.network import Layer, network


def linear(weights: ArrayLike, bias: ArrayLike) -> Component:
    """A component that multiplies by weights (inputs, units) and adds a bias (units)."""
    layer = Layer(np.array(weights, np.int64), np.array(bias, np.int64), 0, rectified=False)
    return network([layer]).component
