"""`tallystick serve`."""

import sys
from typing import Annotated

from cyclopts import Parameter

from checkers.cli.machines import MachineName
from checkers.market.subjects import find_machine, find_setup


def serve_command(
    machine: MachineName,
    /,
    *,
    against: Annotated[
        str,
        Parameter(
            help="`reference`, or a Setup of your own as package.module:attribute or "
            "path/to/file.py:attribute."
        ),
    ] = "reference",
) -> int:
    """Answer on standard input and output what `conform` asks an implementation.

    For a driver in Python; programs in other languages answer themselves (docs/formats/wire.md).
    """
    found = find_machine(machine)
    setup = find_setup(found.name, against)

    from checkers.conform.serve import serve

    serve(found, setup, sys.stdin.buffer, sys.stdout.buffer)
    return 0
