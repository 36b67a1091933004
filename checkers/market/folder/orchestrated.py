"""The orchestrated market in a folder: digests on the ledger, and data from hand to hand."""

from collections.abc import Sequence
from typing import ClassVar

from adversaries.deviating.casting import roles
from adversaries.deviating.orchestrated import consumers, orchestrators, providers, vendors
from checkers.market.folder.paper import Finding, OnPaper
from checkers.market.folder.placed import Placed
from impl.paper.orchestrated.contract import OrchestratedContract, hashed
from impl.paper.orchestrated.due import Due
from impl.paper.orchestrated.market import OrchestratedMarket
from impl.paper.orchestrated.parties import (
    Consumer,
    OrchestratedMember,
    Orchestrator,
    Provider,
    Vendor,
)
from impl.paper.steps import Record

_HONEST: Sequence[type[OrchestratedMember]] = (Provider, Orchestrator, Vendor, Consumer)
_ROLES = roles(_HONEST, vendors, orchestrators, consumers, providers)


class Orchestrated(OnPaper):
    """The orchestrated market in a folder."""

    variant: ClassVar[str] = "orchestrated"
    market_type: ClassVar = OrchestratedMarket
    roles: ClassVar = _ROLES
    others: ClassVar[Sequence[str]] = ("orchestrator",)

    market: OrchestratedMarket

    @property
    def contract(self) -> OrchestratedContract:
        return self.market.provider.contract

    def place(self, parts: int, crashes: int | None) -> tuple[Sequence[str], int]:
        return [vendor.name for vendor in self.market.vendors], 1 if crashes is None else crashes

    def offer(self, api: str, where: Placed) -> None:
        members = self.market.members
        holders = [[members[name].identity for name in held] for held in where.holders]
        carrier = self.market.orchestrator.identity
        self.market.provider.deploy(api, where.parts, holders, carrier)

    def on_ledger(self, data: bytes) -> bytes:
        return hashed(data)

    def ask(self, by: str, api: str, data: bytes) -> int:
        return self.market.member(by, Consumer).request(api, data)

    def go_on(self, request: int) -> None:
        self.market.serve(request)

    def output(self, request: int) -> bytes | None:
        consumer = self.market.member(self.consumer_of(request), Consumer)
        return consumer.data(request) if consumer.has_data(request) else None

    def recorded(self, request: int) -> Sequence[Record]:
        """By the vendors; each step is recorded by the orchestrator as well."""
        made, contract = self.contract.made(request), self.contract
        found: list[Record] = []
        awaited = made.input
        for held in contract.apis[made.api].holders:
            step = (r for r in contract.records if r.author in held and r.received == awaited)
            record = next(step, None)
            if record is None:
                break
            found.append(record)
            awaited = record.produced
        return found

    def is_done(self, request: int) -> bool:
        consumer = self.market.members[self.consumer_of(request)]
        return consumer.due(request) in (Due.NOTHING, Due.STALLED)

    def judge(self, request: int, step: int) -> Finding:
        found = self.market.orchestrator.judge(request)
        convicted = None if found.convicted is None else self.names.of(found.convicted)
        lines = ["only digests are on the ledger, so nobody can run the step again"]
        return Finding(found.executed, convicted, None, lines)
