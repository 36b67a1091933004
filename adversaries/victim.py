"""The real model that is sold, split and attacked, and the inputs that it is asked about."""

from collections.abc import Sequence
from functools import cache

import attrs

from impl.models.fixedpoint import Integers, to_fixed
from impl.models.model import ACTIVATION_BITS, Component, chain, quantise
from impl.models.training import HIDDEN, load_digits, train
from spec.bytes.encoding import encode

API = "digits"


@cache
def victim(hidden: tuple[int, ...] = HIDDEN) -> tuple[Component, Integers, Integers]:
    """The model that is sold, requests of ordinary traffic, and held-out inputs; (rows, 64)."""
    digits = load_digits()
    traffic, held_out = (
        to_fixed(samples.inputs, ACTIVATION_BITS) for samples in (digits.traffic, digits.held_out)
    )
    return quantise(train(digits.train, hidden=hidden)), traffic, held_out


def parts() -> Sequence[Component]:
    """The victim, a layer for each of three vendors."""
    return victim()[0].split([1, 1, 1])


def right_output(data: Integers) -> bytes:
    """What the registered model makes of an input."""
    return encode(chain(parts(), data)[-1])


def worse(component: Component) -> Component:
    """A component of the same shape that computes something else."""
    first, *others = component.layers
    return Component((attrs.evolve(first, weights=first.weights[::-1]), *others))
