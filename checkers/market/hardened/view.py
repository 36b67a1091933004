"""What the contract of `impl.hardened` shows to everybody, in the terms of the machine."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import attrs

from impl.hardened.contract import HardenedContract
from impl.hardened.records import Request
from spec.hardened import state as sorts
from spec.notation.sorts import Value


@attrs.frozen
class StandIns:
    """What stands for a contract's bytes in the machine.

    Attributes:
        requests: the identifiers of the requests that were made, by what stands for them.
        link: what stands for the commitment to the input of a step.
        seed, lot: what stands for what chance draws a request's executors, and its audits, by.
        parties: who has an account.
    """

    requests: Mapping[Any, bytes]  # keys of any kind
    link: Callable[[Request, int], Value]
    seed: Callable[[Request], Value]
    lot: Callable[[Request], Value]
    parties: Collection[bytes]


def shown(contract: HardenedContract, stand_ins: StandIns) -> Mapping[str, Value]:
    """The contract's state, field by field."""
    return {
        **versions_shown(contract, contract.versions),
        **requests_shown(contract, stand_ins),
        **accounts_shown(contract, stand_ins.parties),
        "convicted": dict.fromkeys(contract.convicted, True),
        "current": contract.current,
        "supply": contract.money(),
        "treasury": contract.treasury,
    }


def versions_shown(contract: HardenedContract, roots: Collection[bytes]) -> Mapping[str, Value]:
    """What the contract holds of some versions, those of them that were proposed."""
    versions = {m: contract.versions[m] for m in roots if m in contract.versions}
    return {
        "stage": {m: sorts.Stage[v.stage.name] for m, v in versions.items()},
        "signed": {(m, p): True for m, v in versions.items() for p in v.signed},
        "acknowledged": {
            (m, i, p): (i, p) in v.acknowledged
            for m, v in versions.items()
            for i, part in enumerate(v.terms.steps)
            for p in part.holders
        },
        "disclosed": {(m, i): True for m, v in versions.items() for i in v.disclosed},
        "revenue": {m: v.revenue for m, v in versions.items()},
        "earned": {m: v.earned for m, v in versions.items()},
        "collected_share": {
            (m, p): n for m, v in versions.items() for p, n in v.collected_share.items()
        },
    }


def requests_shown(contract: HardenedContract, stand_ins: StandIns) -> Mapping[str, Value]:
    """What the contract holds of those requests for which something stands."""
    made = {r: contract.requests[name] for r, name in stand_ins.requests.items()}
    links = {(r, i): stand_ins.link(q, i) for r, q in made.items() for i in range(q.turn + 1)}
    executors = {(r, i): v for r, q in made.items() for i, v in q.executors.items()}
    recorded = [(r, i) for r, q in made.items() for i in range(q.turn)]
    return {
        "phase": {r: sorts.Phase[q.phase.name] for r, q in made.items()},
        "left": {r: contract.left(q) for r, q in made.items()},
        "consumer": {r: q.consumer for r, q in made.items()},
        "pinned": {r: q.version for r, q in made.items()},
        "seed": {r: stand_ins.seed(q) for r, q in made.items() if q.seed},
        "lot": {r: stand_ins.lot(q) for r, q in made.items() if q.lot},
        "lots_drawn": {r: bool(q.lot) for r, q in made.items()},
        "turn": {r: q.turn for r, q in made.items()},
        "attempt": {(r, i): n for r, q in made.items() for i, n in q.failed.items()},
        "link": links,
        "author": {
            **{(r, 0): q.consumer for r, q in made.items()},
            **{(r, i + 1): executors[r, i] for r, i in recorded},
        },
        "executor": executors,
        "since": {(r, i): n for r, q in made.items() for i, n in q.since.items()},
        "recorded": dict.fromkeys(recorded, True),
        "built_on": {key: links[key] for key in recorded},
        "published": {r: q.published is not None for r, q in made.items()},
        "chances": {(r, i, p): 0 for r, q in made.items() for i, p in q.doubted},
        "disputed": {r: q.disputed for r, q in made.items()},
        "window_left": {r: q.window_left for r, q in made.items()},
        "opponent": {r: q.opponent for r, q in made.items() if q.opponent},
        "halvings": {r: q.halvings for r, q in made.items()},
        "by_row": {r: q.by_row for r, q in made.items()},
        "row_leads": {r: q.row_leads for r, q in made.items()},
        "escrow": {r: q.escrow for r, q in made.items()},
        "surety": {r: q.surety for r, q in made.items()},
        "toll_paid": {r: q.toll_paid for r, q in made.items()},
        "pot": {(r, i): n for r, q in made.items() for i, n in q.pots.items()},
        "refunded": {r: q.refunded for r, q in made.items()},
        "uncovered": {r: q.uncovered for r, q in made.items()},
        "collected": {(r, i): n for r, q in made.items() for i, n in q.collected.items()},
    }


def accounts_shown(contract: HardenedContract, parties: Collection[bytes]) -> Mapping[str, Value]:
    """What the contract holds of some parties."""
    return {
        "balance": {p: contract.balances[p] for p in parties},
        "bond": {p: contract.bonds[p] for p in parties},
        "in_force": {p: contract.newest(p) for p in parties},
        "convicted": {p: True for p in parties if p in contract.convicted},
    }
