"""`tallystick fuzz`."""

import os
import threading
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from checkers.cli.common import FAILED, Count, JsonFile, Seed, check_writable, conclude, out
from checkers.cli.machines import LedgerKind, MachineName
from checkers.cli.progress import progress
from checkers.market.subjects import SUBJECTS, find_machine, find_setup, reference

if TYPE_CHECKING:
    from checkers.lockstep.run import Divergence
    from checkers.lockstep.sample import Sample

By = Literal["hypothesis", "crosshair", "walk"]


def fuzz_command(
    machine: MachineName,
    /,
    *,
    against: Annotated[
        str,
        Parameter(
            help="`reference`, or a Setup of your own as package.module:attribute or "
            "path/to/file.py:attribute."
        ),
    ],
    ledger: LedgerKind | None = None,
    by: By = "hypothesis",
    examples: Count = 200,
    steps: Count = 40,
    seed: Seed | None = None,
    refusals: bool = False,
    json: JsonFile = None,
) -> int:
    """Run a machine in lockstep with an implementation.

    Parameters
    ----------
    by
        Who chooses the steps: hypothesis; crosshair, which solves for choices; or a walk, which
        goes far at random, and says how much of the machine it saw.
    examples
        How many runs.
    steps
        Steps of each run, at most.
    seed
        Of the choices; without one they are new each time, but a walk's is 0.
    refusals
        Look anew for runs in which each action is refused for each of its reasons, which come
        before all others, and write them down; of a machine of the project only.
    """
    found = find_machine(machine)
    setup = find_setup(found.name, against, ledger)
    check_writable(json)

    from checkers.lockstep.fuzz import fuzz
    from checkers.lockstep.walk import walk

    if refusals:
        _keep_refusals(machine)
    if by == "walk":
        sample: Sample = walk(
            found,
            setup,
            runs=examples,
            steps=steps,
            seed=seed or 0,
            progress=progress,
        )
    else:
        sample = fuzz(
            found,
            setup,
            examples=examples,
            steps=steps,
            seed=seed,
            backend=by,
            progress=progress,
        )
    asked = {"against": against, "by": by, "examples": examples, "steps": steps}
    status = conclude(sample, json, asked)
    if sample.divergence:
        _end_without(sample.divergence)
    return status


def _keep_refusals(machine: str) -> None:
    """Look for the refusals of a machine of the project, and keep the runs."""
    from checkers.lockstep.run import Lockstep
    from checkers.lockstep.seek import Seeker
    from checkers.lockstep.trial import keep_trials

    setup, subject = reference(machine), SUBJECTS[machine]
    lockstep = Lockstep(subject.machine, setup)
    trials = Seeker(lockstep, subject.ways).run(progress=progress)
    out.print(f"refusals are kept in {keep_trials(lockstep, trials)}")


def _end_without(divergence: "Divergence") -> None:
    """Where no answer came, threads may wait for it, and Python for them: end without them."""
    waiting = [t for t in threading.enumerate() if t is not threading.main_thread()]
    if divergence.is_overdue and any(not thread.daemon for thread in waiting):
        out.file.flush()
        os._exit(FAILED)
