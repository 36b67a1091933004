"""What the verbs of the command line share: exit status, files, tables."""

import json
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from checkers.cli.progress import progress
from checkers.host.files import (
    STANDARD_OUTPUT,
    check_file,
    check_folder,
    descriptor,
    leads_to_same,
    write_whole,
)
from checkers.results.page import Listing
from checkers.results.result import Result
from checkers.results.terminal import console, show
from spec.notation.errors import MachineError

OK, FAILED, USAGE, UNKNOWN, BROKEN = range(5)
"""How a command ends: everything came out as it must; a verdict against; input was refused, and
nothing written; something stayed undecided, or ended at a limit; Tallystick itself failed."""

_MOST_SECONDS = 10_000_000  # four months

Count = Annotated[int, Parameter(validator=Number(gte=1))]
Seed = Annotated[int, Parameter(validator=Number(gte=0))]
Seconds = Annotated[float, Parameter(validator=Number(gt=0, lte=_MOST_SECONDS))]
JsonFile = Annotated[
    Path | None, Parameter(name="--json", help="Write the whole result to this file.")
]

unwritten: list[MachineError] = []
"""Why a result was not written, if it was not."""


out = console()
MOST_DIGITS = 18  # whatever has more fits in no machine word


def check_plots(folder: Path | None) -> None:
    """Raise MachineError if plots are asked for, and there is nothing that draws."""
    if folder is not None and find_spec("matplotlib") is None:
        raise MachineError("plots need matplotlib: install tallystick[plots], or leave --plots out")


def parse_number(text: str) -> int | None:
    """The number that a text writes, 0, 1, ...; None if it writes none that anything can have."""
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None


def short(text: str) -> str:
    """What was given, for a line that says what is wrong with it."""
    return text if len(text) < 40 else f"{text[:32]}..."


def check_writable(
    *files: Path | None,
    folder: Path | None = None,
    holds: Sequence[str] = (),
    reads: Sequence[Path | None] = (),
) -> None:
    """Before long work: that its results can be written, each to a place of its own.

    Args:
        files: the files to write; None where one was not asked for.
        folder: a folder to fill, likewise.
        holds: what names the files in it will have, as patterns.
        reads: files that are read, besides the modules of this run; or folders, with all in them.

    Raises:
        MachineError: one cannot be written, is read by this run, or stands for two results.
    """
    given = [file for file in files if file is not None]
    for file in given:
        check_file(file)
    if folder is not None:
        check_folder(folder)
    others = [file for file in reads if file is not None]
    for number, file in enumerate(given):
        if any(leads_to_same(file, other) for other in (*given[:number], *others)):
            raise MachineError(f"{file}: is named twice; give each file a name of its own")
        for other in others:
            if other.is_dir() and file.resolve().is_relative_to(other.resolve()):
                raise MachineError(f"{file}: lies in {other}, which is read; give another place")
        if descriptor(file) is None and leads_to_same(file, Path(f"/dev/fd/{STANDARD_OUTPUT}")):
            raise MachineError(f"{file}: what is printed goes there; give another file")
        if folder and file.resolve().parent == folder.resolve() and _is_one_of(file, holds):
            raise MachineError(f"{file}: {folder} gets a file of that name; give another name")
    # What people read goes elsewhere, so that who reads a result from a pipe finds nothing else.
    out.stderr = any(descriptor(file) == STANDARD_OUTPUT for file in given)


def _is_one_of(file: Path, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(file.name, pattern) for pattern in patterns)


def write_json(path: Path | None, result: Mapping[str, object]) -> None:
    """Write a result whole or not at all; what prevents that is told after the verdict.

    The work is done that it comes of.
    """
    progress.done()
    if path is None:
        return
    try:
        write_whole(path, json.dumps(result, indent=2) + "\n")
    except MachineError as error:
        unwritten.append(error)


def conclude(
    result: Result,
    json: Path | None,
    asked: Mapping[str, object] | None = None,
    *,
    traces: bool = True,
) -> int:
    """Write a result down and print it; the exit status that it comes to.

    Args:
        result: what was found.
        json: where to write it, with `asked`, which says how it was asked for; if anywhere.
        traces: whether to print traces.
    """
    write_json(json, {**result.json(), **(asked or {})})
    show((block for block in result.page() if traces or not isinstance(block, Listing)), out)
    return FAILED if result.failed else UNKNOWN if result.undecided else OK
