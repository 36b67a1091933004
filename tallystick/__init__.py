"""Tallystick decides what a trust-minimised protocol claims.

A protocol is written once, in the words of the notation, as a `Machine`. Engines decide what is
claimed of it, at a size or at any, and hold implementations to it; what each returns is a `Result`,
which can be shown, written down, and relied on in a test.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from spec.notation import (
    Accountability,
    Action,
    Ending,
    Fun,
    Machine,
    MachineError,
    Map,
    Ordinal,
    OutOfRange,
    Refused,
    Role,
    Scope,
    Secrecy,
    Sort,
    action,
    all_of,
    any_of,
    exists,
    forall,
    implies,
    ite,
    not_,
    require,
    size,
    state,
    total,
)

if TYPE_CHECKING:
    from checkers.explore.ending import Endings, Lasso
    from checkers.explore.exploration import Exploration, Violation
    from checkers.explore.explorer import explore
    from checkers.explore.simulate import simulate
    from checkers.explore.simulation import Simulation
    from checkers.lockstep.driver import Driver, Setup
    from checkers.prove.bound import Bounded
    from checkers.prove.disagreement import Disagreement
    from checkers.results.result import Fails, Result, Undecided, Verdict
    from checkers.traces.trace import Trace

_FROM = {
    "checkers.explore.ending": ("Endings", "Lasso"),
    "checkers.explore.exploration": ("Exploration", "Violation"),
    "checkers.explore.explorer": ("explore",),
    "checkers.explore.simulate": ("simulate",),
    "checkers.explore.simulation": ("Simulation",),
    "checkers.lockstep.driver": ("Driver", "Setup"),
    "checkers.prove.bound": ("Bounded",),
    "checkers.prove.disagreement": ("Disagreement",),
    "checkers.results.result": ("Fails", "Result", "Undecided", "Verdict"),
    "checkers.traces.trace": ("Trace",),
}
"""What is imported when it is asked for: the engines take a second to import, and a protocol's text
needs none of them."""
_LATER = {name: module for module, names in _FROM.items() for name in names}
_PREFIX = Machine.__module__.removesuffix("spec.notation.machine")  # in a wheel, `tallystick.`

__all__ = [
    "Accountability",
    "Action",
    "Bounded",
    "Disagreement",
    "Driver",
    "Ending",
    "Endings",
    "Exploration",
    "Fails",
    "Fun",
    "Lasso",
    "Machine",
    "MachineError",
    "Map",
    "Ordinal",
    "OutOfRange",
    "Refused",
    "Result",
    "Role",
    "Scope",
    "Secrecy",
    "Setup",
    "Simulation",
    "Sort",
    "Trace",
    "Undecided",
    "Verdict",
    "Violation",
    "action",
    "all_of",
    "any_of",
    "exists",
    "explore",
    "forall",
    "implies",
    "ite",
    "not_",
    "require",
    "simulate",
    "size",
    "state",
    "total",
]


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"tallystick has no {name}")
    found: object = getattr(import_module(f"{_PREFIX}{_LATER[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
