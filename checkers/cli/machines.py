"""What the verbs share that take a machine: its name and its sizes."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from checkers.cli.common import MOST_DIGITS, parse_number, short
from checkers.market.subjects import AnyMachine
from spec.notation import MachineError, Scope

MachineName = Annotated[
    str,
    Parameter(
        help="A machine of the project, package.module:attribute, or path/to/file.py:attribute."
    ),
]
LedgerKind = Annotated[
    str,
    Parameter(
        help="A ledger of another kind, on which the reference implementation is then: its class "
        "as package.module:attribute or path/to/file.py:attribute (docs/ledgers.md)."
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

    Raises: as `named_sizes`.
    """
    return machine.scope(**named_sizes(machine, sizes))


def named_sizes(machine: AnyMachine, sizes: Sequence[str]) -> dict[str, int]:
    """The sizes that were given, by the names of the sorts.

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
    return given
