"""`tallystick account`."""

from typing import Annotated

from cyclopts import Parameter

from checkers.cli.common import Count, JsonFile, check_writable, conclude
from checkers.cli.machines import MachineName, Size, parse_sizes
from checkers.cli.progress import progress
from checkers.explore.engine import Engine
from checkers.market.subjects import find_machine


def account_command(
    machine: MachineName,
    /,
    *,
    size: Size | None = None,
    culprits: Count | None = None,
    bound: Annotated[list[str] | None, Parameter(negative="")] = None,
    json: JsonFile = None,
    traces: bool = True,
    engine: Engine = "numpy",
    limit_states: Count | None = None,
) -> int:
    """Ask of every run whether the ledger shows who deviated, and no one else.

    Parameters
    ----------
    culprits
        Follow runs in which so many parties deviate, at most.
    bound
        Follow runs within a restriction that the machine names; may be given repeatedly.
    traces
        Print the runs that show what is refuted, and the two histories of each ledger that has two.
    engine
        numba compiles the machine first, and is several times faster on a large one.
    limit_states
        End once so many states were found; what was not visited is not passed.
    """
    found = find_machine(machine)
    scope = parse_sizes(found, size or [])
    check_writable(json)

    from checkers.blame.accountant import account

    result = account(
        found,
        scope,
        progress,
        culprits=culprits,
        bounds=bound or (),
        engine=engine,
        limit_states=limit_states,
    )
    return conclude(result, json, traces=traces)
