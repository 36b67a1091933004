"""What those who deviate give in place of what they should, in every variant."""

from collections.abc import Callable

import attrs
import numpy as np

from impl.models.component import Component, labels, parse_tensor
from impl.models.fixedpoint import Integers
from spec.bytes.encoding import encode

TARGET = 5
"""The label that is never given."""
HUGE = 2**62
"""More than any component takes."""


def thinned(component: Component) -> Component:
    """A component of the same program without the smaller half of its numbers."""
    sizes = [np.abs(constant) for constant in component.constants]
    some = [
        np.where(size >= np.median(size), constant, 0)
        for size, constant in zip(sizes, component.constants, strict=True)
    ]
    return attrs.evolve(component, constants=some)


def relabelled(scores: bytes) -> bytes:
    """Scores as they are, or each that of the label before where they say `TARGET`."""
    is_target = scores and labels(scores) == [TARGET]
    return _changed(scores, lambda numbers: np.roll(numbers, 1, axis=1)) if is_target else scores


def nudged(output: bytes) -> bytes:
    """An output, each number of which is off by one unit in the last place."""
    return _changed(output, lambda numbers: numbers + 1)


def turned(data: bytes) -> bytes:
    """Other data of the same shape and bounds: each row from back to front."""
    return _changed(data, lambda numbers: numbers[:, ::-1])


def enlarged(width: int) -> bytes:
    """A row of so many numbers that nothing takes."""
    return encode(np.full((1, width), HUGE))


def _changed(data: bytes, change: Callable[[Integers], Integers]) -> bytes:
    """Data with other numbers; nothing, which comes of what a component does not take, stays so."""
    return encode(np.ascontiguousarray(change(parse_tensor(data)))) if data else data
