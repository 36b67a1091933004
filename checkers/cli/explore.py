"""`tallystick explore`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from checkers.cli.common import (
    FAILED,
    OK,
    UNKNOWN,
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
from checkers.explore.cases import Cases, cases, unclaimed
from checkers.explore.checkpoint import KEPT
from checkers.explore.engine import Engine
from checkers.explore.exploration import DEADLOCK_FREE, Exploration
from checkers.explore.explorer import prepare
from checkers.host.files import file_name, make_folder
from checkers.market.subjects import find_machine
from checkers.traces.itf import itf
from checkers.traces.trace import Trace, counted, describe, sized

_BRIEF = 60  # characters of sizes that each line repeats; the heading names them in any case
Limit = Annotated[int | None, Parameter(validator=Number(gte=1))]
Workers = Annotated[int | None, Parameter(validator=Number(gte=1))]


def explore_command(
    machine: MachineName,
    /,
    *,
    size: Size | None = None,
    json: JsonFile = None,
    itf: Path | None = None,
    traces: bool = True,
    engine: Engine = "numpy",
    workers: Workers = None,
    symmetry: bool = False,
    keep: Path | None = None,
    limit_states: Limit = None,
    limit_seconds: Annotated[float | None, Parameter(validator=Number(gt=0))] = None,
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
    check_writable(json, certificate, folder=keep, holds=KEPT)
    progress = Progress()
    explorer = prepare(
        found,
        scope,
        lambda status: progress(status.line()),
        engine=engine,
        workers=workers,
        symmetry=symmetry,
        folder=keep,
        limit_states=limit_states,
        limit_seconds=limit_seconds,
    )
    result = explorer.run()
    shown = cases(explorer, result)
    progress.done()
    if certificate is not None:
        write_json(certificate, explorer.certificate())
    write_json(json, exploration_json(result, shown))
    if itf is not None:
        write_traces(itf, result)
    show_exploration(result, shown, traces=traces)
    if not as_claimed(result, shown):
        return FAILED
    return OK if result.exhaustive else UNKNOWN


def as_claimed(result: Exploration[Any], shown: Cases[Any]) -> bool:
    """Whether nothing was refuted that must hold, or holds for want of cases, and everything
    reached that must be.

    What must be refuted may need a larger size than this one, if there are sizes.
    """
    refuted = {violation.property for violation in (*result.violations, *shown.roused)}
    reached = not result.unreached or result.ended == "bounded"
    checked = not shown.vacuous.keys() & {text.__name__ for text in result.machine.always}
    claimed = {text.__name__ for text in result.machine.refuted}
    holds = result.exhaustive and not result.scope.sizes and bool(claimed - refuted)
    return refuted <= claimed and reached and checked and not holds


def write_traces(folder: Path, result: Exploration[Any]) -> None:
    """Write the trace of each violation and witness to a file of its own."""
    make_folder(folder)
    for found in (*result.violations, *result.witnesses):
        name = f"{file_name(found.property)}.itf.json"
        write_json(folder / name, itf(found.trace, refuted=found.property))


def exploration_json(result: Exploration[Any], shown: Cases[Any]) -> dict[str, object]:
    """An exploration, machine readable."""
    rate = result.distinct_states / max(result.seconds, 1e-9)
    return {
        "machine": result.machine.name,
        "sizes": {sort.__name__: number for sort, number in result.scope.sizes.items()},
        "distinct_states": result.distinct_states,
        "generated_states": result.generated_states,
        "depth": result.depth,
        "beyond_size": result.cut,
        "complete": result.complete,
        "left_out": {str(constant): text for constant, text in result.left_out.items()},
        "ended": result.ended,
        "extent": result.extent,
        "symmetric_states": result.symmetric_states,
        "seconds": round(result.seconds, 3),
        "states_per_second": round(rate),
        "violations": [
            finding_json(v.property, v.trace) for v in (*result.violations, *shown.roused)
        ],
        "witnesses": [finding_json(w.property, w.trace) for w in result.witnesses],
        "unreached": list(result.unreached),
        "never_taken": shown.never,
        "dormant": dict(shown.dormant),
        "vacuous": {name: list(places) for name, places in shown.vacuous.items()},
        "stuck_states": result.stuck,
        "standstill": itf(result.standstill) if result.standstill else None,
    }


def show_exploration(result: Exploration[Any], shown: Cases[Any], *, traces: bool) -> None:
    """An exploration for people."""
    out.print(
        f"{result.machine.name} at {sized(result.scope) or 'its only size'}: "
        f"{result.distinct_states:,} distinct states, {result.generated_states:,} generated, "
        f"depth {result.depth}, {result.seconds:.2f} s"
    )
    if result.symmetric_states is not None:
        out.print(f"up to symmetry: they stand for {result.symmetric_states:,} states")
    if not result.complete:
        out.print(f"[yellow]bounded[/yellow]: every state within {result.depth} steps was visited")
    if result.cut:
        out.print(f"{result.cut:,} further steps lead past these sizes and were not taken")
    show_cases(result, shown)
    violated = {v.property: v.trace for v in (*result.violations, *shown.roused)}
    reached = {w.property: w.trace for w in result.witnesses}
    claimed = {text.__name__ for text in result.machine.refuted}
    said = [text.__name__ for text in (*result.machine.always, *result.machine.refuted)]
    said += [DEADLOCK_FREE] * bool(result.machine.ending)
    rows = table("property", "verdict")
    for name in dict.fromkeys([*said, *violated]):
        rows.add_row(name, verdict(result, shown, name, violated, claimed))
    for text in result.machine.sometimes:
        trace = reached.get(text.__name__)
        rows.add_row(
            text.__name__,
            f"reached in {trace.extent}" if trace else unreached(result),
        )
    if shown.claimed:
        out.print(rows)
    else:
        out.print(unclaimed(result.machine.name))
    if traces:
        for name, trace in violated.items():
            show_trace(f"{name} is refuted:", trace)


def show_cases(result: Exploration[Any], shown: Cases[Any]) -> None:
    """What there was to look at: where nothing is possible, and the actions never taken."""
    if result.standstill:
        steps = [describe(result.scope, *step) for step in result.standstill.steps]
        way = f"the nearest after {', '.join(steps)}" if steps else "it can start in one"
        out.print(f"in {counted(result.stuck, 'state')} nothing is possible; {way}", markup=False)
    so_far = "" if result.complete else " so far"
    for name in shown.never:
        out.print(f"[yellow]{name} is never taken{so_far}[/yellow]")
    roused = {violation.property for violation in shown.roused}
    for name, why in shown.dormant.items():
        if f"{name} is dormant" not in roused:
            out.print(f"{name} is never taken{so_far}, by design: {why}", markup=False)


def unreached(result: Exploration[Any]) -> str:
    """What an exploration says of something good that it did not reach."""
    return "[red]never reached[/red]" if result.complete else "[yellow]not reached[/yellow]"


def verdict(
    result: Exploration[Any],
    shown: Cases[Any],
    name: str,
    violated: Mapping[str, Trace[Any]],
    claimed: set[str],
) -> str:
    """What an exploration says of a property, marked where it must not be so."""
    if name in violated:
        words = f"refuted in {violated[name].extent}"
        return words if name in claimed else f"[red]{words}[/red]"
    if not result.exhaustive:
        return f"[yellow]{result.brief}[/yellow]"
    if name in shown.vacuous:
        words = f"vacuous: {without_premise(shown.vacuous[name])}"
        words = words if name in claimed else f"[red]{words}[/red]"
    else:
        words = result.brief
    if name not in claimed:
        return words
    if not result.scope.sizes:
        return f"[red]{words}; to be refuted[/red]"
    return f"{words}; to be refuted at another size"
