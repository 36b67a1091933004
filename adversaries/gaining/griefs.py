"""What it costs to be a nuisance, and what it costs others: bounds, and a market that is played.

Whoever griefs breaks no rule, or none that gains it anything: it has others wait, or pay. Of each
path stands here what that comes to for a request, in money and blocks, by what is agreed.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import attrs

from adversaries.deviating.hardened.coalitions import DelayingProvider, DelayingVendor
from adversaries.deviating.hardened.consumers import (
    ForgingConsumer,
    FrivolousConsumer,
    UnfitConsumer,
)
from adversaries.deviating.hardened.griefers import (
    AbsentVendor,
    CrowdingProvider,
    GrudgingConsumer,
    GrudgingVendor,
    IdleVendor,
    JunkConsumer,
    LateVendor,
)
from adversaries.deviating.hardened.play import LONGEST, opened, worth
from adversaries.deviating.hardened.vendors import DenyingVendor
from adversaries.strategies.hardened.world import sold
from impl.hardened.market import CAST, TOLL, WAGE, WINDOW, Cast, HardenedMarket
from impl.hardened.parties.member import Member
from impl.hardened.parties.provider import Provider
from impl.hardened.terms import Terms
from spec.bytes.encoding import encode

VENDORS = ("vendor0", "vendor1", "vendor2")
EVERYBODY: Sequence[Collection[str]] = [VENDORS, VENDORS]
FRIENDS = ("friend0", "friend1", "friend2")
EACH_ITS_OWN: Sequence[Collection[str]] = [["vendor0"], ["vendor1"]]


@attrs.frozen
class Agreed:
    """What bounds are a function of.

    Attributes:
        terms: of the version.
        window: blocks for each phase.
    """

    terms: Terms
    window: int = WINDOW

    @property
    def last(self) -> int:
        """The number of the last step."""
        return len(self.terms.steps) - 1

    @property
    def attempts(self) -> int:
        """How many holders of a step may fail."""
        return self.terms.spares + 1

    @property
    def contributors(self) -> int:
        """Who can dispute each step, beside the consumer and an auditor: each can once."""
        return len({self.terms.provider, *self.terms.shares})

    @property
    def quarrels(self) -> int:
        """Blocks that it takes to quarrel about each step once: two windows for each halving, one
        for the operation that is left, and a block in which anybody has the verdict spoken."""
        return sum(self.window * (2 * rounds + 1) + 1 for rounds in self.terms.rounds)


Bound = Callable[[Agreed], int]


def nothing(agreed: Agreed) -> int:
    """No money, or no blocks."""
    return 0


@attrs.frozen(kw_only=True)
class Grief:
    """A way to be a nuisance, and what it comes to, for a request, at most.

    Attributes:
        path: what is done, as a clause.
        cast: who does it; who is nobody else contributes to the version, for a share of 0.
        cost: what it costs them together, beside what they would have had; less than nothing, if
            they are paid for it.
        harm: what all others lose together, beside what they would have had.
        delay: blocks by which the request is over later.
        holders: of each step, the vendors.
    """

    path: str
    cast: Cast
    cost: Bound = nothing
    harm: Bound = nothing
    delay: Bound = nothing
    holders: Sequence[Collection[str]] = EVERYBODY

    @property
    def friends(self) -> Collection[str]:
        """Those who contribute for nothing."""
        return self.cast.keys() - CAST.keys()


def _all(role: type[Member]) -> Cast:
    """All vendors do something."""
    return dict.fromkeys(VENDORS, role)


GRIEFS = {
    # One toll of each dispute is the executor's, and the other is lost.
    "frivolous dispute": Grief(
        path="a consumer disputes each step, which is right",
        cast={"consumer": FrivolousConsumer},
        cost=lambda agreed: 2 * agreed.terms.toll * len(agreed.terms.steps),
        delay=lambda agreed: agreed.quarrels,
    ),
    "dismissed dispute": Grief(
        path="a provider disputes its friends' steps, all as late as they can",
        cast={"provider": DelayingProvider, **_all(DelayingVendor)},
        cost=lambda agreed: agreed.terms.toll * len(agreed.terms.steps),
        delay=lambda agreed: agreed.quarrels,
    ),
    "friends' disputes": Grief(
        path="a provider and friends with shares of 0 dispute friends' steps, one after another",
        cast={**dict.fromkeys(("provider", *FRIENDS), DelayingProvider), **_all(DelayingVendor)},
        cost=lambda agreed: agreed.terms.toll * len(agreed.terms.steps) * agreed.contributors,
        delay=lambda agreed: agreed.quarrels * agreed.contributors,
    ),
    "unfit input": Grief(
        path="a consumer pays for what no step takes, and disputes it",
        cast={"consumer": UnfitConsumer},
        cost=lambda agreed: 2 * agreed.terms.toll * len(agreed.terms.steps),
        delay=lambda agreed: agreed.quarrels,
    ),
    "demanded though sent": Grief(
        path="a consumer demands the output that it has",
        cast={"consumer": ForgingConsumer},
        cost=lambda agreed: agreed.terms.toll,
        delay=lambda agreed: 2 * agreed.window,  # and the window begins anew
    ),
    "demanded by a vendor": Grief(
        path="a vendor demands the input that it has",
        cast={"vendor1": DenyingVendor},
        cost=lambda agreed: agreed.terms.toll,
        delay=lambda agreed: 3 * agreed.window,  # to demand, to publish, to record
        holders=EACH_ITS_OWN,
    ),
    # Whoever has to publish is paid for that, which is right where the data was sent.
    "withheld input": Grief(
        path="a consumer gives its input once it is demanded",
        cast={"consumer": GrudgingConsumer},
        cost=lambda agreed: -agreed.terms.toll,
        harm=lambda agreed: agreed.terms.toll,
        delay=lambda agreed: 2 * agreed.window,
    ),
    "withheld outputs": Grief(
        path="vendors give each output once it is demanded",
        cast=_all(GrudgingVendor),
        cost=lambda agreed: -agreed.terms.toll,  # what they pay each other comes to nothing
        harm=lambda agreed: agreed.terms.toll,
        delay=lambda agreed: 2 * agreed.window * len(agreed.terms.steps),
        holders=EACH_ITS_OWN,
    ),
    "late in every window": Grief(
        path="vendors act in the last block",
        cast=_all(LateVendor),
        delay=lambda agreed: 2 * agreed.window * len(agreed.terms.steps) + agreed.quarrels,
    ),
    # What the steps before have earned is their provider's loss: it has chosen the holders.
    "abandoned step": Grief(
        path="no vendor puts up its stake for the last step",
        cast=_all(AbsentVendor),
        cost=lambda agreed: agreed.terms.wage(agreed.last),
        harm=lambda agreed: (
            agreed.terms.price - agreed.terms.costs[agreed.last] + agreed.terms.costs[-1]
        ),
        delay=lambda agreed: agreed.window * agreed.attempts,
    ),
    "idle step": Grief(
        path="vendors put up their stake for the last step, and do nothing",
        cast=_all(IdleVendor),
        cost=lambda agreed: agreed.terms.stake * agreed.attempts + agreed.terms.wage(agreed.last),
        harm=lambda agreed: agreed.terms.costs[-1],
        delay=lambda agreed: (agreed.window + 1) * agreed.attempts,
    ),
    # Vendors answer these last, so many in a block; what they keep of them has its own room.
    "crowd of versions": Grief(
        path="a provider offers versions that nobody needs", cast={"provider": CrowdingProvider}
    ),
    "junk mail": Grief(
        path="a consumer sends all vendors junk in every block", cast={"consumer": JunkConsumer}
    ),
}
"""By name."""


@attrs.frozen
class Came:
    """What one request came to.

    Attributes:
        agreed: what was agreed about it.
        worths: what each party has on the ledger, by name.
        blocks: after how many the request was over.
    """

    agreed: Agreed
    worths: Mapping[str, int]
    blocks: int


@attrs.frozen
class Nuisance:
    """What a path came to when it was played.

    Attributes:
        cost, harm, delay: as of `Grief`, what was measured.
        bounds: and what they can be: at least, at most, and at most.
    """

    cost: int
    harm: int
    delay: int
    bounds: tuple[int, int, int]

    @property
    def is_bounded(self) -> bool:
        """Whether it cost no less, and did no more, than it can."""
        cost, harm, delay = self.bounds
        return self.cost >= cost and self.harm <= harm and self.delay <= delay


def nuisance(
    grief: Grief, folder: Path, *, wage: int = WAGE, toll: int = TOLL, window: int = WINDOW
) -> Nuisance:
    """Play a path, beside the same request without it.

    Args:
        grief: the path.
        folder: where both markets are to be.
        wage, toll, window: what is agreed.
    """
    harmless = dict.fromkeys(grief.friends, Provider)
    honest, came = (
        _request(folder / name, grief, cast, wage, toll, window)
        for name, cast in (("honest", harmless), ("grief", grief.cast))
    )
    lost = {name: has - came.worths[name] for name, has in honest.worths.items()}
    return Nuisance(
        sum(lost[name] for name in grief.cast),
        sum(max(0, money) for name, money in lost.items() if name not in grief.cast),
        came.blocks - honest.blocks,
        (grief.cost(came.agreed), grief.harm(came.agreed), grief.delay(came.agreed)),
    )


def _request(
    folder: Path,
    grief: Grief,
    cast: Cast,
    wage: int,
    toll: int,
    window: int,
) -> Came:
    """One request to a market, until it is over, and then until all is paid."""
    provider = _priced(cast.get("provider", Provider), wage, toll)
    spares = min(map(len, grief.holders)) - 1
    shares = {"provider": 100, **dict.fromkeys(sorted(grief.friends), 0)}
    parts, rows = sold("network")
    with opened(folder, {**cast, "provider": provider}, window) as (market, _):
        version = market.deploy(parts, holders=grief.holders, spares=spares, shares=shares)
        market.run(LONGEST)
        begun = market.contract.now
        request = market.consumer.ask(version, encode(rows[:1]))
        _until_over(market, request)
        blocks = market.contract.now - begun
        market.run(LONGEST)
        agreed = Agreed(market.contract.versions[version].terms, window)
        return Came(agreed, {name: worth(market, name) for name in market.members}, blocks)


def _until_over(market: HardenedMarket, request: bytes) -> None:
    """Let blocks pass until a request is over, or nothing happens any more."""
    while market.pass_block():
        made = market.contract.requests.get(request)
        if made is not None and made.is_over:
            return


def _priced(role: type[Member], wage: int, toll: int) -> type[Member]:
    """A provider that offers its versions at other prices, and asks for the least stake."""
    assert issubclass(role, Provider)

    class Priced(role):  # type: ignore[valid-type, misc]  # whichever it is
        def offer(self, terms: Terms) -> bytes:
            costs = [wage * left for left in range(len(terms.costs), 0, -1)]
            stake = costs[0] + toll
            priced = attrs.evolve(terms, costs=costs, toll=toll, stake=stake)
            root: bytes = super().offer(priced)
            return root

    return Priced
