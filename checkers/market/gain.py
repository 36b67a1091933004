"""What deviating gains where a market's terms are as somebody has them, and what stops it."""

import math
from collections.abc import Iterator, Mapping, Sequence

import attrs

from adversaries.gaining.bonds import (
    Deal,
    Scheme,
    drawn,
    even_audits,
    even_knowing,
    even_stake,
    expected,
    gained,
)
from adversaries.gaining.griefs import GRIEFS, Nuisance, nuisance
from adversaries.scratch import scratch
from checkers.host.telling import Tell, silent
from checkers.results.page import Block, Line, Table
from checkers.results.result import Result, Verdict
from spec.notation import MachineError
from spec.notation.arguments import checked

CALLS = 1_000_000
OFF = 5
"""Errors by which what is played may be off the law."""

FLIP = 100
"""What another label is worth to whoever gives it: ten wages."""
SCHEMES: Mapping[str, tuple[Mapping[str, int], Scheme]] = {
    "one skips its work": ({}, Scheme()),
    "one skips a tenth of it": ({}, Scheme(often=0.1)),
    f"one flips a tenth of its labels, worth {FLIP} each": (
        {},
        Scheme(often=0.1, is_last=True, skips=False, prize=FLIP),
    ),
    "one skips, and half of its auditors are bribed": ({}, Scheme(bribed=0.5)),
    "two of three skip": ({}, Scheme(size=2)),
    "three of three skip": ({}, Scheme(size=3)),
    "three skip, and providers audit": ({"holders": 1}, Scheme()),
}
"""Each with what is agreed otherwise for it."""


@attrs.frozen
class Gain:
    """What a scheme gains.

    Attributes:
        expected: of each request, by the law.
        played: the mean of many that were played.
        error: its standard error, as if it had been found out once more: of what is rarer than one
            call in all, nothing may be seen.
        stake, audited, knowing: each the least that stops it, if all else is as agreed; None if
            nothing does.
    """

    expected: float
    played: float
    error: float
    stake: float | None
    audited: float | None
    knowing: float | None

    @property
    def is_off(self) -> bool:
        """Whether what is played is not what the law says."""
        return abs(self.played - self.expected) > OFF * self.error + 1e-6


@attrs.frozen
class Gains(Result):
    """What deviating gains, and what a nuisance costs.

    Attributes:
        calls: how many requests were played of each scheme.
        deal: what is agreed.
        gains: of each scheme.
        griefs: what each path came to in a living market.
    """

    calls: int
    deal: Deal
    gains: Mapping[str, Gain]
    griefs: Mapping[str, Nuisance]

    @property
    def asked(self) -> str:
        return f"what deviating gains at a stake of {self.deal.stake:g}"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        return {name: _verdict(gain) for name, gain in self.gains.items()} | {
            name: _bounded(found) for name, found in self.griefs.items()
        }

    @property
    def failed(self) -> bool:
        return any(verdict.mark for verdict in self.verdicts.values())

    @property
    def undecided(self) -> bool:
        """Never: what is played is played."""
        return False

    def page(self) -> Iterator[Block]:
        deal = self.deal
        yield Line(
            f"of each of {self.calls:,} requests, at a wage of {deal.wage:g}, which is what work "
            f"costs, a stake of {deal.stake:g}, {deal.audited:.1%} of steps audited, and "
            f"{deal.knowing:.1%} of consumers who know the model"
        )
        schemes = ("scheme", "gains", "as played", "stake", "audits", "who know", "")
        yield Table.of(schemes, (self._gain(name) for name in self.gains))
        yield Line("stake, audits, who know: the least of each that stops it, all else as it is")
        yield Line("")
        yield Line(
            "what a nuisance costs, of one request: as played in a living market, and bounds"
        )
        paths = ("path", "what is done", "costs who does it", "others", "blocks", "")
        yield Table.of(paths, (self._grief(name) for name in self.griefs))

    def _gain(self, name: str) -> Sequence[Line | str]:
        gain = self.gains[name]
        least = (
            _least(gain.stake, "{:.1f}"),
            _least(gain.audited, "{:.1%}"),
            _least(gain.knowing, "{:.1%}"),
        )
        played = f"{gain.played:+.2f} ± {gain.error:.2f}"
        return [name, f"{gain.expected:+.2f}", played, *least, self.verdicts[name].line]

    def _grief(self, name: str) -> Sequence[Line | str]:
        found, (cost, harm, delay) = self.griefs[name], self.griefs[name].bounds
        return [
            name,
            GRIEFS[name].path,
            f"{found.cost}, at least {cost}",
            f"{found.harm}, at most {harm}",
            f"{found.delay}, at most {delay}",
            self.verdicts[name].line,
        ]

    def json(self) -> dict[str, object]:
        return {
            "calls": self.calls,
            "deal": attrs.asdict(self.deal),
            "gains": [{"name": name, **attrs.asdict(gain)} for name, gain in self.gains.items()],
            "griefs": [
                {"name": name, **attrs.asdict(found)} for name, found in self.griefs.items()
            ],
        }


def _least(share: float | None, shown: str) -> str:
    return "none" if share is None else shown.format(share)


def _verdict(gain: Gain) -> Verdict:
    if gain.is_off:
        return Verdict("sampled", "not what the law says", "against")
    return Verdict("sampled", "pays" if gain.expected > 0 else "does not pay")


def _bounded(found: Nuisance) -> Verdict:
    if not found.is_bounded:
        return Verdict("sampled", "beyond its bounds", "against")
    return Verdict("sampled", "pays" if found.cost < 0 else "does not pay")


@checked
def gain(
    stake: float = Deal().stake,
    audited: float = Deal().audited,
    knowing: float = Deal().knowing,
    calls: int = CALLS,
    progress: Tell = silent,
) -> Gains:
    """What vendors gain that deviate, and what stops them; and what a nuisance costs whom.

    Args:
        stake: what an executor puts up for a step, where its wage is 10.
        audited: the share of steps that is audited.
        knowing: the share of consumers who know the model, and dispute what is wrong.
        calls: how many requests are played of each scheme.
        progress: is told what is under way.

    Raises:
        MachineError: a stake below 0, no share from 0 to 1, or no call.
    """
    for name, share in (("audited", audited), ("knowing", knowing)):
        if not 0 <= share <= 1:
            raise MachineError(f"gain: {name} is a share, and {share:g} is none: give 0 to 1")
    if not (stake >= 0 and math.isfinite(stake)):
        raise MachineError(f"gain: a stake of {stake:g} is none: give 0 or more")
    if calls < 1:
        raise MachineError(f"gain: {calls} calls show nothing: give 1 or more")
    deal = Deal(stake=stake, audited=audited, knowing=knowing)
    gains = {}
    for name, (otherwise, scheme) in SCHEMES.items():
        progress(f"what it gains: {name}")
        gains[name] = _gain(attrs.evolve(deal, **otherwise), scheme, calls)
    return Gains(calls, deal, gains, {name: _played(name, progress) for name in GRIEFS})


def _gain(deal: Deal, scheme: Scheme, calls: int) -> Gain:
    found, stake = gained(deal, scheme, drawn(deal, scheme, calls)), even_stake(deal, scheme)
    once = (deal.wage + deal.stake + scheme.prize) ** 2 / calls
    return Gain(
        expected(deal, scheme),
        float(found.mean()),
        math.sqrt((float(found.var()) + once) / calls),
        stake if math.isfinite(stake) else None,
        even_audits(deal, scheme),
        even_knowing(deal, scheme),
    )


def _played(name: str, progress: Tell) -> Nuisance:
    progress(f"what it costs: {name}")
    with scratch() as folder:
        return nuisance(GRIEFS[name], folder)
