"""`tallystick fuzz`."""

import os
import threading
import time
from collections.abc import Mapping
from typing import Literal

import attrs

from checkers.cli.common import FAILED, OK, JsonFile, Progress, check_writable, out, write_json
from checkers.cli.machines import MachineName
from checkers.explore.exploration import dormant
from checkers.lockstep.driver import Setup
from checkers.lockstep.fuzz import fuzz
from checkers.lockstep.run import Divergence, Sample
from checkers.lockstep.walk import Coverage, Walk, walk
from checkers.market.subjects import find_machine, find_setup
from checkers.traces.trace import counted
from spec.notation import MachineError

By = Literal["hypothesis", "crosshair", "walk"]


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
        `reference`, or a Setup of your own as package.module:attribute or file.py:attribute.
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
        sample: Sample = walk(
            found,
            setup,
            runs=examples,
            steps=steps,
            seed=seed or 0,
            progress=lambda run, of: progress(f"{run:,} of {of:,} runs"),
        )
    else:
        sample = fuzz(found, setup, examples=examples, steps=steps, seed=seed, backend=by)
    progress.done()
    seconds = time.perf_counter() - started
    asked = {
        "machine": found.name,
        "against": against,
        "by": by,
        "examples": examples,
        "steps": steps,
        "seed": sample.seed if isinstance(sample, Walk) else seed,
        "seconds": round(seconds, 3),
    }
    write_json(json, asked | sample_json(sample, setup))
    if sample.divergence:
        out.print(str(sample.divergence), markup=False)
        return _ended(sample.divergence)
    extent = f"sampled {sample.tally.runs:,} runs of up to {steps} steps, {seconds:.1f} s"
    verdict = "in lockstep" if sample.passed else "not checked, since no action was accepted"
    out.print(f"{found.name} and {against} {verdict}: {extent}{_apart_from(setup)}", markup=False)
    show_sample(sample, setup, dormant(found))
    return OK if sample.passed else FAILED


def _ended(divergence: Divergence) -> int:
    """The exit status; but where no answer came, threads may wait for it, and Python for them."""
    waiting = [t for t in threading.enumerate() if t is not threading.main_thread()]
    if divergence.is_overdue and any(not thread.daemon for thread in waiting):
        out.file.flush()
        os._exit(FAILED)
    return FAILED


def _apart_from(setup: Setup) -> str:
    """What was not compared, in the verdict."""
    counts = {"field{} hidden": len(setup.hidden), "action{} left out": len(setup.left_out)}
    said = [f"{n} {what.format('s' * (n != 1))}" for what, n in counts.items() if n]
    return "".join(f"; {part}" for part in said)


def sample_json(sample: Sample, setup: Setup) -> dict[str, object]:
    """What runs came to, machine readable."""
    tally, divergence = sample.tally, sample.divergence
    result: dict[str, object] = {
        "divergence": str(divergence) if divergence else None,
        "comes_again": not divergence.again if divergence else None,
        "hidden": dict(setup.hidden),
        "left_out": list(setup.left_out),
        "runs": tally.runs,
        "steps_taken": tally.steps,
        "beyond_size": tally.cut,
        "restarts": tally.restarts,
        "taken": {name: tally.accepted[name] for name in sample.reasons},
        "refused": [[*refusal, count] for refusal, count in tally.refused.items()],
        "never_accepted": sample.never_accepted,
        "never_refused": sample.never_refused,
    }
    if isinstance(sample, Walk):
        covered = sample.coverage
        result["coverage"] = covered if isinstance(covered, str) else attrs.asdict(covered)
    return result


def show_sample(sample: Sample, setup: Setup, asleep: Mapping[str, str]) -> None:
    """What runs came to, for people: what they saw, and what they did not."""
    tally = sample.tally
    for name, why in setup.hidden.items():
        out.print(f"{name} is hidden: {why}", markup=False)
    for name in setup.left_out:
        out.print(f"{name} is left out")
    rate = f", {tally.steps / max(sample.seconds, 1e-9):,.0f}/s" if isinstance(sample, Walk) else ""
    out.print(f"{tally.steps:,} steps{rate}, {tally.restarts:,} restarts")
    if tally.cut:
        out.print(f"{counted(tally.cut, 'step')} past the sizes cut, and not compared")
    for name in sample.never_accepted:
        show_never(f"{name} was never accepted", asleep.get(name))
    for name in sample.never_refused:
        out.print(f"{name} was never refused")
    if isinstance(sample, Walk):
        show_coverage(sample.coverage, asleep)


def show_never(what: str, by_design: str | None) -> None:
    """What never was, which is a fault unless an action is dormant: then why it is."""
    if by_design is None:
        out.print(f"[red]{what}[/red]")
    else:
        out.print(f"{what}, by design: {by_design}", markup=False)


def show_coverage(covered: Coverage | str, asleep: Mapping[str, str]) -> None:
    """How much of the machine's graph was walked, for people; or why nobody knows."""
    if isinstance(covered, str):
        out.print(f"coverage was not measured: {covered}")
        return
    drawn, taken = (100 * n / max(covered.edges, 1) for n in (covered.drawn, covered.taken))
    out.print(
        f"{drawn:.0f} % of the {covered.edges:,} edges between {covered.states:,} states at "
        f"random, {taken:.0f} % with runs to those that were left"
    )
    for name in covered.impossible:
        show_never(f"no state that is reached allows {name}", asleep.get(name))
