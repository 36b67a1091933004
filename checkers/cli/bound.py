"""`tallystick bound`."""

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from checkers.cli.common import JsonFile, Seconds, check_writable, conclude
from checkers.cli.machines import MachineName, Size, parse_sizes
from checkers.cli.progress import progress
from checkers.market.subjects import find_machine


def bound_command(
    machine: MachineName,
    /,
    *,
    depth: Annotated[int, Parameter(validator=Number(gte=0))] = 10,
    size: Size | None = None,
    timeout: Seconds | None = None,
    json: JsonFile = None,
) -> int:
    """Look for runs of at most so many steps that refute what must hold, with Z3.

    To find none to that depth is what was asked for, and no proof. A property whose premise holds
    in no state so near to the start is said to say nothing yet.

    Parameters
    ----------
    depth
        Steps.
    timeout
        Seconds for one question; unless given, Z3 counts its own steps.
    """
    found = find_machine(machine)
    scope = parse_sizes(found, size or [])
    check_writable(json)

    from checkers.prove.bounded import bound
    from checkers.prove.limits import Limit

    result = bound(found, scope, depth, Limit.asked(timeout), progress)
    return conclude(result, json)
