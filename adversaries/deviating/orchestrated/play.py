"""What parties that deviate in the orchestrated marketplace get out of it.

Vendor i alone holds step i, so that of whom the ledger shows something is as few as can be.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from adversaries.passing import Passed, Passing, evidence, told, uncredited
from adversaries.script import Facts
from adversaries.victim import API, ONCE, Sequences, parts, right_output, victim
from impl.folder import FILE
from impl.ledger.transaction import Refused
from impl.paper.member import Change
from impl.paper.orchestrated.contract import OrchestratedContract
from impl.paper.orchestrated.due import Due
from impl.paper.orchestrated.market import CAST, Cast, OrchestratedMarket
from impl.paper.orchestrated.parties import OrchestratedMember
from impl.paper.steps import Record
from spec.bytes.encoding import encode


def play(folder: Path, cast: Cast, requests: int = 1, sequences: Sequences = ONCE) -> Facts:
    """Requests to a market in which some deviate, each judged afterwards by digests.

    A consumer that got another output than the one on the ledger has its money back (III.D). If one
    never writes down what it got, whoever worked for it has nothing to be paid by.

    Args:
        folder: where the market is to be.
        cast: who deviates, by name; of the others, everybody does as it should.
        requests: how many, each for a row of ordinary traffic.
        sequences: who holds which step; of each version all rows are asked for.
    """
    rows = [row.reshape(1, -1) for row in victim()[1][:requests]]
    wanted = [right_output(row) for row in rows] * len(sequences)
    served: list[bytes] = []
    unlike: set[str] = set()
    with opened(folder, cast) as (market, passed):
        provider, consumer, contract = market.provider, market.consumer, market.consumer.contract
        for names in sequences:
            before = len(contract.records)
            holders = [[market.members[name].identity] for name in names]
            provider.deploy(API, parts(), holders, market.orchestrator.identity)
            made = [consumer.request(API, encode(row)) for row in rows]
            served += [serve(market, request) for request in made]
            for request in made:
                with suppress(Refused):
                    market.orchestrator.judge(request)
                with suppress(Refused):
                    consumer.claim_refund(request)
            unlike |= {name for request in made for name in at_odds(market, request, before)}
        convicted = {market.named(who): kind for who, kind in evidence(market.ledger).items()}
        refunded = sum(request.refunded for request in contract.requests)
        ended = sum(r.complete and r.output is not None for r in contract.requests)
        uncalled = uncredited(contract, market.orchestrator.identity)
        unlike = unlike or unpaired(market)
        return Facts(
            deviated=sorted(cast),
            evidence=convicted,
            harmed=refunded > 0
            or ended < len(wanted)
            or uncalled > 0
            or ("consumer" not in cast and served != wanted),
            suspects=unlike,
            lines=[
                f"of what the consumer asked: {sum(map(bytes.__eq__, served, wanted))} answered "
                f"rightly, {ended} ended, {refunded} refunded",
                f"the ledger's accounts differ about {', '.join(sorted(unlike)) or 'nobody'}",
                f"{uncalled} records execute no step of a request",
                f"the contract convicted {told(convicted)}",
            ],
            figures={"settled": ended},
            passed=passed,
        )


@contextmanager
def opened(folder: Path, cast: Cast) -> Iterator[tuple[OrchestratedMarket, Passing]]:
    """A market in which some deviate, and what passes in it."""
    passed = Passing(folder / FILE, OrchestratedContract)
    everybody = {name: _noted(role, passed) for name, role in {**CAST, **cast}.items()}
    with OrchestratedMarket.create(folder, everybody, passed.ledger) as market:
        passed.names |= {member.identity: name for name, member in market.members.items()}
        yield market, passed


def serve(market: OrchestratedMarket, request: int) -> bytes:
    """Let everybody do what is due about a request; what its consumer gets, if anything."""
    consumer = market.consumer
    with suppress(Refused):
        market.serve(request)
    return consumer.data(request) if consumer.has_data(request) else b""


def at_odds(market: OrchestratedMarket, request: int, before: int = 0) -> set[str]:
    """Those of whom the ledger shows that one did not do as it should about a request.

    A step stands on the ledger twice, as its vendor tells it and as the orchestrator does, and the
    output a third time, as its consumer does. Where two tell it differently, or one does not tell
    it, one of the two has deviated; and nobody else can say which (III.F).

    Args:
        market: in which it was made.
        request: by its number.
        before: how many records there were before it was made, and so are not of it.
    """
    contract = market.consumer.contract
    made, records = contract.made(request), contract.records[before:]
    api = contract.apis[made.api]
    carrier, consumer = market.named(api.orchestrator), market.named(made.consumer)
    awaited, sender = made.input, consumer
    for held in api.holders:
        own, carried = _told(records, held), _told(records, [api.orchestrator])
        executed, passed = own.get(awaited), carried.get(awaited)
        if executed is None and passed is None:
            swapped = own.keys() & carried.keys() - _awaited(contract)
            return {sender, carrier, *([] if swapped else map(market.named, held))}
        if executed is None or passed is None or executed.produced != passed.produced:
            return {carrier, *map(market.named, held)}
        awaited, sender = executed.produced, carrier
    return set() if made.output == awaited else {carrier, consumer}


def unpaired(market: OrchestratedMarket) -> set[str]:
    """Those of whom the ledger shows that one did not do as it should, by records of no request.

    What a vendor has recorded once, the orchestrator has to have recorded once as well.
    """
    contract, carrier = market.consumer.contract, market.orchestrator.identity
    carried = Counter((r.received, r.produced) for r in contract.records if r.author == carrier)
    found: set[str] = set()
    for record in contract.records:
        if record.author != carrier:
            carried[record.received, record.produced] -= 1
            if carried[record.received, record.produced] < 0:
                found |= {market.named(carrier), market.named(record.author)}
    return found


def _told(records: Sequence[Record], who: Collection[bytes]) -> dict[bytes, Record]:
    """What some parties have recorded first of what they say that they received."""
    return {r.received: r for r in reversed(records) if r.author in who}


def _awaited(contract: OrchestratedContract) -> set[bytes]:
    """All that somebody was to receive: inputs, and what came of a step."""
    return {made.input for made in contract.requests} | {r.produced for r in contract.records}


def _noted(role: type[OrchestratedMember], passed: Passing) -> type[OrchestratedMember]:
    """A role that does as it does, and what it sends others is noted."""

    class Noted(role):  # type: ignore[valid-type, misc]  # whichever it is
        def _give(
            self,
            request: int,
            data: bytes,
            to: OrchestratedMember,
            due: Due,
            also: Sequence[Change] = (),
        ) -> None:
            super()._give(request, data, to, due, also)
            passed.note(Passed(self.name, to.name, "data"))

        def hand_over(self, signature: bytes, step: int, vendor: bytes, part: bytes) -> None:
            super().hand_over(signature, step, vendor, part)
            passed.note(Passed(self.name, self.peers[vendor].name, "component"))

    return Noted
