"""`tallystick serve`."""

import sys
from typing import Annotated

from cyclopts import Parameter

from checkers.cli.common import Seed
from checkers.cli.machines import LedgerKind, MachineName, Size, named_sizes
from checkers.market.subjects import find_setup, find_subject
from spec.notation import MachineError


def serve_command(
    machine: MachineName,
    /,
    *,
    against: Annotated[
        str | None,
        Parameter(
            help="`reference`, `specification`, or a Setup of your own as package.module:attribute "
            "or path/to/file.py:attribute. Unless given, the reference implementation, where there "
            "is one and no size is given; else the specification."
        ),
    ] = None,
    ledger: LedgerKind | None = None,
    size: Size | None = None,
    seed: Seed = 0,
) -> int:
    """Answer on standard input and output what `conform` asks an implementation.

    The specification answers for any machine: so whoever writes an implementation can ask what
    must come of a step (docs/formats/wire.md). A driver in Python is served so as well; programs in
    other languages answer themselves.

    Parameters
    ----------
    seed
        Of what functions give where sizes are given, as that of `conform`.
    """
    subject = find_subject(machine)
    sizes = named_sizes(subject.machine, size or ())
    if sizes and against not in (None, "specification"):
        raise MachineError(f"--size is of the specification: {against} has sizes of its own")
    if against is None:
        against = "reference" if subject.setup and not sizes else "specification"
    if ledger is not None and against == "specification":
        raise MachineError("--ledger is of the reference: the specification is on none")

    from checkers.conform.serve import serve
    from checkers.conform.specified import specified
    from checkers.market.conforming import stage_of

    if against == "specification":
        stage = stage_of(subject, sizes, seed)
        served, setup = stage.machine, specified(stage)
    else:
        served, setup = subject.machine, find_setup(subject.machine.name, against, ledger)
    serve(served, setup, sys.stdin.buffer, sys.stdout.buffer)
    return 0
