"""`tallystick audit`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from checkers.cli.common import JsonFile, check_writable, conclude
from checkers.cli.progress import progress


def audit_command(
    ledger: Path,
    /,
    *,
    known: str | None = None,
    opening: Annotated[list[Path] | None, Parameter(negative="")] = None,
    component: Annotated[list[Path] | None, Parameter(negative="")] = None,
    json: JsonFile = None,
) -> int:
    """Decide from a ledger's file whether it is a behaviour of the specification, and whom it
    convicts.

    Parameters
    ----------
    ledger
        The file of a basic, an orchestrated or a hardened ledger; or the folder of a market.
    known
        A block that it must have, so that a ledger that was cut, or goes on otherwise, is told: the
        digest of the block, or the file to which an earlier audit wrote with --json. Unless given,
        of a market's folder, every block that any of its parties has acted upon, or witnessed.
    opening
        A file with the opening of what a recorded step of a hardened ledger was given: a salt, and
        then the data. Give the option again for more.
    component
        A file with what a step's holders were handed: a secret, and then the component. It decides
        whether the steps that are opened were recorded right.
    """
    openings, components = opening or [], component or []
    check_writable(json, reads=[ledger, *openings, *components])

    from checkers.market.audit.judge import audit

    return conclude(audit(ledger, known, openings, components, progress), json)
