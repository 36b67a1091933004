"""Providers that deviate in the hardened marketplace, each in one thing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from adversaries.deviating.hardened.play import play
from adversaries.script import Facts
from adversaries.victim import worse
from impl.folder import FILE
from impl.hardened.market import HardenedMarket
from impl.hardened.parties.acts import Act, Send, Submit
from impl.hardened.parties.provider import Provider
from impl.hardened.phases import Phase, Stage
from impl.hardened.records import Request, Version
from impl.hardened.terms import Terms
from impl.ledger.keys import KEY
from impl.ledger.port import LedgerError
from impl.models.component import Component, component_of
from impl.quarrel.salts import SALT


@attrs.define
class SwappingProvider(Provider):
    """Hands the holders of the first step another component than the registered one."""

    def handed(self, terms: Terms, step: int) -> bytes:
        handed = super().handed(terms, step)
        if step:
            return handed
        return handed[:SALT] + worse(component_of(handed[SALT:])).canonical()


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

    def doubtful(self, made: Request) -> Iterator[int]:
        yield from range(made.turn)

    def oppose(self, made: Request) -> Iterator[Act]:
        if made.phase is Phase.NARROWED and made.opponent == self.identity:
            yield self.reply(made, same=False)  # it begins rightly


@attrs.define
class ForgetfulProvider(Provider):
    """Has lost its components once they are on the market, where it alone could check them."""

    def knows(self, made: Request, step: int) -> tuple[bytes, bytes] | None:
        return None


@attrs.define
class RestlessProvider(Provider):
    """Takes a version off the market once it is requested, and offers another as the next one."""

    def attend(self, made: Request) -> Iterator[Act]:
        yield from super().attend(made)
        if len(self.offered) == 1:
            self.offer(worsened(self, made.terms, made.terms.number + 1))
        if self.contract.versions[made.version].stage is Stage.ACTIVE:
            yield Submit("retire", {"version": made.version})


@attrs.define
class EquivocatingProvider(Provider):
    """Offers two models as the same version."""

    def offer(self, terms: Terms) -> bytes:
        super().offer(worsened(self, terms, terms.number))
        return super().offer(terms)


@attrs.define
class WorthlessProvider(Provider):
    """Offers another model than the one that it advertises."""

    def contribute(self, api: str, number: int, step: int, component: bytes) -> bytes:
        return super().contribute(api, number, step, worse(component_of(component)).canonical())


@attrs.define
class TwoFacedProvider(Provider):
    """Hands each holder of a step a component of its own."""

    def deploy(self, root: bytes, version: Version) -> Iterator[Act]:
        for act in super().deploy(root, version):
            if isinstance(act, Send):
                secret, part = act.content[:SALT], component_of(act.content[SALT:])
                own = version.terms.holders(act.step).index(act.receiver)
                for _ in range(own % 2):
                    part = worse(part)
                yield attrs.evolve(act, content=secret + part.canonical())
            else:
                yield act


@attrs.define
class SlowProvider(Provider):
    """Offers parts about which a quarrel takes longer than it says."""

    def offer(self, terms: Terms) -> bytes:
        return super().offer(attrs.evolve(terms, rounds=[0] * len(terms.rounds)))


@attrs.define
class UnreachableProvider(Provider):
    """Names a holder of each step to whom nobody can write, for its key is none."""

    def offer(self, terms: Terms) -> bytes:
        steps = [attrs.evolve(part, holders=(bytes(KEY), *part.holders)) for part in terms.steps]
        return super().offer(attrs.evolve(terms, steps=steps))


def deploy_alone(market: HardenedMarket, parts: Sequence[Component]) -> bytes:
    """Have each part offered with one holder, so that its provider is to check what that does."""
    holders = [[f"vendor{step}"] for step in range(len(parts))]
    return market.deploy(parts, holders=holders, spares=0)


def with_windows(folder: Path, blocks: int) -> Facts:
    """Whoever begins a ledger gives each phase so many blocks."""
    try:
        facts = play(folder, {}, windows=blocks)
    except LedgerError as refusal:
        told = str(refusal).removeprefix(f"{folder / FILE}: ")
        facts = Facts([], harmed=False, lines=[f"no ledger begins so: {told}"])
    return attrs.evolve(facts, deviated=["founder"])


def worsened(provider: Provider, terms: Terms, number: int) -> Terms:
    """The terms of a worse version, with a number, whose components a provider has from then on."""
    steps = []
    for step, part in enumerate(terms.steps):
        component = worse(component_of(provider.handed(terms, step)[SALT:])).canonical()
        bound = provider.contribute(terms.api, number, step, component)
        steps.append(attrs.evolve(part, bound=bound))
    return attrs.evolve(terms, number=number, steps=steps)
