"""`tallystick simulate`."""

from checkers.cli.common import (
    FAILED,
    OK,
    JsonFile,
    Progress,
    check_writable,
    out,
    table,
    write_json,
)
from checkers.cli.machines import (
    MachineName,
    Size,
    finding_json,
    parse_sizes,
    show_trace,
    without_premise,
)
from checkers.explore.cases import dormant, is_claimed, unclaimed
from checkers.explore.engine import Engine
from checkers.explore.simulate import Simulator
from checkers.market.subjects import find_machine
from checkers.traces.trace import counted, named_past, sized


def simulate_command(
    machine: MachineName,
    /,
    *,
    size: Size | None = None,
    runs: int = 10_000,
    depth: int = 50,
    seed: int = 0,
    engine: Engine = "numpy",
    json: JsonFile = None,
) -> int:
    """Walk a machine at random, many runs at once.

    Parameters
    ----------
    runs
        How many runs.
    depth
        Steps of each run, at most.
    seed
        Of the random choices; equal seeds give equal runs.
    engine
        numba compiles the machine first, and is many times faster.
    """
    found = find_machine(machine)
    simulator = Simulator(found, parse_sizes(found, size or []), runs, seed, engine)
    check_writable(json)
    progress = Progress()
    result = simulator.run(depth, lambda done, of: progress(f"{done:,} of {of:,} runs"))
    progress.done()
    unexpected = result.violations.keys() - {t.__name__ for t in found.refuted}
    write_json(
        json,
        {
            "machine": found.name,
            "sizes": {sort.__name__: n for sort, n in result.scope.sizes.items()},
            "runs": result.runs,
            "steps": result.steps,
            "seed": seed,
            "seconds": round(result.seconds, 3),
            "steps_per_second": round(result.steps / max(result.seconds, 1e-9)),
            "beyond_size": result.cut,
            "left_out": {str(constant): text for constant, text in result.left_out.items()},
            "taken": result.taken,
            "vacuous": result.vacuous,
            "violations": [finding_json(n, t) for n, t in result.violations.items()],
            "witnessed": list(result.witnessed),
        },
    )
    out.print(
        f"{found.name} at {sized(result.scope) or 'its only size'}: {result.runs:,} runs, "
        f"{result.steps:,} steps, seed {seed}, {result.seconds:.2f} s"
    )
    if result.cut:
        out.print(f"{counted(result.cut, 'step')} past these sizes cut")
    if result.left_out:
        out.print(f"these sizes leave out {named_past(result.left_out)}", markup=False)
    rows = table("action", "taken")
    asleep = dormant(found)
    for name, count in result.taken.items():
        never = f"never, by design: {asleep[name]}" if name in asleep else "[red]never[/red]"
        rows.add_row(name, f"{count:,}" if count else never)
    out.print(rows)
    for name, places in result.vacuous.items():
        out.print(f"{name} says nothing yet: {without_premise(places)}", markup=False)
    roused = [name for name in asleep if result.taken[name]]
    for name in roused:
        out.print(f"[red]{name} is taken, and said to be dormant[/red]")
    for name in result.violations:
        show_trace(f"{name} failed in a run:", result.violations[name])
    if not is_claimed(simulator.batch):
        out.print(unclaimed(found.name))
    if not result.steps:
        out.print("no step is possible: there was no run")
    return FAILED if unexpected or roused or not result.steps else OK
