"""Experiments on leaks as attacks: whether what was measured refutes a claim."""

from collections.abc import Sequence
from functools import partial

from adversaries.leaking.coalitions import Pooled, coalitions, pooled
from adversaries.leaking.copies import CLOSE
from adversaries.leaking.dictionary import Opened, dictionary
from adversaries.leaking.exposure import OVERLAPPING, Exposed, exposure
from adversaries.leaking.formulas import METRICS, Written, formulas
from adversaries.leaking.leakage import STOLEN, Case, Leakage, Row, on_one_thread
from adversaries.leaking.linking import Linked, linking
from adversaries.leaking.onlookers import onlookers, overheard, rated
from adversaries.leaking.openings import Beside, openings
from adversaries.leaking.paths import Cut, Path, Transcript
from adversaries.leaking.reidentification import Identified, reidentification
from adversaries.leaking.shares import Shared, shares
from adversaries.leaking.trees import Walked, trees
from adversaries.leaking.worth import Valued, worth
from adversaries.script import Facts

IDENTIFIED = 0.5
"""The share of inputs that are found from which on inputs are not private."""
WORKING = 0.9
"""The share of equal answers from which on a part of an ensemble does its work."""
HEAD_START = 0.05
"""By how much the share of right answers must grow for parts to be worth something."""


def chain_observer(cut: Cut = (1, 1, 1), requests: int = 300) -> Facts:
    """Anybody who reads the ledger rebuilds the model from ordinary traffic."""
    found = on_one_thread(partial(onlookers, (requests,), cut, ()))
    return _stolen("observer", found)


def orchestrator(cut: Cut = (1, 1, 1), requests: int = 500) -> Facts:
    """The orchestrator carries every input and output, and holds no part."""

    def measure() -> Leakage:
        path = Path.of(cut)
        seen = Transcript.of(path, path.inputs(requests, broad=False))
        return _compared(overheard("orchestrator", seen))

    return _stolen("orchestrator", on_one_thread(measure))


def sandwich(cut: Cut = (1, 1, 1), requests: int = 500) -> Facts:
    """The first and the third of three vendors pool what they saw, and copy the second's part.

    The output of the first is the second's input, and the third's input is the second's output.
    """
    return _pooled("coalition", (0, 2), cut, requests, account=False, broad=False)


def insider(party: str, held: int, cut: Cut, requests: int, broad: bool = True) -> Facts:
    """Whoever holds one part opens a consumer account, and copies all others.

    Its calls show it what the first part is given, what its own is given and gives, and what the
    last one gives.

    Args:
        party: a vendor or a provider.
        held: its part, counted from 0.
        cut: how many layers each part has.
        requests: that it makes.
        broad: whether it makes half of them up; else all are ordinary traffic.
    """
    return _pooled(party, (held,), cut, requests, account=True, broad=broad)


def _pooled(
    party: str, coalition: Sequence[int], cut: Cut, requests: int, account: bool, broad: bool
) -> Facts:
    def measure() -> Leakage:
        path = Path.of(cut)
        seen = Transcript.of(path, path.inputs(requests, broad))
        return _compared(pooled(seen, coalition, account, broad))

    return _stolen(party, on_one_thread(measure))


def _compared(row: Case) -> Leakage:
    better = "more than what any consumer can have" if row.stolen else "no theft"
    return Leakage([row], f"the copy of {row.attack} is {better}")


def _stolen(party: str, found: Leakage) -> Facts:
    """What was measured of one copy: the attack has its effect if that is a theft."""
    [row] = [row for row in found.rows if isinstance(row, Case)]
    copy, consumer = row.copy, row.black_box
    assert copy is not None  # nobody is asked about who sees too little
    return _facts(
        found,
        party,
        [row],
        row.stolen,
        requests=row.requests,
        held_out=copy.held_out,
        uniform=copy.uniform,
        error=copy.error,
        consumer_held_out=consumer.held_out,
        consumer_uniform=consumer.uniform,
        consumer_error=consumer.error,
    )


def coalition_law(requests: int = 1000) -> Facts:
    """Of three vendors with a layer each, those who should by the law have the whole model."""
    found = on_one_thread(partial(coalitions, requests=(), broad=requests))
    rows = [row for row in found.rows if isinstance(row, Pooled)]
    exact = [row for row in rows if row.exact]
    smallest = min((len(row.coalition) for row in exact), default=3)
    return _facts(
        found,
        "coalition",
        rows,
        bool(exact) and not found.broken,
        coalitions=len(rows),
        exact=len(exact),
        smallest=smallest,
    )


def linear_formula(records: int = METRICS + 1) -> Facts:
    """Anybody who reads a basic ledger solves for a secret formula that is linear in metrics."""

    def measure() -> Leakage:
        row = rated(records)
        known = row.copy is not None and row.copy.error <= CLOSE
        told = "known" if known else "not known"
        return Leakage([row], f"a formula of {METRICS} metrics is {told} from {records} records")

    found = on_one_thread(measure)
    [row] = [row for row in found.rows if isinstance(row, Case)]
    assert row.copy is not None  # whoever has records solves for something
    return _facts(
        found, "observer", [row], row.copy.error <= CLOSE, records=records, error=row.copy.error
    )


def formula_neighbours(requests: int = 50) -> Facts:
    """Two neighbours of a secret formula that is not linear write it down; no consumer does."""
    found = on_one_thread(partial(formulas, (requests,)))
    rows = [row for row in found.rows if isinstance(row, Written) and row.formula != "linear"]
    known = [row for row in rows if row.copy and row.copy.error <= CLOSE]
    return _facts(
        found,
        "coalition",
        rows,
        bool(known) and not any(row.black_box_found for row in known),
        formulas=len(rows),
        known=len(known),
    )


def ensemble_share(half: bool = True) -> Facts:
    """A vendor with half of the members of an ensemble, or with a tenth, uses those alone.

    It has an effect if that does the work of the whole, and better than a consumer's copy, on
    natural inputs and on uniform ones, in a forest and in boosting.
    """
    found = on_one_thread(shares)
    rows = [row for row in found.rows if isinstance(row, Shared) and row.attack == "holder"]
    held = [row for row in rows if row.held == row.members // (2 if half else 10)]
    figures = {f"agreement_{row.kind}": row.copy.held_out for row in held if row.copy}
    return _facts(found, "vendor", rows, bool(held) and all(map(_works, held)), **figures)


def _works(row: Shared) -> bool:
    copy, consumer = row.copy, row.black_box
    return (
        copy is not None
        and copy.held_out >= max(WORKING, consumer.held_out)
        and copy.uniform > consumer.uniform
    )


def reidentify(parts: int = 1) -> Facts:
    """An executor finds out whose input it was that it works on, after some parts of others."""
    found = on_one_thread(reidentification)
    rows = [row for row in found.rows if isinstance(row, Identified) and not row.label_only]
    [natural, uniform] = [row for row in rows if row.parts == parts]
    return _facts(
        found,
        "executor",
        rows,
        min(natural.found, uniform.found) >= IDENTIFIED,
        candidates=natural.candidates,
        natural=natural.found,
        uniform=uniform.found,
    )


def share_value(parts: int = 2) -> Facts:
    """A coalition with the first parts and a few labelled examples trains a head of its own.

    That is worth something if it is right more often than whoever has the examples and no part, on
    natural inputs and on others.
    """
    found = on_one_thread(worth)
    rows = [row for row in found.rows if isinstance(row, Valued)]
    [none] = [row for row in rows if row.parts == 0]
    [held] = [row for row in rows if row.parts == parts]
    gains = held.held_out - none.held_out, held.moved - none.moved
    return _facts(
        found,
        "coalition",
        rows,
        min(gains) >= HEAD_START,
        pixels=none.held_out,
        shares=held.held_out,
        pixels_moved=none.moved,
        shares_moved=held.moved,
    )


def tree_path(shown: bool = True) -> Facts:
    """A consumer finds every node of a tree; if it sees no paths, as well as answers tell.

    Without paths it is enough if any copy counts as the tree, also one that it trains.
    """
    found = on_one_thread(partial(trees, ()))
    rows = [row for row in found.rows if isinstance(row, Walked)]
    attack = "consumer who sees paths" if shown else "consumer"
    [row] = [row for row in rows if row.attack == attack]
    copies = [copy.held_out for copy in (row.copy, row.black_box) if copy]
    told = row.exact == row.nodes or (not shown and max(copies) >= STOLEN)
    return _facts(
        found, "consumer", [row], told, requests=row.requests, exact=row.exact, nodes=row.nodes
    )


def executors(holders: Sequence[Sequence[int]] = OVERLAPPING) -> Facts:
    """Executors drawn for each request see more parts at work than fixed ones."""
    found = exposure(holders)
    rows = [row for row in found.rows if isinstance(row, Exposed)]
    fixed, drawn = sorted(rows, key=lambda row: row.drawn)
    return _facts(
        found,
        "vendor",
        rows,
        drawn.executed > fixed.executed,
        parts_fixed=fixed.executed,
        parts_random=drawn.executed,
        first_wait=min(drawn.waits, default=0),
        last_wait=max(drawn.waits, default=0),
    )


def guessed(salted: bool) -> Facts:
    """An onlooker looks for digests of what data may be, or for commitments, and compares them."""
    found = on_one_thread(partial(dictionary, 100))
    rows = [row for row in found.rows if isinstance(row, Opened) and row.salted == salted]
    opened, linked = sum(row.found for row in rows), sum(row.linked for row in rows)
    digests = sum(row.digests for row in rows)
    return _facts(found, "observer", rows, opened > 0 or linked > 0, digests=digests, found=opened)


def beside(known: bool = False) -> Facts:
    """An onlooker guesses, from an operation that is shown, what stands beside the shown blocks."""
    found = on_one_thread(partial(openings, known))
    rows = [row for row in found.rows if isinstance(row, Beside)]
    number = sum(row.found for row in rows)
    return _facts(found, "observer", rows, number > 0, neighbours=len(rows), found=number)


def recognised(salted: bool) -> Facts:
    """Two APIs share all parts but their last, and an onlooker looks for one's in the other."""
    found = on_one_thread(linking)
    rows = [row for row in found.rows if isinstance(row, Linked) and row.salted == salted]
    linked, shared = sum(row.linked for row in rows), sum(row.shared for row in rows)
    return _facts(found, "observer", rows, linked > 0, shared=shared, linked=linked)


def _facts(
    found: Leakage, party: str, rows: Sequence[Row], harmed: bool, /, **figures: float
) -> Facts:
    """What was measured, and whether the attack had its effect."""
    told = [
        f"{row}: " + ", ".join(f"{kind} {share:.1%}" for kind, share in row.shares.items())
        for row in rows
    ]
    return Facts(
        deviated=[party],
        harmed=harmed,
        lines=[*told, found.upshot],
        figures=figures,
    )
