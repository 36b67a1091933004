"""`tallystick verify`, `ablate`, `attack` and `demo`: the marketplace's own verbs."""

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from checkers.cli.common import (
    FAILED,
    OK,
    UNKNOWN,
    JsonFile,
    Progress,
    check_writable,
    out,
    table,
    write_json,
)
from checkers.host.jobs import run_jobs
from checkers.market.attack import attacks_json, run_attacks
from checkers.market.demo import demo
from checkers.verdict.ablate import Ablated, ablate, ablations_json
from checkers.verdict.report import mark, said_of, section, verification_json, write_report
from checkers.verdict.verify import Decision, Effort, verify
from spec.hardened.ablation import ABLATIONS
from spec.notation import MachineError


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


def demo_command() -> int:
    """Show the marketplace at work: deploy, call, dispute, and the ledger that remains."""
    with tempfile.TemporaryDirectory(prefix="tallystick-") as folder:
        demo(Path(folder), lambda line: out.print(line, markup=False))
    return OK


def verify_command(
    *, effort: Effort = "quick", report: Path | None = None, json: JsonFile = None
) -> int:
    """Decide every claim of the paper, in every variant, with all engines.

    Parameters
    ----------
    effort
        How hard to try; quick takes about a minute on two cores, standard ten.
    report
        Also write the verdicts as a page to this folder.
    """
    check_writable(json, folder=report, holds=["verify.json", "index.html"])
    progress = Progress()
    result = verify(effort, progress)
    progress.done()
    write_json(json, verification_json(result))
    if report is not None:
        write_report(result, report)
    show_decisions(result.decisions)
    out.print()
    show_ablations(result.hardenings)
    rows = table("check", "result", "evidence")
    for check in result.checks:
        rows.add_row(check.name, said_of(check), check.evidence)
    out.print()
    out.print(rows)
    as_expected = sum(decision.as_expected for decision in result.decisions)
    out.print(
        f"\n{as_expected} of {len(result.decisions)} points of claims came out as they must, "
        f"{sum(h.as_expected for h in result.hardenings)} of {len(result.hardenings)} hardenings "
        f"bear what they are there for, {sum(c.passed for c in result.checks)} of "
        f"{len(result.checks)} checks passed, {result.seconds:.0f} s at effort {effort}"
    )
    return FAILED if result.failed else UNKNOWN if result.undecided else OK


def show_decisions(decisions: Sequence[Decision]) -> None:
    """Points of claims, a line for each."""
    rows = table("claim", "section", "what is decided", "variant", "verdict", "evidence")
    for decision in decisions:
        claim, point = decision.claim, decision.point
        color = "yellow" if decision.verdict == "undecided" else "red"
        shown = decision.verdict if decision.as_expected else f"[{color}]{mark(decision)}[/{color}]"
        where = section(claim)
        rows.add_row(claim.id, where, point.statement, point.variant, shown, decision.evidence)
    out.print(rows)


def ablate_command(*hardenings: str, json: JsonFile = None) -> int:
    """Leave hardenings out one at a time, and see which promise each of them bears.

    Parameters
    ----------
    hardenings
        Which, as `salt`; without names, all of them.
    """
    check_writable(json)
    known = {a.missing.name.lower(): a for a in ABLATIONS}
    for name in hardenings:
        if name not in known:
            raise MachineError(f"there is no hardening {name}; there are {', '.join(known)}")
    progress = Progress()
    jobs = {name: partial(ablate, known[name]) for name in hardenings or known}
    results = list(run_jobs(jobs, progress).values())
    progress.done()
    write_json(json, ablations_json(results))
    for result in results if hardenings else []:
        out.print(f"\nwithout {result.missing}: {result.attack}", style="bold")
        for line in result.trace.diagram if result.trace else []:
            out.print(line, markup=False)
    show_ablations(results)
    return OK if all(result.as_expected for result in results) else FAILED


def show_ablations(results: Sequence[Ablated]) -> None:
    """What each hardening is there for, a line for each."""
    rows = table("without", "what comes back", "evidence")
    for result in results:
        evidence = result.evidence if result.as_expected else f"[red]{result.evidence} (!)[/red]"
        rows.add_row(result.missing, result.attack, evidence)
    out.print(rows)
