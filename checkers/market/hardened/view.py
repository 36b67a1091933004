"""What a ledger shows of a hardened market, read in the terms of the machine."""

from collections.abc import Callable, Collection, Mapping
from enum import Enum
from typing import Any

import attrs

from impl.ledger.port import View
from spec.hardened import hardened
from spec.hardened import state as sorts
from spec.notation.sorts import Field, Value

_FIELDS = hardened.fields
_OF_ACCOUNTS = ("balance", "bond", "in_force")


@attrs.frozen
class StandIns:
    """What stands for a ledger's bytes in the machine.

    Attributes:
        requests: what stands for the identifiers of requests.
        link: what stands for the commitment to the input of a request's step.
        seed, lot: what stands for what chance draws a request's executors, and its audits, by.
        parties: of whose accounts the machine knows.
    """

    requests: Mapping[bytes, Value]
    link: Callable[[bytes, int, bytes], Value]
    seed: Callable[[bytes, bytes], Value]
    lot: Callable[[bytes, bytes], Value]
    parties: Collection[bytes]


def read(view: View, stand_ins: StandIns) -> Mapping[str, Value]:
    """A view, field by field, as a driver shows its state."""
    return {name: _read(_FIELDS[name], view[name], stand_ins) for name in view}


def _read(field: Field, shown: Mapping[tuple[Any, ...], Any], stand_ins: StandIns) -> Value:
    """What a view shows of a field."""
    if not field.keys:
        return shown[()]
    found = {}
    for keys, value in shown.items():
        first, *rest = keys
        if field.name in _OF_ACCOUNTS and first not in stand_ins.parties:
            continue
        if field.keys[0] is sorts.Request:
            first = stand_ins.requests[first]
        found[(first, *rest) if rest else first] = _value(field, keys, value, stand_ins)
    return found


def _value(field: Field, keys: tuple[Any, ...], value: Any, stand_ins: StandIns) -> Value:
    """What stands for a value under the keys of a view."""
    if issubclass(field.sort, Enum):
        return field.sort[value]
    if field.sort is sorts.Commitment:
        request, step = keys
        return stand_ins.link(request, step, value)
    if field.sort is sorts.Seed:
        stand_in = stand_ins.seed if field.name == "seed" else stand_ins.lot
        return stand_in(keys[0], value)
    return value
