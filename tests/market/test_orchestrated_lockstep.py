"""The orchestrated contract and parties are in lockstep with their specification; faults are seen.

What is chosen at random seldom gets far, so runs also follow stories: runs that are written down.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from adversaries.victim import API, parts, victim
from checkers.lockstep.driver import Setup
from checkers.lockstep.fuzz import fuzz
from checkers.lockstep.run import RESTART, Divergence, Lockstep
from checkers.lockstep.stories import Story, go_on, provoke, tell
from checkers.lockstep.walk import walk
from checkers.market.orchestrated import (
    CONSUMER,
    FIRST,
    JOINT,
    ORCHESTRATOR,
    PROVIDER,
    SECOND,
    SINGLE,
    OrchestratedDriver,
    orchestrated_setup,
)
from checkers.market.subjects import reference
from checkers.market.values import MINUS_ONE, NEGATE, ONE, SAME, component_digest
from impl.ledger.transaction import MalformedTransaction, Refused, Transaction
from impl.paper.orchestrated.contract import OrchestratedContract, OrchestratedRequest, hashed
from impl.paper.orchestrated.due import Due
from impl.paper.orchestrated.market import OrchestratedMarket
from impl.paper.orchestrated.parties import OrchestratedMember, Orchestrator, Vendor
from impl.paper.steps import Record
from spec.bytes.encoding import encode
from spec.notation.sorts import Value
from spec.orchestrated import orchestrated

REFERENCED = reference("orchestrated")
PLUS, MINUS = hashed(ONE), hashed(MINUS_ONE)
NEGATED, KEPT = component_digest(NEGATE), component_digest(SAME)

MADE: Story = [("register", "digits", JOINT), ("request", CONSUMER, "digits", ONE)]
GIVEN: Story = [*MADE, ("send", 0, ONE), ("pick", 0, FIRST, ONE)]
STEP: Story = [
    *GIVEN,
    ("record", FIRST, 0, PLUS, MINUS, NEGATED),
    ("give_back", 0, MINUS_ONE),
    ("record_too", 0, PLUS, MINUS, NEGATED),
]
LAST: Story = [
    *STEP,
    ("pick", 0, SECOND, MINUS_ONE),
    ("record", SECOND, 0, MINUS, MINUS, KEPT),
    ("give_back", 0, MINUS_ONE),
    ("record_too", 0, MINUS, MINUS, KEPT),
]
DONE: Story = [*LAST, ("deliver", 0, MINUS_ONE), ("confirm", 0, MINUS)]
FORGED: Story = [*LAST, ("deliver", 0, MINUS_ONE), ("confirm", 0, PLUS)]
MATCHED: Story = [("match", 0, 0), ("match", 0, 2)]
LIES = {
    "input": (MINUS, MINUS, NEGATED),
    "output": (PLUS, PLUS, NEGATED),
    "digest": (PLUS, MINUS, KEPT),
}
"""What is not to be recorded of the first step, one thing each."""


def lied(claim: tuple[bytes, bytes, bytes]) -> Story:
    """A vendor and the orchestrator record what is not, and else do as they should."""
    return [
        *GIVEN,
        ("record", FIRST, 0, *claim),
        ("give_back", 0, MINUS_ONE),
        ("record_too", 0, *claim),
        ("pick", 0, SECOND, MINUS_ONE),
    ]


STORIES: dict[str, Story] = {
    "nothing": [],
    "served": [*DONE, *MATCHED],
    "refunded": [*FORGED, *MATCHED, ("claim_refund", 0)],
    "wrong component": [
        ("hand_over", JOINT, 0, FIRST, SAME),
        *GIVEN,
        ("record", FIRST, 0, PLUS, PLUS, KEPT),
        ("convict", 0, 0),
        ("give_back", 0, ONE),
        ("record_too", 0, PLUS, PLUS, KEPT),
    ],
    "not found executed": FORGED,
    "recorded": [
        *MADE,
        ("send", 0, ONE),
        ("pick", 0, SECOND, ONE),
        ("record", SECOND, 0, PLUS, MINUS, NEGATED),
        ("hand_over", JOINT, 0, FIRST, SAME),
        ("hand_over", JOINT, 1, SECOND, NEGATE),
        ("hand_over", SINGLE, 0, SECOND, NEGATE),
    ],
    "the other model": [
        ("register", "digits", JOINT),
        ("register", "letters", SINGLE),
        ("request", CONSUMER, "letters", MINUS_ONE),
        ("request", CONSUMER, "digits", MINUS_ONE),
        ("send", 1, MINUS_ONE),
        ("send", 0, MINUS_ONE),
        ("pick", 0, SECOND, MINUS_ONE),
        ("record", SECOND, 0, MINUS, MINUS, KEPT),
        ("give_back", 0, MINUS_ONE),
        ("record_too", 0, MINUS, MINUS, KEPT),
        ("pick", 1, SECOND, MINUS_ONE),
        ("record", SECOND, 1, MINUS, PLUS, NEGATED),
        ("hand_over", JOINT, 1, SECOND, NEGATE),
        ("deliver", 0, ONE),
        ("confirm", 0, PLUS),
        ("give_back", 1, ONE),
    ],
    "another input": [*MADE, ("send", 0, MINUS_ONE), ("pick", 0, SECOND, ONE)],
    "another version": [*STEP, ("match", 0, 0), ("register", "digits", SINGLE), ("stall", 0)],
    "two": [*DONE, ("request", CONSUMER, "digits", ONE), ("match", 1, 0), ("match", 0, 0)],
    "twice another input, and then as it should": [
        ("register", "digits", SINGLE),
        ("request", CONSUMER, "digits", ONE),
        ("send", 0, MINUS_ONE),
        ("pick", 0, SECOND, ONE),
        ("record", SECOND, 0, PLUS, PLUS, KEPT),
        ("give_back", 0, ONE),
        ("record_too", 0, PLUS, PLUS, KEPT),
        ("deliver", 0, ONE),
        ("confirm", 0, PLUS),
    ],
    "another output": [*GIVEN, ("record", FIRST, 0, PLUS, MINUS, NEGATED), ("give_back", 0, ONE)],
    **{f"{lie} is wrong": lied(claim) for lie, claim in LIES.items()},
    "stalled at once": [*MADE, ("stall", 0)],
    "stalled at the vendor": [*GIVEN, ("stall", 0)],
    "stalled before it confirms": [*LAST, ("deliver", 0, MINUS_ONE), ("stall", 0)],
    "stalled at the end": [*LAST, ("stall", 0)],
}
"""What can happen to a request, one thing each."""


def told(setup: Setup, story: Story) -> None:
    """Tell a story, with restarts; then take what is refused and what is not. Raises Divergence."""
    lockstep = Lockstep(orchestrated, setup)
    chance = random.Random(0)
    with lockstep.run() as run:
        tell(run, story[: len(story) // 2])
        run.take((RESTART, ()))
        tell(run, story[len(story) // 2 :])
        run.take((RESTART, ()))
        last_first = list(
            reversed(lockstep.actions)
        )  # what comes early would make way for the rest
        provoke(run, last_first, chance)
        go_on(run, last_first, chance)


@pytest.mark.parametrize("name", STORIES)
def test_story_is_told_in_lockstep(name: str) -> None:
    told(REFERENCED, STORIES[name])


REFUSALS: dict[str, tuple[Story, tuple[Value, ...]]] = {
    "vendor is between its record and its output": (
        STORIES["recorded"],
        ("hand_over", JOINT, 0, SECOND, SAME),
    ),
    "vendor holds the step": ([*MADE, ("send", 0, ONE)], ("pick", 0, PROVIDER, ONE)),
    "consumer has written down its output": ([*LAST, *MATCHED], ("claim_refund", 0)),
    "vendor is the one picked": (GIVEN, ("record", SECOND, 0, PLUS, MINUS, NEGATED)),
}
"""What has to be refused at the end of a story."""


@pytest.mark.parametrize("reason", REFUSALS)
def test_what_is_out_of_turn_is_refused(reason: str) -> None:
    story, (name, *args) = REFUSALS[reason]
    lockstep = Lockstep(orchestrated, REFERENCED)
    with lockstep.run() as run:
        tell(run, story)
        assert run.take((lockstep.machine.action(name), tuple(args))) == reason


def test_every_action_has_its_story() -> None:
    names = {name for story in STORIES.values() for name, *_ in story}
    assert names == {act.name for act in orchestrated.actions}


def test_random_runs_are_in_lockstep() -> None:
    assert fuzz(orchestrated, REFERENCED, examples=8, steps=25, seed=0).passed


def test_walk_is_in_lockstep() -> None:
    walked = walk(orchestrated, REFERENCED, runs=3, steps=50, seed=0, max_states=0)
    assert walked.divergence is None
    assert walked.tally.restarts > 0
    assert walked.tally.accepted["record"] > 0


# Faults


class AnybodyRequests(OrchestratedContract):
    """Whoever can write on the ledger can request."""

    def request(self, author: bytes, api: str, input: bytes) -> None:
        self.consumers = [*self.consumers, author]
        super().request(author, api, input)


class SwappedChecks(OrchestratedContract):
    """Whether an API is registered is asked before whether a consumer asks."""

    def request(self, author: bytes, api: str, input: bytes) -> None:
        if api not in self.apis:
            raise Refused("API is registered")
        super().request(author, api, input)


class AnybodyExecutes(OrchestratedContract):
    """A record counts whoever wrote it."""

    def _next_step(
        self, request: int, record: int, components: Sequence[bytes]
    ) -> tuple[OrchestratedRequest, Record, bytes]:
        if 0 <= record < len(self.records) and request < len(self.requests):
            made, entry = self.requests[request], self.records[record]
            if not made.complete and entry.received == made.awaited:
                return made, entry, components[made.turn]
        return super()._next_step(request, record, components)


class OffByOneTurn(OrchestratedContract):
    """A request counts as complete one step early."""

    def match(self, author: bytes, request: int, record: int, components: list[bytes]) -> None:
        super().match(author, request, record, components)
        self.requests[request].complete = True


class StaleRead(OrchestratedContract):
    """Every step is compared with the request's input."""

    def match(self, author: bytes, request: int, record: int, components: list[bytes]) -> None:
        super().match(author, request, record, components)
        made = self.requests[request]
        made.awaited = made.awaited if made.complete else made.input


class WrongCulprit(OrchestratedContract):
    """The provider is convicted, whoever's record it was."""

    def convict(self, author: bytes, request: int, record: int, components: list[bytes]) -> None:
        before = set(self.convicted)
        super().convict(author, request, record, components)
        self.convicted = before | {PROVIDER}


class ForgottenVersion(OrchestratedContract):
    """A second registration of an API is ignored."""

    def register(
        self,
        author: bytes,
        api: str,
        signature: bytes,
        holders: list[list[bytes]],
        orchestrator: bytes,
    ) -> None:
        if api not in self.apis:
            super().register(author, api, signature, holders, orchestrator)


class GenerousRefund(OrchestratedContract):
    """A refund is given for an output that is the one on the ledger."""

    def claim_refund(self, author: bytes, request: int) -> None:
        made = self._own(author, request)
        if made.complete and made.output == made.awaited:
            made.refunded = True
        else:
            super().claim_refund(author, request)


class EarlyRefund(OrchestratedContract):
    """A refund is given before the steps are found executed."""

    def claim_refund(self, author: bytes, request: int) -> None:
        made = self._own(author, request)
        complete, made.complete = made.complete, True
        try:
            super().claim_refund(author, request)
        finally:
            made.complete = complete


class LostRefund(OrchestratedContract):
    """A refund is not kept."""

    def claim_refund(self, author: bytes, request: int) -> None:
        super().claim_refund(author, request)
        self.requests[request].refunded = False


class LostConfirmation(OrchestratedContract):
    """What the consumer writes down is its input."""

    def confirm(self, author: bytes, request: int, output: bytes) -> None:
        super().confirm(author, request, output)
        self.requests[request].output = self.requests[request].input


class DoubleRecord(OrchestratedContract):
    """What is recorded stands on the ledger twice."""

    def record(self, author: bytes, received: bytes, produced: bytes, claimed: bytes) -> None:
        super().record(author, received, produced, claimed)
        super().record(author, received, produced, claimed)


class Forgetful(OrchestratedContract):
    """Whoever is convicted is acquitted by the next transaction."""

    def apply(self, transaction: Transaction) -> None:
        self.convicted = set()
        super().apply(transaction)


CONTRACTS = {
    AnybodyRequests: "stalled at once",
    SwappedChecks: "nothing",
    AnybodyExecutes: "not found executed",
    OffByOneTurn: "served",
    StaleRead: "served",
    WrongCulprit: "wrong component",
    ForgottenVersion: "another version",
    GenerousRefund: "served",
    EarlyRefund: "not found executed",
    LostRefund: "refunded",
    LostConfirmation: "served",
    DoubleRecord: "served",
    Forgetful: "wrong component",
}
"""Faults, each with a story that shows it."""


@pytest.mark.parametrize("contract", CONTRACTS)
def test_fault_in_the_contract_is_seen(contract: type[OrchestratedContract]) -> None:
    assert diverges(contract, STORIES[CONTRACTS[contract]])


def diverges(contract: type[OrchestratedContract], story: Story) -> bool:
    """Whether a story tells a contract from the specified one."""
    try:
        told(orchestrated_setup(contract), story)
    except Divergence:
        return True
    return False


def replaced(self: Vendor, provider: bytes, signature: bytes, step: int, part: bytes) -> None:
    """A component is taken over while another is at work."""
    self.storage.put(f"component/{provider.hex()}/{signature.hex()}/{step}", part)


PARTIES: dict[str, tuple[type[OrchestratedMember], str, Callable[..., object], str]] = {
    "keeps its note": (
        OrchestratedMember,
        "_give",
        lambda self, request, data, to, due: to._note(request, due),
        "another input",
    ),
    "loses the data": (OrchestratedMember, "data", lambda self, request: ONE, "served"),
    "stalls silently": (OrchestratedMember, "stall", lambda self, request: None, "stalled at once"),
    "counts no step": (Orchestrator, "step", lambda self, request: 0, "served"),
    "takes over a component at any time": (Vendor, "receive", replaced, "recorded"),
}
"""Faults, each with a story that shows it."""


@pytest.mark.parametrize("fault", PARTIES)
def test_fault_in_a_party_is_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    party, name, wrong, story = PARTIES[fault]
    monkeypatch.setattr(party, name, wrong)
    assert diverges(OrchestratedContract, STORIES[story])


# What no specification says


@pytest.fixture
def driver() -> Iterator[OrchestratedDriver]:
    driver = OrchestratedDriver(OrchestratedContract)
    for name, *args in DONE[:-1]:
        assert driver.take(name, args) is None
    yield driver
    driver.close()


def test_only_its_consumer_confirms_a_request_and_only_once(driver: OrchestratedDriver) -> None:
    with pytest.raises(Refused, match="consumer made the request"):
        driver.market.provider.send("confirm", request=0, output=PLUS)
    driver.market.consumer.confirm(0)
    with pytest.raises(Refused, match="output is the consumer's to confirm"):
        driver.market.consumer.send("confirm", request=0, output=PLUS)


def test_only_its_consumer_claims_a_refund(driver: OrchestratedDriver) -> None:
    with pytest.raises(Refused, match="consumer made the request"):
        driver.market.provider.send("claim_refund", request=0)


@pytest.mark.parametrize("holders", [[], [[]], [[FIRST], []], [FIRST], [[1]]])
def test_every_step_has_holders(driver: OrchestratedDriver, holders: list[Value]) -> None:
    with pytest.raises(MalformedTransaction, match=r"^transaction\.body\.holders"):
        driver.market.provider.send(
            "register", api="digits", signature=JOINT, holders=holders, orchestrator=ORCHESTRATOR
        )


def test_digests_must_be_the_registered_ones(driver: OrchestratedDriver) -> None:
    wrong: list[Value] = [[NEGATED], [NEGATED, NEGATED], [], [1]]
    for components in wrong:
        with pytest.raises(MalformedTransaction, match=r"^transaction\.body\.components"):
            driver.market.provider.send("match", request=0, record=0, components=components)


# The parties, when nobody deviates


@pytest.fixture
def market(tmp_path: Path) -> Iterator[OrchestratedMarket]:
    with OrchestratedMarket.create(tmp_path / "market") as market:
        first, second, third = (vendor.identity for vendor in market.vendors)
        overlapping = [[first, second], [second, third], [third, first]]
        market.provider.deploy(API, parts(), overlapping, market.orchestrator.identity)
        yield market


def test_output_is_that_of_the_unsplit_model(market: OrchestratedMarket) -> None:
    model, traffic, _ = victim()
    for row in traffic[:5]:
        data = encoded(row)
        request = market.consumer.request(API, data)
        assert market.serve(request) == model.component.run_bytes(data)
        assert market.consumer.due(request) is Due.NOTHING


def encoded(row: np.ndarray) -> bytes:
    return encode(row.reshape(1, -1))


def test_only_digests_are_on_the_ledger_and_they_match(market: OrchestratedMarket) -> None:
    request = market.consumer.request(API, encoded(victim()[1][0]))
    output = market.serve(request)
    made = market.consumer.contract.requests[request]
    records = market.consumer.contract.records
    assert all(len(value) == 32 for r in records for value in (r.received, r.produced, r.claimed))
    digests: list[Value] = [part.digest for part in parts()]
    for step in range(len(parts())):
        # Each step is recorded by its vendor, and then by the orchestrator in the same words.
        by_vendor, by_orchestrator = records[2 * step : 2 * step + 2]
        assert by_orchestrator.author == market.orchestrator.identity
        assert (by_vendor.received, by_vendor.produced) == (
            by_orchestrator.received,
            by_orchestrator.produced,
        )
        assert by_vendor.claimed == by_orchestrator.claimed == parts()[step].digest
        market.consumer.send("match", request=request, record=2 * step, components=digests)
    assert made.complete
    assert made.awaited == made.output == hashed(output)
    with pytest.raises(Refused, match="output differs from the one on the ledger"):
        market.consumer.claim_refund(request)


def test_holders_are_picked_among(market: OrchestratedMarket) -> None:
    """Either of two is picked sooner or later; not in 20 calls, once in half a million times."""
    picked = set()
    for _ in range(20):
        request = market.consumer.request(API, encoded(victim()[1][0]))
        market.consumer.pass_input(request)
        market.orchestrator.pick(request)
        picked.add(market.orchestrator.picked(request, 0))
    assert picked == {vendor.identity for vendor in market.vendors[:2]}
