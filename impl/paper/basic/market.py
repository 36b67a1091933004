"""The basic marketplace at work: a ledger, and the parties around it, in one folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Self, TypeAlias

import attrs

from impl.folder import NODE
from impl.ledger.port import Begin, KeptLedger
from impl.ledger.sqlite import Ledger
from impl.paper.basic.contract import BasicContract
from impl.paper.basic.parties import Arbitrator, BasicMember, Consumer, Provider, Vendor
from impl.paper.market import Keys, PaperMarket
from impl.storage import Storage

Cast: TypeAlias = Mapping[str, type[BasicMember]]
"""Who takes part, by name."""
CAST: Cast = {
    "provider": Provider,
    "vendor0": Vendor,
    "vendor1": Vendor,
    "vendor2": Vendor,
    "consumer": Consumer,
    "arbitrator": Arbitrator,
}


@attrs.define
class BasicMarket(PaperMarket[BasicMember]):
    """A ledger, and the parties around it, in one folder."""

    variant: ClassVar[str] = "basic"
    begin: ClassVar[Begin] = BasicContract

    @classmethod
    def create(cls, folder: Path, cast: Cast = CAST, ledger: type[KeptLedger] = Ledger) -> Self:
        return super().create(folder, cast, ledger)

    @classmethod
    def gather(cls, ledger: KeptLedger, folder: Path, cast: Cast, keys: Keys) -> Self:
        members = {
            name: role(name, keys[name], Storage(folder / name), ledger)
            for name, role in cast.items()
        }
        return cls(ledger, keys[NODE], members)

    @property
    def provider(self) -> Provider:
        """Who registers APIs."""
        return self.of_role(Provider)[0]

    @property
    def vendors(self) -> list[Vendor]:
        """Who executes, in order."""
        return self.of_role(Vendor)

    @property
    def consumer(self) -> Consumer:
        """Who asks for outputs; of several, the first."""
        return self.of_role(Consumer)[0]

    @property
    def arbitrator(self) -> Arbitrator:
        """Who settles disputes."""
        return self.of_role(Arbitrator)[0]

    def work(self) -> None:
        """Let the vendors work until none has anything to do."""
        while sum(vendor.work() for vendor in self.vendors):
            pass
