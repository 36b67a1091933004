"""The orchestrated market, with corrupted parties in it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar

from adversaries.strategies.paper.sold import API, asked, parts
from adversaries.strategies.paper.wild import GOES, HANDED, PASSES, RENEWS, SERVES, Coalition, Wild
from adversaries.strategies.paper.world import (
    DECEIVED,
    UNANSWERED,
    UNPAID,
    Harm,
    World,
    have_a_word,
    live,
)
from adversaries.victim import worse
from impl.ledger.transaction import Refused
from impl.models.component import Component, component_of
from impl.paper.member import Change
from impl.paper.orchestrated.due import Due
from impl.paper.orchestrated.market import OrchestratedMarket
from impl.paper.orchestrated.parties import (
    Consumer,
    OrchestratedMember,
    Orchestrator,
    Provider,
    Vendor,
)

TAKEN = {
    Due.PICK: "pick",
    Due.RECORD: "record",
    Due.RECORD_TOO: "record_too",
    Due.CONFIRM: "confirm",
}
"""Where a party can take something else for what it was given, and go on with that as it should."""
GIVEN = {
    Due.PICK: "send",
    Due.RECORD: "pick",
    Due.RECORD_TOO: "give_back",
    Due.CONFIRM: "deliver",
}
"""What a party does that passes something on, by what is due afterwards."""
RUN = ("runs its component", "runs another component")
"""What a vendor runs."""


class WildMember(Wild, OrchestratedMember):
    """Any corrupted party, off the ledger too."""

    def act(self, request: int) -> bool:
        due = self.due(request)
        if due in (None, Due.NOTHING, Due.STALLED):
            return False
        place = f"{due.name.lower()} {self.at(request)}"
        if not self.begins(place):
            return False
        if due in TAKEN and self.time(f"takes for {place}") == 0:
            given, where = self.data(request), f"takes for {place}"
            data = self.put(GOES, TAKEN[due], where, given, self._earlier())
            self.storage.put(f"data/{request}", data)
        return super().act(request)

    def at(self, request: int) -> str:
        """A request, and the step that this party is at."""
        return f"{request}"

    def _give(
        self,
        request: int,
        data: bytes,
        to: OrchestratedMember,
        due: Due,
        also: Sequence[Change] = (),
    ) -> None:
        place = f"gives on {GIVEN[due]} {self.at(request)}"
        given = self.put(PASSES, GIVEN[due], place, data, self._earlier())
        super()._give(request, given, to, due, also)

    def _earlier(self) -> bytes:
        """What this party was given for the first request."""
        return self.data(0) if self.has_data(0) else b""


class WildVendor(WildMember, Vendor):
    """A corrupted vendor: it can run another component, and serve whom it likes."""

    own = (SERVES,)

    def at(self, request: int) -> str:
        return f"{request}.{self._step(request)}"

    def _component(self, request: int) -> Component:
        component = super()._component(request)
        how = self.choose("record", f"runs {self.at(request)}", RUN)
        return worse(component) if how == RUN[1] else component

    def do_own(self, kind: str) -> None:
        api = self.contract.apis[API]
        for step in range(len(parts())):
            self.held(api.provider, api.signature, step)
            self.coalition.held.add(step)


class PickingOrchestrator(Orchestrator):
    """An honest orchestrator, for whom a world is what chance is.

    Attributes:
        picks: whom it picks for each step.
    """

    picks: ClassVar[tuple[int, int]]

    def pick(self, request: int, vendor: bytes | None = None, data: bytes | None = None) -> None:
        step, holders = self.step(request), self.api(request).holders
        if vendor is None and step < len(holders):
            vendor = holders[step][self.picks[step] % len(holders[step])]
        super().pick(request, vendor, data)


class WildOrchestrator(WildMember, PickingOrchestrator):
    """A corrupted orchestrator: it can pass on what it was not given, and own up to it or not."""

    is_told = True
    called: ClassVar[Mapping[str, str]] = {"record": "record_too"}

    def at(self, request: int) -> str:
        return f"{request}.{self.step(request)}"


class WildProvider(WildMember, Provider):
    """A corrupted provider: it can hand over anything, and register another version."""

    is_told = True
    own = (RENEWS,)

    def hand_over(self, signature: bytes, step: int, vendor: bytes, part: bytes) -> None:
        place = f"hands {len(self.contract.versions)}.{step} to {self.peers[vendor].name}"
        how = self.choose("hand_over", place, HANDED)
        if how == HANDED[1]:
            part = worse(component_of(part)).canonical()
        if how != HANDED[2]:
            super().hand_over(signature, step, vendor, part)

    def do_own(self, kind: str) -> None:
        api = self.contract.apis[API]
        self.deploy(API, [*map(worse, parts())], api.holders, api.orchestrator)


class WildConsumer(WildMember, Consumer):
    """A corrupted consumer."""


ROLES: Mapping[str, tuple[type[OrchestratedMember], type[OrchestratedMember]]] = {
    "provider": (Provider, WildProvider),
    "orchestrator": (PickingOrchestrator, WildOrchestrator),
    "vendor0": (Vendor, WildVendor),
    "vendor1": (Vendor, WildVendor),
    "consumer": (Consumer, WildConsumer),
}
"""Who takes part, by name: somebody honest, and somebody corrupted."""


@contextmanager
def lived(folder: Path, world: World, coalition: Coalition) -> Iterator[OrchestratedMarket]:
    """A world, from its beginning until nothing happens any more; each vendor holds all steps."""
    cast = world.cast(ROLES, coalition)
    carrier = cast["orchestrator"]
    cast["orchestrator"] = type(carrier.__name__, (carrier,), {"picks": world.picks})
    with OrchestratedMarket.create(folder, cast) as market:
        vendors = [vendor.identity for vendor in market.vendors]
        with suppress(Refused):
            market.provider.deploy(
                API, parts(), [vendors] * len(parts()), market.orchestrator.identity
            )
        for data, _ in asked()[: world.requests]:
            with suppress(Refused):
                market.consumer.request(API, data)
        members = [*market.members.values()]
        live(members, lambda member: _act(member, world.requests))
        have_a_word(members, "at the end")
        for request in range(world.requests):
            with suppress(Refused):
                market.orchestrator.judge(request)
            with suppress(Refused):
                market.consumer.claim_refund(request)
        have_a_word(members, "afterwards")
        yield market


def harms(market: OrchestratedMarket, world: World) -> Iterator[Harm]:
    """What parties lost, the corrupted among them.

    Who works is paid once the consumer has confirmed the output, unless that is refunded.
    """
    contract, consumer = market.consumer.contract, market.consumer
    made = contract.requests[: world.requests]
    for number, (request, (_, output)) in enumerate(zip(made, asked(), strict=False)):
        if not consumer.has_data(number):
            yield Harm(consumer.name, UNANSWERED, request.refunded)
        elif consumer.data(number) != output:
            yield Harm(consumer.name, DECEIVED, request.refunded)
        if request.output is None or request.refunded:
            shown = {contract.records[record].author for record in request.evidence}
            carried = {contract.apis[API].orchestrator} if shown else set()
            for worker in sorted(map(market.named, shown | carried)):
                yield Harm(worker, UNPAID)


def _act(member: OrchestratedMember, requests: int) -> bool:
    """Have a party do what is due about each request; whether anything was."""
    happened = False
    for request in range(requests):
        with suppress(Refused):
            happened |= member.act(request)
    return happened
