"""Vendors that deviate in the hardened marketplace, each in one thing."""

from collections.abc import Iterator

import attrs
import numpy as np

from adversaries.deviating.outputs import enlarged, nudged, relabelled, thinned, turned
from impl.hardened.digests import DIGEST, commitment
from impl.hardened.parties.acts import Act, Send, Submit
from impl.hardened.parties.computing import output_of
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import OVER, Phase
from impl.hardened.records import Request
from impl.hardened.sealing import seal
from impl.models.component import Component, parse_tensor
from impl.quarrel.run import Run
from impl.quarrel.salts import SALT, Occasion
from spec.bytes.encoding import Value, encode


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
class CheapVendor(Vendor):
    """Runs a cheaper component than its own."""

    def work(self, made: Request, step: int) -> bytes:
        handed = self.component(made, step)
        cheap = handed[:SALT] + thinned(Component.parse(handed[SALT:])).canonical()
        given, rounds = self.data(made, step), made.terms.rounds[step]
        return output_of(cheap, given, rounds, Occasion(made.id, step))


@attrs.define
class TargetingVendor(Vendor):
    """Gives another label in place of one, and is right about all else."""

    def work(self, made: Request, step: int) -> bytes:
        opening = super().work(made, step)
        is_last = step == len(made.terms.steps) - 1
        return opening[:SALT] + relabelled(opening[SALT:]) if is_last else opening


@attrs.define
class NudgingVendor(Vendor):
    """Is off by one unit in the last place, which any tolerance lets pass."""

    def work(self, made: Request, step: int) -> bytes:
        opening = super().work(made, step)
        return opening[:SALT] + nudged(opening[SALT:])


@attrs.define
class EnlargingVendor(Vendor):
    """Commits to numbers that the next component does not take."""

    def work(self, made: Request, step: int) -> bytes:
        return super().work(made, step)[:SALT] + enlarged(made.terms.widths[step + 1])


@attrs.define
class ParrotingVendor(Vendor):
    """Has acknowledged components, keeps none of them, and commits to a constant."""

    def component(self, made: Request, step: int) -> bytes:
        return b""

    def work(self, made: Request, step: int) -> bytes:
        width = made.terms.widths[step + 1]
        return self.around.randomness(SALT) + encode(np.zeros((1, width), np.int64))


@attrs.define
class MisreportingVendor(Vendor):
    """Runs on other data than it was given, and says that it was given that."""

    def data(self, made: Request, step: int) -> bytes:
        given = super().data(made, step)
        return given[:SALT] + turned(given[SALT:])


@attrs.define
class MisplacingVendor(Vendor):
    """Records its step in the place of the next."""

    def execute(self, made: Request) -> Iterator[Act]:
        for act in super().execute(made):
            yield _saying(act, step=made.turn + 1)


@attrs.define
class CopyingVendor(Vendor):
    """Runs nothing of which another has recorded a commitment, and records that."""

    def execute(self, made: Request) -> Iterator[Act]:
        step, requests = made.turn, self.contract.requests.values()
        others = [q for q in requests if q.turn > step and q.executors[step] != self.identity]
        for act in super().execute(made):
            yield _saying(act, output=others[0].links[step + 1]) if others else act


@attrs.define
class ReplayingVendor(Vendor):
    """Says once more what it has recorded before, for whatever request."""

    def execute(self, made: Request) -> Iterator[Act]:
        old: list[dict[str, Value]] = [
            {"request": q.id, "step": step, "output": q.links[step + 1]}
            for q in self.contract.requests.values()
            for step in range(q.turn)
            if q.executors[step] == self.identity
        ]
        for act in super().execute(made):
            yield _saying(act, **old[0]) if old else act


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
class SheddingVendor(EquivocatingVendor):
    """Signs second outputs, replaces its key before anybody can show them, and signs no more."""

    def attend(self, made: Request) -> Iterator[Act]:
        if self.key.public != self.identity:
            yield from Vendor.attend(self, made)
            return
        yield from super().attend(made)
        steps = range(made.turn)
        if made.phase not in OVER and any(made.executors[i] == self.identity for i in steps):
            self.replace_key()


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


@attrs.define
class GhostVendor(Vendor):
    """Records steps of requests that nobody has made."""

    def attend(self, made: Request) -> Iterator[Act]:
        yield from super().attend(made)
        if made.phase not in OVER:
            body: dict[str, Value] = {"request": made.version, "step": 0, "output": bytes(DIGEST)}
            yield Submit("record", body)


def _saying(act: Act, **other: Value) -> Act:
    """An act; if it is to record a step, with something else in some fields."""
    if isinstance(act, Submit) and act.kind == "record":
        return attrs.evolve(act, body={**act.body, **other})
    return act
