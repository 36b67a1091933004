"""`tallystick verify`."""

from pathlib import Path

from checkers.cli.common import JsonFile, check_writable, conclude
from checkers.cli.progress import progress
from checkers.verdict.effort import Effort


def verify_command(
    *, effort: Effort = "quick", report: Path | None = None, json: JsonFile = None
) -> int:
    """Decide every claim of the paper, in every variant, with all engines.

    Parameters
    ----------
    effort
        How hard to try; quick takes a minute and a half on two cores, standard ten.
    report
        Also write the verdicts as a page to this folder.
    """
    check_writable(json, folder=report, holds=["verify.json", "index.html"])

    from checkers.verdict.report import write_report
    from checkers.verdict.verify import verify

    result = verify(effort, progress)
    if report is not None:
        write_report(result, report)
    return conclude(result, json)
