"""Parties that deviate in the hardened marketplace, each in one thing, and what comes of it.

On a network without faults, with parties that do not stop: what deviates is the parties alone.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import numpy as np

from adversaries.attacks import Attack, Facts, Outcome, parts, victim
from adversaries.parties import worse
from impl.hardened import OVER, SALT, Phase, Request, commitment, seal
from impl.hardened.marketplace import CAST, PURSE, Cast, HardenedMarket
from impl.hardened.parties import Act, Consumer, Member, Provider, Say, Tell, Vendor, Watcher
from impl.models.fixedpoint import Integers
from impl.models.model import Component, chain, parse_tensor
from impl.quarrel.run import Run
from spec.bytes.encoding import encode

REQUESTS = 4
"""So many that chance draws every vendor for some step."""
WINDOW = 8
"""Blocks for each phase; on a network without faults, one is enough for anything."""
LONGEST = 1000
"""Blocks after which every request is over, whatever is tried."""
FINE = {"answered", "refunded", "never made"}
"""What a request can come to without harm to its consumer."""


# Vendors


@attrs.define
class LazyVendor(Vendor):
    """Commits to a constant, whatever it was given."""

    def work(self, made: Request) -> bytes:
        held = Component.parse(self.component(made, made.turn)[SALT:])
        constant = np.zeros((1, len(held.layers[-1].bias)), np.int64)
        return self.around.randomness(SALT) + encode(constant)


@attrs.define
class ForgingVendor(LazyVendor):
    """Commits to a constant, and when it is disputed stands by a run that ends with it."""

    def run(self, made: Request, step: int) -> Run | None:
        run = super().run(made, step)
        if run is None:
            return None
        constant = parse_tensor(self.opening(made, step + 1)[SALT:])
        return attrs.evolve(run, activations=(*run.activations[:-1], constant))


@attrs.define
class SecretiveVendor(ForgingVendor):
    """Does so, and keeps what went into a step from whoever is to check it."""

    def give(self, made: Request) -> Iterator[Act]:
        if made.phase not in (Phase.DISPUTED, Phase.NARROWED):
            yield from super().give(made)


@attrs.define
class SwappingVendor(Vendor):
    """Sends other data than it has committed to."""

    def give(self, made: Request) -> Iterator[Act]:
        for act in super().give(made):
            yield attrs.evolve(act, content=act.content[::-1]) if isinstance(act, Tell) else act


@attrs.define
class SilentVendor(Vendor):
    """Puts up its stake, and then does nothing."""

    def execute(self, made: Request) -> Iterator[Act]:
        if made.phase is Phase.ROUTED:
            yield from super().execute(made)


@attrs.define
class GarbageVendor(Vendor):
    """Publishes junk in place of what it committed to."""

    def give(self, made: Request) -> Iterator[Act]:
        if made.phase is Phase.DEMANDED and made.sender == self.identity:
            yield Say("publish", {"request": made.id, "sealed": seal(made.key, b"junk")})


@attrs.define
class WithholdingVendor(Vendor):
    """Does not give away the last output, and waits for an offer."""

    def give(self, made: Request) -> Iterator[Act]:
        if made.turn < len(made.terms.steps):
            yield from super().give(made)


@attrs.define
class DenyingVendor(Vendor):
    """Says that it has not received what it has."""

    def has(self, made: Request) -> bool:
        return made.phase is not Phase.WORK and super().has(made)


@attrs.define
class EquivocatingVendor(Vendor):
    """Signs a second output for each step that it has recorded."""

    def due(self) -> Iterator[Act]:
        yield from super().due()
        for made in self.contract.requests.values():
            for step in range(made.turn):
                if made.executors[step] == self.identity and made.phase not in OVER:
                    output = commitment(made.id, step + 1, bytes(SALT))
                    yield Say("record", {"request": made.id, "step": step, "output": output})


@attrs.define
class FleeingVendor(LazyVendor):
    """Commits to a constant, and takes its bond home before anybody complains."""

    def back(self) -> Iterator[Act]:
        recorded = any(
            self.identity in made.executors.values() for made in self.contract.requests.values()
        )
        if not recorded:
            yield from super().back()
        elif self.contract.bonds[self.identity]:
            yield Say("withdraw", {"amount": self.contract.bonds[self.identity]})


# Others


@attrs.define
class SwappingProvider(Provider):
    """Hands the holders of the first step another component than the registered one."""

    def handed(self, root: bytes, step: int, holder: bytes) -> bytes:
        handed = super().handed(root, step, holder)
        if step:
            return handed
        return handed[:SALT] + worse(Component.parse(handed[SALT:])).canonical()


@attrs.define
class NeverSendingConsumer(Consumer):
    """Makes requests, and never gives its input."""

    def give(self, made: Request) -> Iterator[Act]:
        yield from ()


@attrs.define
class FrivolousConsumer(Consumer):
    """Disputes every step of every request."""

    def is_wrong(self, made: Request) -> bool:
        return True


@attrs.define
class ShamDisputer(Watcher):
    """Disputes each step before others do, in league with its executor, and loses on purpose."""

    def due(self) -> Iterator[Act]:
        for made in self.contract.requests.values():
            for step in range(made.turn):
                if made.phase is Phase.WINDOW and (step, self.identity) not in made.doubted:
                    yield Say("dispute", {"request": made.id, "step": step})
            if made.phase is Phase.NARROWED and made.opponent == self.identity:
                yield Say("answer", {"request": made.id, "same": True})


# What comes of it


def play(folder: Path, cast: Cast, model: Sequence[Component], inputs: Integers) -> Facts:
    """A request for each row, with some parties that deviate; the consumer knows what is right."""
    with HardenedMarket.create(folder, {**CAST, **cast}) as market:
        version = market.deploy(model, WINDOW)
        market.consumer.trust(version, [part.canonical() for part in model])
        rows = [row.reshape(1, -1) for row in inputs]
        for row in rows:
            market.consumer.ask(version, encode(row))
        market.run(LONGEST)
        wanted = [encode(chain(model, row)[-1]) for row in rows]
        ends = [served(market, *each) for each in zip(market.consumer.asked, wanted, strict=True)]
        return _facts(market, cast, ends)


def _facts(market: HardenedMarket, cast: Cast, ends: Sequence[str]) -> Facts:
    honest = market.members.keys() - cast.keys()
    poorer = sorted(name for name in honest - {"consumer"} if worth(market, name) < PURSE)
    deceived = "consumer" in honest and not set(ends) <= FINE
    blamed = sorted(map(market.named, market.contract.convicted))
    return Facts(
        deviated=sorted(cast),
        convicted=blamed,
        harmed=deceived or bool(poorer),
        lines=[
            f"{len(ends)} requests: {tally(ends)}",
            f"others who have less than before: {', '.join(poorer) or 'nobody'}",
            f"the contract convicted {', '.join(blamed) or 'nobody'}",
        ],
        figures={"requests": len(ends), "blocks": market.contract.now},
    )


def served(market: HardenedMarket, request: bytes, wanted: bytes) -> str:
    """What a request came to, for its consumer."""
    made = market.contract.requests.get(request)
    if made is None:
        return "never made"
    if made.refunded == made.terms.price:
        return "refunded"
    if made.phase not in OVER:
        return "left open"
    output = market.consumer.output(request)
    if output is None:
        return "paid for nothing"
    return "answered" if output == wanted else "answered wrongly"


def tally(ends: Sequence[str]) -> str:
    """How often requests came to what."""
    return ", ".join(f"{number} {end}" for end, number in Counter(ends).items())


def worth(market: HardenedMarket, name: str) -> int:
    """What a party has on the ledger."""
    party, contract = market.members[name].identity, market.contract
    return contract.balances[party] + contract.bonds[party]


def _attack(
    number: int | None, name: str, party: str, expected: Outcome, **cast: type[Member]
) -> Attack:
    def script(folder: Path) -> Facts:
        return play(folder, cast, parts(), victim()[1][:REQUESTS])

    return Attack(number, f"{name}-hardened", "hardened", party, expected, script)


HARDENED = (
    _attack(1, "lazy-constant", "vendor", "D", vendor1=LazyVendor),
    _attack(8, "stall", "vendor", "D", vendor1=SilentVendor),
    _attack(10, "false-nonreceipt", "vendor", "P", vendor1=DenyingVendor),
    _attack(11, "garbage-ciphertext", "vendor", "D", vendor1=GarbageVendor),
    _attack(14, "return-swap", "vendor", "P", vendor1=SwappingVendor),
    _attack(19, "never-send", "consumer", "D", consumer=NeverSendingConsumer),
    # The catalogue expects a conviction; but to doubt is no fault, and is paid for with the bond.
    _attack(20, "frivolous-dispute", "consumer", "P", consumer=FrivolousConsumer),
    _attack(22, "bad-handover", "provider", "P", provider=SwappingProvider),
    _attack(29, "double-post", "vendor", "D", vendor1=EquivocatingVendor),
    _attack(46, "exit-scam", "vendor", "D", vendor1=FleeingVendor),
    _attack(49, "last-mover-ransom", "vendor", "D", vendor1=WithholdingVendor),
    _attack(None, "forged-run", "vendor", "D", vendor1=ForgingVendor),
    _attack(None, "sham-dispute", "vendor", "D", vendor1=LazyVendor, friend=ShamDisputer),
)
