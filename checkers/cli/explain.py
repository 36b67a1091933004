"""`tallystick explain`."""

import re
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from checkers.cli.common import (
    OK,
    UNKNOWN,
    JsonFile,
    check_writable,
    conclude,
    out,
    write_json,
)
from checkers.cli.machines import MachineName, Size, parse_sizes
from checkers.cli.progress import progress
from checkers.market.subjects import find_machine
from checkers.results.words import counted
from spec.notation import MachineError

Step = Annotated[int, Parameter(validator=Number(gte=0))]

_CLAIM = re.compile(r"[ATat][0-9]+")  # no machine is called so


def explain_command(
    machine: MachineName,
    /,
    *cells: str,
    trace: Path | None = None,
    step: Step | None = None,
    size: Size | None = None,
    json: JsonFile = None,
) -> int:
    """Say why each action is possible or not in a state, which part of a property is false, and
    the shortest way there; or, of a claim as A16, tell the story.

    Parameters
    ----------
    machine
        A machine, as in other verbs; or a claim of the paper, A1 to A47, or a theorem, T1 to T14.
    cells
        The state: CELL=VALUE, as in turn=SECOND; what is not given is as in the initial state.
    trace
        A trace in ITF JSON, to explain a state of it instead.
    step
        Which state of the trace: after so many steps; the last, unless given.
    """
    if _CLAIM.fullmatch(machine):
        if cells or size or trace is not None or step is not None:
            raise MachineError(f"{machine} is a claim, and no machine: give it alone")
        return _explain_claim(machine.upper(), json)
    found = find_machine(machine)
    scope = parse_sizes(found, size or [])
    check_writable(json, reads=[trace])
    if trace is not None and cells:
        raise MachineError("give cells or a trace, not both")
    if trace is None and step is not None:
        raise MachineError(f"--step {step}: which trace? give it, as in --trace FILE")

    from checkers.prove.reach import reach
    from checkers.traces.explain import explain
    from checkers.traces.itf import itf
    from checkers.traces.states import parse_state, read_itf

    if trace is None:
        state = parse_state(found, scope, cells)
    else:
        states = read_itf(found, scope, trace)
        number = len(states) - 1 if step is None else step
        if not 0 <= number < len(states):
            raise MachineError(f"--step {number}: the trace has steps 0 to {len(states) - 1}")
        state = states[number]
    told = explain(found, scope, state)
    way = reach(found, scope, state, progress)
    write_json(json, told.json() | {"way": itf(way.trace) if way.trace else None})
    for line in told.lines():
        out.print(line, markup=False)
    if way.trace:
        out.print(f"\nThe shortest way there takes {way.trace.extent}:", style="bold")
        for line in way.trace.lines():
            out.print(line, markup=False)
        return OK
    if way.complete:
        out.print("\nNo run leads there at this size.", style="bold")
        return OK
    out.print(
        f"\nNo run of {counted(way.depth, 'step')} leads there; longer ones were not looked at."
    )
    return UNKNOWN


def _explain_claim(claim: str, json: Path | None) -> int:
    """Decide one claim, and tell its story."""
    check_writable(json)

    from spec.paper import claim_of

    found = claim_of(claim)

    from checkers.verdict.story import decide_claim

    return conclude(decide_claim(found, progress), json)
