"""Real values that stand for elements when an implementation is driven: keys, components, data."""

from functools import cache

import attrs
import numpy as np

from impl.ledger.keys import SigningKey
from impl.models.component import Component
from impl.models.graph import Graph
from spec.bytes.encoding import encode
from spec.bytes.merkle import bound_root

NOTHING = b""
"""What is past the last step of a model: nobody, and no component; nothing comes of it."""


def keys(count: int, first: int = 0) -> dict[bytes, SigningKey]:
    """Signing keys by their public keys; the same ones every time."""
    made = [SigningKey.from_seed(bytes([first + i]) * 32) for i in range(count)]
    return {key.public: key for key in made}


def _part(weight: int) -> bytes:
    graph = Graph()
    _ = graph.input(1, -1, 1) * weight
    return graph.component().canonical()


def data_of(number: int) -> bytes:
    """Data that is one number."""
    return encode(np.array([[number]], np.int64))


SAME, NEGATE = _part(1), _part(-1)
ONE, MINUS_ONE = data_of(1), data_of(-1)
"""Of each of these, either component makes one of these: runs of any length stay among them."""


@cache
def _component(part: bytes) -> Component:
    return Component.parse(part)


def component_digest(part: bytes) -> bytes:
    """The digest of a component by its canonical bytes; no component has none."""
    return _component(part).digest if part else NOTHING


@cache
def run_component(part: bytes, data: bytes) -> bytes:
    """What a component really makes of data."""
    return _component(part).run_bytes(data) if part and data else NOTHING


@attrs.frozen
class SplitModel:
    """A split model, by the canonical bytes of its components."""

    parts: tuple[bytes, ...]

    @property
    def digests(self) -> list[bytes]:
        """The digests of the parts."""
        return [component_digest(part) for part in self.parts]

    @property
    def signature(self) -> bytes:
        """What registers the model."""
        return bound_root(self.digests)

    @property
    def last(self) -> int:
        """The last step."""
        return len(self.parts) - 1

    def part(self, step: int) -> bytes:
        """The component of a step; past the last there is none."""
        return self.parts[step] if step <= self.last else NOTHING
