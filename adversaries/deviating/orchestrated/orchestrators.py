"""Orchestrators that deviate, each in one thing."""

import attrs
import numpy as np

from impl.models.component import parse_tensor
from impl.paper.orchestrated.due import Due
from impl.paper.orchestrated.parties import Orchestrator
from spec.bytes.encoding import encode


class DroppingOrchestrator(Orchestrator):
    """Takes the data, and passes it to nobody."""

    def act(self, request: int) -> bool:
        return self.due(request) is not Due.PICK and super().act(request)


class SwappingOrchestrator(Orchestrator):
    """Passes other data on than it was given, and records what it was given."""

    def pick(self, request: int, vendor: bytes | None = None, data: bytes | None = None) -> None:
        given = self.data(request)
        super().pick(request, vendor, another(given))
        self.storage.put(f"given/{request}", given)


class ForgingOrchestrator(Orchestrator):
    """Hands the consumer another output than the one that is on the ledger."""

    def deliver(self, request: int, data: bytes | None = None) -> None:
        super().deliver(request, another(self.data(request)))


class BiasedOrchestrator(Orchestrator):
    """Picks the first holder of each step, which is its friend."""

    def pick(self, request: int, vendor: bytes | None = None, data: bytes | None = None) -> None:
        super().pick(request, self.api(request).holders[self.step(request)][0], data)


@attrs.define
class PryingOrchestrator(Orchestrator):
    """Keeps a copy of all that it carries.

    Attributes:
        copies: of what.
    """

    copies: set[bytes] = attrs.field(factory=set, init=False)

    def act(self, request: int) -> bool:
        if self.has_data(request):
            self.copies.add(self.data(request))
        return super().act(request)


def another(data: bytes) -> bytes:
    """Other data of the same shape, such that whoever is given it can go on."""
    return encode(np.ascontiguousarray(np.roll(parse_tensor(data), 1, axis=1)))
