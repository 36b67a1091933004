"""The machines of the project, and how others are named on the command line."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from checkers.loading import load
from spec.basic import basic
from spec.bisection import bisection
from spec.hardened import at_work, hardened
from spec.ledger import ledger
from spec.notation import Machine, MachineError
from spec.orchestrated import orchestrated
from spec.textbook.consensus import consensus
from spec.textbook.die_hard import die_hard
from spec.textbook.dining_philosophers import dining_philosophers
from spec.textbook.lock_server import lock_server
from spec.textbook.peterson import peterson
from spec.textbook.pipeline import pipeline
from spec.textbook.sharded_store import sharded_store
from spec.textbook.token_ring import token_ring
from spec.textbook.transaction_commit import transaction_commit
from spec.textbook.two_phase import two_phase

T = TypeVar("T")

AnyMachine = Machine[Any]  # a machine whose state only its own texts know

TEXTBOOK: Mapping[str, AnyMachine] = {
    machine.name: machine
    for machine in (
        transaction_commit,
        two_phase,
        dining_philosophers,
        peterson,
        die_hard,
        token_ring,
        lock_server,
        sharded_store,
        consensus,
        pipeline,
    )
}
MACHINES: Mapping[str, AnyMachine] = {
    "basic": basic,
    "orchestrated": orchestrated,
    "hardened": hardened,
    "hardened_at_work": at_work,
    "ledger": ledger,
    "bisection": bisection,
    **TEXTBOOK,
}


def find_machine(name: str) -> AnyMachine:
    """A machine by its name, or any by `package.module:attribute` or `path/file.py:attribute`.

    Raises:
        MachineError: there is none; the message says what was looked for where.
    """
    if name in MACHINES:
        return MACHINES[name]
    return find_attribute(name, Machine, f"machine: it is none of {', '.join(MACHINES)}")


def find_attribute(name: str, kind: type[T], otherwise: str) -> T:
    """What `package.module:attribute` or `path/to/file.py:attribute` names.

    Args:
        name: the name.
        kind: what it has to be.
        otherwise: what else it could have been, for the error.

    Raises:
        MachineError: there is none of that name, or it is of another kind.
    """
    where, colon, attribute = name.rpartition(":")
    if name.endswith(".py"):
        raise MachineError(f"{name} is a file; name what is meant in it, as {name}:NAME")
    if not colon:
        raise MachineError(
            f"{name} names no {otherwise}; name another as package.module:attribute "
            "or path/to/file.py:attribute"
        )
    names = vars(load(where))
    fitting = [known for known, value in names.items() if isinstance(value, kind)]
    wanted = kind.__name__
    there_is = f"there is the {wanted} {', '.join(fitting)}" if fitting else f"there is no {wanted}"
    if attribute not in names:
        close = get_close_matches(attribute, names)
        meant = f" (did you mean {' or '.join(close)}?)" if close else ""
        raise MachineError(f"{where} has no {attribute}{meant}; {there_is}")
    found = names[attribute]
    if not isinstance(found, kind):
        is_a = type(found).__name__
        raise MachineError(
            f"{name} is a {is_a}, where a {wanted} is wanted; in {where}, {there_is}"
        )
    return found
