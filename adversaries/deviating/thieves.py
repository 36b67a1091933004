"""An outsider that has stolen a vendor's key, and signs in its name until the vendor replaces it.

What was signed with the key until then stays the vendor's. In the paper's variants that is all that
is on the ledger by then: whatever a thief has recorded, its victim answers for. In the hardened one
a second output, which the ledger does not take, counts for the steps that were assigned before the
key that signed it was replaced, until what is at stake there is collected; and for no other.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import attrs

from adversaries.deviating.basic import play as basic
from adversaries.deviating.hardened import play as hardened
from adversaries.deviating.orchestrated import play as orchestrated
from adversaries.passing import Passing, evidence, told
from adversaries.script import Facts
from adversaries.victim import API, parts, right_output, victim
from impl.hardened.digests import DIGEST
from impl.hardened.market import HardenedMarket
from impl.hardened.parties.shown import LEDGER
from impl.ledger.keys import SigningKey
from impl.ledger.port import Ledger
from impl.ledger.transaction import Refused, Transaction
from impl.paper.basic.market import BasicMarket
from impl.paper.orchestrated.market import OrchestratedMarket
from spec.bytes.encoding import Value, encode

ROBBED = "vendor1"
REQUESTS = 2
UNSIGNED = "signature is the author's"
"""What the ledger says of that which a replaced key has signed."""


def basic_theft(folder: Path, replaced: bool) -> Facts:
    """It records the robbed vendor's step of each request first, by no component.

    Args:
        folder: where the market is to be.
        replaced: whether the vendor replaces its key before that, or once it was framed. So in
            each of these.
    """
    answers = []
    with basic.opened(folder, {}) as (market, passed):
        market.provider.deploy(API, parts(), market.vendors)
        robbed = market.members[ROBBED]
        stolen, contract = robbed.key, market.consumer.contract
        for number, row in enumerate(_rows()):
            if number == (0 if replaced else 1):
                robbed.replace_key()
            request = market.consumer.request(API, row)
            market.vendors[0].work()
            _record(market.ledger, robbed.identity, stolen, contract.records[-1].produced)
            market.work()
            market.arbitrator.judge(request, market.provider)
            answers.append(market.consumer.take(request))
        return _facts(market, passed, answers)


def orchestrated_theft(folder: Path, replaced: bool) -> Facts:
    """The same, once the digest of what comes to that step is on the ledger."""
    answers = []
    with orchestrated.opened(folder, {}) as (market, passed):
        holders = [[vendor.identity] for vendor in market.vendors]
        market.provider.deploy(API, parts(), holders, market.orchestrator.identity)
        robbed, carrier = market.members[ROBBED], market.orchestrator
        stolen, records = robbed.key, market.consumer.contract.records
        for number, row in enumerate(_rows()):
            if number == (0 if replaced else 1):
                robbed.replace_key()
            request, before = market.consumer.request(API, row), len(records)
            while carrier.identity not in [record.author for record in records[before:]]:
                for member in (market.consumer, carrier, market.vendors[0]):
                    member.act(request)
            _record(market.ledger, robbed.identity, stolen, records[-1].produced)
            answers.append(orchestrated.serve(market, request))
            carrier.judge(request)
        return _facts(market, passed, answers)


def hardened_theft(folder: Path, replaced: bool) -> Facts:
    """It signs second outputs of what the robbed vendor has recorded."""
    model, inputs = parts(), victim()[1][:REQUESTS]
    with hardened.opened(folder, {}) as (market, passed):
        version = market.deploy(model)
        market.consumer.trust(version, market.model(version))
        robbed = market.members[ROBBED]
        stolen = robbed.key
        for number, row in enumerate(_rows()):
            if number == (0 if replaced else 1):
                robbed.replace_key()
            market.consumer.ask(version, row)
            while market.pass_block():
                contradict(market, robbed.identity, stolen)
        found = hardened.facts(market, ["thief"], passed, hardened.ends(market, model, inputs))
        return attrs.evolve(found, lines=[_refused(passed), *found.lines])


def contradict(market: HardenedMarket, robbed: bytes, stolen: SigningKey) -> None:
    """The thief signs another output of each step that the robbed vendor has recorded."""
    ledger = market.around.node.ledger
    for made in market.contract.requests.values():
        for step in range(made.turn):
            if made.executors[step] == robbed and not made.is_over:
                body: dict[str, Value] = {"request": made.id, "step": step, "output": bytes(DIGEST)}
                nonce = ledger.next_nonce(robbed)
                said = Transaction(ledger.identity, "record", robbed, nonce, body)
                market.around.network.send(b"thief", LEDGER, said.signed(stolen))


def _rows() -> Sequence[bytes]:
    return [encode(row.reshape(1, -1)) for row in victim()[1][:REQUESTS]]


def _record(ledger: Ledger, robbed: bytes, stolen: SigningKey, received: bytes) -> None:
    """A record in the robbed vendor's name, of nothing, by no component."""
    nothing, nonce = bytes(DIGEST), ledger.next_nonce(robbed)
    body: dict[str, Value] = {"received": received, "produced": nothing, "claimed": nothing}
    with suppress(Refused):
        ledger.submit(Transaction(ledger.identity, "record", robbed, nonce, body).signed(stolen))


def _facts(
    market: BasicMarket | OrchestratedMarket, passed: Passing, answers: Sequence[bytes | None]
) -> Facts:
    convicted = {market.named(who): kind for who, kind in evidence(market.ledger).items()}
    wanted = [right_output(row.reshape(1, -1)) for row in victim()[1][:REQUESTS]]
    right = sum(map(wanted.__contains__, answers))
    return Facts(
        deviated=["thief"],
        evidence=convicted,
        harmed=right < len(wanted),
        lines=[
            _refused(passed),
            f"{right} of {len(wanted)} requests were answered rightly",
            f"the contract convicted {told(convicted)}",
        ],
        passed=passed,
    )


def _refused(passed: Passing) -> str:
    refused = sum(each.refused == UNSIGNED for each in passed.said)
    return f"records of the thief's that are refused, since the key was replaced: {refused}"
