"""`tallystick simulate`."""

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from checkers.cli.common import Count, JsonFile, Seed, check_writable, conclude
from checkers.cli.machines import MachineName, Size, parse_sizes
from checkers.cli.progress import progress
from checkers.explore.engine import Engine
from checkers.market.subjects import find_machine


def simulate_command(
    machine: MachineName,
    /,
    *,
    size: Size | None = None,
    runs: Annotated[int, Parameter(validator=Number(gte=1, lte=1_000_000_000))] = 10_000,
    depth: Count = 50,
    seed: Seed = 0,
    engine: Engine = "numpy",
    json: JsonFile = None,
) -> int:
    """Walk a machine at random, many runs at once.

    Parameters
    ----------
    runs
        How many runs, at most a thousand million.
    depth
        Steps of each run, at most.
    seed
        Of the random choices; equal seeds give equal runs.
    engine
        numba compiles the machine first, and is many times faster.
    """
    found = find_machine(machine)
    scope = parse_sizes(found, size or [])
    check_writable(json)

    from checkers.explore.simulate import simulate

    result = simulate(
        found,
        scope,
        runs=runs,
        depth=depth,
        seed=seed,
        engine=engine,
        progress=progress,
    )
    return conclude(result, json)
