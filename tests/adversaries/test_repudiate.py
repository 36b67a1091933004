"""In the paper's markets corrupted parties harm others, and no ledger shows who it was.

Each pair of deeds that leave one ledger is shown alive, each other promise is broken by a shortest
tale, and what is found alive is what is found on the specification.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import TypeAlias

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adversaries.strategies.paper.basic import RUN
from adversaries.strategies.paper.tale import Tale, told
from adversaries.strategies.paper.wild import HANDED
from adversaries.strategies.paper.world import Variant, World
from adversaries.strategies.will import Curious, Scripted
from checkers.blame.accountant import Accountant
from checkers.cli import OK
from checkers.market.repudiate import (
    BLAME,
    HARM,
    ROLES,
    Doubt,
    Repudiated,
    Walk,
    complaints,
    repudiate,
)
from impl.paper.orchestrated.contract import OrchestratedContract
from spec.basic import basic
from spec.orchestrated import orchestrated
from tests.support.command import result, run

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

VARIANTS: tuple[Variant, ...] = "basic", "orchestrated"
KINDS = sorted(OrchestratedContract.kinds)
NEVER, ANOTHER, OTHERWISE = 2, 1, RUN.index("gives another output")
"""The numbers of moves: of habits, of what is put in the place of something, of what is run."""


Deviation: TypeAlias = tuple[str, int]
"""An occasion, and the number of the move that is made there."""


@cache
def alone(variant: Variant, deviation: Deviation) -> Tale:
    """What comes of it that one party does one thing otherwise."""
    world = World(variant, frozenset([deviation[0].split()[0]]))
    return told(world, Scripted(dict([deviation])))


# One ledger, and two culprits

CLASSES: Mapping[str, tuple[Deviation, Deviation]] = {
    "C.nosend, R.nostart": (("consumer send 0", NEVER), ("orchestrator pick 0.0", NEVER)),
    "C.sendI', R.forge+record": (
        ("consumer gives on send 0", ANOTHER),
        ("orchestrator takes for pick 0.0", ANOTHER),
    ),
    "C.forge, R.swap": (
        ("consumer takes for confirm 0", ANOTHER),
        ("orchestrator gives on deliver 0.1", ANOTHER),
    ),
    "C.nopost, R.drop": (("consumer confirm 0", NEVER), ("orchestrator deliver 0.1", NEVER)),
    **{
        name.format(step + 1): (
            (f"orchestrator {carrier}.{step}", move),
            (f"vendor{step} {vendor}.{step}", move),
        )
        for step in (0, 1)
        for name, carrier, vendor, move in (
            ("R.drop{0}, V{0}.silent", "pick 0", "record 0", NEVER),
            ("R.fwd{0}, V{0}.misreport", "gives on pick 0", "takes for record 0", ANOTHER),
            ("R.rec{0}, V{0}.swap", "takes for record_too 0", "gives on give_back 0", ANOTHER),
        )
    },
    **{
        f"V{step + 1}.badcomp, P.hand{step + 1}": (
            (f"vendor{step} runs 0.{step}", ANOTHER),
            (f"provider hands 0.{step} to vendor{step}", ANOTHER),
        )
        for step in (0, 1)
    },
}
"""The pairs of deeds that were proved to leave one ledger, by enumeration."""


def collided(one: Deviation, other: Deviation) -> Doubt:
    """Two tales of the orchestrated market, of one culprit each, that leave one ledger."""
    tales = alone("orchestrated", one), alone("orchestrated", other)
    assert tales[0].ledger == tales[1].ledger
    assert [len(tale.deeds) for tale in tales] == [1, 1]
    assert tales[0].culprits != tales[1].culprits
    return Doubt(tales)


@pytest.mark.parametrize("name", CLASSES)
def test_one_ledger_tells_two_tales(name: str) -> None:
    assert any(map(complaints, collided(*CLASSES[name]).tales))


def test_tales_of_one_ledger_are_found() -> None:
    walk, pairs = Walk("orchestrated", alone=[]), ["C.forge, R.swap", "R.rec1, V1.swap"]
    expected = [collided(*CLASSES[name]) for name in pairs]
    for tale in (tale for doubt in expected for tale in doubt.tales):
        walk.note(tale)
    assert [each.deeds for each in walk.doubts()] == [each.deeds for each in expected]


def test_a_ledger_that_told_the_deeds_would_tell_who_it_was() -> None:
    """So that it is the ledger that is short of something, and not the comparison."""
    walk = Walk("orchestrated", alone=[])
    for deviation in (each for pair in CLASSES.values() for each in pair):
        tale = alone("orchestrated", deviation)
        more = tuple((deed.party, deed.what, b"") for deed in tale.deeds)
        told_all = attrs.evolve(tale, ledger=(*tale.ledger, *more))
        walk.ledgers.setdefault(told_all.ledger, {})[tale.culprits] = told_all
    assert walk.doubts() == []


def test_where_nobody_need_have_deviated_nobody_is_a_culprit() -> None:
    walk = Walk("orchestrated", alone=[])
    for occasion in ("vendor0 acts at the end", "consumer send 0"):
        tale = alone("orchestrated", (occasion, 1))
        walk.ledgers.setdefault(tale.ledger, {})[tale.culprits] = tale
    assert len(walk.ledgers) == 1
    assert walk.doubts() == []


# Worlds


@pytest.mark.parametrize("variant", VARIANTS)
def test_who_deviates_nowhere_does_as_everybody_does(variant: Variant) -> None:
    """The ledgers say the same, whatever the keys are; and nobody complains."""
    tales = [
        told(World(variant, frozenset(corrupted), requests=2), Scripted({}))
        for corrupted in ((), ROLES[variant])
    ]
    assert tales[0].ledger == tales[1].ledger
    assert all(not tale.deeds and not tale.convicted and not tale.harms for tale in tales)


@settings(max_examples=5)
@given(st.sampled_from(VARIANTS), st.integers(0, 2**32), st.data())
def test_a_tale_is_played_again(variant: Variant, seed: int, data: st.DataObject) -> None:
    corrupted = data.draw(st.frozensets(st.sampled_from(ROLES[variant]), min_size=1))
    world = World(variant, corrupted, data.draw(st.integers(1, 2)))
    chance = Random(seed)
    walk = Walk(variant, alone=[])
    tale = told(world, Curious(chance, 20, walk.played))
    assert told(world, Scripted(tale.strategy)) == tale
    assert tale.culprits <= corrupted
    assert bool(tale.deeds) or not complaints(tale)


def test_what_breaks_a_promise_is_shortest() -> None:
    """As far as it goes in a quick look, every choice of a tale is needed."""
    found = repudiate("basic", worlds=16)
    assert {wrong.finding for wrong in found.wrongs} == {BLAME, HARM}
    for wrong in found.wrongs:
        world, strategy = wrong.tale.world, wrong.tale.strategy
        said = wrong.finding, wrong.complaint
        assert said in complaints(wrong.tale)
        assert world.corrupted == wrong.tale.culprits
        assert wrong.complaint.split()[0] not in world.corrupted
        for left in strategy:
            fewer = {each: move for each, move in strategy.items() if each != left}
            assert said not in complaints(told(world, Scripted(fewer)))


@pytest.mark.parametrize(
    ("variant", "deviation", "harm"),
    [
        ("basic", ("vendor0 serves 0", NEVER), "consumer is not answered"),
        (
            "basic",
            ("vendor1 runs 0", RUN.index("gives another output")),
            "consumer is answered wrongly",
        ),
        ("orchestrated", ("consumer confirm 0", NEVER), "vendor0 worked for nothing"),
        ("orchestrated", ("vendor0 acts at the end", 1), "provider is not told who else is served"),
    ],
)
def test_somebody_is_harmed_and_nobody_is_convicted(
    variant: Variant, deviation: Deviation, harm: str
) -> None:
    tale = alone(variant, deviation)
    assert harm in map(str, tale.unpaid)
    assert not tale.convicted


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_provider_frames_its_vendor_by_another_version(variant: Variant) -> None:
    assert alone(variant, ("provider acts at the end", 1)).framed == {"vendor0"}


def test_a_stranger_frames_a_vendor_by_a_version_of_its_own() -> None:
    """Whoever registers a name anew is believed, and the digests are its own."""
    strategy = {
        "consumer more at the end": 1 + KINDS.index("register"),
        "consumer more afterwards": 1 + KINDS.index("convict"),
        "consumer more afterwards record": 3,  # the first of four
    }
    tale = told(World("orchestrated", frozenset(["consumer"])), Scripted(strategy))
    assert tale.framed == {"vendor0"}


# What is said of it


def test_what_was_not_tried_is_undecided_and_what_was_not_found_is_sampled() -> None:
    nothing = repudiate("basic", worlds=0)
    assert nothing.undecided
    assert {verdict.mark for verdict in nothing.verdicts.values()} == {"undecided"}
    found = Repudiated("basic", 3, 5, [], [])
    assert {verdict.word for verdict in found.verdicts.values()} == {"sampled"}
    assert not found.undecided


def test_corrupt_tells_of_the_papers_markets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.json"
    assert run("corrupt", "--variant", "basic", "--worlds", 1, "--json", path) == OK
    said = capsys.readouterr().out
    assert f"vendor0 is convicted, who did as it should ({BLAME}):" in said
    assert "  provider hands over another component (deploy, before any record)\n" in said
    framed = next(each for each in result(path)["wrongs"] if each["finding"] == BLAME)
    world = {**framed["world"], "corrupted": frozenset(framed["world"]["corrupted"])}
    assert told(World(**world), Scripted(framed["strategy"])).framed == {"vendor0"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_whatever_a_party_does_is_told_in_words(variant: Variant) -> None:
    """Each tells by itself who does what; no two things that it can do there are told alike."""
    walk = Walk(variant)
    tales = [told(World(variant, frozenset([name])), Scripted(s)) for name, s in walk.alone]
    told_as: dict[str, set[str]] = {}
    for (name, strategy), tale in zip(walk.alone, tales, strict=True):
        [(occasion, _)], [deed] = strategy.items(), tale.deeds[:1]
        who, does, *_ = str(deed).split()
        assert who == name
        assert does.endswith("s")
        assert "_" not in str(deed)
        there = told_as.setdefault(occasion, set())
        assert str(deed) not in there
        there.add(str(deed))


# All that one party can do alone, and more

PARTIES = {
    "party0": "provider",
    "party1": "vendor0",
    "party2": "vendor1",
    "party3": "orchestrator",
    "party4": "consumer",
}


def is_specified(doubt: Doubt) -> bool:
    """Whether the specification knows of it: of no provider that hands over nothing."""
    return all(deed.how != HANDED[-1] for tale in doubt.tales for deed in tale.deeds)


@pytest.mark.full
def test_what_leaves_one_ledger_alive_leaves_one_on_the_specification() -> None:
    walk = Walk("orchestrated")
    for number in range(len(walk.alone)):
        walk.take(number)
    for vendor in (0, 1):  # chance can pick either vendor for either step
        world = World("orchestrated", frozenset([f"vendor{vendor}"]), picks=(1, 0))
        walk.note(told(world, Scripted({f"vendor{vendor} record 0.{1 - vendor}": NEVER})))
    found = walk.doubts()
    expected = {collided(*pair).deeds for pair in CLASSES.values()}
    assert {each.deeds for each in found} >= expected
    alive = {
        frozenset(deed for tale in each.tales for deed in tale.ways)
        for each in found
        if is_specified(each)
    }
    account = Accountant(
        orchestrated, orchestrated.scope(), culprits=1, bounds=["verdicts_come_last"]
    ).run()
    specified = set()
    for each in account.collisions:
        deeds = (
            (PARTIES[culprit], history.trace.steps[history.deeds[0]][0].name)
            for history in each.histories
            for culprit in history.culprits
        )
        specified.add(frozenset(deeds))
    assert alive == specified


@pytest.mark.full
def test_the_basic_ledger_takes_a_provider_for_its_vendor() -> None:
    found = repudiate("basic")
    alive = {
        frozenset(each.tales[n].culprits for n in (0, 1))
        for each in found.doubts
        if is_specified(each)
    }
    account = Accountant(basic, basic.scope(Data=1, Step=1, Vendor=2)).run()
    specified = {
        frozenset(frozenset(name.replace("provider0", "provider") for name in who) for who in pair)
        for pair in (each.culprits for each in account.collisions)
    }
    assert alive == specified
    assert {"is answered wrongly", "is not answered"} <= {
        harm.what for each in found.wrongs for harm in each.tale.unpaid
    }
