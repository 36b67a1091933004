"""States as people and files write them: cells with their values, and traces in ITF JSON."""

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from checkers.traces.trace import place
from spec.notation import MachineError, Scope
from spec.notation.machine import Machine
from spec.notation.sorts import Field, Ordinal, SortType, Value

S = TypeVar("S")

Cells = Mapping[tuple[str, tuple[Value, ...]], Value]
"""What each cell holds, by field and key."""


def parse_state(machine: Machine[S], scope: Scope, cells: Sequence[str]) -> S:
    """A state from `phase[request0]=RUNNING` and the like; other cells are as `init` leaves them.

    What a text of the protocol writes is understood too: `s.open=True`, `turn[Step(0)]=Turn.ONE`.

    Raises:
        MachineError: a cell or a value is none of the machine's, or a cell is given twice.
    """
    start = machine.start(scope)
    known = {
        place(scope, field, key): (field, key)
        for field in machine.fields.values()
        for key in scope.keys(field)
    }
    table = {(field.name, key): machine.cell(start, field, key) for field, key in known.values()}
    given = set()
    for cell in cells:
        at, equals, name = _as_shown(machine, cell).replace(" ", "").partition("=")
        at = at.replace(",", ", ")
        if not equals or at not in known:
            raise MachineError(f"{cell}: give CELL=VALUE with a cell of {_some(known)}")
        if at in given:
            raise MachineError(f"{cell}: {at} has a value already; give one")
        given.add(at)
        field, key = known[at]
        table[field.name, key] = parse_value(scope, field.sort, name, cell)
    return concrete(machine, scope, table)


def _as_shown(machine: Machine[S], text: str) -> str:
    """What Python writes of a state, as it is shown."""
    for sort in machine.sorts:
        if issubclass(sort, Ordinal):
            text = re.sub(rf"\b{sort.__name__}\((\d+)\)", r"\1", text)
    text = re.sub(r"\b\w+\.", "", text)
    return re.sub(r"\b(True|False)\b", lambda found: found[0].lower(), text)


def parse_value(scope: Scope, sort: SortType, name: str, where: str) -> Value:
    """The element of a sort that goes by a name."""
    named = {scope.name(element, sort): element for element in scope.elements(sort)}
    if name not in named:
        raise MachineError(f"{where}: {name} is no {sort.__name__}; give one of {_some(named)}")
    return named[name]


def _some(names: Mapping[str, object]) -> str:
    shown = ", ".join(itertools.islice(names, 12))
    return f"{shown}, ..." if len(names) > 12 else shown


def concrete(machine: Machine[S], scope: Scope, cells: Cells) -> S:
    """The concrete state of some cells."""
    contents: dict[str, Value] = {}
    for (name, key), value in cells.items():
        if machine.fields[name].kind is object:
            contents[name] = value
        else:
            contents.setdefault(name, {})[key if len(key) != 1 else key[0]] = value
    return machine.concrete(scope, contents)


def read_itf(machine: Machine[S], scope: Scope, path: Path) -> list[S]:
    """The states of a trace in the Informal Trace Format.

    Raises:
        MachineError: the file cannot be read, or holds no trace of the machine at the size.
    """
    try:
        states = json.loads(path.read_text(encoding="utf-8"))["states"]
        if not states or not all(isinstance(state, dict) for state in states):
            raise ValueError("no states")
    except OSError as error:
        raise MachineError(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MachineError(f"{path} is no trace in ITF JSON") from error
    return [_state(machine, scope, state, f"{path}, state {i}") for i, state in enumerate(states)]


def _state(machine: Machine[S], scope: Scope, state: Mapping[str, Value], where: str) -> S:
    cells: dict[tuple[str, tuple[Value, ...]], Value] = {}
    for name, field in machine.fields.items():
        if name not in state:
            raise MachineError(f"{where}: there is no {name}, which {machine.name} has")
        cells |= _content(scope, field, state[name], f"{where}, {name}")
    return concrete(machine, scope, cells)


def _content(scope: Scope, field: Field, content: Value, where: str) -> Cells:
    if field.kind is object:
        return {(field.name, ()): _value(scope, field.sort, content, where)}
    try:
        table = {
            (field.name, _key(scope, field, key, where)): _value(scope, field.sort, value, where)
            for key, value in content["#map"]
        }
    except (TypeError, KeyError, ValueError) as error:
        raise MachineError(f"{where}: this is no map in ITF JSON") from error
    if len(table) != len(scope.keys(field)):
        raise MachineError(f"{where}: {len(table)} entries; {len(scope.keys(field))} at this size")
    return table


def _key(scope: Scope, field: Field, key: Value, where: str) -> tuple[Value, ...]:
    parts = key["#tup"] if len(field.keys) > 1 else [key]
    pairs = zip(field.keys, parts, strict=True)
    return tuple(_value(scope, sort, part, where) for sort, part in pairs)


def _value(scope: Scope, sort: SortType, value: Value, where: str) -> Value:
    if sort is bool and isinstance(value, bool):
        return value
    if issubclass(sort, Ordinal) and isinstance(value, dict):
        value = value.get("#bigint")
    return parse_value(scope, sort, str(value), where)
