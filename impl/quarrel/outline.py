"""A component by its outline: its program, and what binds its constants."""

from functools import cached_property
from typing import Self

import attrs
import numpy as np

from impl.models.component import Component
from impl.models.fixedpoint import Integers
from impl.models.operators import ModelError
from impl.models.program import ARITHMETIC, Program
from impl.quarrel.binding import WitnessError
from impl.quarrel.blocks import block_count, root_of
from impl.quarrel.plan import Plan
from impl.quarrel.salts import drawn, salting_key, secret_digest
from spec.bytes.digest import digest
from spec.bytes.encoding import Value, encode


@attrs.frozen
class Outline:
    """A component as digests bind it.

    Attributes:
        program: the component's.
        root: the Merkle root of the blocks of its constants, each with its salt.
        salting: the digest of its salting key.
    """

    program: Program
    root: bytes
    salting: bytes

    @classmethod
    def of(cls, component: Component, secret: bytes) -> Self:
        """The outline of a component, hidden by a secret."""
        salts = drawn(secret, block_count(sum(component.program.constants)))
        bound = root_of(salts, *component.constants)
        return cls(component.program, bound, secret_digest(salting_key(secret)))

    @cached_property
    def plan(self) -> Plan:
        """Of the component's runs."""
        return Plan(self.program)

    @property
    def body(self) -> list[Value]:
        """The outline as it is encoded."""
        return [self.program.body, self.root, self.salting]

    @property
    def digest(self) -> bytes:
        """What binds all this, and the arithmetic: so one block of constants can be shown alone.

        `Component.digest` binds the same component, and shows it only as a whole.
        """
        return digest("component-root", encode([ARITHMETIC, *self.body]))

    @classmethod
    def parse(cls, body: Value) -> Self:
        """The outline of a body. Raises WitnessError unless it can be a component's."""
        match body:
            case [program, bytes(root_), bytes(salting)]:
                try:
                    return cls(Program.parse(program), root_, salting)
                except ModelError as error:
                    raise WitnessError(f"witness.outline: {error}") from None
        raise WitnessError("witness.outline: not [program, root, salting]")


def parameters(component: Component) -> Integers:
    """All constants of a component, in the order in which its outline's root binds them."""
    return np.concatenate([np.zeros(0, np.int64), *component.constants])
