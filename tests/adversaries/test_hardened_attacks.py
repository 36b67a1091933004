"""Each attack on the living hardened marketplace comes to what it must, and for its own reason."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from nacl.exceptions import CryptoError

from adversaries.catalogue import ROWS
from adversaries.deviating.hardened import coalitions
from adversaries.deviating.hardened import play as hardened_play
from adversaries.deviating.hardened.arbitrators import siphon
from adversaries.deviating.hardened.carriers import (
    Carrier,
    DroppingCarrier,
    SwappingCarrier,
    carry,
)
from adversaries.deviating.hardened.coalitions import FriendlyVendor, delayed, foretold, pushed
from adversaries.deviating.hardened.consumers import (
    BaitingConsumer,
    ForgingConsumer,
    LocklessConsumer,
)
from adversaries.deviating.hardened.friends import FRIENDS, FavouringProvider
from adversaries.deviating.hardened.node import (
    OrderingNode,
    cut_ledger,
    forked_ledger,
    keep,
    unwitnessed,
)
from adversaries.deviating.hardened.others import FadingBeacon, MuteBeacon, Outsider, prying
from adversaries.deviating.hardened.play import once_sold, play
from adversaries.deviating.hardened.providers import (
    JunkProvider,
    SlowProvider,
    StingyProvider,
    SwappingProvider,
    TwoFacedProvider,
    with_windows,
)
from adversaries.deviating.hardened.vendors import (
    EquivocatingVendor,
    GarbageVendor,
    LazyVendor,
    MisplacingVendor,
)
from adversaries.deviating.thieves import hardened_theft
from adversaries.script import UNDETECTED, Attack, Facts, Outcome, came_to
from checkers.market.attack import chosen
from impl.hardened import charter, dispute, execution, mail
from impl.hardened.contract import HardenedContract
from impl.hardened.market import TOLL, WINDOW, Cast
from impl.hardened.parties import public, vendor
from impl.hardened.parties.acts import Act
from impl.hardened.parties.computing import output_of
from impl.hardened.parties.consumer import Consumer
from impl.hardened.parties.member import Member
from impl.hardened.parties.provider import Provider
from impl.hardened.parties.public import Beacon, Watcher, after_deadline
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import Phase
from impl.hardened.records import Request
from impl.ledger.keys import SigningKey
from impl.ledger.transaction import require
from impl.quarrel.salts import SALT, Occasion

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

LAZY: Cast = dict.fromkeys(("vendor0", "vendor1", "vendor2"), LazyVendor)


def come_to(folder: Path, cast: Cast) -> Outcome:
    """What it comes to when some parties deviate."""
    return came_to(play(folder, cast, requests=2)).outcome


def scripted(name: str, folder: Path) -> Facts:
    """What happens in an attack on the hardened market."""
    [attack] = chosen([f"{name}/hardened"])
    return attack.script(folder)


CASES = [attack for attack in ROWS if attack.variant == "hardened"]


@pytest.mark.parametrize("attack", CASES, ids=lambda attack: attack.name)
def test_attack_comes_to_what_it_must(attack: Attack, tmp_path: Path) -> None:
    assert came_to(attack.script(tmp_path / "market")) == attack.expected


@pytest.mark.parametrize("script", [forked_ledger, cut_ledger])
def test_without_witnesses_nobody_tells_what_a_node_takes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Callable[[Path], Facts]
) -> None:
    """Nor that parties hold a ledger against what they have seen of it."""
    monkeypatch.setattr(Member, "vouch", lambda _: iter(()))
    monkeypatch.setattr(Member, "follow", lambda _: None)
    assert came_to(script(tmp_path)).outcome == "U"


def test_without_a_deviator_everybody_is_answered(tmp_path: Path) -> None:
    facts = play(tmp_path, {}, requests=2)
    assert came_to(facts).outcome == "P"
    assert facts.lines[0] == "of what the consumer asked: 2 answered"


def test_a_consumer_that_knows_nothing_better_pays_for_a_constant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody looks: so it is the dispute that finds the lazy vendor."""
    monkeypatch.setattr(Consumer, "first_wrong", lambda *_: None)
    monkeypatch.setattr(HardenedContract, "is_audited", lambda *_: False)
    assert come_to(tmp_path, LAZY) == "U"


@pytest.mark.parametrize("provider", [SwappingProvider, TwoFacedProvider])
def test_a_vendor_that_checks_nothing_is_blamed_for_its_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: type[Provider]
) -> None:
    """So it is the check of what is handed over that protects it."""
    monkeypatch.setattr(vendor, "is_bound", lambda *_: True)
    assert come_to(tmp_path, {"provider": provider}) == "F"


def test_a_vendor_that_takes_on_long_quarrels_computes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vendor, "is_sound", lambda *_: True)
    facts = play(tmp_path, {"provider": SlowProvider})
    assert facts.lines[0] == "of what the consumer asked: 1 answered wrongly"


def test_a_vendor_that_reads_no_terms_works_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Vendor, "is_paid", lambda *_: True)
    facts = play(tmp_path, {"provider": StingyProvider})
    assert facts.lines[0] == "of what the consumer asked: 1 answered"
    assert came_to(facts) == UNDETECTED


def test_a_vendor_that_acknowledges_junk_is_blamed_for_its_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vendor, "is_sound", lambda *_: True)
    monkeypatch.setattr(Consumer, "first_wrong", lambda *_: 0)
    assert come_to(tmp_path, {"provider": JunkProvider}) == "F"


def test_a_contract_that_takes_any_word_for_it_convicts_who_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def believed(self: HardenedContract, request: bytes, secret: bytes) -> Request:
        return self.requests[request]

    monkeypatch.setattr(HardenedContract, "_with_bad_data", believed)
    assert come_to(tmp_path, {"consumer": ForgingConsumer}) == "F"


def test_a_contract_that_lets_a_bait_go_changes_the_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def let_go(self: HardenedContract, made: Request) -> None:
        self._fail(made, 0)

    monkeypatch.setattr(HardenedContract, "_convict_consumer", let_go)
    assert come_to(tmp_path, {"consumer": BaitingConsumer}) == "U"


@pytest.mark.parametrize("name", ["corrupt-arbitrator", "frivolous-dispute"])
def test_a_contract_that_believes_who_disputes_convicts_who_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    upheld = HardenedContract._uphold_dispute
    monkeypatch.setattr(HardenedContract, "_dismiss_dispute", upheld)
    [attack] = chosen([f"{name}/hardened"])
    assert came_to(attack.script(tmp_path / "market")).outcome == "F"


def test_a_contract_that_lets_anybody_dispute_shows_what_it_must_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def required(condition: bool, reason: str) -> None:
        require(condition or reason == "party has a part in the request", reason)

    monkeypatch.setattr(dispute, "require", required)
    assert come_to(tmp_path, {"outsider": Outsider}) == "U"


def test_a_contract_that_takes_any_key_stops_who_seals_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "check_sealing_key", lambda _: None)
    with pytest.raises(CryptoError):
        play(tmp_path, {"consumer": LocklessConsumer})


def test_a_charter_that_takes_any_window_keeps_the_money(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charter, "LONGEST", 2**63)
    monkeypatch.setattr(hardened_play, "LONGEST", 3 * WINDOW)
    facts = with_windows(tmp_path, 2**63)
    assert came_to(facts).outcome == "U"
    assert facts.lines[0] == "of what the consumer asked: 1 left open"


def test_no_charter_has_a_window_in_which_nobody_can_act(tmp_path: Path) -> None:
    facts = with_windows(tmp_path, 1)
    assert facts.lines == [
        "no ledger begins so: not created: genesis.agreed.windows.work: give 2 to 1000000 blocks"
    ]


def test_who_wants_to_see_a_model_pays_for_every_operation(tmp_path: Path) -> None:
    facts = siphon(tmp_path).figures
    assert facts["disputes"] >= 6  # with audits
    assert 0 < facts["shown"] < facts["numbers"] / 100
    assert facts["cost"] >= 6 * 2 * TOLL


@pytest.mark.parametrize("name", ["wash-calls", "evader"])
def test_what_nobody_can_tell_still_costs(tmp_path: Path, name: str) -> None:
    [attack] = chosen([f"{name}/hardened"])
    assert attack.script(tmp_path / "market").figures["cost"] > 0


@pytest.mark.full
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
    assert facts.lines[0] == "of what the consumer asked: 1 answered"
    published = [said for said in facts.passed.said if said.kind == "publish"]
    assert len(published) == 4  # the input, and each output


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


def test_witnesses_that_a_quorum_can_spare_are_missed_by_nobody(tmp_path: Path) -> None:
    assert came_to(unwitnessed(tmp_path, away=("vendor0", "vendor1"))).outcome == "P"


def test_an_honest_auditor_finds_constants_that_their_consumer_does_not(tmp_path: Path) -> None:
    facts = play(tmp_path, {"vendor0": FriendlyVendor}, 12, blind=True)
    assert came_to(facts).outcome == "D"


def test_a_contract_that_draws_one_and_the_same_changes_the_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def executor_due(self: HardenedContract, made: Request) -> bytes:
        return made.terms.holders(made.turn)[0]

    monkeypatch.setattr(HardenedContract, "executor_due", executor_due)
    assert came_to(pushed(tmp_path)).outcome == "U"


def test_who_does_not_have_the_key_of_the_beacon_foretells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coalitions, "kept_key", lambda _: SigningKey.from_seed(bytes(32)))
    assert came_to(foretold(tmp_path)).outcome == "P"


@pytest.mark.full
@pytest.mark.parametrize("friends", [(), FRIENDS])
def test_a_window_that_reopens_whole_delays_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, friends: Sequence[str]
) -> None:
    dismiss = HardenedContract._dismiss_dispute

    def reopened(self: HardenedContract, made: Request) -> None:
        dismiss(self, made)
        made.deadline = self.now + 10 * WINDOW

    monkeypatch.setattr(HardenedContract, "_dismiss_dispute", reopened)
    assert came_to(delayed(tmp_path, friends)).outcome == "U"


def test_without_a_chance_of_its_own_a_consumer_is_kept_from_its_dispute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = HardenedContract._begin_dispute

    def one_for_all(
        self: HardenedContract, made: Request, step: int, opponent: bytes, key: bytes
    ) -> None:
        begin(self, made, step, opponent, key)
        made.doubted |= {(step, party) for party in self.charter.purses}

    assert not scripted("friendly-dispute", tmp_path / "each").harmed
    monkeypatch.setattr(HardenedContract, "_begin_dispute", one_for_all)
    assert scripted("friendly-dispute", tmp_path / "one").harmed


def test_friends_who_begin_the_audits_of_others_pay_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded = scripted("forestalled-audit", tmp_path / "drawn")
    monkeypatch.setattr(HardenedContract, "left_to_auditors", lambda *_: 0)
    anybody = scripted("forestalled-audit", tmp_path / "anybody")
    assert anybody.figures["cost"] < guarded.figures["cost"]


def test_who_is_handed_another_component_and_looks_keeps_it_off_the_market(tmp_path: Path) -> None:
    facts = play(tmp_path, {"provider": FavouringProvider})
    assert facts.lines[0] == "of what the consumer asked: 1 never made"
    assert came_to(facts).outcome == "P"


def test_a_carrier_of_what_is_not_sealed_reads_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "seal", lambda key, data: data)
    monkeypatch.setattr(mail, "unseal", lambda secret, sealed: sealed)
    facts = prying(tmp_path)
    assert facts.figures["found"] == facts.figures["values"]


def test_without_its_step_a_record_in_another_place_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = HardenedContract.record

    def any_step(
        self: HardenedContract, author: bytes, request: bytes, step: int, output: bytes
    ) -> None:
        record(self, author, request, self.requests[request].turn, output)

    monkeypatch.setattr(HardenedContract, "record", any_step)
    assert come_to(tmp_path, {"vendor1": MisplacingVendor}) == "P"


def test_a_vendor_that_commits_to_nothing_else_is_blamed_for_what_it_cannot_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def something(handed: bytes, opening: bytes, rounds: int, occasion: Occasion) -> bytes:
        output = output_of(handed, opening, rounds, occasion)
        require(len(output) > SALT, "component takes the data")
        return output

    monkeypatch.setattr(vendor, "output_of", something)
    [attack] = chosen(["range-framing/hardened"])
    assert came_to(attack.script(tmp_path)).outcome == "F"


def test_a_contract_that_knows_no_other_key_convicts_whoever_has_replaced_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HardenedContract, "replace_key", lambda *_: None)
    assert came_to(hardened_theft(tmp_path, replaced=True)).outcome == "F"


def test_a_cartel_has_less_than_before(tmp_path: Path) -> None:
    assert play(tmp_path, LAZY, requests=2).figures["cost"] > 0
