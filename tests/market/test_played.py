"""Stories of attacks: all that was said is told or folded, once, with what it did."""

from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest

from adversaries.deviating.hardened import vendors
from adversaries.deviating.hardened.node import CensoringNode, keep
from adversaries.deviating.hardened.play import once_sold, play
from adversaries.script import Facts, Script
from checkers.market.attack import chosen
from checkers.market.folder.account import PLACES
from checkers.market.played.said import Said
from checkers.market.played.shown import lines, plain
from checkers.market.played.story import Fold, Story
from impl.hardened.contract import HardenedContract
from impl.ledger.sqlite import Ledger

VENDORS = ("vendor0", "vendor1", "vendor2")
SCRIPTS: dict[str, Script] = {
    "blamed": chosen(["bad-handover/basic"])[0].script,
    "refused": chosen(["forged-output/basic"])[0].script,
    "taken back": chosen(["forked-ledger/basic"])[0].script,
    "stalled": chosen(["stall/orchestrated"])[0].script,
    "lazy": partial(play, cast=dict.fromkeys(VENDORS, vendors.LazyVendor)),
    "equivocating": partial(play, cast={"vendor2": vendors.EquivocatingVendor}, requests=2),
    "swapping": partial(play, cast=dict.fromkeys(VENDORS, vendors.SwappingVendor)),
    "censored": partial(
        play, cast={}, deploy=once_sold(partial(keep, CensoringNode)), around=["node"]
    ),
}

_LONG = {"swapping", "censored"}
pytestmark = pytest.mark.parametrize(
    "told",
    [pytest.param(name, marks=[pytest.mark.full] * (name in _LONG)) for name in SCRIPTS],
    indirect=True,
    scope="module",
)


@pytest.fixture(scope="module")
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Facts, Story]:
    """What happened, and its story."""
    facts = SCRIPTS[request.param](tmp_path_factory.mktemp("played") / "market")
    return facts, Story.of(facts)


def each_said(story: Story) -> Iterator[Said]:
    for entry in story.entries:
        yield from entry.said if isinstance(entry, Fold) else [entry]


def ledger_of(facts: Facts) -> Ledger:
    assert facts.passed.path is not None
    return Ledger.read(facts.passed.path, facts.passed.begin)


def test_what_the_ledger_has_is_told_once(told: tuple[Facts, Story]) -> None:
    facts, story = told
    passed = [each.passed for each in each_said(story)]
    found = {p.position: (p.source, p.kind) for p in passed if p.position is not None}
    with ledger_of(facts) as ledger:
        names = facts.passed.names
        there = {at: (names[s.author], s.kind) for at, s in ledger if s.kind != "tick"}
    assert found == there
    assert len(found) == sum(p.position is not None for p in passed)


def test_what_was_said_is_told_in_order_and_not_again(told: tuple[Facts, Story]) -> None:
    """Of a request in the hardened market; a message that is sent in every block passes once."""
    facts, story = told
    shown = [entry.passed for entry in story.entries if isinstance(entry, Said)]
    places = {id(each.passed): place for place, each in enumerate(story.record.said)}
    order = [places[id(passed)] for passed in shown]
    assert order == sorted(order)
    noted = {id(passed) for passed in facts.passed.said}
    assert noted <= {id(each.passed) for each in each_said(story)}
    if story.request:
        sent = Counter((p.source, p.target) for p in shown if p.kind == "data")
        steps = Counter(p.source for p in shown if p.kind == "record" and not p.is_in_vain)
        assert all(n <= max(1, steps[source]) for (source, _), n in sent.items())


def test_it_is_said_whose_requests_are_counted(told: tuple[Facts, Story]) -> None:
    """The story counts everybody's, and what came of it is about the consumer's alone."""
    facts, story = told
    heading, *_ = lines(story)
    with ledger_of(facts) as ledger:
        asked = [said for _, said in ledger if said.kind == "request"]
        names = [facts.passed.names[said.author] for said in asked]
    if story.requests > 1:
        assert story.asker in names
        assert f"by {story.asker}, one of {len(asked)} by everybody who asks:" in heading
    assert not any(" requests: " in line for line in facts.lines)


def test_money_only_moves(told: tuple[Facts, Story]) -> None:
    """In each line it comes to nothing, and in all of them to what the contract has."""
    facts, story = told
    assert not any(sum(entry.moved.values()) for entry in story.entries)
    moved = Counter[str]()
    for entry in story.entries:
        moved.update(entry.moved)
    with ledger_of(facts) as ledger:
        contract = ledger.contract
        if not isinstance(contract, HardenedContract):
            assert not moved
            assert story.record.gains is None
            return
    began, made = contract.charter.purses, contract.requests.values()
    shares = sum(version.revenue for version in contract.versions.values())
    in_end = (
        contract.balances.total() - sum(began.values()),
        contract.bonds.total(),
        sum(one.pots.total() + one.surety for one in made),
        sum(one.escrow + one.toll_paid for one in made),
        shares,
        contract.treasury,
    )
    assert {place: moved[place] for place in PLACES} == dict(zip(PLACES, in_end, strict=True))
    assert story.record.gains is not None
    assert not sum(story.record.gains.values())


def test_the_convicted_are_marked_where_they_are_convicted(told: tuple[Facts, Story]) -> None:
    facts, story = told
    marked = {
        name: entry.passed.kind
        for entry in story.entries
        if isinstance(entry, Said)
        for name in entry.convicts
    }
    assert marked == facts.evidence
    shown = "\n".join(lines(story))
    assert shown.count("* convicted by") == len(marked)


def test_what_was_in_vain_is_marked_with_the_reason(told: tuple[Facts, Story]) -> None:
    _, story = told
    vain = [e.passed for e in story.entries if isinstance(e, Said) and e.passed.is_in_vain]
    shown = "\n".join(lines(story))
    assert shown.count("x|") == len(vain)
    assert shown.count("* refused unless") == sum(bool(passed.refused) for passed in vain)
    assert all(passed.refused in shown for passed in vain)


def test_a_story_fits_and_has_no_lane_that_nobody_uses(told: tuple[Facts, Story]) -> None:
    _, story = told
    shown = [*lines(story)]
    assert max(map(len, shown)) <= 138
    said = [entry for entry in story.entries if isinstance(entry, Said)]
    there = {end for each in said for end in (each.passed.source, each.passed.target)}
    there |= {name for each in said for name in each.convicts}
    heads = next(line for line in shown if "ledger" in line).split()
    assert set(heads) - {"block", *PLACES} == there


def test_plain_data_has_all_of_it(told: tuple[Facts, Story]) -> None:
    _, story = told
    entries = plain(story)["entries"]
    assert isinstance(entries, list)
    assert sum(len(e["said"]) if "folded" in e else 1 for e in entries) == len(story.record.said)
