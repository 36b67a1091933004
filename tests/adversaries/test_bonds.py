"""What deviating together gains: the law, a million calls, and the living market agree."""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adversaries.deviating.hardened.coalitions import FriendlyVendor
from adversaries.deviating.hardened.play import play
from adversaries.deviating.hardened.providers import deploy_alone
from adversaries.deviating.hardened.vendors import LazyVendor, TargetingVendor
from adversaries.deviating.outputs import TARGET
from adversaries.gaining.bonds import (
    Calls,
    Deal,
    Scheme,
    drawn,
    even_audits,
    even_knowing,
    even_stake,
    expected,
    gained,
)
from adversaries.rows.row import REQUESTS
from adversaries.script import Facts
from adversaries.victim import right_output, victim
from impl.folder import FILE
from impl.hardened import chance
from impl.hardened.contract import HardenedContract
from impl.hardened.market import Cast
from impl.ledger.sqlite import Ledger
from impl.models.component import labels

SHARES = st.floats(0, 1)
MONEY = st.floats(0, 1000)
DEALS = st.builds(
    Deal,
    stake=MONEY,
    wage=MONEY,
    work=MONEY,
    audited=SHARES,
    knowing=SHARES,
    steps=st.integers(1, 5),
    holders=st.just(4),
)
SCHEMES = st.builds(
    Scheme,
    size=st.integers(1, 4),
    often=SHARES,
    is_last=st.booleans(),
    skips=st.booleans(),
    prize=MONEY,
    bribed=SHARES,
)
CALLS = 20_000
ALL = ("vendor0", "vendor1", "vendor2")


def standard_errors(deal: Deal, scheme: Scheme, calls: int, seed: int = 0) -> float:
    """By how many standard errors what is played is off the law."""
    gain = gained(deal, scheme, drawn(deal, scheme, calls, seed))
    off = abs(gain.mean() - expected(deal, scheme))
    error = gain.std() / math.sqrt(calls)
    return off / error if error > 1e-9 else float(off > 1e-6)


CASES = [
    (Deal(), Scheme()),
    (Deal(knowing=0.3), Scheme(often=0.3)),
    (Deal(audited=0.5), Scheme(size=2)),
    (Deal(knowing=0.1), Scheme(size=3)),
    (Deal(), Scheme(is_last=True, skips=False, prize=100, often=0.1)),
    (Deal(), Scheme(bribed=0.5)),
    (Deal(holders=1), Scheme(prize=20)),
    (Deal(knowing=0.05, holders=5, steps=4), Scheme(size=3, often=0.6, prize=30, bribed=0.2)),
]


@pytest.mark.parametrize(("deal", "scheme"), CASES)
@pytest.mark.parametrize("calls", [100_000, pytest.param(1_000_000, marks=pytest.mark.full)])
def test_what_is_played_is_as_the_law_has_it(deal: Deal, scheme: Scheme, calls: int) -> None:
    assert standard_errors(deal, scheme, calls, seed=1) < 4


@given(DEALS, SCHEMES)
def test_nothing_is_gained_at_the_even_stake_and_something_below(
    deal: Deal, scheme: Scheme
) -> None:
    even = even_stake(deal, scheme)
    if even == math.inf:
        assert expected(attrs.evolve(deal, stake=1e9), scheme) >= 0
        return
    slack = 1e-6 * (1 + even)
    assert expected(attrs.evolve(deal, stake=even), scheme) <= slack
    if even > 0:
        assert expected(attrs.evolve(deal, stake=0.9 * even - 1), scheme) > 0


def with_share(deal: Deal, name: str, share: float) -> Deal:
    """A deal with another share of audits, or of consumers who know."""
    if name == "audited":
        return attrs.evolve(deal, audited=share)
    return attrs.evolve(deal, knowing=share)


@given(DEALS, SCHEMES)
def test_nothing_is_gained_where_enough_are_audited_or_know(deal: Deal, scheme: Scheme) -> None:
    for name, even in (("audited", even_audits), ("knowing", even_knowing)):
        share = even(deal, scheme)
        if share is None:
            assert expected(with_share(deal, name, 1), scheme) > 0
        else:
            enough = with_share(deal, name, min(1, share + 1e-6))
            assert expected(enough, scheme) <= 1e-3
            if share > 1e-3:
                assert expected(with_share(deal, name, 0.9 * share), scheme) > 0


@given(DEALS, SCHEMES, SHARES)
def test_a_stake_can_be_lower_where_more_is_looked_at(
    deal: Deal, scheme: Scheme, other: float
) -> None:
    for name in ("audited", "knowing"):
        less, more = sorted([getattr(deal, name), other])
        stakes = [even_stake(with_share(deal, name, share), scheme) for share in (less, more)]
        assert stakes[1] <= stakes[0] * (1 + 1e-9) + 1e-6


@given(DEALS, SCHEMES)
def test_a_larger_cartel_needs_a_higher_stake(deal: Deal, scheme: Scheme) -> None:
    """Even one that is always found out: it loses one stake for all that it got wrong."""
    larger = attrs.evolve(scheme, size=min(scheme.size + 1, deal.holders))
    some = [attrs.evolve(each, prize=0) for each in (scheme, larger)]
    stakes = [even_stake(deal, each) for each in some]
    assert stakes[1] >= stakes[0] * (1 - 1e-9) - 1e-6


def test_a_vendor_alone_breaks_even_as_odds_are_against_an_audit() -> None:
    for audited in (0.1, 0.25, 0.5):
        deal = Deal(wage=1, work=1, steps=1, audited=audited)
        assert even_stake(deal, Scheme()) == pytest.approx((1 - audited) / audited)


def test_only_who_knows_stops_all_who_audit_each_other() -> None:
    """Or an auditor from outside: where each part has one holder, its provider is drawn."""
    deal, cartel = Deal(), Scheme(size=3)
    assert even_stake(deal, cartel) == math.inf
    assert even_audits(deal, cartel) is None
    assert even_knowing(deal, cartel) == pytest.approx(30 / 55)
    assert even_stake(attrs.evolve(deal, holders=1), Scheme()) < deal.stake


def living(folder: Path, facts: Facts, wrong: Callable[[int, int], bool], known: bool) -> Calls:
    """What chance made of a market's requests, from its ledger alone."""
    names, deviated = facts.passed.names, set(facts.deviated)
    ledger = Ledger.read(folder / FILE, HardenedContract)
    contract = ledger.contract
    assert isinstance(contract, HardenedContract)
    made = [*contract.requests.values()]
    steps = range(len(made[0].terms.steps))
    by_step = [
        [
            (
                names[each.executors[step]] in deviated and wrong(number, step),
                bool(each.lot)
                and contract.is_audited(each, step)
                and names[contract.auditor(each, step)] not in deviated,
            )
            for step in steps
        ]
        for number, each in enumerate(made)
    ]
    flags = np.array(by_step)
    ledger.close()
    honest = sum(
        each.terms.wage(step)
        for each in made
        for step, executor in each.executors.items()
        if names[executor] in deviated
    )
    calls = Calls(flags[..., 0], flags[..., 1], np.full(len(made), known))
    # Work costs nothing on the ledger; and a gain is beyond what honest work is paid.
    gain = gained(Deal(work=0), Scheme(), calls).sum()
    assert -facts.figures["cost"] == honest + gain
    return calls


def always(request: int, step: int) -> bool:
    return True


def is_target(request: int, step: int) -> bool:
    right = right_output(victim()[1][request].reshape(1, -1))
    return step == 2 and labels(right) == [TARGET]


LIVING: dict[str, tuple[Cast, Callable[[int, int], bool], bool]] = {
    "lazy": ({"vendor1": LazyVendor}, always, False),
    "lazy, blind": ({"vendor1": LazyVendor}, always, True),
    "two together, blind": (dict.fromkeys(ALL[:2], FriendlyVendor), always, True),
    "all, who know": (dict.fromkeys(ALL, LazyVendor), always, False),
    "all, blind": (dict.fromkeys(ALL, FriendlyVendor), always, True),
    "flip": ({"vendor2": TargetingVendor}, is_target, False),
}


@pytest.mark.full
@pytest.mark.parametrize("audited", [4, 1])
@pytest.mark.parametrize("case", LIVING)
def test_the_living_market_pays_what_the_model_says(
    case: str, audited: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chance, "AUDITED", audited)
    cast, wrong, blind = LIVING[case]
    facts = play(tmp_path, cast, REQUESTS, blind=blind)
    calls = living(tmp_path, facts, wrong, not blind)
    assert calls.wrong.any()
    assert bool(facts.evidence) == bool(calls.found.any())


@pytest.mark.parametrize("alone", [pytest.param(False, marks=pytest.mark.full), True])
def test_who_hands_a_part_over_convicts_those_who_audit_each_other(
    alone: bool, tmp_path: Path
) -> None:
    cast: Cast = dict.fromkeys(ALL, FriendlyVendor)
    requests = 3
    deploy = partial(play, deploy=deploy_alone) if alone else play
    facts = deploy(tmp_path, cast, requests, blind=True)
    calls = living(tmp_path, facts, always, known=False)
    assert calls.wrong.all()
    assert calls.looked.any() == alone == bool(facts.evidence)
