"""Parties that deviate together in the hardened marketplace, and what only they can do."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from adversaries.deviating.hardened import play
from adversaries.deviating.hardened.vendors import LazyVendor
from adversaries.deviating.outside import favoured
from adversaries.script import Facts
from adversaries.victim import parts, victim
from impl.folder import kept_key
from impl.hardened.chance import drawn, seed_of
from impl.hardened.market import CAST, Cast
from impl.hardened.parties.acts import Act, Submit
from impl.hardened.parties.consumer import Consumer
from impl.hardened.parties.provider import Provider
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import Phase
from impl.hardened.records import Request
from impl.storage import Storage
from spec.bytes.encoding import encode

_WINDOW = 4  # blocks for each phase, where all of each is used up


@attrs.define
class FriendlyVendor(LazyVendor):
    """Commits to a constant, and of what it is to check looks only at what is right."""

    def oppose(self, made: Request) -> Iterator[Act]:
        if made.phase is Phase.NARROWED and made.opponent == self.identity:
            yield self.reply(made, same=False)


@attrs.define
class DelayingProvider(Provider):
    """Disputes each step of each request without reason, and does all that in the last block."""

    def attend(self, made: Request) -> Iterator[Act]:
        if self.contract.left(made) == 1:
            yield from super().attend(made)

    def doubtful(self, made: Request) -> Iterator[int]:
        yield from range(made.turn)


@attrs.define
class DelayingVendor(Vendor):
    """Defends itself in the last block."""

    def defend(self, made: Request) -> Iterator[Act]:
        if self.contract.left(made) == 1:
            yield from super().defend(made)


@attrs.define
class ForetoldConsumer(Consumer):
    """Has the beacon's key, and asks under names for which the first holder is always drawn."""

    def ask(self, version: bytes, data: bytes) -> bytes:
        while not self._is_liked(name := super().ask(version, data), version):
            self._orders.close(self._orders.numbers[-1])
        return name

    def _is_liked(self, name: bytes, version: bytes) -> bool:
        beacon = kept_key(Storage(self.storage.folder.parent / "beacon"))
        suite, terms = self.contract.charter.suite, self.contract.versions[version].terms
        seed = seed_of(suite, beacon.sign(name), name)
        held = enumerate(map(terms.holders, range(len(terms.steps))))
        return all(drawn(suite, holders, seed, i, 0) == holders[0] for i, holders in held)


@attrs.define
class PushingVendor(Vendor):
    """Takes on each step, whoever is drawn for it."""

    def execute(self, made: Request) -> Iterator[Act]:
        yield from super().execute(made)
        if made.phase is Phase.ROUTED:
            yield Submit("assign", {"request": made.id}, bond=made.terms.stake)


def foretold(folder: Path) -> Facts:
    """A beacon tells a consumer whom it will draw, which asks where that is their friend."""
    return _favoured(folder, {"consumer": ForetoldConsumer}, "beacon")


def pushed(folder: Path) -> Facts:
    """A vendor takes on each step, whoever is drawn for it."""
    return _favoured(folder, {"vendor0": PushingVendor})


def _favoured(folder: Path, cast: Cast, *also: str, requests: int = 4) -> Facts:
    with play.opened(folder, cast) as (market, passed):
        version = market.deploy(parts())
        market.run(play.LONGEST)
        for row in victim()[1][:requests]:
            market.consumer.ask(version, encode(row.reshape(1, -1)))
        market.run(play.LONGEST)
        made = market.contract.requests.values()
        executors = [market.named(who) for each in made for who in each.executors.values()]
        holders = sum(issubclass(role, Vendor) for role in CAST.values())
        return favoured([*cast, *also], "vendor0", executors, holders, passed)


def delayed(folder: Path, friends: Sequence[str] = ()) -> Facts:
    """A provider disputes every step, and its friends defend them, all as late as they can.

    Each dispute takes two windows for each halving and two beside, and gives no time back to the
    window in which it began. So does that of each friend who has a share of nothing.

    Args:
        folder: where the market is to be.
        friends: those, by name.
    """
    vendors = [name for name, role in CAST.items() if issubclass(role, Vendor)]
    delaying = dict.fromkeys(("provider", *friends), DelayingProvider)
    cast: Cast = {**delaying, **dict.fromkeys(vendors, DelayingVendor)}
    model, inputs = parts(), victim()[1][:1]
    shares = {"provider": 100, **dict.fromkeys(friends, 0)}
    with play.opened(folder, cast, windows=_WINDOW) as (market, passed):
        version = market.deploy(model, shares=shares)
        market.run(play.LONGEST)
        market.consumer.ask(version, encode(inputs))
        before = market.contract.now
        market.run(play.LONGEST)
        [made] = market.contract.requests.values()
        most = _WINDOW * sum(2 * made.terms.rounds[step] + 2 for step, _ in made.doubted)
        took = market.contract.now - before
        ended = play.ends(market, model, inputs)
        facts = play.facts(market, cast.keys(), passed, ended)
        doubted = len(made.doubted)
        return attrs.evolve(
            facts,
            harmed=facts.harmed or took > most or doubted < len(model) * len(shares),
            lines=[*facts.lines, f"{doubted} disputes end within {took} blocks, of {most} at most"],
            figures={**facts.figures, "took": took, "most": most},
        )
