"""`tallystick conform`."""

import shlex
from pathlib import Path

from checkers.cli.common import Count, JsonFile, Seconds, Seed, check_writable, conclude
from checkers.cli.machines import MachineName, Size, named_sizes
from checkers.cli.progress import progress
from checkers.host.files import write_whole
from checkers.market.subjects import find_subject
from spec.notation import MachineError


def conform_command(
    machine: MachineName,
    /,
    *,
    cmd: str,
    vectors: Path | None = None,
    size: Size | None = None,
    runs: Count = 50,
    steps: Count = 30,
    seed: Seed = 0,
    patience: Seconds = 2.0,
    json: JsonFile = None,
    junit: Path | None = None,
) -> int:
    """Hold a program in any language to a machine.

    It is started, and asked on its standard input and output what docs/formats/wire.md says: first
    what the machine's vectors have, then what is drawn, what Hypothesis chooses, and what leads to
    states that nobody saw; and it is killed and started again. What differs is shown in the
    shortest run that was found, both sides beside one another.

    Parameters
    ----------
    cmd
        The program and its arguments, as a shell would take them apart.
    vectors
        A file that `vectors` has written; else those that are released for the machine, or new
        ones.
    runs
        How many runs are drawn, and how many Hypothesis chooses.
    steps
        Steps of each run, at most.
    seed
        Of the choices, and of what functions give where sizes are given; equal seeds choose the
        same.
    patience
        Seconds that the program has for an answer; for the first one it has five times as many.
    junit
        Write the result to this file as JUnit's XML, for servers that run tests.
    """
    subject = find_subject(machine)
    sizes = named_sizes(subject.machine, size or ())
    try:
        command = shlex.split(cmd)
    except ValueError as error:
        raise MachineError(f"--cmd {cmd}: {error}") from None
    if not command:
        raise MachineError("--cmd: give a program, as in --cmd 'node lock.js'")

    from checkers.conform.conform import hold
    from checkers.market.conforming import stage_of, vectors_of

    check_writable(json, junit, reads=[vectors])
    stage = stage_of(subject, sizes, seed)
    result = hold(
        stage,
        command,
        vectors_of(subject, stage, vectors, progress),
        runs=runs,
        steps=steps,
        seed=seed,
        patience=patience,
        progress=progress,
    )
    if junit:
        write_whole(junit, result.junit())
    return conclude(result, json)
