"""Providers that deviate in the orchestrated marketplace, each in one thing."""

from collections.abc import Sequence

from adversaries.victim import parts, worse
from impl.models.component import Component, component_of
from impl.paper.orchestrated.parties import Provider


class SwappingProvider(Provider):
    """Registers components, and hands their holders others."""

    def hand_over(self, signature: bytes, step: int, vendor: bytes, part: bytes) -> None:
        super().hand_over(signature, step, vendor, worse(component_of(part)).canonical())


class RestlessProvider(Provider):
    """Registers another version once a step of a request is recorded."""

    def act(self, request: int) -> bool:
        if not self.contract.records or len(self.contract.versions) > 1:
            return False
        name, version = self.contract.made(request).api, self.api(request)
        self.deploy(name, [*map(worse, parts())], version.holders, version.orchestrator)
        return True


class EquivocatingProvider(Provider):
    """Registers two models under one name."""

    def deploy(
        self,
        api: str,
        parts: Sequence[Component],
        holders: Sequence[Sequence[bytes]],
        orchestrator: bytes,
    ) -> None:
        super().deploy(api, parts, holders, orchestrator)
        super().deploy(api, [*map(worse, parts)], holders, orchestrator)


class WorthlessProvider(Provider):
    """Registers another model than the one that it advertises."""

    def deploy(
        self,
        api: str,
        parts: Sequence[Component],
        holders: Sequence[Sequence[bytes]],
        orchestrator: bytes,
    ) -> None:
        super().deploy(api, [*map(worse, parts)], holders, orchestrator)
