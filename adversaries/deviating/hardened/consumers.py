"""Consumers that deviate in the hardened marketplace, each in one thing."""

from collections.abc import Iterator

import attrs
import numpy as np

from impl.hardened.parties.acts import Act, Put, Send, Submit
from impl.hardened.parties.consumer import Consumer
from impl.hardened.parties.correspondent import place
from impl.hardened.parties.vendor import Vendor
from impl.hardened.records import Request
from impl.hardened.terms import Terms
from impl.ledger.keys import KEY
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


@attrs.define
class ForgingConsumer(Consumer):
    """Demands what it has, and says of what is published that it is not what was committed to."""

    def has(self, made: Request) -> bool:
        return False

    def get(self, made: Request) -> Iterator[Act]:
        for act in super().get(made):
            if isinstance(act, Put):
                secret = self.secret(place("demand", made, made.turn), made.key)
                yield Submit("show_bad", {"request": made.id, "secret": secret})
            else:
                yield act


@attrs.define
class SwappingConsumer(Consumer):
    """Sends other data than it has committed to, and publishes the right one where it must."""

    def give(self, made: Request) -> Iterator[Act]:
        for act in super().give(made):
            yield attrs.evolve(act, content=act.content[::-1]) if isinstance(act, Send) else act


@attrs.define
class BaitingConsumer(Consumer):
    """Commits to one input, and gives another, also where it is asked to publish it."""

    def opening(self, made: Request, step: int) -> bytes:
        return super().opening(made, step)[::-1]


@attrs.define
class VanishingConsumer(Consumer):
    """Takes the output, and says nothing."""

    def attend(self, made: Request) -> Iterator[Act]:
        yield from self.give(made)


@attrs.define
class LocklessConsumer(Consumer):
    """Demands its output sealed for zeros, for which nobody can seal anything."""

    def has(self, made: Request) -> bool:
        return False

    def demand(self, made: Request) -> Iterator[Act]:
        yield Submit("demand", {"request": made.id, "key": bytes(KEY)})


@attrs.define
class EvadingVendor(Vendor):
    """Gives the last output to the consumer, its friend, and records nothing."""

    def execute(self, made: Request) -> Iterator[Act]:
        for act in super().execute(made):
            is_last = made.turn == len(made.terms.steps) - 1
            if not (is_last and isinstance(act, Submit) and act.kind == "record"):
                yield act
