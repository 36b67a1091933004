"""Coalitions of every size: from which on a promise falls, and from which on it is said to.

Who has the model is asked of every coalition. Of those that act, which are alike but for whom
chance draws, the first vendors or witnesses stand for all of their size.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TypeAlias

import attrs

from adversaries.deviating.hardened.arbitrators import AccusingVendor, SiphoningConsumer
from adversaries.deviating.hardened.coalitions import FriendlyVendor
from adversaries.deviating.hardened.node import forked_ledger, unwitnessed
from adversaries.deviating.hardened.play import LONGEST, Deploy, opened, play
from adversaries.deviating.hardened.providers import ShamProvider, deploy_alone
from adversaries.deviating.outside import served
from adversaries.script import Facts
from adversaries.strategies.hardened.world import sold
from adversaries.victim import parts, victim
from impl.hardened.market import CAST, Cast, HardenedMarket
from impl.hardened.parties.acts import Act
from impl.hardened.parties.correspondent import Correspondent
from impl.hardened.parties.vendor import Vendor
from impl.hardened.records import Request
from impl.models.component import Component
from impl.quarrel.salts import SALT
from spec.bytes.encoding import encode

VENDORS = tuple(name for name, role in CAST.items() if issubclass(role, Vendor))
WITNESSES = tuple(name for name, role in CAST.items() if issubclass(role, Correspondent))
SIZES = range(1, len(VENDORS) + 1)
CALLS = 12
"""Requests at most: so many that chance has whoever is honest audit somebody who skips its work."""
REQUESTS = 4
"""Requests: so many that chance draws everybody, to execute and to audit."""


@attrs.frozen
class Sweep:
    """Coalitions of every size under one circumstance.

    Attributes:
        where: the circumstance.
        fell: by size, whether the promise fell.
        due: the size from which on it is said to fall; None if at none.
    """

    where: str
    fell: Mapping[int, bool]
    due: int | None = None

    @property
    def is_as_said(self) -> bool:
        """Whether it fell from there on, and no sooner."""
        said = {size: self.due is not None and size >= self.due for size in self.fell}
        return self.fell == said

    @property
    def cells(self) -> list[str]:
        """A row of the table: the circumstance, what came of each size, and what is said."""
        came = ["falls" if fell else "holds" for fell in self.fell.values()]
        return [self.where, *came, "at none" if self.due is None else f"from {self.due} on"]


def swept(promise: str, party: str, sweeps: Sequence[Sweep]) -> Facts:
    """A table of sweeps over the same sizes.

    Such an attack comes to what is said: it has an effect if some promise is said to fall, and
    they fall there and nowhere else.

    Args:
        promise: what is promised, as a clause.
        party: who is counted in a coalition.
        sweeps: one for each circumstance.
    """
    table = [[party, *map(str, sweeps[0].fell), "said to fall"], *(each.cells for each in sweeps)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    rows = ["  ".join(map(str.ljust, cells, widths)).rstrip() for cells in table]
    amiss = sum(not each.is_as_said for each in sweeps)
    said = any(each.due is not None for each in sweeps)
    return Facts(
        deviated=["coalition"],
        harmed=said == (not amiss),
        lines=[
            f"{promise}, against so many",
            *rows,
            f"{len(sweeps) - amiss} of {len(sweeps)} fall where it is said, and nowhere else",
        ],
        figures={"sweeps": len(sweeps), "amiss": amiss},
    )


# Who has the model, and who can withhold it


@attrs.define
class AwayVendor(Vendor):
    """Takes on no step of those of which it has the component."""

    def execute(self, made: Request) -> Iterator[Act]:
        yield from ()


def holding(folder: Path) -> Facts:
    """Each part has one holder, or more, and no two have the same ones if that can be.

    So t + f <= N is met: any t = N - f of N vendors have all, and f of them may be away.
    """
    sweeps: list[Sweep] = []
    for copies in SIZES:
        some = [*combinations(range(len(VENDORS)), copies)]
        holders = [frozenset(some[part % len(some)]) for part in range(len(parts()))]
        kept = folder / f"{copies}"
        sweeps += [
            Sweep(
                f"who has all parts, of {copies} holders each",
                stolen(kept / "all", holders),
                len(VENDORS) - copies + 1,
            ),
            Sweep(
                "who can withhold one of them",
                withheld(kept, holders),
                copies,
            ),
        ]
    return swept("the model stays with its provider, and is there for others", "vendors", sweeps)


Holders: TypeAlias = Sequence[Collection[int]]
"""For each part, the vendors that hold it, by number; of each as many."""


def placed(holders: Holders) -> Deploy:
    """Has a model offered whose parts are held so."""

    def deploy(market: HardenedMarket, parts: Sequence[Component]) -> bytes:
        named = [[VENDORS[vendor] for vendor in sorted(some)] for some in holders]
        return market.deploy(parts, holders=named, spares=len(named[0]) - 1)

    return deploy


def stolen(folder: Path, holders: Holders) -> dict[int, bool]:
    """By size, whether some coalition answers a client of its own, as the model does."""
    with opened(folder, {}) as (market, passed):
        market.consumer.ask(placed(holders)(market, parts()), encode(victim()[1][:1]))
        market.run(LONGEST)
        [made] = market.contract.requests.values()
        has = {who: _handed(market, made, name) for who, name in enumerate(VENDORS)}

    def serves(coalition: Sequence[int]) -> bool:
        pooled = {step: part for who in coalition for step, part in has[who].items()}
        held = [pooled[step] for step in sorted(pooled)]
        return len(held) == len(holders) and served(held, True, passed).harmed

    return {size: any(map(serves, combinations(range(len(VENDORS)), size))) for size in SIZES}


def _handed(market: HardenedMarket, made: Request, name: str) -> dict[int, Component]:
    """The parts that a vendor was handed, by step."""
    vendor = market.members[name]
    assert isinstance(vendor, Vendor)  # by its name
    return {
        step: Component.parse(vendor.component(made, step)[SALT:])
        for step, part in enumerate(made.terms.steps)
        if vendor.identity in part.holders
    }


def withheld(folder: Path, holders: Holders) -> dict[int, bool]:
    """By size, whether a request stays unanswered with so many vendors away."""

    def is_unanswered(size: int) -> bool:
        away: Cast = dict.fromkeys(VENDORS[:size], AwayVendor)
        return not play(folder / f"{size}", away, 1, placed(holders)).figures["settled"]

    return {size: is_unanswered(size) for size in SIZES}


# Who skips its work, and is not convicted

IDLE: Sequence[tuple[str, Cast, Deploy, bool, int | None]] = (
    ("who asks knows the model", {}, HardenedMarket.deploy, False, None),
    ("who asks does not know it", {}, HardenedMarket.deploy, True, len(VENDORS)),
    (
        "... and its provider disputes first, to lose",
        {"provider": ShamProvider},
        HardenedMarket.deploy,
        True,
        len(VENDORS),
    ),
    ("... each part has one holder", {}, deploy_alone, True, None),
    (
        "... and its provider confirms what that does",
        {"provider": ShamProvider},
        deploy_alone,
        True,
        1,
    ),
)
"""What is so, who belongs to them, who holds what, and whether only chance has somebody look; and
from which size on they get away with it: once they are all who could be drawn to look."""


def idling(folder: Path) -> Facts:
    """Vendors commit to constants, and where they audit each other look at what is right."""

    def escape(number: int, size: int) -> bool:
        _, others, deploy, is_blind, _ = IDLE[number]
        idle: Cast = dict.fromkeys(VENDORS[:size], FriendlyVendor)
        kept = folder / f"{number}" / f"{size}"
        return not convicts(kept, idle, {**idle, **others}, CALLS, deploy, is_blind)

    sweeps = [
        Sweep(where, {size: escape(number, size) for size in SIZES}, due)
        for number, (where, *_, due) in enumerate(IDLE)
    ]
    return swept("who skips its work is convicted", "vendors", sweeps)


def convicts(
    folder: Path,
    sought: Collection[str],
    cast: Cast,
    calls: int,
    deploy: Deploy = HardenedMarket.deploy,
    is_blind: bool = False,
) -> bool:
    """Whether one of some is convicted, in at most so many requests, one after the other."""
    components, rows = sold("network")
    with opened(folder, cast) as (market, _):
        version = deploy(market, components)
        if not is_blind:
            market.consumer.trust(version, market.model(version))
        parties = {market.members[name].identity for name in sought}
        for number in range(calls):
            market.consumer.ask(version, encode(rows[number % len(rows) :][:1]))
            market.run(LONGEST)
            if market.contract.convicted & parties:
                return True
    return False


# Who has somebody honest convicted

FRAMING: Mapping[str, Cast] = {
    "by themselves": {},
    "with who asks": {"consumer": SiphoningConsumer},
    "with their provider": {"provider": ShamProvider},
    "with both": {"consumer": SiphoningConsumer, "provider": ShamProvider},
}
"""Who disputes what is right beside vendors that say of it that it is wrong."""


def framing(folder: Path) -> Facts:
    """Vendors and others say of whatever the last one does that it is wrong."""
    sizes = SIZES[:-1]

    def frame(where: str, size: int) -> bool:
        accusing: Cast = dict.fromkeys(VENDORS[:size], AccusingVendor)
        cast = {**accusing, **FRAMING[where]}
        return convicts(folder / where / f"{size}", CAST.keys() - cast.keys(), cast, REQUESTS)

    sweeps = [Sweep(where, {size: frame(where, size) for size in sizes}) for where in FRAMING]
    return swept("nobody honest is convicted", "vendors", sweeps)


# Who keeps two histories, or none


def forking(folder: Path) -> Facts:
    """Witnesses sign two histories of a node, or are away."""
    many, sizes = len(WITNESSES), range(len(WITNESSES) + 1)
    kept = folder / "forked"
    forked = {k: forked_ledger(kept / f"{k}", WITNESSES[:k]) for k in sizes}
    away = {k: unwitnessed(folder / f"{k}", WITNESSES[:k]).harmed for k in sizes}
    quorum = many // 2 + 1
    sweeps = [
        Sweep(
            "no second history is witnessed, if they sign both",
            {k: facts.harmed for k, facts in forked.items()},
            quorum,
        ),
        Sweep(
            "who shows it is convicted, and so are those of a quorum",
            {k: _unshown(facts, k >= quorum) for k, facts in forked.items()},
        ),
        Sweep("blocks are witnessed, if they are away", away, many - many // 2),
    ]
    return swept("there is one history, which is witnessed", "witnesses", sweeps)


def _unshown(facts: Facts, is_witnessed: bool) -> bool:
    """Whether the node, or somebody who signs as much as counts, is not convicted of a fork."""
    due = facts.deviated if is_witnessed else ["node"]
    return facts.evidence != dict.fromkeys(due, "show_fork")
