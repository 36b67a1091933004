"""Each attack on the living hardened marketplace comes to what it must, and for its own reason."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from adversaries.catalogue import ROWS
from adversaries.deviating.hardened.carriers import (
    Carrier,
    DroppingCarrier,
    SwappingCarrier,
    carry,
)
from adversaries.deviating.hardened.node import OrderingNode, cut_ledger, forked_ledger, keep
from adversaries.deviating.hardened.others import FadingBeacon, MuteBeacon
from adversaries.deviating.hardened.play import once_sold, play
from adversaries.deviating.hardened.providers import JunkProvider, StingyProvider, SwappingProvider
from adversaries.deviating.hardened.vendors import EquivocatingVendor, GarbageVendor, LazyVendor
from adversaries.script import Attack, Facts, Outcome, came_to
from impl.hardened.contract import HardenedContract
from impl.hardened.market import Cast
from impl.hardened.parties import public, vendor
from impl.hardened.parties.acts import Act
from impl.hardened.parties.consumer import Consumer
from impl.hardened.parties.member import Member
from impl.hardened.parties.public import Beacon, Watcher, after_deadline
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import Phase
from impl.hardened.records import Request

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

LAZY: Cast = dict.fromkeys(("vendor0", "vendor1", "vendor2"), LazyVendor)


def come_to(folder: Path, cast: Cast) -> Outcome:
    """What it comes to when some parties deviate."""
    return came_to(play(folder, cast, requests=2)).outcome


CASES = [attack for attack in ROWS if attack.variant == "hardened"]


@pytest.mark.parametrize("attack", CASES, ids=lambda attack: attack.name)
def test_attack_comes_to_what_it_must(attack: Attack, tmp_path: Path) -> None:
    assert came_to(attack.script(tmp_path / "market")) == attack.expected


@pytest.mark.parametrize("script", [forked_ledger, cut_ledger])
def test_without_witnesses_nobody_tells_what_a_node_takes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Callable[[Path], Facts]
) -> None:
    monkeypatch.setattr(Member, "vouch", lambda _: iter(()))
    assert came_to(script(tmp_path)).outcome == "U"


def test_without_a_deviator_everybody_is_answered(tmp_path: Path) -> None:
    facts = play(tmp_path, {}, requests=2)
    assert came_to(facts).outcome == "P"
    assert facts.lines[0] == "2 requests: 2 answered"


def test_a_consumer_that_knows_nothing_better_pays_for_a_constant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody looks: so it is the dispute that finds the lazy vendor."""
    monkeypatch.setattr(Consumer, "first_wrong", lambda *_: None)
    monkeypatch.setattr(HardenedContract, "is_audited", lambda *_: False)
    assert come_to(tmp_path, LAZY) == "U"


def test_a_vendor_that_checks_nothing_is_blamed_for_its_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is the check of what is handed over that protects it."""
    monkeypatch.setattr(vendor, "is_bound", lambda *_: True)
    assert come_to(tmp_path, {"provider": SwappingProvider}) == "F"


def test_a_vendor_that_reads_no_terms_works_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Vendor, "is_paid", lambda *_: True)
    facts = play(tmp_path, {"provider": StingyProvider})
    assert facts.lines[0] == "1 requests: 1 answered"


def test_a_vendor_that_acknowledges_junk_is_blamed_for_its_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vendor, "is_sound", lambda *_: True)
    monkeypatch.setattr(Consumer, "first_wrong", lambda *_: 0)
    assert come_to(tmp_path, {"provider": JunkProvider}) == "F"


@pytest.mark.parametrize("beacon", [MuteBeacon, FadingBeacon])
def test_without_an_end_a_silent_beacon_keeps_the_money(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beacon: type[Beacon]
) -> None:
    def waiting(made: Request) -> str | None:
        is_without_beacon = made.phase is Phase.OPEN or not made.lot
        return None if is_without_beacon else after_deadline(made)

    monkeypatch.setattr(public, "after_deadline", waiting)
    assert come_to(tmp_path, {"beacon": beacon}) == "U"


def test_a_second_record_that_nobody_shows_convicts_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Watcher, "expose", lambda *_: iter(()))
    assert come_to(tmp_path, {"vendor1": EquivocatingVendor}) == "P"


def test_a_contract_that_convicts_no_sender_changes_the_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def convict_sender(self: HardenedContract, made: Request) -> None:
        self._fail(made, made.turn - 1)

    monkeypatch.setattr(HardenedContract, "_convict_sender", convict_sender)
    assert come_to(tmp_path, {"vendor1": GarbageVendor, "vendor2": GarbageVendor}) != "D"


@pytest.mark.parametrize("carrier", [DroppingCarrier, SwappingCarrier])
def test_what_no_carrier_brings_is_demanded(tmp_path: Path, carrier: type[Carrier]) -> None:
    deploy = once_sold(partial(carry, carrier))
    facts = play(tmp_path, {}, 1, deploy)
    assert facts.lines[0] == "1 requests: 1 answered"
    assert sum(said.kind == "publish" for said in facts.passed) == 4  # the input, and each output


def test_whoever_waits_until_time_is_up_rests_on_what_is_heard_first(tmp_path: Path) -> None:
    """So it is by acting at once that an honest vendor is safe from who orders a block."""

    class TardyVendor(Vendor):
        def execute(self, made: Request) -> Iterator[Act]:
            if made.phase is not Phase.WORK or not self.contract.left(made):
                yield from super().execute(made)

    vendors = dict.fromkeys(("vendor0", "vendor1", "vendor2"), TardyVendor)
    facts = play(tmp_path, vendors, 1, once_sold(partial(keep, OrderingNode)))
    assert set(facts.evidence.values()) <= {"replace", "give_up"}
    assert facts.evidence
