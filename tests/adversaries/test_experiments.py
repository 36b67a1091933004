"""Each experiment comes out as it must, and the other way where its cause is taken away."""

from collections.abc import Callable
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from adversaries.catalogue import ATTACKS, EXPERIMENTS
from adversaries.deviating.components import renumbered
from adversaries.deviating.hardened.play import LONGEST
from adversaries.gaining.chances import grinding, laziness
from adversaries.gaining.expenses import (
    basic_bytes,
    digits_sizes,
    hardened_bytes,
    resnet_sizes,
)
from adversaries.gaining.payouts import floors, largest_remainders, taken_back
from adversaries.leaking.attacks import (
    beside,
    coalition_law,
    ensemble_share,
    executors,
    formula_neighbours,
    insider,
    linear_formula,
    orchestrator,
    reidentify,
    sandwich,
    share_value,
)
from adversaries.leaking.exposure import OVERLAPPING
from adversaries.leaking.formulas import METRICS
from adversaries.script import PREVENTED, UNDETECTED, Attack, CameTo, Facts, came_to
from adversaries.victim import API, parts, victim
from impl.hardened.market import HardenedMarket
from impl.ledger.keys import SigningKey
from impl.paper.basic.market import BasicMarket
from spec.bytes.encoding import encode
from spec.placement import Placement
from tests.support.selection import some_full

SLOW = [
    experiment
    for experiment in EXPERIMENTS
    if experiment.name.endswith("-deep")
    or experiment.name
    in (
        *("share-value", "dictionary-salted", "sandwich", "orchestrator"),
        *("coalitions", "ensemble-share", "formula-split"),
    )
]


@pytest.mark.parametrize(
    "experiment", some_full(EXPERIMENTS, SLOW), ids=lambda experiment: experiment.name
)
def test_experiment_comes_to_what_it_must(experiment: Attack, tmp_path: Path) -> None:
    facts = experiment.script(tmp_path / "market")
    assert came_to(facts) == experiment.expected
    assert facts.lines
    assert all(np.isfinite(figure) for name, figure in facts.figures.items() if "even" not in name)


def test_names_are_different_and_every_experiment_has_a_claim() -> None:
    names = [attack.key for attack in ATTACKS]
    assert len(names) == len(set(names))
    assert all(experiment.claims for experiment in EXPERIMENTS)


@pytest.mark.parametrize(
    "counter",
    [
        partial(sandwich, requests=20),
        partial(insider, "vendor", 1, (1, 1, 1), 20),
        partial(orchestrator, requests=20),
        partial(insider, "provider", 0, (1, 1), 6),
        partial(insider, "provider", 1, (1, 1), 40),
        partial(share_value, parts=0),
        partial(reidentify, parts=3),
        partial(ensemble_share, half=False),
        partial(formula_neighbours, requests=6),
        partial(coalition_law, requests=20),
        partial(executors, [(vendor,) for vendor in range(6)]),
        partial(grinding, 1, beacon=False),
        partial(renumbered, moved=False),
    ],
    ids=lambda counter: counter.func.__name__,
)
def test_without_its_cause_nothing_is_learnt(counter: Callable[[], Facts]) -> None:
    assert came_to(counter()).outcome == "P"


def test_a_known_salt_protects_nothing() -> None:
    assert came_to(beside(known=True)) == UNDETECTED


@pytest.mark.parametrize(("records", "expected"), [(METRICS, PREVENTED), (METRICS + 1, UNDETECTED)])
def test_a_formula_takes_one_record_more_than_it_has_metrics(
    records: int, expected: CameTo
) -> None:
    assert came_to(linear_formula(records)) == expected


def test_the_overlapping_placement_survives_one_and_resists_three() -> None:
    vendors = tuple(frozenset({vendor}) for vendor in range(6))
    placement = Placement(tuple(map(frozenset, OVERLAPPING)), vendors)
    assert placement.crash_tolerance() == 1
    assert placement.threshold() == 4
    inferring = [
        pair
        for pair in combinations(range(6), 2)
        if placement.known(pair, infer=True) > placement.held(pair)
    ]
    assert inferring  # the pairs that wait for inputs and outputs


@pytest.mark.parametrize("tries", [1, 16, 64])
def test_grinding_follows_the_closed_form(tries: int) -> None:
    figures = grinding(tries, beacon=False).figures
    assert figures["success"] == pytest.approx(1 - (15 / 16) ** tries, abs=0.03)


def test_laziness_breaks_even_at_the_odds_against_an_audit() -> None:
    even = laziness(0).figures["break_even"]
    assert even == pytest.approx(3, rel=0.05)  # one step in four is audited
    assert came_to(laziness(0.99 * even)).outcome == "U"
    assert came_to(laziness(1.01 * even)).outcome == "P"
    assert came_to(laziness(1000, audits=False)).outcome == "U"


def test_the_basic_ledger_grows_by_what_was_computed(tmp_path: Path) -> None:
    with BasicMarket.create(tmp_path) as market:
        market.provider.deploy(API, parts(), market.vendors)
        request = market.consumer.request(API, encode(victim()[1][:1]))
        market.work()
        market.consumer.take(request)
        entries = [entry for _, entry in market.ledger if entry.kind != "register"]
    posted = sum(len(entry.signed(SigningKey())) for entry in entries)
    assert posted == pytest.approx(basic_bytes(digits_sizes()), abs=20)  # running numbers vary


@pytest.mark.usefixtures("no_power_is_lost")
def test_the_hardened_ledger_grows_by_its_commitments(tmp_path: Path) -> None:
    with HardenedMarket.create(tmp_path) as market:
        version = market.deploy(parts())
        market.consumer.trust(version, market.model(version))
        market.consumer.ask(version, encode(victim()[1][:1]))
        market.run(LONGEST)
        of_requests = {"request", "route", "assign", "record", "draw_lots", "settle", "collect"}
        ledger = market.around.node.ledger
        entries = [entry for _, entry in ledger if entry.kind in of_requests]
        assert {entry.kind for entry in entries} == of_requests
    posted = sum(len(entry.signed(SigningKey())) for entry in entries)
    assert posted == pytest.approx(hardened_bytes(digits_sizes()), abs=20)  # numbers vary


def test_commitments_do_not_grow_with_the_data() -> None:
    sizes = resnet_sizes()
    doubled = [2 * size for size in sizes]
    assert hardened_bytes(doubled) == hardened_bytes(sizes)
    assert basic_bytes(doubled) > 1.99 * basic_bytes(sizes)


def test_published_shares_are_paid_to_the_unit() -> None:
    """45, 35 and 20 hundredths of 1,000 calls of price 1, paid call by call."""
    for rounded in (floors, largest_remainders):
        assert list(rounded(1000, (45, 35, 20))) == [450, 350, 200]
    for earned in range(1001):
        owed = [earned * share / 100 for share in (45, 35, 20)]
        paid = floors(earned, (45, 35, 20))
        assert all(0 <= due - units < 1 for due, units in zip(owed, paid, strict=True))


def test_the_alabama_paradox_is_known() -> None:
    """Balinski and Young: among three, a larger house can cost a state a seat; among two never."""
    assert taken_back(largest_remainders, (1, 3, 96)) == 51
    assert all(taken_back(largest_remainders, (n, 100 - n)) is None for n in range(1, 100))
