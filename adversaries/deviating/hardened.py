"""Parties that deviate in the hardened marketplace, each in one thing."""

from collections.abc import Iterator

import attrs
import numpy as np

from adversaries.victim import worse
from impl.hardened.digests import commitment
from impl.hardened.parties.acts import Act, Keep, Send, Submit
from impl.hardened.parties.consumer import Consumer
from impl.hardened.parties.correspondent import place
from impl.hardened.parties.provider import Provider
from impl.hardened.parties.public import Beacon, Watcher
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import OVER, Phase
from impl.hardened.records import Request
from impl.hardened.sealing import seal
from impl.hardened.terms import Terms
from impl.ledger.keys import lock
from impl.models.component import Component, parse_tensor
from impl.quarrel.run import Run
from impl.quarrel.salts import SALT
from spec.bytes.encoding import encode

# Vendors


@attrs.define
class LazyVendor(Vendor):
    """Commits to a constant, whatever it was given."""

    def work(self, made: Request, step: int) -> bytes:
        held = Component.parse(self.component(made, step)[SALT:])
        constant = np.zeros((1, held.program.gives), np.int64)
        return super().work(made, step)[:SALT] + encode(constant)


@attrs.define
class ForgingVendor(LazyVendor):
    """Commits to a constant, and when it is disputed stands by a run that ends with it."""

    def run(self, made: Request, step: int) -> Run | None:
        run = super().run(made, step)
        if run is None:
            return None
        constant = parse_tensor(self.opening(made, step + 1)[SALT:])
        return attrs.evolve(run, tensors=(*run.tensors[:-1], constant))


@attrs.define
class MissaltingVendor(Vendor):
    """Commits to what its component gives with a salt that follows from nothing."""

    def work(self, made: Request, step: int) -> bytes:
        return self.around.randomness(SALT) + super().work(made, step)[SALT:]


@attrs.define
class SecretiveVendor(ForgingVendor):
    """Stands by a constant, and keeps what went into a step from whoever is to check it."""

    def told(self, made: Request, step: int) -> bytes:
        return b""


@attrs.define
class SwappingVendor(Vendor):
    """Sends other data than it has committed to."""

    def give(self, made: Request) -> Iterator[Act]:
        for act in super().give(made):
            yield attrs.evolve(act, content=act.content[::-1]) if isinstance(act, Send) else act


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
            yield Submit("publish", {"request": made.id, "sealed": seal(made.key, b"junk")})


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

    def attend(self, made: Request) -> Iterator[Act]:
        yield from super().attend(made)
        for step in range(made.turn):
            if made.executors[step] == self.identity and made.phase not in OVER:
                output = commitment(made.id, step + 1, bytes(SALT))
                yield Submit("record", {"request": made.id, "step": step, "output": output})


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
            yield Submit("withdraw", {"amount": self.contract.bonds[self.identity]})


# Others


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
        tried = self.storage.missing(place("outside", made, 0))
        if made.phase is Phase.WINDOW and tried:
            yield Keep(place("outside", made, 0), bytes)
            key = lock(self.identity)
            yield Submit("dispute", {"request": made.id, "step": 0, "key": key})


@attrs.define
class SwappingProvider(Provider):
    """Hands the holders of the first step another component than the registered one."""

    def handed(self, terms: Terms, step: int) -> bytes:
        handed = super().handed(terms, step)
        if step:
            return handed
        return handed[:SALT] + worse(Component.parse(handed[SALT:])).canonical()


@attrs.define
class JunkProvider(Provider):
    """Registers bytes that are no component: whoever is to run them again is convicted."""

    def contribute(self, api: str, number: int, step: int, component: bytes) -> bytes:
        return super().contribute(api, number, step, component if step else b"junk")


@attrs.define
class StingyProvider(Provider):
    """Offers terms by which nobody is paid for any step, in the hope that nobody reads them."""

    def offer(self, terms: Terms) -> bytes:
        return super().offer(attrs.evolve(terms, costs=[terms.price] * len(terms.costs)))


@attrs.define
class NeverSendingConsumer(Consumer):
    """Makes requests, and never gives its input."""

    def give(self, made: Request) -> Iterator[Act]:
        yield from ()


@attrs.define
class UnfitConsumer(Consumer):
    """Asks for two rows where a version takes one, and disputes the nothing that comes of it."""

    def ask(self, version: bytes, data: bytes) -> bytes:
        return super().ask(version, encode(np.vstack([parse_tensor(data)] * 2)))

    def fits(self, terms: Terms, data: bytes) -> bool:
        return True

    def doubtful(self, made: Request) -> Iterator[int]:
        yield from range(made.turn)


@attrs.define
class FrivolousConsumer(Consumer):
    """Disputes every step of every request."""

    def doubtful(self, made: Request) -> Iterator[int]:
        yield from range(made.turn)


@attrs.define
class ShamProvider(Provider):
    """Disputes each step before others do, in league with its executor, and loses on purpose."""

    def attend(self, made: Request) -> Iterator[Act]:
        yield from super().attend(made)
        for step in range(made.turn):
            if made.phase is Phase.WINDOW and (step, self.identity) not in made.doubted:
                yield from self.question("dispute", made, step)
        if made.phase is Phase.NARROWED and made.opponent == self.identity:
            yield Submit("answer", {"request": made.id, "same": True})
