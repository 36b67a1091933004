"""What `verify` found, as a page for a browser."""

import html
import json
from collections.abc import Iterator
from pathlib import Path

from checkers.host.files import make_folder, write_whole
from checkers.verdict.verify import Verification


def write_report(result: Verification, folder: Path) -> None:
    """Write the page, `index.html`, and the whole result, `verify.json`, to a folder."""
    make_folder(folder)
    write_whole(folder / "verify.json", json.dumps(result.json(), indent=2) + "\n")
    write_whole(folder / "index.html", "\n".join(_page(result)) + "\n")


def _page(result: Verification) -> Iterator[str]:
    yield "<!doctype html><html lang=en><meta charset=utf-8><title>Tallystick: claims</title>"
    yield f"<style>{_STYLE}</style><h1>The paper's claims, decided</h1>"
    yield f"<p>Effort {result.effort}, {result.seconds:.0f} s.</p>"
    yield "<table><tr><th>claim<th>section<th>what is decided<th>variant<th>verdict<th>evidence"
    for decision in result.decisions:
        claim, point = decision.claim, decision.point
        where, said = claim.section, point.statement
        yield _row(
            decision.found.verdict,
            claim.id,
            where,
            said,
            point.variant,
            decision.line.words,
            decision.found.evidence,
        )
    yield "</table><h2>What each hardening is there for</h2>"
    yield "<table><tr><th>without<th>what comes back<th>as expected<th>evidence"
    for hardening in result.ablations.ablated:
        as_expected = "yes" if hardening.as_expected else "NO"
        yield _row("refuted", hardening.missing, hardening.attack, as_expected, hardening.evidence)
    yield "</table><h2>Checks on the checkers</h2><table><tr><th>check<th>result<th>evidence"
    for check in result.checks:
        yield _row("check", check.name, check.line.words, check.evidence)
    yield "</table><h2>Shortest counterexamples</h2>"
    for decision in result.decisions:
        if exhibit := decision.found.exhibit:
            claim, point = decision.claim, decision.point
            lines = "\n".join([*exhibit.diagram, ""])
            changes = "\n".join(exhibit.lines)
            yield f"<h3>{claim.id}, {point.variant}: not {html.escape(point.statement)}</h3>"
            yield f"<pre>{html.escape(lines)}\n{html.escape(changes)}</pre>"


def _row(kind: str, *cells: str) -> str:
    return f"<tr class={kind}>" + "".join(f"<td>{html.escape(cell)}" for cell in cells)


_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
td, th { border-bottom: 1px solid #ddd; padding: .3rem .6rem }
td, th { text-align: left; vertical-align: top }
pre { background: #f6f6f4; padding: 1rem; overflow-x: auto }
.proved td:nth-child(5) { color: #17692f } .refuted td:nth-child(5) { color: #9c2018 }
.undecided td:nth-child(5) { color: #8a6d00 }
"""
