"""What `verify` found, as lines for a terminal, as JSON, and as a page."""

import html
import json
from collections.abc import Iterator
from pathlib import Path

from checkers.host.files import make_folder, write_whole
from checkers.verdict.ablate import ablations_json
from checkers.verdict.verify import Check, Decision, Verification
from spec.paper.claim import Claim, Theorem


def verification_json(result: Verification) -> dict[str, object]:
    """A verification, machine readable."""
    return {
        "effort": result.effort,
        "seconds": round(result.seconds, 2),
        "claims": [decision_json(decision) for decision in result.decisions],
        **ablations_json(result.hardenings),
        "checks": [
            {"name": c.name, "passed": c.passed, "evidence": c.evidence} for c in result.checks
        ],
    }


def decision_json(decision: Decision) -> dict[str, object]:
    """A point of a claim and what was found, machine readable; the trace in ITF."""
    point = decision.point
    return {
        "id": decision.claim.id,
        "section": section(decision.claim),
        "statement": point.statement,
        "variant": point.variant,
        "expected": decision.expected,
        "verdict": decision.verdict,
        "evidence": decision.evidence,
        "trace": decision.trace.itf if decision.trace else None,
    }


def section(claim: Claim | Theorem) -> str:
    """Where the paper makes a claim; the theorems are not the paper's."""
    return claim.section if isinstance(claim, Claim) else "theorem"


def mark(decision: Decision) -> str:
    """The verdict, marked where it is not the one that must come out."""
    return decision.verdict if decision.as_expected else f"{decision.verdict} (!)"


def write_report(result: Verification, folder: Path) -> None:
    """Write the page, `index.html`, and the whole result, `verify.json`, to a folder."""
    make_folder(folder)
    write_whole(folder / "verify.json", json.dumps(verification_json(result), indent=2) + "\n")
    write_whole(folder / "index.html", "\n".join(_page(result)) + "\n")


def _page(result: Verification) -> Iterator[str]:
    yield "<!doctype html><html lang=en><meta charset=utf-8><title>Tallystick: claims</title>"
    yield f"<style>{_STYLE}</style><h1>The paper's claims, decided</h1>"
    yield f"<p>Effort {result.effort}, {result.seconds:.0f} s.</p>"
    yield "<table><tr><th>claim<th>section<th>what is decided<th>variant<th>verdict<th>evidence"
    for decision in result.decisions:
        claim, point = decision.claim, decision.point
        where, said = section(claim), point.statement
        yield _row(
            decision.verdict,
            claim.id,
            where,
            said,
            point.variant,
            mark(decision),
            decision.evidence,
        )
    yield "</table><h2>What each hardening is there for</h2>"
    yield "<table><tr><th>without<th>what comes back<th>as expected<th>evidence"
    for hardening in result.hardenings:
        as_expected = "yes" if hardening.as_expected else "NO"
        yield _row("refuted", hardening.missing, hardening.attack, as_expected, hardening.evidence)
    yield "</table><h2>Checks on the checkers</h2><table><tr><th>check<th>result<th>evidence"
    for check in result.checks:
        yield _row("check", check.name, said_of(check), check.evidence)
    yield "</table><h2>Shortest counterexamples</h2>"
    for decision in result.decisions:
        if decision.trace:
            claim, point = decision.claim, decision.point
            lines = "\n".join([*decision.trace.diagram, ""])
            changes = "\n".join(decision.trace.lines)
            yield f"<h3>{claim.id}, {point.variant}: not {html.escape(point.statement)}</h3>"
            yield f"<pre>{html.escape(lines)}\n{html.escape(changes)}</pre>"


def _row(kind: str, *cells: str) -> str:
    return f"<tr class={kind}>" + "".join(f"<td>{html.escape(cell)}" for cell in cells)


def said_of(check: Check) -> str:
    """Whether a check passed, in a word."""
    return "passed" if check.passed else "FAILED"


_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
td, th { border-bottom: 1px solid #ddd; padding: .3rem .6rem }
td, th { text-align: left; vertical-align: top }
pre { background: #f6f6f4; padding: 1rem; overflow-x: auto }
.proved td:nth-child(5) { color: #17692f } .refuted td:nth-child(5) { color: #9c2018 }
.undecided td:nth-child(5) { color: #8a6d00 }
"""
