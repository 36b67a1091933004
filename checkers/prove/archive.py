"""Witnesses as data, which are looked at before any are searched for.

A file for each machine holds, by action, sizes, parameters, and what is in each field at its keys,
in their order.
"""

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from checkers.host.files import make_folder, write_whole
from checkers.prove.possible import Possible, Witness, possibly
from checkers.traces.trace import sizes
from spec.notation import Scope
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Field, SortType, Value

S = TypeVar("S")

FOLDER = Path(__file__).parent / "witnesses"


def kept_witnesses(machine: Machine[S], folder: Path = FOLDER) -> dict[str, Witness[S]]:
    """The witnesses that are kept under a machine's name, as far as they are of its sorts."""
    path = folder / f"{machine.name}.json"
    if path not in folder.glob("*.json"):
        return {}
    acts = possibly(machine)
    written = json.loads(path.read_text())
    read = {name: _read(machine, acts.get(name), written[name]) for name in written}
    return {name: witness for name, witness in read.items() if witness}


def keep_witnesses(possible: Possible[S], folder: Path = FOLDER) -> Path:
    """Write witnesses down, a line for each action."""
    make_folder(folder)
    machine = possible.machine
    places = {name: place for place, name in enumerate(possibly(machine))}
    found = sorted(possible.found.items(), key=lambda item: places.get(item[0], len(places)))
    lines = [f"{json.dumps(n)}: {json.dumps(_written(machine, w))}" for n, w in found]
    path = folder / f"{machine.name}.json"
    write_whole(path, "{\n" + ",\n".join(lines) + "\n}\n")
    return path


def _written(machine: Machine[S], witness: Witness[S]) -> Mapping[str, object]:
    scope = witness.scope
    holds = {
        name: [_plain(machine.cell(witness.before, field, key)) for key in scope.keys(field)]
        for name, field in machine.fields.items()
    }
    return {"sizes": sizes(scope), "with": [_plain(arg) for arg in witness.args], "in": holds}


def _plain(value: Value) -> object:
    return value.name if isinstance(value, Enum) else value


class _Unfitting(Exception):
    """What was written down is not of the machine's sorts any more."""


def _read(machine: Machine[S], act: Action[S] | None, written: Any) -> Witness[S] | None:  # JSON
    sorts = act.parameters.values() if act else ()
    try:
        scope = machine.scope(**written["sizes"])
        args = tuple(
            _element(scope, sort, value) for sort, value in zip(sorts, written["with"], strict=True)
        )
        cells = {
            name: _content(scope, field, written["in"][name])
            for name, field in machine.fields.items()
        }
    except (KeyError, ValueError, TypeError, _Unfitting):
        return None
    return Witness(scope, act, machine.concrete(scope, cells), args)


def _content(scope: Scope, field: Field, written: Sequence[object]) -> Value:
    values = [_element(scope, field.sort, value) for value in written]
    keys = [key if len(key) != 1 else key[0] for key in scope.keys(field)]
    table = dict(zip(keys, values, strict=True))
    return table[()] if field.kind is object else table


def _element(scope: Scope, sort: SortType, written: object) -> Value:
    for element in scope.elements(sort):
        if _plain(element) == written and isinstance(_plain(element), type(written)):
            return element
    raise _Unfitting(f"{written!r} is no {sort.__name__}")
