"""Providers that deviate in the hardened marketplace, each in one thing."""

from collections.abc import Iterator

import attrs

from adversaries.victim import worse
from impl.hardened.parties.acts import Act, Submit
from impl.hardened.parties.provider import Provider
from impl.hardened.phases import Phase
from impl.hardened.records import Request
from impl.hardened.terms import Terms
from impl.models.component import Component
from impl.quarrel.salts import SALT


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
class ShamProvider(Provider):
    """Disputes each step before others do, in league with its executor, and loses on purpose."""

    def attend(self, made: Request) -> Iterator[Act]:
        yield from super().attend(made)
        for step in range(made.turn):
            if made.phase is Phase.WINDOW and (step, self.identity) not in made.doubted:
                yield from self.question("dispute", made, step)
        if made.phase is Phase.NARROWED and made.opponent == self.identity:
            yield Submit("answer", {"request": made.id, "same": True})
