"""`tallystick audit`."""

from pathlib import Path

from checkers.cli.common import JsonFile, check_writable, conclude
from checkers.cli.progress import progress


def audit_command(ledger: Path, /, *, known: str | None = None, json: JsonFile = None) -> int:
    """Decide from a ledger's file whether it is a behaviour of the specification, and whom it
    convicts.

    Parameters
    ----------
    ledger
        The file of a basic, an orchestrated or a hardened ledger; or the folder of a market.
    known
        A block that it must have, so that a ledger that was cut, or goes on otherwise, is told: the
        digest of the block, or the file to which an earlier audit wrote with --json. Unless given,
        of a market's folder, the last block that any of its parties has signed as a witness.
    """
    from checkers.market.audit.judge import audit

    check_writable(json, reads=[ledger])
    return conclude(audit(ledger, known, progress), json)
