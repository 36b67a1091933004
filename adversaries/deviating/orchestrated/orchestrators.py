"""Orchestrators that deviate, each in one thing."""

from impl.paper.orchestrated.due import Due
from impl.paper.orchestrated.parties import Orchestrator


class DroppingOrchestrator(Orchestrator):
    """Takes the data, and passes it to nobody."""

    def act(self, request: int) -> bool:
        return self.due(request) is not Due.PICK and super().act(request)
