"""What came of a world with corrupted parties in it: who did what, what it left, and who lost."""

from collections.abc import Iterator
from typing import TypeAlias

import attrs

from adversaries.scratch import scratch
from adversaries.strategies.paper import basic, orchestrated
from adversaries.strategies.paper.sold import parts
from adversaries.strategies.paper.wild import Coalition, Deed
from adversaries.strategies.paper.world import COPIED, Harm, World
from adversaries.strategies.will import Strategy, Will
from impl.paper.basic.market import BasicMarket
from impl.paper.orchestrated.market import OrchestratedMarket
from spec.bytes.encoding import Value, encode

Market: TypeAlias = BasicMarket | OrchestratedMarket

Said: TypeAlias = tuple[str, str, bytes]
"""Who said something on a ledger, of which kind, and the canonical bytes of what."""


@attrs.frozen
class Tale:
    """What came of a world.

    Attributes:
        strategy: what its corrupted parties chose.
        deeds: what they did that no honest party does.
        ledger: what stands on the ledger, by names: keys, signatures and the numbers of
            transactions are others in each world, and tell nothing.
        convicted: whom the contract convicted, by name.
        harms: what honest parties lost.
    """

    world: World
    strategy: Strategy
    deeds: tuple[Deed, ...]
    ledger: tuple[Said, ...]
    convicted: frozenset[str]
    harms: tuple[Harm, ...]

    @property
    def culprits(self) -> frozenset[str]:
        """Who deviated, by name."""
        return frozenset(deed.party for deed in self.deeds)

    @property
    def ways(self) -> frozenset[tuple[str, str]]:
        """Who did not do what."""
        return frozenset((deed.party, deed.what) for deed in self.deeds)

    @property
    def framed(self) -> frozenset[str]:
        """Who is convicted, and not corrupted."""
        return self.convicted - self.world.corrupted

    @property
    def unpaid(self) -> list[Harm]:
        """What honest parties lost that are not repaid, where nobody corrupted is convicted."""
        if self.convicted & self.world.corrupted:
            return []
        return [harm for harm in self.harms if not harm.is_repaid]


def told(world: World, will: Will) -> Tale:
    """Play a world, and tell it."""
    coalition = Coalition(will)
    with scratch() as folder:
        if world.variant == "basic":
            with basic.lived(folder, world, coalition) as market:
                return _tale(world, coalition, market, [*basic.harms(market, world)])
        with orchestrated.lived(folder, world, coalition) as market:
            return _tale(world, coalition, market, [*orchestrated.harms(market, world)])


def _tale(world: World, coalition: Coalition, market: Market, lost: list[Harm]) -> Tale:
    if len(coalition.held) == len(parts()):
        lost.append(Harm("provider", COPIED))
    return Tale(
        world,
        coalition.will.strategy,
        tuple(coalition.deeds.values()),
        tuple(_ledger(market)),
        frozenset(map(market.named, market.consumer.contract.convicted)),
        tuple(harm for harm in lost if harm.party not in world.corrupted),
    )


def _ledger(market: Market) -> Iterator[Said]:
    for _, said in market.ledger:
        yield market.named(said.author), said.kind, encode(_named(market, dict(said.body)))


def _named(market: Market, value: Value) -> Value:
    """A value, with parties by their names."""
    match value:
        case bytes():
            return next((n for n, m in market.members.items() if m.identity == value), value)
        case list():
            return [_named(market, inner) for inner in value]
        case dict():
            return {key: _named(market, inner) for key, inner in value.items()}
    return value
