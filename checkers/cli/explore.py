"""`tallystick explore`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from checkers.cli.common import Count, JsonFile, Seconds, check_writable, conclude, write_json
from checkers.cli.machines import MachineName, Size, parse_sizes
from checkers.cli.progress import progress
from checkers.explore.engine import Engine
from checkers.host.files import file_name, make_folder
from checkers.market.subjects import find_machine

if TYPE_CHECKING:
    from checkers.explore.exploration import Exploration


def explore_command(
    machine: MachineName,
    /,
    *,
    size: Size | None = None,
    json: JsonFile = None,
    itf: Path | None = None,
    traces: bool = True,
    engine: Engine = "numpy",
    workers: Count | None = None,
    symmetry: bool = False,
    keep: Path | None = None,
    limit_states: Count | None = None,
    limit_seconds: Seconds | None = None,
    certificate: Path | None = None,
) -> int:
    """Visit every reachable state of a machine at a size.

    Parameters
    ----------
    itf
        Write each trace to this folder, as PROPERTY.itf.json in the Informal Trace Format.
    traces
        Print the traces of what was refuted.
    engine
        numba compiles the machine first, and is several times faster on a large one.
    workers
        Threads; one per core unless told otherwise.
    symmetry
        Visit one state of each class that the machine's symmetric sorts make.
    keep
        Keep the states in this folder instead of memory, and go on from what it holds.
    limit_states
        End once so many states were found; what was not visited is not passed.
    limit_seconds
        End after so many seconds, likewise.
    certificate
        Write counts and digests, by which others can compare their exploration, to this file.
    """
    found = find_machine(machine)
    scope = parse_sizes(found, size or [])
    check_writable(json, certificate, folder=itf, holds=["*.itf.json"])

    from checkers.explore.checkpoint import KEPT
    from checkers.explore.explorer import explore

    check_writable(json, certificate, folder=keep, holds=KEPT)
    result = explore(
        found,
        scope,
        progress,
        certified=certificate is not None,
        engine=engine,
        workers=workers,
        symmetry=symmetry,
        folder=keep,
        limit_states=limit_states,
        limit_seconds=limit_seconds,
    )
    if certificate is not None and result.certificate is not None:
        write_json(certificate, result.certificate)
    if itf is not None:
        write_traces(itf, result)
    return conclude(result, json, traces=traces)


def write_traces(folder: Path, result: "Exploration[Any]") -> None:
    """Write the trace of each refutation and witness to a file of its own."""
    from checkers.traces.itf import itf as itf_of

    make_folder(folder)
    witnessed = {found.property: found.trace for found in result.witnesses}
    for name, trace in {**result.refuted, **witnessed}.items():
        write_json(folder / f"{file_name(name)}.itf.json", itf_of(trace, refuted=name))
