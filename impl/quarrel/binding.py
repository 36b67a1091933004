"""What goes into a run and comes out of it, as digests bind it."""

from typing import ClassVar, Self, TypeAlias

import attrs

from impl.models.component import INT64
from impl.models.fixedpoint import Integers
from impl.quarrel.blocks import root_of, root_of_opening
from impl.quarrel.salts import SALT
from spec.bytes.digest import digest
from spec.bytes.encoding import Value, encode, tensor_at


class WitnessError(ValueError):
    """What was shown is not what the digests bind; the message names the place."""


def check(condition: bool, problem: str) -> None:
    """Check something of a witness. Raises WitnessError; the problem begins with the place."""
    if not condition:
        raise WitnessError(f"witness{problem}")


@attrs.frozen
class Values:
    """A tensor, by its shape and by the Merkle root of its blocks, each with its salt."""

    shape: tuple[int, ...]
    root: bytes

    @classmethod
    def of(cls, tensor: Integers, salts: bytes) -> Self:
        """The values of a tensor, each block with the next salt of a row."""
        return cls(tensor.shape, root_of(salts, tensor))

    @property
    def body(self) -> list[Value]:
        """Both, as they are encoded."""
        return [list(self.shape), self.root]

    @property
    def digest(self) -> bytes:
        """What binds both."""
        return digest("values", encode(self.body))


@attrs.frozen
class NoValues:
    """Bytes that are no tensor's, by their digest."""

    body: bytes
    shape: ClassVar[None] = None

    @classmethod
    def of(cls, data: bytes, secret: bytes) -> Self:
        """What stands for such bytes, hidden by a secret; but for no bytes, which anybody knows."""
        return cls(digest("no-tensor", secret + data) if data else b"")

    @property
    def digest(self) -> bytes:
        """What binds them, and that they are no tensor's."""
        return digest("no-values", self.body)


Given: TypeAlias = Values | NoValues
"""What goes into a component, as it is bound."""
NOTHING = NoValues(b"")
"""What comes of what a component does not take."""


def bind(opening: bytes) -> Given:
    """A salt and some data, as they are bound: a tensor so that one block can be shown alone."""
    found = tensor_at(opening, SALT)
    if found is None or found[0].dtype != INT64:
        return NoValues.of(opening[SALT:], opening[:SALT])
    start, first = found
    return Values(start.shape, root_of_opening(opening, first))


def parse_given(body: Value) -> Given:
    """What a body says was given. Raises WitnessError."""
    match body:
        case [[*shape], bytes(root_)]:
            sizes = [size for size in shape if type(size) is int and size >= 0]
            check(len(sizes) == len(shape), ".input: a shape is of numbers from 0")
            return Values(tuple(sizes), root_)
        case bytes(hash_):
            return NoValues(hash_)
    raise WitnessError("witness.input: neither a shape with a root, nor a digest")
