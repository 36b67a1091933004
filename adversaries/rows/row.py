"""How a row of the table is written: one deviation, and what comes of it in each variant."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

from adversaries.deviating.basic import play as basic_play
from adversaries.deviating.hardened import play as hardened_play
from adversaries.deviating.orchestrated import play as orchestrated_play
from adversaries.script import Attack, CameTo, Facts, Script
from adversaries.victim import ONCE, Sequences
from impl.hardened.market import HardenedMarket
from impl.hardened.parties.member import Member
from impl.paper.basic.parties import BasicMember
from impl.paper.orchestrated.parties import OrchestratedMember

REQUESTS = 6
"""Requests to a hardened market: so many that chance draws every vendor for each step."""

Case: TypeAlias = tuple[CameTo, Script]
"""What must come of a deviation in one variant, and the script that shows it."""


def row(name: str, party: str, does: str, *, claims: str = "", **cases: Case) -> list[Attack]:
    """A row of the table.

    Args:
        name: what it is called.
        party: who deviates.
        does: what that does, as a clause.
        claims: the claims of the paper that it decides.
        **cases: by variant, what must come of it and how it is shown.
    """
    return [
        Attack(name, variant, party, does, expected, script, claims.split())
        for variant, (expected, script) in cases.items()
    ]


def basic(
    expected: CameTo,
    requests: int = 1,
    *,
    doubts: bool = False,
    sequences: Sequences = ONCE,
    **cast: type[BasicMember],
) -> Case:
    """Some deviate in a basic market; and so below, in each variant."""
    script = partial(
        basic_play.play, cast=cast, requests=requests, doubts=doubts, sequences=sequences
    )
    return expected, script


def orchestrated(
    expected: CameTo,
    requests: int = 1,
    *,
    sequences: Sequences = ONCE,
    **cast: type[OrchestratedMember],
) -> Case:
    script = partial(orchestrated_play.play, cast=cast, requests=requests, sequences=sequences)
    return expected, script


def hardened(
    expected: CameTo,
    requests: int = REQUESTS,
    deploy: hardened_play.Deploy = HardenedMarket.deploy,
    *,
    blind: bool = False,
    **cast: type[Member],
) -> Case:
    script = partial(hardened_play.play, cast=cast, requests=requests, deploy=deploy, blind=blind)
    return expected, script


def surrounded(
    expected: CameTo,
    around: str,
    change: Callable[[HardenedMarket], None],
    requests: int = REQUESTS,
    **cast: type[Member],
) -> Case:
    """What is around a hardened market deviates, once a version is sold; and maybe some with it."""
    deploy = hardened_play.once_sold(change)
    return expected, partial(
        hardened_play.play, cast=cast, requests=requests, deploy=deploy, around=[around]
    )


def measured(expected: CameTo, measure: Callable[[], Facts]) -> Case:
    """Something that needs no market."""

    def script(folder: Path) -> Facts:
        return measure()

    return expected, script
