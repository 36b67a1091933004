"""The machines of the project, and how others are named on the command line."""

import importlib
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
    found = find_attribute(name, f"machine: it is none of {', '.join(MACHINES)}")
    if not isinstance(found, Machine):
        raise MachineError(f"{name} is a {type(found).__name__}, not a Machine")
    return found


def find_attribute(name: str, otherwise: str) -> object:
    """What `package.module:attribute` or `path/to/file.py:attribute` names."""
    where, colon, attribute = name.rpartition(":")
    if not colon:
        raise MachineError(
            f"{name} names no {otherwise}; name another as package.module:attribute "
            "or path/to/file.py:attribute"
        )
    try:
        module = (
            _load_file(Path(where)) if where.endswith(".py") else importlib.import_module(where)
        )
    except MachineError:
        raise
    except Exception as error:  # whatever the author's file raises is the author's to read
        raise MachineError(f"{where} cannot be loaded: {type(error).__name__}: {error}") from error
    if not hasattr(module, attribute):
        raise MachineError(f"{where} has no {attribute}")
    return getattr(module, attribute)


def _load_file(path: Path) -> object:
    if not path.is_file():
        raise MachineError(f"there is no file {path}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None  # a path that ends in .py has a spec,
    assert spec.loader is not None  # and a loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # annotations are looked up there
    spec.loader.exec_module(module)
    return module
