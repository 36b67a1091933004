"""What the verbs share that take a machine: its name, its sizes, its traces."""

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from checkers.cli.common import MOST_DIGITS, out, parse_number, short
from checkers.market.subjects import AnyMachine
from checkers.traces.itf import itf
from checkers.traces.trace import Trace
from spec.notation import MachineError, Scope

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


def parse_sizes(machine: AnyMachine, sizes: Sequence[str]) -> Scope:
    """The machine's sizes, with those that were given.

    Raises:
        MachineError: one is no size, or of no sort of the machine, or given twice.
    """
    there_are = {sort.__name__ for sort in machine.sorts}
    given: dict[str, int] = {}
    for size in sizes:
        name, equals, written = size.partition("=")
        if not equals:
            raise MachineError(f"--size {size}: give a sort and a number, as in Request=2")
        if name not in there_are:
            known = f"it has {', '.join(sorted(there_are))}" if there_are else "it has none to size"
            raise MachineError(f"--size {size}: {machine.name} has no sort {name}; {known}")
        number = parse_number(written)
        if not number:
            raise MachineError(
                f"--size {short(size)}: a size is a whole number from 1, of at most "
                f"{MOST_DIGITS} digits"
            )
        if name in given:
            raise MachineError(f"--size {size}: {name} has a size already; give one")
        given[name] = number
    return machine.scope(**given)


def show_trace(title: str, trace: Trace[Any]) -> None:
    """Print a trace under a title."""
    out.print(f"\n{title}", style="bold")
    for line in trace.lines():
        out.print(line, markup=False)


def finding_json(name: str, trace: Trace[Any]) -> dict[str, object]:
    """A property with the trace that decides it, in ITF."""
    return {"property": name, "length": trace.length, "trace": itf(trace, refuted=name)}


def without_premise(places: Sequence[str]) -> str:
    """What is said of a property that is about nothing, with where its implications stand."""
    return f"in no state that was seen does what it supposes hold ({', '.join(places)})"
