"""`tallystick terminate`."""

from checkers.cli.common import JsonFile, check_writable, conclude
from checkers.cli.machines import MachineName, Size, parse_sizes
from checkers.cli.progress import progress
from checkers.market.subjects import find_machine


def terminate_command(
    machine: MachineName, /, *, size: Size | None = None, json: JsonFile = None
) -> int:
    """Look for a run that is fair and never comes to its end, among all states of a size.

    That there is none at any size is what `prove` proves of the machine's ranking.
    """
    found = find_machine(machine)
    scope = parse_sizes(found, size or [])
    check_writable(json)

    from checkers.explore.lasso import terminate

    result = terminate(found, scope, progress)
    return conclude(result, json)
