"""A driver's method for each action of its machine."""

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from spec.notation import Machine, MachineError


def methods(driver: object, machine: Machine[Any]) -> Mapping[str, Callable[..., Any]]:
    """A driver's method for each action of a machine, by the action's name.

    An action is taken by the method of its name after an underscore, with parameters that are
    called as the action's are. What a method returns is its driver's affair.

    Raises:
        MachineError: an action has no such method.
    """
    found: dict[str, Callable[..., Any]] = {}
    for act in machine.actions:
        method = getattr(type(driver), f"_{act.name}", None)
        if not callable(method) or _taken_by(method) != ("self", *act.parameters):
            wanted = f"_{act.name}({', '.join(act.parameters)})"
            name = type(driver).__name__
            raise MachineError(f"{machine.name}: its driver {name} has no method {wanted}")
        found[act.name] = getattr(driver, f"_{act.name}")
    return found


@cache  # a driver is opened for each run
def _taken_by(method: Callable[..., Any]) -> tuple[str, ...] | None:
    """The names of the parameters that a method takes in their order; None if it takes others."""
    parameters = inspect.signature(method).parameters.values()
    plain = all(p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for p in parameters)
    return tuple(parameter.name for parameter in parameters) if plain else None
