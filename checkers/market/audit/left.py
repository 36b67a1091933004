"""What is left on a hardened ledger: who is to do what by when, and what money can be collected."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from checkers.market.audit.due import Due
from spec.hardened.money import entitlement
from spec.hardened.state import Phase, is_to_be_audited, sender
from spec.notation.sorts import Value

_ENDED_BY: Mapping[Phase, str] = {
    Phase.OPEN: "lapse",
    Phase.ROUTED: "pass_over or abandon",
    Phase.WORK: "replace or give_up",
    Phase.PUBLISHED: "replace or give_up",
    Phase.DEMANDED: "withhold",
    Phase.WINDOW: "settle",
    Phase.DISPUTED: "refuse_to_open",
    Phase.NARROWED: "concede",
    Phase.OPENED: "uphold or dismiss",
}
"""By the phase of a request that is not over, what anybody can do once its time is up."""


@attrs.frozen
class Left:
    """What is left in a state of the machine.

    Attributes:
        spec: the state, whose maps hold the cells that differ from blank ones.
        now: how many blocks have passed.
        beacon: who announces the rounds of the beacon.
    """

    spec: Any  # its keys are bytes, where the machine has sorts
    now: int
    beacon: bytes

    def to_do(self) -> Iterator[Due]:
        """Of each request that is not over: who is to do what."""
        for request, phase in self.spec.phase.items():
            if phase in _ENDED_BY:
                who, what = self._due(request, phase)
                by = f"anybody can {_ENDED_BY[phase]}"
                when = f"by block {self._until(request)}" if self.spec.left[request] else by
                yield Due(request, who, what, when)

    def to_collect(self, shares: Mapping[bytes, Mapping[bytes, int]]) -> Iterator[Due]:
        """What executors have in their pots, and providers of their shares, by version."""
        spec = self.spec
        for (request, step), amount in spec.pot.items():
            if spec.phase[request] not in _ENDED_BY:
                when = f"from block {self._until(request)}" if spec.left[request] else "now"
                what = f"{amount} for step {step}"
                yield Due(request, spec.executor[request, step], what, when)
        for version in spec.earned:
            for party in shares[version]:
                due = entitlement(spec, version, party) - spec.collected_share[version, party]  # type: ignore[arg-type]
                if due:
                    yield Due(version, party, f"{due} of what was earned", "now")

    def _until(self, request: Value) -> int:
        """The block in which the time of a request's phase is up."""
        until: int = self.now + self.spec.left[request]
        return until

    def _due(self, request: Value, phase: Phase) -> tuple[bytes | None, str]:
        """Who is to act on a request, and what is to be done."""
        spec, step, doubted = self.spec, self.spec.turn[request], self.spec.disputed[request]
        match phase:
            case Phase.OPEN:
                return self.beacon, "route"
            case Phase.ROUTED:
                attempt = spec.attempt[request, step]
                drawn = spec.drawn(spec.pinned[request], step, spec.seed[request], attempt)
                return drawn, f"assign step {step}"
            case Phase.WORK | Phase.PUBLISHED:
                return spec.executor[request, step], f"record step {step}"
            case Phase.DEMANDED:
                what = f"the output of step {step - 1}" if step else "the input"
                who: Value = sender(spec, request)
                return who, f"publish {what}"
            case Phase.DISPUTED:
                return spec.executor[request, doubted], f"narrow or open step {doubted}"
            case Phase.NARROWED:
                return spec.opponent[request], f"answer about step {doubted}"
            case Phase.OPENED:
                return None, f"uphold or dismiss the dispute of step {doubted}"
        for i in range(step):
            if self._is_awaited(request, i):
                return self._auditor(request, i), f"audit step {i}"
        return spec.consumer[request], "dispute, or let it settle"

    def _is_awaited(self, request: Value, step: int) -> bool:
        """Whether chance has drawn a step for an audit that was not held."""
        spec = self.spec
        if not is_to_be_audited(spec, request, step):  # type: ignore[arg-type]  # a plain number
            return False
        return bool(spec.chances[request, step, self._auditor(request, step)] > 0)

    def _auditor(self, request: Value, step: int) -> bytes:
        """Who checks a step."""
        spec, executor = self.spec, self.spec.executor[request, step]
        checks: bytes = spec.checks(spec.pinned[request], step, spec.lot[request], executor)
        return checks
