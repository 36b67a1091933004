"""Consumers that deviate in the hardened marketplace, each in one thing."""

from collections.abc import Iterator

import attrs
import numpy as np

from impl.hardened.parties.acts import Act
from impl.hardened.parties.consumer import Consumer
from impl.hardened.records import Request
from impl.hardened.terms import Terms
from impl.models.component import parse_tensor
from spec.bytes.encoding import encode


@attrs.define
class NeverSendingConsumer(Consumer):
    """Makes requests, and never gives its input."""

    def give(self, made: Request) -> Iterator[Act]:
        yield from ()


@attrs.define
class UnfitConsumer(Consumer):
    """Asks for two rows where a version takes one, and disputes the nothing that comes of it."""

    def ask(self, version: bytes, data: bytes) -> bytes:
        return super().ask(version, encode(np.vstack([parse_tensor(data)] * 2)))

    def fits(self, terms: Terms, data: bytes) -> bool:
        return True

    def doubtful(self, made: Request) -> Iterator[int]:
        yield from range(made.turn)


@attrs.define
class FrivolousConsumer(Consumer):
    """Disputes every step of every request."""

    def doubtful(self, made: Request) -> Iterator[int]:
        yield from range(made.turn)
