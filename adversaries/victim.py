"""The real model that is sold, split and attacked, and the inputs that it is asked about."""

from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

import attrs

from impl.models.component import Component, chain
from impl.models.fixedpoint import Integers, to_fixed
from impl.models.model import Model
from impl.models.network import ACTIVATION_BITS, Layer, network, quantise
from impl.models.training import HIDDEN, load_digits, train
from spec.bytes.encoding import encode

API = "digits"

Sequences: TypeAlias = Sequence[tuple[str, ...]]
"""The names of its vendors in turn, of each version that is deployed one after the other."""
ONCE: Sequences = [("vendor0", "vendor1", "vendor2")]
REPLACED: Sequences = [*ONCE, ("vendor0", "vendor1", "vendor3")]
"""So that a vendor has the place of another, whose records it can copy."""
TWICE: Sequences = [*ONCE, *ONCE]


@cache
def layers(hidden: tuple[int, ...] = HIDDEN) -> Sequence[Layer]:
    """What the model consists of that is sold."""
    return quantise(train(load_digits().train, hidden=hidden))


@cache
def victim(hidden: tuple[int, ...] = HIDDEN) -> tuple[Model, Integers, Integers]:
    """The model that is sold, requests of ordinary traffic, and held-out inputs; (rows, 64)."""
    digits = load_digits()
    traffic, held_out = (
        to_fixed(samples.inputs, ACTIVATION_BITS) for samples in (digits.traffic, digits.held_out)
    )
    return network(layers(hidden), 0, 1 << ACTIVATION_BITS, range(10)), traffic, held_out


def parts() -> Sequence[Component]:
    """The victim, a layer for each of three vendors."""
    return victim()[0].split()


def right_output(data: Integers) -> bytes:
    """What the registered model makes of an input."""
    return encode(chain(parts(), data)[-1])


def worse(component: Component) -> Component:
    """A component of the same program that computes something else."""
    constants = [*component.constants]
    largest = max(range(len(constants)), key=lambda number: constants[number].size)
    constants[largest] = constants[largest][::-1]
    return attrs.evolve(component, constants=constants)
