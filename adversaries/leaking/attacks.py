"""Experiments on leaks as attacks: whether what was measured refutes a claim."""

from collections.abc import Sequence
from functools import partial

from adversaries.leaking.coalitions import Pooled, coalitions
from adversaries.leaking.copies import CLOSE
from adversaries.leaking.formulas import Written, formulas
from adversaries.leaking.leakage import Leakage, Row, on_one_thread
from adversaries.leaking.reidentification import Identified, reidentification
from adversaries.leaking.shares import Shared, shares
from adversaries.script import Facts

IDENTIFIED = 0.5
"""The share of inputs that are found from which on inputs are not private."""
WORKING = 0.9
"""The share of equal answers from which on a part of an ensemble does its work."""


def coalition_law(requests: int = 1000) -> Facts:
    """Of three vendors with a layer each, those who should by the law have the whole model."""
    found = on_one_thread(partial(coalitions, (3,), (), requests))
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


def _facts(
    found: Leakage, party: str, rows: Sequence[Row], harmed: bool, **figures: float
) -> Facts:
    """What was measured, and whether the attack had its effect."""
    told = [
        f"{row}: " + ", ".join(f"{kind} {share:.1%}" for kind, share in row.shares.items())
        for row in rows
    ]
    return Facts(
        deviated=[party],
        convicted=[],
        harmed=harmed,
        lines=[*told, found.upshot],
        figures=figures,
    )
