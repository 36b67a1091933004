"""`tallystick strengthen`."""

from checkers.cli.common import JsonFile, Seconds, check_writable, conclude
from checkers.cli.machines import MachineName
from checkers.cli.progress import progress
from checkers.market.subjects import find_machine


def strengthen_command(
    machine: MachineName,
    /,
    *,
    timeout: Seconds | None = None,
    seconds: Seconds | None = None,
    json: JsonFile = None,
) -> int:
    """Find lemmas that prove what must always hold; its own, and its ending, are not looked at.

    Parameters
    ----------
    timeout
        Seconds for one obligation; unless given, the solvers count their own steps.
    seconds
        After so many, give up; unless given, after 20,000 candidates.
    """
    found = find_machine(machine)
    check_writable(json)

    from checkers.prove.limits import Limit
    from checkers.prove.strengthen import strengthen

    result = strengthen(found, Limit.asked(timeout), progress, seconds)
    return conclude(result, json)
