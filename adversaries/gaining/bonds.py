"""What vendors gain that deviate together: by a law, and by playing it a million times.

A vendor that skips its work, or is paid for another label, compares what that brings with the wage
and the stake that it loses where it is found out. A convicted request is over, so however many of
its steps the cartel got wrong, it loses one stake and one wage, and is paid for all the others.
"""

import math
from collections.abc import Callable

import attrs
import numpy as np
import numpy.typing as npt

from impl.hardened.chance import AUDITED
from impl.hardened.market import TOLL, WAGE

Flags = npt.NDArray[np.bool_]

STEPS, HOLDERS = 3, 3
"""Of the market that is played living: as many vendors as steps, each of which holds every part."""


@attrs.frozen(kw_only=True)
class Deal:
    """What is agreed about a step, and who looks at it.

    Attributes:
        stake: what its executor puts up; as a market has it, unless given.
        wage: what its executor is paid.
        work: what it costs to do it rightly.
        audited: the share of steps that chance draws for an audit.
        knowing: the share of consumers who know the model, and dispute what is wrong.
        steps: how many a request has.
        holders: how many have each part, who audit each other; if one has it, its provider audits.
    """

    stake: float = WAGE * (STEPS + 1) + TOLL
    wage: float = WAGE
    work: float = WAGE
    audited: float = 1 / AUDITED
    knowing: float = 0
    steps: int = STEPS
    holders: int = HOLDERS


@attrs.frozen(kw_only=True)
class Scheme:
    """How some of a part's holders deviate together.

    Attributes:
        size: how many they are, the same of each part.
        often: at what share of the steps that they execute and that are worth it.
        is_last: whether only the last step is worth it, of which the answer is.
        skips: whether what they give in place of the output saves them the work.
        prize: what a request is worth to them that settles with something wrong.
        bribed: the share of auditors who are none of them, and look away.
    """

    size: int = 1
    often: float = 1
    is_last: bool = False
    skips: bool = True
    prize: float = 0
    bribed: float = 0


@attrs.frozen
class Calls:
    """Requests, and what chance made of them.

    Attributes:
        wrong: the steps that the cartel executed and got wrong, (requests, steps).
        looked: the steps that somebody audits who looks, (requests, steps).
        known: the requests whose consumer knows what is right, (requests,).
    """

    wrong: Flags
    looked: Flags
    known: Flags

    @property
    def found(self) -> Flags:
        """The requests for which one of the cartel is convicted, (requests,)."""
        return np.where(self.known, self.wrong.any(axis=1), (self.wrong & self.looked).any(axis=1))


def drawn(deal: Deal, scheme: Scheme, calls: int, seed: int = 0) -> Calls:
    """What chance makes of so many requests: as the contract draws, vendor by vendor."""
    rng, shape = np.random.default_rng(seed), (calls, deal.steps)
    executor = rng.integers(deal.holders, size=shape)
    wrong = (executor < scheme.size) & (rng.random(shape) < scheme.often)
    if scheme.is_last:
        wrong[:, :-1] = False
    looked = (rng.random(shape) < deal.audited) & (rng.random(shape) >= scheme.bribed)
    if deal.holders > 1:  # else whoever handed the part over is drawn, who is none of them
        other = (executor + rng.integers(1, deal.holders, size=shape)) % deal.holders
        looked &= other >= scheme.size
    return Calls(wrong, looked, rng.random(calls) < deal.knowing)


def gained(deal: Deal, scheme: Scheme, calls: Calls) -> npt.NDArray[np.float64]:
    """What a cartel has of each request beyond what it would have had honestly, (requests,)."""
    wrong, found = calls.wrong, calls.found
    saved = deal.work * scheme.skips * wrong.sum(axis=1)
    won = scheme.prize * (wrong.any(axis=1) & ~found)
    gain: npt.NDArray[np.float64] = saved + won - (deal.wage + deal.stake) * found
    return gain


def chances(deal: Deal, scheme: Scheme) -> tuple[float, float, float]:
    """Of a request: the steps that are wrong, whether any is, and whether that is found out."""
    steps = 1 if scheme.is_last else deal.steps
    each = scheme.often * scheme.size / deal.holders
    honest = (deal.holders - scheme.size) / (deal.holders - 1) if deal.holders > 1 else 1
    looked = deal.audited * honest * (1 - scheme.bribed)
    wrong, audited = (1 - (1 - chance) ** steps for chance in (each, each * looked))
    return steps * each, wrong, deal.knowing * wrong + (1 - deal.knowing) * audited


def expected(deal: Deal, scheme: Scheme) -> float:
    """What a cartel has of a request beyond what it would have had honestly, exactly."""
    _, _, found = chances(deal, scheme)
    return _brought(deal, scheme) - (deal.wage + deal.stake) * found


def even_stake(deal: Deal, scheme: Scheme) -> float:
    """The least stake at which a scheme gains nothing; infinite if it is never found out."""
    _, _, found = chances(deal, scheme)
    brought = _brought(deal, scheme)
    if brought <= 0:
        return 0
    return max(brought / found - deal.wage, 0) if found else math.inf


def even_audits(deal: Deal, scheme: Scheme) -> float | None:
    """The least share of audited steps at which a scheme gains nothing; None if none is enough."""
    return _least(lambda share: expected(attrs.evolve(deal, audited=share), scheme))


def even_knowing(deal: Deal, scheme: Scheme) -> float | None:
    """The least share of knowing consumers at which a scheme gains nothing; None as above."""
    return _least(lambda share: expected(attrs.evolve(deal, knowing=share), scheme))


def _brought(deal: Deal, scheme: Scheme) -> float:
    """What a request brings a cartel, before what it loses where that is found out."""
    steps, wrong, found = chances(deal, scheme)
    return deal.work * scheme.skips * steps + scheme.prize * (wrong - found)


def _least(gain: Callable[[float], float]) -> float | None:
    """The least share at which a gain, which falls with it, is none."""
    from scipy.optimize import brentq  # slow to import

    if gain(0) <= 0:
        return 0
    return None if gain(1) > 0 else float(brentq(gain, 0, 1))
