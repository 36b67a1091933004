"""Vendors that deviate in the hardened marketplace, each in one thing."""

from collections.abc import Iterator

import attrs
import numpy as np

from impl.hardened.digests import commitment
from impl.hardened.parties.acts import Act, Send, Submit
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import OVER, Phase
from impl.hardened.records import Request
from impl.hardened.sealing import seal
from impl.models.component import Component, parse_tensor
from impl.quarrel.run import Run
from impl.quarrel.salts import SALT
from spec.bytes.encoding import encode


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
