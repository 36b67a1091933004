"""Providers that deviate in the basic marketplace, each in one thing."""

from collections.abc import Sequence

from adversaries.victim import worse
from impl.ledger.transaction import Refused
from impl.models.component import Component
from impl.paper.basic.parties import Provider, Vendor
from spec.bytes.encoding import Value
from spec.bytes.merkle import bound_root


class SwappingProvider(Provider):
    """Registers components, and hands its vendors others."""

    def hand_over(self, api: str, part: Component, vendor: Vendor) -> None:
        super().hand_over(api, worse(part), vendor)


class ForgetfulProvider(SwappingProvider):
    """Has handed its vendors others, and has lost the registered ones when it is asked for them."""

    def reveal(self, api: str) -> list[Component]:
        raise Refused("provider has kept the registered parts")


class RestlessProvider(Provider):
    """Registers another version when it is asked for the one that the vendors ran."""

    def reveal(self, api: str) -> list[Component]:
        newer = [worse(part) for part in super().reveal(api)]
        signature = bound_root([part.digest for part in newer])
        vendors: list[Value] = [*self.contract.apis[api].vendors]
        self.send("register", api=api, signature=signature, vendors=vendors)
        return newer


class EquivocatingProvider(Provider):
    """Registers two models under one name."""

    def deploy(self, api: str, parts: Sequence[Component], vendors: Sequence[Vendor]) -> None:
        super().deploy(api, parts, vendors)
        super().deploy(api, [*map(worse, parts)], vendors)


class WorthlessProvider(Provider):
    """Registers another model than the one that it advertises."""

    def deploy(self, api: str, parts: Sequence[Component], vendors: Sequence[Vendor]) -> None:
        super().deploy(api, [*map(worse, parts)], vendors)
