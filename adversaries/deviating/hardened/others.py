"""Whoever else deviates in the hardened marketplace: beacons, outsiders and coalitions."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import attrs

from adversaries.deviating.hardened.carriers import PryingCarrier, carry
from adversaries.deviating.hardened.griefers import (
    DRAFTS,
    FLOOD,
    FLOODED,
    OFFERED,
    DraftingProvider,
    VainWatcher,
)
from adversaries.deviating.hardened.play import LONGEST, ends, facts, opened
from adversaries.deviating.outside import bought, on_ledger, read, rows, served
from adversaries.passing import Passing
from adversaries.script import Facts
from adversaries.victim import parts, victim
from impl.hardened.market import HardenedMarket
from impl.hardened.parties.acts import Act, Duty, Submit
from impl.hardened.parties.computing import is_bound
from impl.hardened.parties.consumer import Consumer
from impl.hardened.parties.public import Beacon, Watcher
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import Phase
from impl.hardened.records import Request
from impl.ledger.keys import lock
from impl.models.component import Component
from impl.quarrel.salts import SALT
from spec.bytes.encoding import Value, encode


@attrs.define
class MuteBeacon(Beacon):
    """Says nothing."""

    def attend(self, made: Request) -> Iterator[Act]:
        yield from ()


@attrs.define
class FadingBeacon(Beacon):
    """Says whom chance draws, and nothing of the audits."""

    def attend(self, made: Request) -> Iterator[Act]:
        for act in super().attend(made):
            if isinstance(act, Submit) and act.kind == "route":
                yield act


@attrs.define
class Outsider(Watcher):
    """Disputes what it has no part in, to see what is shown."""

    def attend(self, made: Request) -> Iterator[Act]:
        yield from super().attend(made)
        if made.phase is Phase.WINDOW:
            key = lock(self.identity)
            yield Submit("dispute", {"request": made.id, "step": 0, "key": key})


@attrs.define
class CopyingConsumer(Consumer):
    """Asks for what others ask for, of which it copies the commitment."""

    def duties(self) -> Iterator[Duty]:
        yield from super().duties()
        for number, made in enumerate([*self.contract.requests.values()]):
            name = self._name(number, made.version)
            if made.consumer != self.identity and name not in self.contract.requests:
                body: dict[str, Value] = {"request": name, "nonce": number}
                copied = {"version": made.version, "input": made.links[0]}
                yield name.hex(), iter([Submit("request", {**body, **copied})])


def vain(folder: Path) -> Facts:
    """Somebody says a lot that is refused, and has the node look at all of that."""
    model, inputs = parts(), victim()[1][:1]
    with opened(folder, {"outsider": VainWatcher}) as (market, passed):
        version = market.deploy(model)
        market.consumer.trust(version, market.model(version))
        for row in inputs:
            market.consumer.ask(version, encode(row.reshape(1, -1)))
        market.run(LONGEST)
        seen = sum(each.source == "outsider" and each.is_in_vain for each in passed.said)
        most = FLOODED * market.contract.charter.quota
        found = facts(market, ["outsider"], Passing(), ends(market, model, inputs))
    line = f"of {FLOODED * FLOOD} that are refused, the node looks at {seen}; in so many blocks, "
    return attrs.evolve(
        found,
        harmed=found.harmed or seen > most,
        lines=[f"{line}{most} can be", *found.lines],
        figures={**found.figures, "said": FLOODED * FLOOD, "seen": seen, "most": most},
    )


def drafted(folder: Path) -> Facts:
    """Somebody offers versions that nobody can take up, for others to keep."""
    model, inputs = parts(), victim()[1][:1]
    with opened(folder, {"drafter": DraftingProvider}) as (market, passed):
        version, drafter = market.deploy(model), market.members["drafter"]
        market.consumer.trust(version, market.model(version))
        for row in inputs:
            market.consumer.ask(version, encode(row.reshape(1, -1)))
        assert isinstance(drafter, DraftingProvider)
        terms, own = market.provider.terms(version), {drafter.identity: 100}
        steps = [attrs.evolve(part, provider=drafter.identity) for part in terms.steps]
        for number in range(DRAFTS):
            other = attrs.evolve(terms, number=number, steps=steps, shares=own)
            drafter.offer(attrs.evolve(other, provider=drafter.identity))
        kept = list[int]()
        for _ in range(OFFERED + sum(market.contract.charter.windows.values())):
            market.pass_block()
            kept.append(len(market.contract.versions) - 1)
        found = facts(market, ["drafter"], passed, ends(market, model, inputs))
    told = f"of {max(kept)} versions that nobody took up, {kept[-1]} are kept at the end"
    return attrs.evolve(
        found,
        harmed=found.harmed or kept[-1] > 0 or max(kept) < DRAFTS,
        lines=[told, *found.lines],
        figures={**found.figures, "drafts": max(kept), "kept": kept[-1]},
    )


def free_reader(folder: Path) -> Facts:
    """Somebody reads off the ledger what others asked, and what they were answered."""
    with opened(folder, {}) as (market, passed):
        _serve(market)
        return read("reader", on_ledger(market.around.node.ledger), passed)


def prying(folder: Path) -> Facts:
    """The network keeps a copy of all that it carries."""
    with opened(folder, {}) as (market, passed):
        carry(PryingCarrier, market)
        _serve(market)
        carrier = market.around.network
        assert isinstance(carrier, PryingCarrier)
        return read("carrier", b"".join(carrier.copies), passed)


def bounty(folder: Path) -> Facts:
    """A vendor sells its part to whoever sees on the ledger that it is the registered one."""
    with opened(folder, {}) as (market, passed):
        made = _serve(market)[0]
        vendor = market.members["vendor1"]
        assert isinstance(vendor, Vendor)
        handed = vendor.component(made, 1)

        def is_registered(offered: bytes) -> bool:
            return is_bound(made.terms, 1, offered)

        return bought(Component.parse(handed[SALT:]), handed[:SALT], is_registered, passed)


def off_ledger(folder: Path, holders: int = 3) -> Facts:
    """Vendors that hold a part each serve a client of their own from what they were handed."""
    with opened(folder, {}) as (market, passed):
        vendors = [m for m in market.members.values() if isinstance(m, Vendor)]
        [made, *_] = _serve(market, [[vendor.name] for vendor in vendors])
        before = market.around.node.ledger.head
        handed = [vendor.component(made, i) for i, vendor in enumerate(vendors[:holders])]
        held = [Component.parse(each[SALT:]) for each in handed]
        return served(held, market.around.node.ledger.head == before, passed)


def _serve(
    market: HardenedMarket, holders: Sequence[Collection[str]] | None = None
) -> list[Request]:
    """Sell a version, and answer two requests of it."""
    version = market.deploy(parts(), holders=holders, spares=0)
    for row in rows():
        market.consumer.ask(version, encode(row))
    market.run(LONGEST)
    return [*market.contract.requests.values()]
