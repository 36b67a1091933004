"""The orchestrated marketplace at work: a ledger, and parties each with a folder of its own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self, TypeVar

import attrs

from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.paper.orchestrated.contract import OrchestratedContract
from impl.paper.orchestrated.due import Due
from impl.paper.orchestrated.parties import (
    Consumer,
    OrchestratedMember,
    Orchestrator,
    Provider,
    Vendor,
)
from impl.storage import Storage

M = TypeVar("M", bound=OrchestratedMember)


@attrs.define
class OrchestratedMarket:
    """A ledger, and the parties around it, each with a folder of its own."""

    ledger: Ledger
    provider: Provider
    orchestrator: Orchestrator
    consumer: Consumer
    vendors: list[Vendor]

    @classmethod
    def create(cls, folder: Path, vendors: int = 3) -> Self:
        """A new marketplace, whose parties have new keys."""
        folder.mkdir(parents=True, exist_ok=True)
        keys = [SigningKey() for _ in range(vendors + 3)]
        node = SigningKey()
        genesis = Genesis("orchestrated", node.public, {"consumers": [keys[2].public]})
        ledger = Ledger.create(folder / "ledger.db", genesis, node, OrchestratedContract)
        return cls.around(ledger, folder, keys)

    @classmethod
    def around(cls, ledger: Ledger, folder: Path, keys: Sequence[SigningKey]) -> Self:
        """The parties around a ledger, as they were left in a folder.

        Args:
            ledger: open for writing.
            folder: where the parties have their storages.
            keys: of the provider, the orchestrator, the consumer, and each vendor.
        """
        peers: dict[bytes, OrchestratedMember] = {}

        def member(kind: type[M], name: str, key: SigningKey) -> M:
            made = kind(name, key, Storage(folder / name), ledger, peers)
            peers[key.public] = made
            return made

        provider, orchestrator, consumer, *vendors = keys
        return cls(
            ledger,
            member(Provider, "provider", provider),
            member(Orchestrator, "orchestrator", orchestrator),
            member(Consumer, "consumer", consumer),
            [member(Vendor, f"vendor{i}", key) for i, key in enumerate(vendors)],
        )

    def serve(self, request: int) -> bytes:
        """Let everybody do what is due about a request; the output that the consumer has.

        Raises Refused: somebody cannot do it; other requests are served all the same.
        """
        self.consumer.pass_input(request)
        while self.orchestrator.due(request) is Due.PICK:
            self.orchestrator.pick(request)
            for vendor in self.vendors:
                if vendor.due(request) is Due.RECORD:
                    vendor.record(request)
                    vendor.give_back(request)
            self.orchestrator.record(request)
        self.orchestrator.deliver(request)
        self.consumer.confirm(request)
        return self.consumer.data(request)

    def close(self) -> None:
        """Let go of the ledger."""
        self.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
