"""`tallystick fuzz`."""

import time
from typing import Literal

import attrs

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
from checkers.walk import Walk, walk
from spec.notation import MachineError

By = Literal["hypothesis", "crosshair", "walk"]


@app.command(name="fuzz")
def fuzz_command(
    machine: MachineName,
    /,
    *,
    against: str,
    by: By = "hypothesis",
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
    by
        Who chooses the steps: hypothesis; crosshair, which solves for choices; or a walk, which
        goes far at random, and says how much of the machine it saw.
    examples
        How many runs.
    steps
        Steps of each run, at most.
    seed
        Of the choices; without one they are new each time, but a walk's is 0.
    """
    if examples < 1 or steps < 1:
        raise MachineError("--examples and --steps are 1 or more")
    found = find_machine(machine)
    setup = find_setup(found.name, against)
    check_writable(json)
    progress = Progress()
    progress(f"{found.name} against {against}: {examples} runs of {steps} steps")
    started = time.perf_counter()
    if by == "walk":
        walked = walk(
            found,
            setup,
            runs=examples,
            steps=steps,
            seed=seed or 0,
            progress=lambda run, of: progress(f"{run:,} of {of:,} runs"),
        )
        divergence = walked.divergence
    else:
        walked = None
        divergence = fuzz(found, setup, examples=examples, steps=steps, seed=seed, backend=by)
    progress.done()
    seconds = time.perf_counter() - started
    result = {
        "machine": found.name,
        "against": against,
        "by": by,
        "examples": examples,
        "steps": steps,
        "seed": seed,
        "seconds": round(seconds, 3),
        "divergence": str(divergence) if divergence else None,
    }
    write_json(json, result | (walk_json(walked) if walked else {}))
    if divergence:
        out.print(str(divergence), markup=False)
        return FAILED
    out.print(
        f"{found.name} and {against} in lockstep: sampled {examples} runs of up to {steps} steps, "
        f"{seconds:.1f} s"
    )
    if walked:
        show_walk(walked)
    return OK


def walk_json(walked: Walk) -> dict[str, object]:
    """A walk, machine readable."""
    covered = walked.coverage
    return {
        "seed": walked.seed,
        "steps_taken": walked.steps,
        "taken": dict(walked.taken),
        "refused": [[*refusal, count] for refusal, count in walked.refused.items()],
        "coverage": covered if isinstance(covered, str) else attrs.asdict(covered),
    }


def show_walk(walked: Walk) -> None:
    """A walk for people: how far it went, what it saw, and what never happened."""
    rate = walked.steps / max(walked.seconds, 1e-9)
    out.print(f"{walked.steps:,} steps, {rate:,.0f}/s, {walked.restarts:,} restarts")
    for name in walked.never:
        out.print(f"[red]{name} was never accepted[/red]")
    covered = walked.coverage
    if isinstance(covered, str):
        out.print(f"coverage was not measured: {covered}")
        return
    drawn, taken = (100 * n / max(covered.edges, 1) for n in (covered.drawn, covered.taken))
    out.print(
        f"{drawn:.0f} % of the {covered.edges:,} edges between {covered.states:,} states at "
        f"random, {taken:.0f} % with runs to those that were left"
    )
    for name in covered.impossible:
        out.print(f"[red]no state that is reached allows {name}[/red]")
