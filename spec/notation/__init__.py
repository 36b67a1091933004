"""The notation: sorts, states, actions and machines, and the words that protocol texts use."""

from spec.notation.errors import MachineError, OutOfRange, Refused
from spec.notation.machine import (
    Accountability,
    Action,
    Ending,
    Machine,
    Role,
    Secrecy,
    action,
    state,
)
from spec.notation.sorts import Fun, Map, Ordinal, Scope, Sort
from spec.notation.words import (
    all_of,
    any_of,
    exists,
    forall,
    implies,
    ite,
    not_,
    require,
    size,
    total,
)

__all__ = [
    "Accountability",
    "Action",
    "Ending",
    "Fun",
    "Machine",
    "MachineError",
    "Map",
    "Ordinal",
    "OutOfRange",
    "Refused",
    "Role",
    "Scope",
    "Secrecy",
    "Sort",
    "action",
    "all_of",
    "any_of",
    "exists",
    "forall",
    "implies",
    "ite",
    "not_",
    "require",
    "size",
    "state",
    "total",
]
