"""What the contracts of the paper's protocols show, by the fields that their machines share."""

from collections.abc import Collection
from typing import Any

from impl.ledger.port import View
from impl.paper.steps import StepContract


def shown(contract: StepContract[Any, Any]) -> View:  # of either protocol
    """Registered APIs, requests and records, and how far they were compared, field by field."""
    requests, records = range(len(contract.requests)), range(len(contract.records))
    return {
        **some_shown(contract, contract.apis, contract.convicted, requests, records),
        "requests": {(): len(contract.requests)},
        "records": {(): len(contract.records)},
    }


def some_shown(
    contract: StepContract[Any, Any],
    apis: Collection[str],
    parties: Collection[bytes],
    requests: Collection[int],
    records: Collection[int],
) -> View:
    """What the contract holds of some APIs, parties, requests and records, which there all are."""
    registered = {a: contract.apis[a] for a in apis}
    made = {r: contract.requests[r] for r in requests}
    entries = {e: contract.records[e] for e in records}
    return {
        "registered": {(a,): True for a in registered},
        "provider": {(a,): api.provider for a, api in registered.items()},
        "model": {(a,): api.signature for a, api in registered.items()},
        "consumer": {(r,): request.consumer for r, request in made.items()},
        "api": {(r,): request.api for r, request in made.items()},
        "input": {(r,): request.input for r, request in made.items()},
        "author": {(e,): record.author for e, record in entries.items()},
        "received": {(e,): record.received for e, record in entries.items()},
        "produced": {(e,): record.produced for e, record in entries.items()},
        "claimed": {(e,): record.claimed for e, record in entries.items()},
        "turn": {(r,): request.turn for r, request in made.items()},
        "awaited": {(r,): request.awaited for r, request in made.items()},
        "complete": {(r,): request.complete for r, request in made.items()},
        "evidence": {(r, i): e for r, q in made.items() for i, e in enumerate(q.evidence)},
        "convicted": {(p,): True for p in parties if p in contract.convicted},
    }
