"""Consumers that deviate in the orchestrated marketplace, each in one thing."""

import numpy as np

from impl.models.component import parse_tensor
from impl.paper.orchestrated.contract import hashed
from impl.paper.orchestrated.due import Due
from impl.paper.orchestrated.parties import Consumer
from spec.bytes.encoding import encode


class ForgingConsumer(Consumer):
    """Says that it got an output that nobody gave, to have its money back."""

    def confirm(self, request: int, output: bytes | None = None) -> None:
        super().confirm(request, hashed(b"an output that nobody gave"))


class BaitingConsumer(Consumer):
    """Registers the digest of one input, and passes on another."""

    def pass_input(self, request: int, data: bytes | None = None) -> None:
        other = parse_tensor(self.input(request))[:, ::-1]
        super().pass_input(request, encode(np.ascontiguousarray(other)))


class NeverSendingConsumer(Consumer):
    """Makes requests, and never gives its input."""

    def act(self, request: int) -> bool:
        return self.due(request) is not Due.SEND and super().act(request)


class VanishingConsumer(Consumer):
    """Takes the output, and never writes down that it has."""

    def act(self, request: int) -> bool:
        return self.due(request) is not Due.CONFIRM and super().act(request)
