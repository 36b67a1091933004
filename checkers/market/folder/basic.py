"""The basic market in a folder: all data on the ledger, and an arbitrator."""

from collections.abc import Sequence
from typing import ClassVar

from adversaries.deviating.basic import arbitrators, consumers, providers, vendors
from adversaries.deviating.casting import roles
from checkers.market.folder.paper import Finding, OnPaper
from checkers.market.folder.placed import Placed
from impl.ledger.transaction import Refused
from impl.paper.basic.contract import BasicContract
from impl.paper.basic.market import BasicMarket
from impl.paper.basic.parties import Arbitrator, BasicMember, Consumer, Provider, Vendor, gives
from impl.paper.basic.turns import follow
from impl.paper.steps import Record
from spec.notation import MachineError

_HONEST: Sequence[type[BasicMember]] = (Provider, Vendor, Consumer, Arbitrator)
_ROLES = roles(_HONEST, vendors, providers, consumers, arbitrators)


class Basic(OnPaper):
    """The basic market in a folder."""

    variant: ClassVar[str] = "basic"
    market_type: ClassVar = BasicMarket
    roles: ClassVar = _ROLES
    others: ClassVar[Sequence[str]] = ("arbitrator",)

    market: BasicMarket

    @property
    def contract(self) -> BasicContract:
        return self.market.provider.contract

    def place(self, parts: int, crashes: int | None) -> tuple[Sequence[str], int]:
        names = [vendor.name for vendor in self.market.vendors]
        if crashes:
            raise MachineError(f"--crashes {crashes}: in basic each part has one vendor; give 0")
        if parts > len(names):
            raise MachineError(
                f"--parts {parts}: in basic each has a vendor of its own, and there are "
                f"{len(names)}; give no more"
            )
        return names[:parts], 0

    def offer(self, api: str, where: Placed) -> None:
        by_name = {vendor.name: vendor for vendor in self.market.vendors}
        vendors = [by_name[name] for [name] in where.holders]
        self.market.provider.deploy(api, where.parts, vendors)

    def on_ledger(self, data: bytes) -> bytes:
        return data

    def ask(self, by: str, api: str, data: bytes) -> int:
        return self.market.member(by, Consumer).request(api, data)

    def go_on(self, request: int) -> None:
        self.market.work()
        if not self.is_done(request):
            output = self._consumer(request).take(request)
            if output is None and (why := self._refusals(request)):
                raise Refused(why)

    def output(self, request: int) -> bytes | None:
        return self._consumer(request).taken(request) if self.is_done(request) else None

    def _consumer(self, request: int) -> Consumer:
        return self.market.member(self.consumer_of(request), Consumer)

    def _refusals(self, request: int) -> str:
        """Which vendors do not execute a request, and why."""
        refused = ((v.name, v.refused.get(request)) for v in self.market.vendors)
        return "; ".join(f"{name}: {why}" for name, why in refused if why)

    def recorded(self, request: int) -> Sequence[Record]:
        return [self.contract.records[number] for number in follow(self.contract, request)]

    def is_done(self, request: int) -> bool:
        return self.contract.made(request).taken

    def judge(self, request: int, step: int) -> Finding:
        provider = self.market.provider
        found = self.market.arbitrator.judge(request, provider)
        part = provider.reveal(self.contract.made(request).api)[step]
        right = gives(part, self.recorded(request)[step])
        again = "gives what" if right else "does not give what"
        lines = [f"the arbitrator runs step {step} again: it {again} was recorded"]
        convicted = None if found.convicted is None else self.names.of(found.convicted)
        return Finding(found.executed, convicted, right, lines)
