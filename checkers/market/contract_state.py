"""What the contracts of the paper's protocols hold, in the terms that their machines share."""

from collections.abc import Mapping
from typing import Any

from impl.paper.steps import StepContract
from spec.notation.sorts import Value


def contract_state(contract: StepContract[Any, Any]) -> Mapping[str, Value]:  # of either protocol
    """Registered APIs, requests and records, and how far they were compared, field by field."""
    apis = contract.apis
    requests, records = list(enumerate(contract.requests)), list(enumerate(contract.records))
    return {
        "registered": dict.fromkeys(apis, True),
        "provider": {a: api.provider for a, api in apis.items()},
        "model": {a: api.signature for a, api in apis.items()},
        "requests": len(requests),
        "consumer": {r: request.consumer for r, request in requests},
        "api": {r: request.api for r, request in requests},
        "input": {r: request.input for r, request in requests},
        "records": len(records),
        "author": {e: record.author for e, record in records},
        "received": {e: record.received for e, record in records},
        "produced": {e: record.produced for e, record in records},
        "claimed": {e: record.claimed for e, record in records},
        "turn": {r: request.turn for r, request in requests},
        "awaited": {r: request.awaited for r, request in requests},
        "complete": {r: request.complete for r, request in requests},
        "evidence": {(r, i): e for r, q in requests for i, e in enumerate(q.evidence)},
        "convicted": dict.fromkeys(contract.convicted, True),
    }
