"""An outsider that has stolen a vendor's key, and signs in its name."""

from pathlib import Path

import attrs

from adversaries.deviating.basic import play as basic
from adversaries.deviating.hardened import play as hardened
from adversaries.deviating.orchestrated import play as orchestrated
from adversaries.passing import evidence, told
from adversaries.script import Facts
from adversaries.victim import API, parts, right_output, victim
from impl.folder import kept_key
from impl.hardened.digests import DIGEST
from impl.hardened.mail import Mailbox
from impl.hardened.market import HardenedMarket
from impl.hardened.parties.node import LEDGER
from impl.hardened.parties.vendor import Vendor
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Transaction, rotation
from impl.paper.basic.market import BasicMarket
from impl.paper.orchestrated.market import OrchestratedMarket
from impl.storage import Storage
from spec.bytes.encoding import Value, encode

ROBBED = "vendor1"
REQUESTS = 2


def basic_theft(folder: Path) -> Facts:
    """It records the robbed vendor's step first, with a digest that no component has."""
    [row] = victim()[1][:1]
    with basic.opened(folder, {}) as (market, _):
        market.provider.deploy(API, parts(), market.vendors)
        request = market.consumer.request(API, encode(row.reshape(1, -1)))
        market.vendors[0].work()
        received = market.consumer.contract.records[-1].produced
        market.ledger.submit(_record(market.ledger, folder, received))
        market.work()
        market.arbitrator.judge(request, market.provider)
        taken = market.consumer.take(request)
        return _facts(market, taken == right_output(row.reshape(1, -1)))


def orchestrated_theft(folder: Path) -> Facts:
    """The same, once the digest of what comes to that step is on the ledger."""
    [row] = victim()[1][:1]
    with orchestrated.opened(folder, {}) as (market, _):
        holders = [[vendor.identity] for vendor in market.vendors]
        market.provider.deploy(API, parts(), holders, market.orchestrator.identity)
        request = market.consumer.request(API, encode(row.reshape(1, -1)))
        carrier, contract = market.orchestrator, market.consumer.contract
        while not any(record.author == carrier.identity for record in contract.records):
            for member in (market.consumer, carrier, market.vendors[0]):
                member.act(request)
        market.ledger.submit(_record(market.ledger, folder, contract.records[-1].produced))
        served = orchestrated.serve(market, request)
        carrier.judge(request)
        return _facts(market, served == right_output(row.reshape(1, -1)))


def hardened_theft(folder: Path, replaced: bool) -> Facts:
    """It signs second outputs of what the robbed vendor has recorded, once it has its key.

    Args:
        folder: where the market is to be.
        replaced: whether the vendor replaces its key before.
    """
    model, inputs = parts(), victim()[1][:REQUESTS]
    with hardened.opened(folder, {ROBBED: NamedVendor}) as (market, passed):
        version = market.deploy(model)
        market.consumer.trust(version, market.provider.model(version))
        for row in inputs:
            market.consumer.ask(version, encode(row.reshape(1, -1)))
        stolen = kept_key(Storage(folder / ROBBED))
        if replaced:
            _replace_key(market)
        while market.pass_block():
            _contradict(market, stolen)
        return hardened.facts(market, ["thief"], passed, hardened.ends(market, model, inputs))


@attrs.define
class NamedVendor(Vendor):
    """Does as it should, and is the same whatever key it signs with."""

    @property
    def identity(self) -> bytes:
        return kept_key(self.storage).public


def _replace_key(market: HardenedMarket) -> None:
    """The robbed vendor signs with another key from now on."""
    robbed, ledger = market.members[ROBBED], market.around.node.ledger
    key, nonce = SigningKey.from_seed(bytes(32)), ledger.next_nonce(robbed.identity)
    ledger.submit(rotation(ledger.identity, robbed.identity, nonce, key).signed(robbed.key))
    robbed.key, robbed.mailbox = key, Mailbox(ledger.identity, robbed.identity, key)


def _contradict(market: HardenedMarket, stolen: SigningKey) -> None:
    """The thief signs another output of each step that the robbed vendor has recorded."""
    robbed, ledger = market.members[ROBBED].identity, market.around.node.ledger
    for made in market.contract.requests.values():
        for step in range(made.turn):
            if made.executors[step] == robbed and not made.is_over:
                body: dict[str, Value] = {"request": made.id, "step": step, "output": bytes(DIGEST)}
                nonce = ledger.next_nonce(robbed)
                said = Transaction(ledger.identity, "record", robbed, nonce, body)
                market.around.network.send(b"thief", LEDGER, said.signed(stolen))


def _record(ledger: Ledger, folder: Path, received: bytes) -> bytes:
    """A record in the robbed vendor's name, of nothing, by no component."""
    stolen = kept_key(Storage(folder / ROBBED))
    author, nothing = stolen.public, bytes(DIGEST)
    body: dict[str, Value] = {"received": received, "produced": nothing, "claimed": nothing}
    nonce = ledger.next_nonce(author)
    return Transaction(ledger.identity, "record", author, nonce, body).signed(stolen)


def _facts(market: BasicMarket | OrchestratedMarket, is_right: bool) -> Facts:
    convicted = {market.named(who): kind for who, kind in evidence(market.ledger).items()}
    return Facts(
        deviated=["thief"],
        evidence=convicted,
        harmed=not is_right,
        lines=[
            f"the consumer has {'the right' if is_right else 'no right'} output",
            f"the contract convicted {told(convicted)}",
        ],
    )
