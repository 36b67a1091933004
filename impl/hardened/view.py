"""What the contract shows to everybody, by the fields of the specification (`impl.ledger.port`)."""

from collections.abc import Collection

from impl.hardened.state import MarketState
from impl.ledger.port import View


def shown(contract: MarketState) -> View:
    """The contract's state, field by field."""
    accounts = dict.fromkeys([*contract.charter.purses, *contract.keys])
    return {
        **versions_shown(contract, contract.versions),
        **requests_shown(contract, contract.requests),
        **accounts_shown(contract, accounts),
        "convicted": {(p,): True for p in contract.convicted},
        "current": {**contract.current},
        "supply": {(): contract.money()},
        "treasury": {(): contract.treasury},
    }


def versions_shown(contract: MarketState, roots: Collection[bytes]) -> View:
    """What the contract holds of some versions, those of them that were proposed."""
    versions = {m: contract.versions[m] for m in roots if m in contract.versions}
    return {
        "stage": {(m,): v.stage.name for m, v in versions.items()},
        "offered": {(m,): max(v.deadline - contract.now, 0) for m, v in versions.items()},
        "signed": {(m, p): True for m, v in versions.items() for p in v.signed},
        "acknowledged": {
            (m, i, p): (i, p) in v.acknowledged
            for m, v in versions.items()
            for i, part in enumerate(v.terms.steps)
            for p in part.holders
        },
        "disclosed": {(m, i): True for m, v in versions.items() for i in v.disclosed},
        "revenue": {(m,): v.revenue for m, v in versions.items()},
        "earned": {(m,): v.earned for m, v in versions.items()},
        "collected_share": {
            (m, p): n for m, v in versions.items() for p, n in v.collected_share.items()
        },
    }


def requests_shown(contract: MarketState, names: Collection[bytes]) -> View:
    """What the contract holds of some requests, those of them that were made."""
    made = {r: contract.requests[r] for r in names if r in contract.requests}
    links = {(r, i): link for r, q in made.items() for i, link in enumerate(q.links)}
    executors = {(r, i): v for r, q in made.items() for i, v in q.executors.items()}
    recorded = [(r, i) for r, q in made.items() for i in range(q.turn)]
    return {
        "phase": {(r,): q.phase.name for r, q in made.items()},
        "left": {(r,): contract.left(q) for r, q in made.items()},
        "consumer": {(r,): q.consumer for r, q in made.items()},
        "pinned": {(r,): q.version for r, q in made.items()},
        "seed": {(r,): q.seed for r, q in made.items() if q.seed},
        "lot": {(r,): q.lot for r, q in made.items() if q.lot},
        "lots_drawn": {(r,): bool(q.lot) for r, q in made.items()},
        "turn": {(r,): q.turn for r, q in made.items()},
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
        "published": {(r,): q.published is not None for r, q in made.items()},
        "chances": {(r, i, p): 0 for r, q in made.items() for i, p in q.doubted},
        "disputed": {(r,): q.disputed for r, q in made.items()},
        "window_left": {(r,): q.window_left for r, q in made.items()},
        "opponent": {(r,): q.opponent for r, q in made.items() if q.opponent},
        "halvings": {(r,): q.halvings for r, q in made.items()},
        "by_row": {(r,): q.by_row for r, q in made.items()},
        "row_leads": {(r,): q.row_leads for r, q in made.items()},
        "escrow": {(r,): q.escrow for r, q in made.items()},
        "surety": {(r,): q.surety for r, q in made.items()},
        "toll_paid": {(r,): q.toll_paid for r, q in made.items()},
        "pot": {(r, i): n for r, q in made.items() for i, n in q.pots.items()},
        "refunded": {(r,): q.refunded for r, q in made.items()},
        "uncovered": {(r,): q.uncovered for r, q in made.items()},
        "collected": {(r, i): n for r, q in made.items() for i, n in q.collected.items()},
    }


def accounts_shown(contract: MarketState, parties: Collection[bytes]) -> View:
    """What the contract holds of some parties."""
    return {
        "balance": {(p,): contract.balances[p] for p in parties},
        "bond": {(p,): contract.bonds[p] for p in parties},
        "in_force": {(p,): contract.newest(p) for p in parties},
        "convicted": {(p,): True for p in parties if p in contract.convicted},
    }
