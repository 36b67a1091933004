"""Vendors that deviate in the orchestrated marketplace, each in one thing."""

import numpy as np

from adversaries.deviating.outputs import enlarged, nudged, relabelled, thinned, turned
from impl.models.component import parse_tensor
from impl.paper.orchestrated.contract import hashed
from impl.paper.orchestrated.due import Due
from impl.paper.orchestrated.parties import Claim, Vendor
from impl.paper.outside import computed
from spec.bytes.encoding import encode

CLASSES = 10
"""The scores of an answer, which anybody knows who has had one."""


class LazyVendor(Vendor):
    """Gives a constant, and records that with the digest of the component that it did not run."""

    def output(self, request: int) -> bytes:
        rows = len(parse_tensor(self.data(request)))
        return encode(np.zeros((rows, self._component(request).program.gives), np.int64))


class SilentVendor(Vendor):
    """Takes the data, and never does anything again."""

    def act(self, request: int) -> bool:
        return False


class CheapVendor(Vendor):
    """Runs a cheaper component, and records the digest of the one that it did not run."""

    def output(self, request: int) -> bytes:
        return computed(thinned(self._component(request)), self.data(request))


class TargetingVendor(Vendor):
    """Gives another label in place of one, and is right about all else."""

    def output(self, request: int) -> bytes:
        return relabelled(super().output(request))


class NudgingVendor(Vendor):
    """Is off by one unit in the last place, which any tolerance lets pass."""

    def output(self, request: int) -> bytes:
        return nudged(super().output(request))


class EnlargingVendor(Vendor):
    """Gives numbers that the next component does not take."""

    def output(self, request: int) -> bytes:
        return enlarged(self._component(request).program.gives)


class ParrotingVendor(Vendor):
    """Has no component, and gives a constant with the digest in an old record."""

    def receive(self, provider: bytes, signature: bytes, step: int, part: bytes) -> None:
        """Keep nothing."""

    def output(self, request: int) -> bytes:
        return encode(np.zeros((1, CLASSES), np.int64))

    def _claim(self, request: int) -> Claim:
        received = hashed(self.data(request))
        old = self.contract.records[self.contract.requests[0].evidence[-1]]
        return received, hashed(self.output(request)), old.claimed


class CopyingVendor(ParrotingVendor):
    """Records what another vendor has recorded for the same data, and gives a constant."""

    def _claim(self, request: int) -> Claim:
        received = hashed(self.data(request))
        old = next(record for record in self.contract.records if record.received == received)
        return received, old.produced, old.claimed


class ReplayingVendor(Vendor):
    """Runs nothing that it has run before, and says once more what it said then."""

    def output(self, request: int) -> bytes:
        kept = f"old/{hashed(self.data(request)).hex()}"
        if self.storage.missing(kept):
            self.storage.put(kept, super().output(request))
        return self.storage.get(kept)


class MisplacingVendor(Vendor):
    """Records the digest of the step before its own, which is one of the model's as well."""

    def _claim(self, request: int) -> Claim:
        received, produced, _ = super()._claim(request)
        return received, produced, self.contract.records[-1].claimed


class DenyingVendor(Vendor):
    """Says that it has not received what it has."""

    def due(self, request: int) -> Due | None:
        due = super().due(request)
        return None if due is Due.RECORD else due


class MisreportingVendor(Vendor):
    """Records that it has received other data than it has."""

    def _claim(self, request: int) -> Claim:
        _, produced, claimed = super()._claim(request)
        return hashed(turned(self.data(request))), produced, claimed


class SwappingVendor(Vendor):
    """Returns another output than it has recorded."""

    def give_back(self, request: int, data: bytes | None = None) -> None:
        super().give_back(request, turned(self.output(request)))


class WithholdingVendor(Vendor):
    """Records its output, does not give it away, and waits for an offer."""

    def give_back(self, request: int, data: bytes | None = None) -> None:
        self.stall(request)


class EquivocatingVendor(Vendor):
    """Records a second output beside each."""

    def record(self, request: int, claim: Claim | None = None) -> None:
        super().record(request, claim)
        received, _, claimed = self._claim(request)
        self._record((received, hashed(turned(self.output(request))), claimed), {})


class GhostVendor(Vendor):
    """Records each step once more, of data that nobody has sent."""

    def record(self, request: int, claim: Claim | None = None) -> None:
        super().record(request, claim)
        _, produced, claimed = self._claim(request)
        self._record((hashed(turned(self.data(request))), produced, claimed), {})
