"""`tallystick verify`, `attack` and `demo`: the marketplace's own verbs."""

import tempfile
from pathlib import Path

from checkers.attack import attacks_json, run_attacks
from checkers.cli.common import (
    FAILED,
    OK,
    UNKNOWN,
    JsonFile,
    Progress,
    app,
    check_writable,
    out,
    table,
    write_json,
)
from checkers.demo import demo
from checkers.report import mark, said, verification_json, write_report
from checkers.verify import Effort, verify


@app.command(name="attack")
def attack_command(*names: str, json: JsonFile = None) -> int:
    """Run scripted adversaries against the living marketplace.

    Parameters
    ----------
    names
        Which; without names, all of them.
    """
    check_writable(json)
    progress = Progress()
    progress("attacking the marketplace")
    with tempfile.TemporaryDirectory(prefix="tallystick-") as folder:
        results = run_attacks(names, Path(folder))
    progress.done()
    write_json(json, attacks_json(results))
    for result in results:
        out.print(f"\n{result.name}", style="bold")
        for line in result.lines:
            out.print(f"  {line}", markup=False)
    rows = table("attack", "variant", "by", "expected", "outcome", "convicted")
    for result in results:
        outcome = result.outcome if result.as_expected else f"[red]{result.outcome}[/red]"
        convicted = ", ".join(result.convicted) or "nobody"
        rows.add_row(result.name, result.variant, result.party, result.expected, outcome, convicted)
    out.print()
    out.print(rows)
    out.print("P prevented, D detected, D? culprit unclear, U undetected, F honest party convicted")
    return OK if all(result.as_expected for result in results) else FAILED


@app.command(name="demo")
def demo_command() -> int:
    """Show the marketplace at work: deploy, call, dispute, and the ledger that remains."""
    with tempfile.TemporaryDirectory(prefix="tallystick-") as folder:
        demo(Path(folder), lambda line: out.print(line, markup=False))
    return OK


@app.command(name="verify")
def verify_command(
    *, effort: Effort = "quick", report: Path | None = None, json: JsonFile = None
) -> int:
    """Decide every claim of the paper, with all engines.

    Parameters
    ----------
    effort
        How hard to try; quick ends within a minute on two cores.
    report
        Also write the verdicts as a page to this folder.
    """
    check_writable(json, folder=report)
    progress = Progress()
    result = verify(effort, progress)
    progress.done()
    write_json(json, verification_json(result))
    if report is not None:
        write_report(result, report)
    rows = table("claim", "section", "what it says", "variant", "verdict", "evidence")
    for decision in result.decisions:
        claim = decision.claim
        color = "yellow" if decision.verdict == "unknown" else "red"
        shown = decision.verdict if decision.as_expected else f"[{color}]{mark(decision)}[/{color}]"
        rows.add_row(
            claim.id, claim.section, claim.statement, claim.variant, shown, decision.evidence
        )
    out.print(rows)
    rows = table("check", "result", "evidence")
    for check in result.checks:
        rows.add_row(check.name, said(check), check.evidence)
    out.print()
    out.print(rows)
    as_expected = sum(decision.as_expected for decision in result.decisions)
    out.print(
        f"\n{as_expected} of {len(result.decisions)} claims came out as they must, "
        f"{sum(c.passed for c in result.checks)} of {len(result.checks)} checks passed, "
        f"{result.seconds:.0f} s at effort {effort}"
    )
    return FAILED if result.failed else UNKNOWN if result.unknown else OK
