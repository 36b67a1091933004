"""`tallystick fuzz`."""

import time

from checkers.cli.common import (
    FAILED,
    OK,
    JsonFile,
    MachineName,
    Progress,
    app,
    check_writable,
    out,
    write_json,
)
from checkers.drivers import find_setup
from checkers.lockstep import fuzz
from checkers.registry import find_machine
from spec.notation import MachineError


@app.command(name="fuzz")
def fuzz_command(
    machine: MachineName,
    /,
    *,
    against: str,
    examples: int = 200,
    steps: int = 40,
    seed: int | None = None,
    json: JsonFile = None,
) -> int:
    """Run a machine in lockstep with an implementation.

    Parameters
    ----------
    against
        `reference`, or a checkers.lockstep.Setup as package.module:attribute or file.py:attribute.
    examples
        How many runs.
    steps
        Steps of each run, at most.
    seed
        Of the choices; without one they are new each time.
    """
    if examples < 1 or steps < 1:
        raise MachineError("--examples and --steps are 1 or more")
    found = find_machine(machine)
    setup = find_setup(found.name, against)
    check_writable(json)
    progress = Progress()
    progress(f"{found.name} against {against}: {examples} runs of {steps} steps")
    started = time.perf_counter()
    divergence = fuzz(found, setup, examples=examples, steps=steps, seed=seed)
    progress.done()
    seconds = time.perf_counter() - started
    write_json(
        json,
        {
            "machine": found.name,
            "against": against,
            "examples": examples,
            "steps": steps,
            "seed": seed,
            "seconds": round(seconds, 3),
            "divergence": str(divergence) if divergence else None,
        },
    )
    if divergence:
        out.print(str(divergence), markup=False)
        return FAILED
    out.print(
        f"{found.name} and {against} in lockstep: sampled {examples} runs of up to {steps} steps, "
        f"{seconds:.1f} s"
    )
    return OK
