"""The basic marketplace at work: a ledger, and the parties around it, in one folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import attrs

from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.paper.basic.contract import BasicContract
from impl.paper.basic.parties import Arbitrator, BasicMember, Consumer, Provider, Vendor
from impl.storage import Storage


@attrs.define
class BasicMarket:
    """A ledger, and the parties around it, in one folder.

    Attributes:
        node: the key of who keeps the ledger.
    """

    folder: Path
    ledger: Ledger
    node: SigningKey
    provider: Provider
    vendors: list[Vendor]
    consumer: Consumer
    arbitrator: Arbitrator

    @classmethod
    def create(
        cls,
        folder: Path,
        provider: type[Provider] = Provider,
        vendors: Sequence[type[Vendor]] = (Vendor, Vendor, Vendor),
        consumer: type[Consumer] = Consumer,
    ) -> Self:
        """A new marketplace; each party is new, with a key and a folder of its own."""
        folder.mkdir(parents=True, exist_ok=True)
        node = SigningKey()
        genesis = Genesis("basic", node.public, {})
        ledger = Ledger.create(folder / "ledger.db", genesis, node, BasicContract)

        def party(name: str) -> tuple[str, SigningKey, Storage, Ledger]:
            return name, SigningKey(), Storage(folder / name), ledger

        return cls(
            folder,
            ledger,
            node,
            provider(*party("provider")),
            [vendor(*party(f"vendor{i}")) for i, vendor in enumerate(vendors)],
            consumer(*party("consumer")),
            Arbitrator(*party("arbitrator")),
        )

    def named(self, identity: bytes) -> str:
        """The name of a party by its identity on the ledger; of a stranger, the identity."""
        parties: list[BasicMember] = [self.provider, *self.vendors, self.consumer, self.arbitrator]
        names = (party.name for party in parties if party.identity == identity)
        return next(names, identity.hex())

    def work(self) -> None:
        """Let the vendors work until none has anything to do."""
        while sum(vendor.work() for vendor in self.vendors):
            pass

    def close(self) -> None:
        """Let go of the ledger."""
        self.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
