"""The hardened contract is in lockstep with its specification, and faults in it are seen.

Steps that are chosen at random seldom get far, so most runs here set out from somewhere on the way
of a story: a run that is written down.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
from nacl.public import PrivateKey

from checkers.lockstep.run import RESTART, Divergence, Lockstep
from checkers.lockstep.stories import Story, audition, provoke, tell
from checkers.lockstep.walk import walk
from checkers.market.hardened.agreed import (
    CONSUMER,
    FIRST,
    JOINT,
    MINUS_ONE,
    ONE,
    PARTIES,
    PROVIDER,
    QUIET,
    ROUNDS,
    SECOND,
    SINGLE,
    VERSIONS,
    genesis,
)
from checkers.market.hardened.driver import (
    HARDENED,
    HARDENED_AT_WORK,
    HardenedDriver,
    at_work_setup,
)
from checkers.market.hardened.stories import (
    AUDITED,
    BEGINNINGS,
    DONE,
    HALF,
    HONEST,
    LATE,
    LOTS,
    MADE,
    SETTLED,
    STORIES,
    WORKING,
    halvings,
    whole,
)
from impl.hardened.chance import auditor, drawn, is_audited
from impl.hardened.contract import HardenedContract
from impl.hardened.digests import commitment, request_id
from impl.hardened.dispute import Claim
from impl.hardened.phases import Phase
from impl.hardened.records import Request
from impl.hardened.sealing import key_of, seal
from impl.hardened.terms import OPENING, OUTLINE, Part, Terms
from impl.ledger.keys import SigningKey
from impl.ledger.limits import excess
from impl.ledger.transaction import MalformedTransaction, Refused, Transaction
from impl.models.component import Component
from impl.quarrel.binding import NOTHING
from impl.quarrel.outline import Outline
from impl.quarrel.run import rerun
from impl.quarrel.salts import SALT, salting_key
from impl.quarrel.step import boundary_state
from spec.bytes.digest import digest
from spec.bytes.encoding import encode
from spec.bytes.suite import BLAKE3, EVM, Suite
from spec.hardened import hardened
from spec.hardened.machine import at_work
from spec.notation.sorts import Value
from tests.support.selection import some_full

WHOLE = whole(hardened)
AT_WORK = Lockstep(WHOLE, HARDENED_AT_WORK)


def test_every_action_has_its_story() -> None:
    """What happens around a ledger only where something fails is never possible."""
    stories = [*STORIES.values(), *BEGINNINGS.values()]
    told = {name for story in stories for name, *_ in story}
    assert told == {a.name for a in WHOLE.actions} - {a.name for a, _ in hardened.dormant}


@pytest.mark.parametrize("name", some_full(STORIES, {*STORIES} - {*[*STORIES][::4]}))
def test_story_is_told_in_lockstep(name: str) -> None:
    audition(AT_WORK, STORIES[name])


@pytest.mark.parametrize("name", ["settled", "passed over", "audited", "audited by row"])
def test_story_is_told_in_lockstep_with_what_an_evm_computes(name: str) -> None:
    audition(Lockstep(WHOLE, at_work_setup(suite=EVM)), STORIES[name])


@pytest.mark.parametrize("name", BEGINNINGS)
def test_beginning_is_told_in_lockstep(name: str) -> None:
    audition(Lockstep(hardened, HARDENED), BEGINNINGS[name])


def wander(runs: int, seed: int) -> None:
    """Runs that set out from somewhere in a story, and then are random. Raises Divergence."""
    chance = random.Random(seed)
    for _ in range(runs):
        story = chance.choice([*STORIES.values()])
        with AT_WORK.run() as run:
            tell(run, story[: chance.randint(0, len(story))])
            for _ in range(6):
                if accepted := run.accepted(chance.choice(AT_WORK.actions)):
                    run.take(chance.choice(accepted))
            run.take((RESTART, ()))
            provoke(run, AT_WORK.actions, chance)


@pytest.mark.full
def test_wanderings_are_in_lockstep() -> None:
    wander(runs=8, seed=0)


@pytest.mark.full
def test_walk_is_in_lockstep() -> None:
    walked = walk(at_work, HARDENED_AT_WORK, runs=12, steps=25, seed=0, max_states=0)
    assert walked.divergence is None
    assert walked.tally.accepted["record"] > 0


# Faults


class WrongRefund(HardenedContract):
    """Of what was paid to executors already, the consumer gets nothing back."""

    def _refund(self, made: Request) -> None:
        missing = made.terms.price - made.escrow
        super()._refund(made)
        self.balances[made.consumer] -= missing
        self.bonds[made.terms.provider] += missing


class NoDeadline(HardenedContract):
    """An executor is replaced before its time is over."""

    def _with_silent_executor(self, request: bytes) -> Request:
        reason = "request waits for a record"
        return self._made(request, [Phase.WORK, Phase.PUBLISHED], reason)


class SameDraw(HardenedContract):
    """Who has failed is drawn again."""

    def executor_due(self, made: Request) -> bytes:
        return drawn(self.charter.suite, made.terms.holders(made.turn), made.seed, made.turn, 0)


class ListedDraw(HardenedContract):
    """The first holder is drawn, whatever the beacon says."""

    def executor_due(self, made: Request) -> bytes:
        return made.terms.holders(made.turn)[made.failed[made.turn]]


class FreeStake(HardenedContract):
    """The stake stays in the executor's bond."""

    def assign(self, author: bytes, request: bytes) -> None:
        super().assign(author, request)
        made = self.requests[request]
        self.bonds[author] += made.pots.pop(made.turn)


class EarlyRelease(HardenedContract):
    """A stake can be collected while somebody can still complain."""

    def left(self, made: Request) -> int:
        return 0 if made.phase is Phase.SETTLED else super().left(made)


class OneDispute(HardenedContract):
    """A step can be disputed once, by anybody."""

    def _disputable(self, request: bytes, step: int) -> Request:
        made = super()._disputable(request, step)
        if any(i == step for i, _ in made.doubted):
            raise Refused("party did not dispute the step before")
        return made


class SecondDispute(HardenedContract):
    """Whoever has lost a dispute can begin it again."""

    def _begin_dispute(self, made: Request, step: int, opponent: bytes, key: bytes) -> None:
        super()._begin_dispute(made, step, opponent, key)
        made.doubted.clear()


class WrongSilence(HardenedContract):
    """Whoever is silent in a quarrel, the executor is convicted."""

    def concede(self, author: bytes, request: bytes) -> None:
        made = self._made(request, [Phase.NARROWED], "opponent is to answer")
        self._require_overdue(made)
        self._uphold_dispute(made)


class AnyRow(HardenedContract):
    """Any row is taken to hold."""

    def open_row(self, author: bytes, request: bytes, statement: bytes, witness: bytes) -> None:
        super().open_row(author, request, statement, witness)
        made = self.requests[request]
        made.reproduced = made.row_leads = True


class Deaf(HardenedContract):
    """The second half is quarrelled about, whatever the opponent answers."""

    def answer(self, author: bytes, request: bytes, halvings: int, same: bool) -> None:
        super().answer(author, request, halvings, True)


class SelfAudit(HardenedContract):
    """Whoever executed a step is asked to check it."""

    def auditor(self, made: Request, step: int) -> bytes:
        return made.executors[step]


class Credulous(HardenedContract):
    """Anything is taken for a second signature."""

    def second(self, made: Request, step: int, key: bytes, evidence: bytes) -> Claim | None:
        if not 0 <= step < made.turn:
            return None
        executor, output = made.executors[step], made.links[step + 1]
        return Claim(made.id, step, executor, output, executor, evidence)


class KeyInForce(HardenedContract):
    """A second signature counts only until its signer replaces the key."""

    def counts(self, claim: Claim) -> bool:
        return claim.key == self.keys.get(claim.holder, claim.holder)


class AnyKey(HardenedContract):
    """A second signature counts whichever of its owner's keys signed it, however old."""

    def counts(self, claim: Claim) -> bool:
        return True


class SlowSettlement(HardenedContract):
    """What a sender publishes leaves the window as it was."""

    def publish(self, author: bytes, request: bytes, sealed: bytes) -> None:
        kept = self.requests[request].deadline if request in self.requests else 0
        super().publish(author, request, sealed)
        self.requests[request].deadline = kept


class MintedToll(HardenedContract):
    """Who demands pays nothing, and may get it back."""

    def demand(self, author: bytes, request: bytes, key: bytes) -> None:
        super().demand(author, request, key)
        self.balances[author] += self.requests[request].terms.toll


FAULTS: dict[type[HardenedContract], str] = {
    WrongRefund: "wrong",
    NoDeadline: "half",
    SameDraw: "replaced",
    ListedDraw: "audited",
    FreeStake: "settled",
    EarlyRelease: "exposed",
    OneDispute: "disputed by a friend who loses",
    SecondDispute: "right",
    WrongSilence: "conceded",
    AnyRow: "wrong",
    Deaf: "disputed by a friend who loses",
    SelfAudit: "audited",
    Credulous: "settled without lots",
    KeyInForce: "exposed, and the key replaced",
    AnyKey: "signed with a key that was replaced before",
    SlowSettlement: "bad",
    MintedToll: "input published",
}
"""Contracts, and in which story one sees that each is wrong."""


@pytest.mark.parametrize("contract", FAULTS)
def test_fault_in_the_contract_is_seen(contract: type[HardenedContract]) -> None:
    with pytest.raises(Divergence):
        audition(Lockstep(WHOLE, at_work_setup(contract)), STORIES[FAULTS[contract]])


# What only the contract asks: who may speak, and what evidence must look like


LEDGER = genesis(each=2).identity


@pytest.fixture
def driver() -> Iterator[HardenedDriver]:
    driver = HARDENED_AT_WORK.open()
    assert isinstance(driver, HardenedDriver)
    yield driver
    driver.close()


def told(driver: HardenedDriver, story: Story) -> Request:
    """The only request, after a story."""
    for name, *args in story:
        assert driver.take(name, args) is None
    return driver.known(0)


def said(driver: HardenedDriver, kind: str, party: bytes, **body: Any) -> str | None:
    """What the contract says to a transaction: of any body."""
    return driver.send(kind, PARTIES[party], body)


def test_only_the_beacon_names_a_seed(driver: HardenedDriver) -> None:
    made = told(driver, MADE)
    refusal = said(driver, "route", CONSUMER, request=made.id, beacon=b"mine")
    assert refusal == "author is the beacon"


def test_a_record_names_its_step(driver: HardenedDriver) -> None:
    """Otherwise the record of one step could be shown as a second one of another."""
    made = told(driver, WORKING)
    refusal = said(driver, "record", FIRST, request=made.id, step=1, output=b"output")
    assert refusal == "step is the one whose turn it is"


def test_only_the_sender_publishes(driver: HardenedDriver) -> None:
    """Otherwise anybody could have it convicted."""
    made = told(driver, [*HALF, ("demand", FIRST, 0)])
    refusal = said(driver, "publish", SECOND, request=made.id, sealed=b"")
    assert refusal == "author is the sender of the data"


def _told(statement: bytes) -> dict[str, Any]:
    """What an executor states, which tells its opponent nothing."""
    return {"statement": statement, "sealed": b""}


def test_in_a_quarrel_each_side_speaks_for_itself(driver: HardenedDriver) -> None:
    made = told(driver, [*DONE, ("dispute", CONSUMER, 0, 1)])
    name, shown = made.id, driver.defence(made).statement
    blank = dict.fromkeys(("input", "output", "secret", "component"), b"")
    refusal = said(driver, "open_step", SECOND, request=name, **blank)
    assert refusal == "author executed the step"
    begun = {"request": name, "halvings": ROUNDS, **_told(shown), "state": b""}
    assert said(driver, "narrow", CONSUMER, **begun) == "author executed the step"
    assert driver.take("narrow", (0, True, True)) is None
    same = {"request": name, "halvings": ROUNDS - 1, "same": True}
    assert said(driver, "answer", FIRST, **same) == "author is the opponent"
    for step, *args in [("answer", 0, True), *halvings(HONEST)]:
        assert driver.take(step, args) is None
    opened = {"request": name, "statement": b"", "witness": b""}
    assert said(driver, "open_row", CONSUMER, **opened) == "author executed the step"


@pytest.mark.parametrize("opponent", [PROVIDER, CONSUMER])
def test_who_was_told_what_it_needs_has_nothing_to_complain_of(
    driver: HardenedDriver, opponent: bytes
) -> None:
    """With neither secret, nor with others; and who may not see the input need not be told it."""
    made = told(driver, [*DONE, ("dispute", opponent, 0, 1), ("narrow", 0, True, True)])
    defence = driver.defence(made)
    salts = {"salt": defence.opened["input"][:SALT], "key": salting_key(defence.opened["secret"])}
    for secrets in (
        {"secret": driver._opposing(0), "salt": b"", "key": b""},
        {"secret": b"", **salts},
        {"secret": b"", **salts, "salt": bytes(SALT)},
        {"secret": b"", **salts, "key": bytes(32)},
    ):
        refusal = said(driver, "complain", CONSUMER, request=made.id, **secrets)
        assert refusal == "opponent was not told what it needs"
    assert not driver.view["convicted"]


@pytest.mark.parametrize("field", ["salts", "output_salt"])
def test_salts_that_do_not_follow_are_shown_with_the_secrets_that_they_must_follow_from(
    driver: HardenedDriver, field: str
) -> None:
    """A wrong one of the output is committed to, so its executor can state no other."""
    made = told(driver, HALF)
    defence_of = driver.defence
    if field == "output_salt":
        opening = bytes(SALT) + MINUS_ONE[SALT:]
        link = commitment(made.id, 2, opening)
        body = {"request": made.id, "step": 1, "output": link}
        assert said(driver, "record", FIRST, **body) is None
        driver.openings[link], driver.names[link] = opening, MINUS_ONE
    else:
        told(driver, [("record", FIRST, 0, MINUS_ONE)])
    made = told(driver, [("dispute", CONSUMER, 0, 1)])
    stated = defence_of(made).stated
    if field == "salts":
        stated = attrs.evolve(stated, salts=bytes(32))
    begun = {"halvings": ROUNDS, **_told(stated.canonical()), "state": bytes(32)}
    assert said(driver, "narrow", FIRST, request=made.id, **begun) is None
    shown = defence_of(made).shown(b"")
    assert shown["salt"]
    for wrong in ({"salt": bytes(SALT)}, {"key": bytes(32)}):
        body = {"request": made.id, **shown, **wrong}
        assert said(driver, "complain", PROVIDER, **body) == "opponent was not told what it needs"
    assert said(driver, "complain", PROVIDER, request=made.id, **shown) is None
    assert {*driver.view["convicted"]} == {(FIRST,)}


def test_who_has_salted_its_output_otherwise_cannot_open_the_whole_step(
    driver: HardenedDriver,
) -> None:
    """Its salt would pass for right there, and nobody but an opponent can tell."""
    made = told(driver, HALF)
    opening = bytes(SALT) + MINUS_ONE[SALT:]
    link = commitment(made.id, 2, opening)
    body = {"request": made.id, "step": 1, "output": link}
    assert said(driver, "record", FIRST, **body) is None
    driver.openings[link], driver.names[link] = opening, MINUS_ONE
    told(driver, [("dispute", CONSUMER, 0, 1)])
    assert driver.take("open_step", (0,)) == MALFORMED


def test_who_begins_an_audit_for_another_learns_nothing(driver: HardenedDriver) -> None:
    made = told(driver, [*AUDITED, *LATE])
    audit = {"request": made.id, "step": 1}
    assert said(driver, "audit", CONSUMER, **audit, key=b"") == "auditor has had time to begin"
    told(driver, LATE)
    assert said(driver, "audit", CONSUMER, **audit, key=key_of(bytes(32))) == MALFORMED
    assert said(driver, "audit", CONSUMER, **audit, key=b"") is None
    made = driver.known(0)
    assert made.opponent == SECOND
    statement = driver.defence(made).statement
    begun = {"request": made.id, "halvings": ROUNDS, **_told(statement), "state": b""}
    assert said(driver, "narrow", PROVIDER, **begun) is None
    secrets = {"secret": bytes(32), "salt": b"", "key": b""}
    assert said(driver, "complain", CONSUMER, request=made.id, **secrets) == MALFORMED


def test_what_opens_a_commitment_can_be_passed_on_with_any_move() -> None:
    """Else who commits to more has an executor convicted that cannot say it in one transaction."""
    name, terms = bytes(32), VERSIONS[JOINT].terms
    for size, opens in ((OPENING, True), (OPENING + 1, False)):
        data = bytes(size)
        made = Request(name, CONSUMER, JOINT, terms, 0, 0, [commitment(name, 0, data)])
        assert made.opens(0, data) is opens
    statement, sealed = bytes(OUTLINE + 512), seal(key_of(bytes(32)), bytes(OPENING))
    body: dict[str, Any] = {
        "request": name,
        "halvings": ROUNDS,
        "statement": statement,
        "sealed": sealed,
    }
    said = Transaction(LEDGER, "narrow", FIRST, 1 << 40, {**body, "state": bytes(32)})
    assert excess(said.signed(PARTIES[FIRST])) is None


@pytest.mark.parametrize("field", ["outline", "component_salt", "input", "output", "output_salt"])
def test_a_quarrel_is_about_what_was_committed_to(driver: HardenedDriver, field: str) -> None:
    made = told(driver, [*DONE, ("dispute", CONSUMER, 0, 1)])
    shown = driver.defence(made).stated
    another = Outline.of(Component.parse(VERSIONS[JOINT].parts[0]), bytes(SALT))
    changed: Any = {"outline": another, "input": NOTHING}.get(field, bytes(SALT))
    forged = attrs.evolve(shown, **{field: changed}).canonical()
    for opening in (forged, b"", b"junk", encode({}), encode([])):
        body = {"request": made.id, "halvings": ROUNDS, **_told(opening), "state": b""}
        assert said(driver, "narrow", FIRST, **body) == MALFORMED
    assert made.game is None
    body = {"request": made.id, "halvings": ROUNDS, **_told(shown.canonical()), "state": b""}
    assert said(driver, "narrow", FIRST, **body) is None


def test_a_quarrel_is_opened_once_and_a_row_must_be_the_one_that_is_left(
    driver: HardenedDriver,
) -> None:
    made = told(driver, [*DONE, ("dispute", CONSUMER, 0, 1)])
    shown = driver.defence(made).statement
    for step, *args in halvings((True, False), HONEST):
        assert driver.take(step, args) is None
    body = dict(driver._open_row(0).body)
    for changes in ({"statement": shown}, {"witness": b""}, {"witness": b"junk"}):
        assert said(driver, "open_row", FIRST, **(body | changes)) == MALFORMED
    assert made.phase is Phase.DISPUTED
    assert said(driver, "open_row", FIRST, **body) is None


@pytest.mark.parametrize("field", ["input", "output", "secret", "component"])
def test_what_is_opened_must_be_what_was_committed_to(driver: HardenedDriver, field: str) -> None:
    made = told(driver, [*DONE, ("dispute", CONSUMER, 0, 1)])
    body = dict(driver._open_step(0).body)
    assert said(driver, "open_step", FIRST, **(body | {field: b"another"})) == MALFORMED
    assert made.phase is Phase.DISPUTED
    assert said(driver, "open_step", FIRST, **body) is None


MALFORMED = "transaction is well formed"


@pytest.mark.parametrize(("output", "verdict"), [(b"", "dismiss"), (ONE[SALT:], "uphold")])
def test_an_input_that_no_component_takes_can_be_quarrelled_about(
    driver: HardenedDriver, output: bytes, verdict: str
) -> None:
    """Else its consumer could have an honest executor convicted of silence."""
    salt, x = bytes(SALT), bytes(SALT) + b"junk"
    name = request_id(BLAKE3, LEDGER, CONSUMER, 0, JOINT)
    asked = {"request": name, "nonce": 0, "version": JOINT, "input": commitment(name, 0, x)}
    assert said(driver, "request", CONSUMER, **asked) is None
    driver.ids[0] = name
    driver.openings[commitment(name, 0, x)] = x
    told(driver, [("route", 0, QUIET), ("assign", 0, FIRST)])
    for step, data in enumerate((output, ONE[SALT:])):
        opening = driver._salted(driver.known(0), salt + data)
        y = commitment(name, step + 1, opening)
        driver.openings[y] = opening
        assert said(driver, "record", FIRST, request=name, step=step, output=y) is None
        if step == 0:
            told(driver, [("assign", 0, FIRST)])
    doubted = {"request": name, "step": 0, "key": key_of(driver._opposing(0))}
    assert said(driver, "dispute", CONSUMER, **doubted) is None  # of which no driver sees the lead
    stated = driver.defence(driver.known(0)).statement
    state = boundary_state(NOTHING.digest)
    for left, shown in ((2, stated), (1, b"")):
        body = {"request": name, "halvings": left, **_told(shown), "state": state}
        assert said(driver, "narrow", FIRST, **body) is None
        same = {"request": name, "halvings": left - 1, "same": True}
        assert said(driver, "answer", CONSUMER, **same) is None
    opened = {"request": name, "statement": b"", "witness": b""}
    assert said(driver, "open_row", FIRST, **opened) is None
    told(driver, LATE)
    assert driver.take(verdict, (0,)) is None


def test_a_request_must_bear_its_own_identifier(driver: HardenedDriver) -> None:
    body = dict(driver._request(CONSUMER, 0, JOINT, ONE).body)
    assert said(driver, "request", FIRST, **body) == MALFORMED
    assert said(driver, "request", CONSUMER, **(body | {"nonce": 1})) == MALFORMED
    assert said(driver, "request", CONSUMER, **body) is None


def test_nobody_can_be_made_to_seal_for_what_is_no_key(driver: HardenedDriver) -> None:
    """A sender that cannot publish would be convicted of silence."""
    made = told(driver, WORKING)
    for key in (b"", bytes(32), bytes([1]) + bytes(31)):
        assert said(driver, "demand", FIRST, request=made.id, key=key) == MALFORMED


@pytest.mark.parametrize("kind", ["garbage", "short", "for somebody else"])
def test_what_cannot_be_unsealed_is_bad(driver: HardenedDriver, kind: str) -> None:
    made = told(driver, [*HALF, ("demand", FIRST, 0)])
    other = bytes(PrivateKey.generate().public_key)
    sealed = {
        "garbage": b"garbage",
        "short": seal(made.key, MINUS_ONE[: SALT - 1]),
        "for somebody else": seal(other, MINUS_ONE),
    }
    assert said(driver, "publish", FIRST, request=made.id, sealed=sealed[kind]) is None
    assert driver.take("show_bad", (0,)) is None
    assert {*driver.view["convicted"]} == {(FIRST,)}


def test_what_is_sound_cannot_be_shown_to_be_bad(driver: HardenedDriver) -> None:
    made = told(driver, [*HALF, ("demand", FIRST, 0), ("publish", 0, True)])
    for secret in (bytes(32), bytes(range(32)), b""):
        assert said(driver, "show_bad", FIRST, request=made.id, secret=secret) == MALFORMED
    assert driver.take("show_bad", (0,)) == "data does not open the commitment"


def another(made: Request, **changes: Any) -> Transaction:
    """A second record of step 0 of a request, but for what a test changes."""
    body = {"request": made.id, "step": 0, "output": bytes(32), **changes.pop("body", {})}
    return attrs.evolve(Transaction(LEDGER, "record", FIRST, 9, body), **changes)


FORGERIES: dict[str, Callable[[Request], bytes]] = {
    "no transaction": lambda made: b"",
    "signed by another": lambda made: another(made).signed(PARTIES[SECOND]),
    "by another": lambda made: another(made, author=SECOND).signed(PARTIES[SECOND]),
    "on another ledger": lambda made: another(made, ledger=bytes(32)).signed(PARTIES[FIRST]),
    "of another kind": lambda made: another(made, kind="dispute").signed(PARTIES[FIRST]),
    "of another step": lambda made: another(made, body={"step": 1}).signed(PARTIES[FIRST]),
    "for another request": lambda made: another(made, body={"request": b""}).signed(PARTIES[FIRST]),
    "of the same output": lambda made: another(made, body={"output": made.links[1]}).signed(
        PARTIES[FIRST]
    ),
    "of no digest": lambda made: another(made, body={"output": b"more"}).signed(PARTIES[FIRST]),
    "no record": lambda made: another(made, body={"more": 1}).signed(PARTIES[FIRST]),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_second_outputs_convict_nobody(driver: HardenedDriver, forgery: str) -> None:
    made = told(driver, SETTLED)
    evidence = FORGERIES[forgery](made)
    shown: dict[str, Value] = {"request": made.id, "step": 0, "key": FIRST}
    refusal = said(driver, "expose", CONSUMER, **shown, evidence=evidence)
    assert refusal == "two outputs are signed"
    evidence = another(made).signed(PARTIES[FIRST])
    assert said(driver, "expose", CONSUMER, **shown, evidence=evidence) is None


def test_a_key_that_was_never_its_executors_shows_nothing(driver: HardenedDriver) -> None:
    made, key = told(driver, SETTLED), SigningKey()
    shown: dict[str, Value] = {"request": made.id, "step": 0, "key": key.public}
    refusal = said(driver, "expose", CONSUMER, **shown, evidence=another(made).signed(key))
    assert refusal == "two outputs are signed"


@pytest.mark.parametrize(("replaced", "counts"), [(0, False), (1, True), (2, True)])
def test_a_key_shows_what_was_assigned_before_it_was_replaced(
    driver: HardenedDriver, replaced: int, counts: bool
) -> None:
    """Of three keys of its executor's, the first is replaced before a step, and the next after."""
    told(driver, [("rotate", FIRST), *DONE, ("rotate", FIRST), *LOTS, *LATE, ("settle", 0)])
    driver.restart()
    made, key = driver.known(0), driver.keys[FIRST][replaced]
    shown: dict[str, Value] = {"request": made.id, "step": 0, "key": key.public}
    refusal = said(driver, "expose", CONSUMER, **shown, evidence=another(made).signed(key))
    assert refusal == (None if counts else "key was not replaced before the step was assigned")


def test_what_is_no_transaction_of_the_contract_is_refused(driver: HardenedDriver) -> None:
    assert said(driver, "steal", FIRST) == MALFORMED
    assert said(driver, "tick", FIRST, blocks=2) == MALFORMED
    assert said(driver, "settle", FIRST, request=0) == MALFORMED


def test_numbers_that_make_no_sense_are_refused(driver: HardenedDriver) -> None:
    made = told(driver, DONE)
    assert said(driver, "deposit", FIRST, amount=-1) == MALFORMED
    assert said(driver, "withdraw", FIRST, amount=-1) == MALFORMED
    name = request_id(BLAKE3, LEDGER, CONSUMER, -1, JOINT)
    body = {"request": name, "nonce": -1, "version": JOINT, "input": b""}
    assert said(driver, "request", CONSUMER, **body) == MALFORMED
    refusal = said(driver, "dispute", FIRST, request=made.id, step=-1, key=b"")
    assert refusal == "step is one of the request's"
    assert said(driver, "reject", FIRST, version=SINGLE, step=-1) == "vendor holds the step"


# What is agreed

TERMS = VERSIONS[JOINT].terms


def test_terms_come_back_from_a_transaction() -> None:
    assert Terms.parse(TERMS.body()) == TERMS
    assert Terms.parse(TERMS.body()).root == JOINT


CHANGES: dict[str, Value] = {
    "api": "letters",
    "number": 3,
    "provider": FIRST,
    "shares": {PROVIDER: 61, FIRST: 39},
    "steps": (TERMS.steps[0], TERMS.steps[0]),
    "rows": 2,
    "widths": [1, 2, 1],
    "spares": 0,
    "costs": [5, 4, 2],
    "stake": 8,
    "toll": 2,
    "rounds": [2, 3],
    "face": bytes(32),
}


@pytest.mark.parametrize("field", CHANGES)
def test_the_root_binds_everything(field: str) -> None:
    assert set(CHANGES) == {a.name for a in attrs.fields(Terms)}
    ample = attrs.evolve(TERMS, stake=9)
    changed = attrs.evolve(ample, **{field: CHANGES[field]})
    assert Terms.parse(changed.body()).root != ample.root


NONSENSE: list[tuple[str, Value]] = [
    ("number", -1),
    ("number", True),
    ("shares", {PROVIDER: 60, FIRST: 41}),
    ("shares", {PROVIDER: -1}),
    ("steps", []),
    ("steps", [TERMS.steps[0], attrs.evolve(TERMS.steps[1], holders=())]),
    ("steps", [TERMS.steps[0], attrs.evolve(TERMS.steps[1], provider=SECOND)]),
    ("rows", 0),
    ("rows", True),
    ("rows", 1 << 16),
    ("api", "a" * 257),
    ("widths", [1, 1]),
    ("widths", [1, 0, 1]),
    ("widths", [1, "1", 1]),
    ("spares", 2),
    ("costs", []),
    ("costs", [5, 3]),
    ("costs", [5, 3, 4]),
    ("costs", [5, 3, "2"]),
    ("stake", 0),
    ("stake", 5),
    ("toll", 6),
    ("toll", -1),
    ("toll", 0),
    ("steps", [attrs.evolve(TERMS.steps[0], holders=(PROVIDER,)), TERMS.steps[1]]),
    ("rounds", [2]),
    ("rounds", [2, -1]),
    ("rounds", [2, 65]),
    ("rounds", [2, True]),
]


@pytest.mark.parametrize(("field", "value"), NONSENSE)
def test_terms_that_cannot_be_kept_are_refused(field: str, value: Value) -> None:
    with pytest.raises(MalformedTransaction, match=r"^transaction\.body\.terms"):
        Terms.parse(attrs.evolve(TERMS, **{field: value}).body())


@pytest.mark.parametrize(
    ("field", "pairs"),
    [
        ("shares", [[PROVIDER, 30], [PROVIDER, 30]]),
        ("shares", [[PROVIDER, True]]),
        ("shares", [PROVIDER]),
        ("steps", [[PROVIDER, [FIRST, FIRST], b"leaf"], [PROVIDER, [FIRST], b"leaf"]]),
        ("steps", [[PROVIDER, [FIRST, 1], b"leaf"], [PROVIDER, [FIRST], b"leaf"]]),
        ("steps", [FIRST, SECOND]),
    ],
)
def test_nobody_stands_twice_in_the_terms(field: str, pairs: list[Any]) -> None:
    with pytest.raises(MalformedTransaction, match=rf"terms\.{field}: give"):
        Terms.parse(TERMS.body() | {field: pairs})


# Chance, and computing


@pytest.mark.parametrize("suite", [BLAKE3, EVM], ids=lambda suite: suite.name)
def test_draws_are_fair_and_draw_nobody_twice(suite: Suite) -> None:
    """Of 6 orders of 3 holders each is as likely, within 5 standard deviations."""
    holders = [FIRST, SECOND, PROVIDER]
    seeds = [digest("seed", encode(number)) for number in range(3000)]
    orders = Counter(tuple(drawn(suite, holders, seed, 0, a) for a in range(3)) for seed in seeds)
    assert all(set(order) == set(holders) for order in orders)
    assert len(orders) == 6
    assert all(abs(count - 500) < 5 * 20.5 for count in orders.values())
    audits = sum(is_audited(suite, seed, 1) for seed in seeds)
    assert abs(audits - 750) < 5 * 23.8


@pytest.mark.parametrize("suite", [BLAKE3, EVM], ids=lambda suite: suite.name)
def test_steps_are_drawn_apart(suite: Suite) -> None:
    seeds = [digest("seed", encode(number)) for number in range(100)]
    holders = [FIRST, SECOND]
    pairs = {tuple(drawn(suite, holders, seed, step, 0) for step in (0, 1)) for seed in seeds}
    assert len(pairs) == 4


def test_a_commitment_binds_request_step_salt_and_data() -> None:
    made = {
        commitment(request, step, opening)
        for request in (b"one", b"two")
        for step in (0, 1)
        for opening in (ONE, MINUS_ONE, bytes(SALT) + ONE[SALT:])
    }
    assert len(made) == 12


def test_what_cannot_be_run_gives_nothing() -> None:
    part, data = VERSIONS[JOINT].parts[0], ONE[SALT:]
    assert rerun(part, data, 2) == Component.parse(part).run_bytes(data)
    assert rerun(part, b"junk", 2) == rerun(b"junk", data, 2) == rerun(part, encode([1]), 2) == b""
    assert rerun(part, data, 1) == b""  # a quarrel about three small steps takes two rounds


@pytest.mark.parametrize("suite", [BLAKE3, EVM], ids=lambda suite: suite.name)
def test_whoever_checks_a_step_is_not_who_executed_it(suite: Suite) -> None:
    """Any of the other holders, and whose part it is where there is none."""
    several, alone = (
        attrs.evolve(TERMS, steps=[Part(PROVIDER, tuple(holders), b"leaf")])
        for holders in ([FIRST, SECOND, CONSUMER], [FIRST])
    )
    lots = [digest("seed", encode(number)) for number in range(40)]
    assert {auditor(suite, several, lot, 0, FIRST) for lot in lots} == {SECOND, CONSUMER}
    assert auditor(suite, alone, lots[0], 0, FIRST) == PROVIDER
