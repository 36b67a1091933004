"""Vendors that deviate in the basic marketplace, each in one thing."""

import numpy as np

from adversaries.deviating.outputs import enlarged, nudged, relabelled, thinned, turned
from impl.models.component import parse_tensor
from impl.paper.basic.parties import Vendor
from impl.paper.basic.turns import Turn
from impl.paper.outside import computed
from spec.bytes.encoding import encode


class LazyVendor(Vendor):
    """Records a constant, with the digest of the component that it did not run."""

    def run(self, api: str, data: bytes) -> tuple[bytes, bytes]:
        component = self.held(api)
        rows = len(parse_tensor(data))
        constant = np.zeros((rows, component.program.gives), np.int64)
        return encode(constant), component.digest


class StallingVendor(Vendor):
    """Takes the component, and never does anything again."""

    def work(self) -> int:
        return 0


class CheapVendor(Vendor):
    """Runs a cheaper component, and records the digest of the one that it did not run."""

    def run(self, api: str, data: bytes) -> tuple[bytes, bytes]:
        component = self.held(api)
        return computed(thinned(component), data), component.digest


class TargetingVendor(Vendor):
    """Gives another label in place of one, and is right about all else."""

    def run(self, api: str, data: bytes) -> tuple[bytes, bytes]:
        output, claimed = super().run(api, data)
        return relabelled(output), claimed


class NudgingVendor(Vendor):
    """Is off by one unit in the last place, which any tolerance lets pass."""

    def run(self, api: str, data: bytes) -> tuple[bytes, bytes]:
        output, claimed = super().run(api, data)
        return nudged(output), claimed


class EnlargingVendor(Vendor):
    """Records numbers that the next component does not take."""

    def run(self, api: str, data: bytes) -> tuple[bytes, bytes]:
        component = self.held(api)
        return enlarged(component.program.gives), component.digest


class ParrotingVendor(Vendor):
    """Has no component, and records a constant with the digest in an old record."""

    def receive(self, api: str, component: bytes) -> None:
        """Keep nothing."""

    def run(self, api: str, data: bytes) -> tuple[bytes, bytes]:
        old = self.contract.records[self.contract.requests[0].evidence[-1]]
        return encode(np.zeros_like(parse_tensor(old.produced))), old.claimed


class MisplacingVendor(Vendor):
    """Records the digest of the step before its own, which is one of the model's as well."""

    def run(self, api: str, data: bytes) -> tuple[bytes, bytes]:
        output, _ = super().run(api, data)
        return output, self.contract.records[-1].claimed


class CopyingVendor(Vendor):
    """Runs nothing, and records what another vendor has recorded for the same data."""

    def run(self, api: str, data: bytes) -> tuple[bytes, bytes]:
        old = next(record for record in self.contract.records if record.received == data)
        return old.produced, old.claimed


class ReplayingVendor(Vendor):
    """Runs nothing that it has run before, and says once more what it said then."""

    def run(self, api: str, data: bytes) -> tuple[bytes, bytes]:
        known = self.contract.find(self.identity, data)
        if known is None:
            return super().run(api, data)
        return self.contract.records[known].produced, self.contract.records[known].claimed


class EquivocatingVendor(Vendor):
    """Records a second output beside each."""

    def _record(self, turn: Turn) -> bool:
        recorded = super()._record(turn)
        if recorded:
            output, claimed = self.run(turn.api, turn.data)
            self.send("record", received=turn.data, produced=turned(output), claimed=claimed)
        return recorded


class GhostVendor(Vendor):
    """Records each step once more, of data that nobody has sent."""

    def _record(self, turn: Turn) -> bool:
        recorded = super()._record(turn)
        if recorded:
            output, claimed = self.run(turn.api, turn.data)
            self.send("record", received=turned(turn.data), produced=output, claimed=claimed)
        return recorded
