"""What `verify` found, as lines for a terminal, as JSON, and as a page."""

import html
import json
from collections.abc import Iterator
from pathlib import Path

from checkers.verify import Check, Decision, Verification


def verification_json(result: Verification) -> dict[str, object]:
    """A verification, machine readable."""
    return {
        "effort": result.effort,
        "seconds": round(result.seconds, 2),
        "claims": [decision_json(decision) for decision in result.decisions],
        "checks": [
            {"name": c.name, "passed": c.passed, "evidence": c.evidence} for c in result.checks
        ],
    }


def decision_json(decision: Decision) -> dict[str, object]:
    """A claim and what was found, machine readable; the trace in ITF."""
    claim = decision.claim
    return {
        "id": claim.id,
        "section": claim.section,
        "statement": claim.statement,
        "variant": claim.variant,
        "expected": claim.expected,
        "verdict": decision.verdict,
        "evidence": decision.evidence,
        "trace": decision.trace.itf() if decision.trace else None,
    }


def mark(decision: Decision) -> str:
    """The verdict, marked where it is not the one that must come out."""
    return decision.verdict if decision.as_expected else f"{decision.verdict} (!)"


def write_report(result: Verification, folder: Path) -> None:
    """Write the page, `index.html`, and the whole result, `verify.json`, to a folder."""
    (folder / "verify.json").write_text(json.dumps(verification_json(result), indent=2) + "\n")
    (folder / "index.html").write_text("\n".join(_page(result)) + "\n")


def _page(result: Verification) -> Iterator[str]:
    yield "<!doctype html><html lang=en><meta charset=utf-8><title>Tallystick: claims</title>"
    yield f"<style>{_STYLE}</style><h1>The paper's claims, decided</h1>"
    yield f"<p>Effort {result.effort}, {result.seconds:.0f} s.</p>"
    yield "<table><tr><th>claim<th>section<th>what it says<th>variant<th>verdict<th>evidence"
    for decision in result.decisions:
        claim = decision.claim
        cells = (claim.id, claim.section, claim.statement, claim.variant, mark(decision))
        row = "".join(f"<td>{html.escape(cell)}" for cell in (*cells, decision.evidence))
        yield f"<tr class={decision.verdict}>{row}"
    yield "</table><h2>Checks on the checkers</h2><table><tr><th>check<th>result<th>evidence"
    for check in result.checks:
        yield f"<tr><td>{html.escape(check.name)}<td>{said(check)}<td>{html.escape(check.evidence)}"
    yield "</table><h2>Shortest counterexamples</h2>"
    for decision in result.decisions:
        if decision.trace:
            claim, lines = decision.claim, "\n".join(decision.trace.lines())
            yield f"<h3>{claim.id}: not {html.escape(claim.statement)}</h3>"
            yield f"<pre>{html.escape(lines)}</pre>"


def said(check: Check) -> str:
    """Whether a check passed, in a word."""
    return "passed" if check.passed else "FAILED"


_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
td, th { border-bottom: 1px solid #ddd; padding: .3rem .6rem }
td, th { text-align: left; vertical-align: top }
pre { background: #f6f6f4; padding: 1rem; overflow-x: auto }
.proved td:nth-child(5) { color: #17692f } .refuted td:nth-child(5) { color: #9c2018 }
.unknown td:nth-child(5) { color: #8a6d00 }
"""
