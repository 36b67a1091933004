"""What the verbs of the command line share: arguments, files, progress, tables."""

import json
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.console import Console
from rich.table import Table

from checkers.registry import AnyMachine
from checkers.trace import Trace
from spec.notation import MachineError, Scope

OK, FAILED, USAGE, UNKNOWN, BROKEN = range(5)
"""How a command ends: everything came out as it must; a verdict against; input was refused, and
nothing written; something stayed undecided, or ended at a limit; Tallystick itself failed."""

MachineName = Annotated[
    str,
    Parameter(
        help="A machine of the project, package.module:attribute, or path/to/file.py:attribute."
    ),
]
Size = Annotated[
    list[str],
    Parameter(
        name="--size", negative="", help="A sort's size, as NAME=N; may be given repeatedly."
    ),
]
Seconds = Annotated[float, Parameter(validator=Number(gt=0))]
JsonFile = Annotated[
    Path | None, Parameter(name="--json", help="Write the whole result to this file.")
]

app = App(
    name="tallystick",
    help="Decides what a trust-minimised protocol claims: proved, exhausted at a size, or refuted.",
    version=version("tallystick"),
    version_flags=["--version"],
)
_WIDTH = None if sys.stdout.isatty() else 140  # a file or a pipe has no width of its own
out = Console(highlight=False, soft_wrap=True, width=_WIDTH)
status = Console(stderr=True, highlight=False)


def parse_sizes(machine: AnyMachine, sizes: Sequence[str]) -> Scope:
    """The machine's sizes, with those that were given."""
    given = {}
    for size in sizes:
        name, equals, number = size.partition("=")
        if not equals or not number.isdecimal():
            raise MachineError(f"--size {size}: give a sort and a number, as in Request=2")
        given[name] = int(number)
    return machine.scope(**given)


def check_writable(*files: Path | None, folder: Path | None = None) -> None:
    """Before long work: that its results can be written. Makes the folder."""
    for file in files:
        if file is not None and not file.parent.is_dir():
            raise MachineError(f"{file}: there is no folder {file.parent}")
        if file is not None and file.is_dir():
            raise MachineError(f"{file}: is a folder; name a file in it")
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MachineError(f"{folder}: {error.strerror}") from error


def write_json(path: Path | None, result: Mapping[str, object]) -> None:
    """Write a result whole or not at all."""
    if path is None:
        return
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text(json.dumps(result, indent=2) + "\n")
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise MachineError(f"{path}: {error.strerror}") from error


class Progress:
    """One line on standard error that long work keeps up to date, if somebody is looking."""

    def __init__(self) -> None:
        self._shows = status.is_terminal

    def __call__(self, line: str) -> None:
        if self._shows:
            status.file.write(f"\r\x1b[K{line[: status.width - 1]}")
            status.file.flush()

    def done(self) -> None:
        """Take the line away."""
        self("")


def show_trace(title: str, trace: Trace[Any]) -> None:
    """Print a trace under a title."""
    out.print(f"\n{title}", style="bold")
    for line in trace.lines():
        out.print(line, markup=False)


def table(*columns: str) -> Table:
    """An empty table for people."""
    empty = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        empty.add_column(column, overflow="fold")
    return empty


def finding_json(name: str, trace: Trace[Any]) -> dict[str, object]:
    """A property with the trace that decides it, in ITF."""
    return {"property": name, "length": trace.length, "trace": trace.itf()}
