"""`tallystick vectors`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from checkers.cli.common import OK, Seed, check_writable, out
from checkers.cli.machines import Size, named_sizes
from checkers.cli.progress import progress
from checkers.host.files import make_folder, write_whole
from checkers.market.subjects import find_subject
from checkers.results.words import counted
from spec.notation import MachineError

RELEASED = ("ledger", "bisection", "basic", "orchestrated", "hardened_at_work", "hardened")


def vectors_command(
    folder: Path,
    /,
    *,
    machine: Annotated[list[str], Parameter(negative="")] | None = None,
    size: Size | None = None,
    seed: Seed = 0,
) -> int:
    """Write down what an implementation of a machine must do, as data for any language.

    Of bytes, signatures, transactions and blocks there are the examples of each page of
    `docs/formats`, what must be accepted and what must be refused, in bytes/PAGE.json.

    A file for each machine has its functions as tables, states, and runs from the start: each
    action refused for each of its reasons, with one fault, and with two, by which the order of
    reasons is fixed; runs that are written down; and runs that are drawn. `conform` holds programs
    to them.

    Parameters
    ----------
    folder
        Where the files go, NAME.json for each machine.
    machine
        A machine of the project, package.module:attribute, or path/to/file.py:attribute; may be
        given repeatedly. Unless given, the project's own marketplace, and the examples of bytes.
    seed
        Of what is drawn; equal seeds write equal files.
    """
    named = {find_subject(name).machine.name: name for name in machine or RELEASED}
    if len(named) < len(machine or RELEASED):
        raise MachineError("two machines have one name, and would have one file")
    if size and len(named) > 1:
        raise MachineError("--size is of one machine: name it by --machine")

    from checkers.conform.gather import Gatherer
    from checkers.conform.vectors import EXAMPLES
    from checkers.market.conforming import sources_of, stage_of

    check_writable(folder=folder, holds=[f"{name}.json" for name in named])
    if not machine:
        examples = sorted(EXAMPLES.glob("*.json"))
        make_folder(folder / EXAMPLES.name)
        for path in examples:
            write_whole(folder / EXAMPLES.name / path.name, path.read_text(encoding="utf-8"))
        out.print(f"{folder / EXAMPLES.name}: examples of {counted(len(examples), 'page')}")
    for name, given in named.items():
        subject = find_subject(given)
        stage = stage_of(subject, named_sizes(subject.machine, size or ()), seed)
        vectors = Gatherer(stage, sources_of(subject), seed).gather(progress)
        path = vectors.write(folder / f"{name}.json")
        progress.done()
        out.print(
            f"{path}: {counted(len(vectors.vectors), 'vector')}, {counted(vectors.steps, 'step')}"
        )
    return OK
