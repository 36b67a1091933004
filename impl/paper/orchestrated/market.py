"""The orchestrated marketplace at work: a ledger, and parties each with a folder of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Self, TypeAlias

import attrs

from impl.folder import NODE
from impl.ledger.port import Begin, KeptLedger
from impl.ledger.sqlite import Ledger
from impl.paper.market import Keys, PaperMarket
from impl.paper.orchestrated.contract import OrchestratedContract
from impl.paper.orchestrated.parties import (
    Consumer,
    OrchestratedMember,
    Orchestrator,
    Provider,
    Vendor,
)
from impl.paper.outside import reached
from impl.storage import Storage
from spec.bytes.encoding import Value

Cast: TypeAlias = Mapping[str, type[OrchestratedMember]]
"""Who takes part, by name."""
CAST: Cast = {
    "provider": Provider,
    "orchestrator": Orchestrator,
    "vendor0": Vendor,
    "vendor1": Vendor,
    "vendor2": Vendor,
    "consumer": Consumer,
}


@attrs.define
class OrchestratedMarket(PaperMarket[OrchestratedMember]):
    """A ledger, and the parties around it, each with a folder of its own."""

    variant: ClassVar[str] = "orchestrated"
    begin: ClassVar[Begin] = OrchestratedContract

    @classmethod
    def create(cls, folder: Path, cast: Cast = CAST, ledger: type[KeptLedger] = Ledger) -> Self:
        return super().create(folder, cast, ledger)

    @classmethod
    def agreed(cls, cast: Cast, keys: Keys) -> dict[str, Value]:
        """Who may request."""
        consumers = [name for name, role in cast.items() if issubclass(role, Consumer)]
        return {"consumers": [keys[name].public for name in consumers]}

    @classmethod
    def gather(cls, ledger: KeptLedger, folder: Path, cast: Cast, keys: Keys) -> Self:
        peers: dict[bytes, OrchestratedMember] = {}
        members = {
            name: role(name, keys[name], Storage(folder / name), ledger, peers)
            for name, role in cast.items()
        }
        peers.update({member.identity: member for member in members.values()})
        return cls(ledger, keys[NODE], members)

    @property
    def provider(self) -> Provider:
        """Who registers APIs."""
        return self.of_role(Provider)[0]

    @property
    def orchestrator(self) -> Orchestrator:
        """Who picks vendors, and carries the data."""
        return self.of_role(Orchestrator)[0]

    @property
    def vendors(self) -> list[Vendor]:
        """Who executes, in order."""
        return self.of_role(Vendor)

    @property
    def consumer(self) -> Consumer:
        """Who asks for outputs; of several, the first."""
        return self.of_role(Consumer)[0]

    def serve(self, request: int) -> bytes:
        """Let everybody do what is due about a request; the output that the consumer has.

        Raises Refused: somebody cannot do it; other requests are served all the same.
        """
        while sum(member.act(request) for member in self.members.values()):
            pass
        consumer = self.provider.contract.made(request).consumer
        return reached(self.provider.peers, consumer, Consumer).data(request)
