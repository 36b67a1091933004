"""Providers that deviate in the basic marketplace, each in one thing."""

from adversaries.victim import worse
from impl.models.component import Component
from impl.paper.basic.parties import Provider, Vendor


class SwappingProvider(Provider):
    """Registers components, and hands its vendors others."""

    def hand_over(self, api: str, part: Component, vendor: Vendor) -> None:
        super().hand_over(api, worse(part), vendor)
