"""The basic market, with corrupted parties in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from adversaries.strategies.paper.sold import API, asked, parts
from adversaries.strategies.paper.wild import (
    HANDED,
    RENEWS,
    SERVES,
    SHOWN,
    Coalition,
    Wild,
    another,
)
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
from impl.ledger.transaction import Refused, require
from impl.models.component import Component
from impl.paper.basic.market import BasicMarket
from impl.paper.basic.parties import Arbitrator, BasicMember, Consumer, Provider, Vendor
from impl.paper.basic.turns import Key
from spec.bytes.encoding import Value
from spec.bytes.merkle import bound_root

RUN = (
    "runs its component",
    "runs another component",
    "gives another output",
    "runs on another input",
)
"""What a vendor does with a component."""


class WildVendor(Wild, Vendor):
    """A corrupted vendor: it can run anything, and serve whom it likes."""

    own = (SERVES,)

    def _serve(self, key: Key) -> bool:
        return self.begins(f"serves {self._turns.due[key].request}") and super()._serve(key)

    def run(self, api: str, data: bytes) -> tuple[bytes, bytes]:
        how = self.choose("record", self.at(), RUN)
        produced, claimed = super().run(api, another(data) if how == RUN[3] else data)
        return (another(produced) if how == RUN[2] else produced), claimed

    def held(self, api: str) -> Component:
        component = super().held(api)
        how = self.choose("record", self.at(), RUN)
        return worse(component) if how == RUN[1] else component

    def at(self) -> str:
        """The place of what this vendor runs: it is told by how many records it has."""
        own = [record for record in self.contract.records if record.author == self.identity]
        return f"runs {len(own)}"

    def do_own(self, kind: str) -> None:
        super().held(API)
        self.coalition.held.add(self.contract.apis[API].vendors.index(self.identity))


class WildProvider(Wild, Provider):
    """A corrupted provider: it can hand over anything, and show or register another version."""

    is_told = True
    own = (RENEWS,)

    def hand_over(self, api: str, part: Component, vendor: Vendor) -> None:
        place = f"hands {len(self.contract.versions)} to {vendor.name}"
        how = self.choose("deploy", place, HANDED)
        if how != HANDED[2]:
            super().hand_over(api, worse(part) if how == HANDED[1] else part, vendor)

    def reveal(self, api: str) -> list[Component]:
        how = self.choose("reveal", f"reveals {len(self.contract.versions)}", SHOWN)
        require(how != SHOWN[2], "provider has kept the registered parts")
        shown = super().reveal(api)
        return [*map(worse, shown)] if how == SHOWN[1] else shown

    def do_own(self, kind: str) -> None:
        newer = [*map(worse, parts())]
        for step, part in enumerate(newer):
            self.storage.put(f"component/{API}/{step}", part.canonical())
        signature = bound_root([part.digest for part in newer])
        vendors: list[Value] = [*self.contract.apis[API].vendors]
        self.send("register", api=API, signature=signature, vendors=vendors)


class WildConsumer(Wild, Consumer):
    """A corrupted consumer."""


class WildArbitrator(Wild, Arbitrator):
    """A corrupted arbitrator: it can have anything compared that it is shown."""

    is_told = True


ROLES: Mapping[str, tuple[type[BasicMember], type[BasicMember]]] = {
    "provider": (Provider, WildProvider),
    "vendor0": (Vendor, WildVendor),
    "vendor1": (Vendor, WildVendor),
    "consumer": (Consumer, WildConsumer),
    "arbitrator": (Arbitrator, WildArbitrator),
}
"""Who takes part, by name: somebody honest, and somebody corrupted."""


@contextmanager
def lived(folder: Path, world: World, coalition: Coalition) -> Iterator[BasicMarket]:
    """A world, from its beginning until nothing happens any more."""
    with BasicMarket.create(folder, world.cast(ROLES, coalition)) as market:
        with suppress(Refused):
            market.provider.deploy(API, parts(), market.vendors)
        for data, _ in asked()[: world.requests]:
            with suppress(Refused):
                market.consumer.request(API, data)
        members = [*market.members.values()]
        live(members, lambda member: isinstance(member, Vendor) and member.work() > 0)
        have_a_word(members, "at the end")
        for request in range(world.requests):
            with suppress(Refused):
                market.consumer.take(request)
            with suppress(Refused):
                market.arbitrator.judge(request, market.provider)
        have_a_word(members, "afterwards")
        yield market


def harms(market: BasicMarket, world: World) -> Iterator[Harm]:
    """What parties lost, the corrupted among them: nobody is repaid, and who works is paid for it
    once all steps are executed."""
    contract, consumer = market.consumer.contract, market.consumer
    made = contract.requests[: world.requests]
    for number, (request, (_, output)) in enumerate(zip(made, asked(), strict=False)):
        if consumer.storage.missing(f"output/{number}"):
            yield Harm(consumer.name, UNANSWERED)
        elif consumer.taken(number) != output:
            yield Harm(consumer.name, DECEIVED)
        if not request.complete:
            for record in request.evidence:
                yield Harm(market.named(contract.records[record].author), UNPAID)
