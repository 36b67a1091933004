"""The machines of the project, and how others are named on the command line."""

from collections.abc import Mapping
from typing import Any

from checkers.naming.names import find_attribute
from spec.basic import basic
from spec.bisection import bisection
from spec.hardened import at_work, hardened
from spec.ledger import ledger
from spec.notation import Machine
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
