"""Arguments: what users call is given what its annotations say, or refuses it in one line."""

import inspect
from collections.abc import Callable, Collection, Mapping
from functools import cache, wraps
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from spec.notation.errors import MachineError, meant
from spec.notation.machine import Machine
from spec.notation.sorts import Scope

F = TypeVar("F", bound=Callable[..., object])

_LONGEST = 60  # of what is shown as it was given


def checked(function: F) -> F:
    """Have a function refuse, before it does anything, what its annotations do not admit.

    No number may be below zero, and what is annotated with a variable is a state of the machine.
    """

    @wraps(function)
    def call(*args: object, **options: object) -> object:
        kinds = _kinds(function)
        for name in options:
            if name not in kinds:
                raise MachineError(f"{function.__name__} takes no {name}; {meant(name, kinds)}")
        check_arguments(function.__name__, kinds, _bound(function, args, options))
        return function(*args, **options)

    return call  # type: ignore[return-value]  # it takes and gives what the function does


def check_arguments(called: str, kinds: Mapping[str, Any], given: Mapping[str, object]) -> None:
    """Refuse what is of another kind than is wanted.

    Args:
        called: what it is given to.
        kinds: an annotation for each name; Any, as annotations have no type of their own.
        given: what is given, by the same names.

    Raises:
        MachineError: it says what was given, and what to write instead.
    """
    machine = given.get("machine")
    wanted = _Wanted(called, machine if isinstance(machine, Machine) else None)
    for name, value in given.items():
        if not wanted.admits(value, kinds[name]):
            said = f"{called}: {name} is given as {wanted.said(name, kinds[name])}"
            raise MachineError(f"{said}, not as {_told(value)}")


def _bound(
    function: Callable[..., object], args: tuple[object, ...], options: Mapping[str, object]
) -> Mapping[str, object]:
    """What each parameter is given."""
    try:
        given = dict(inspect.signature(function).bind(*args, **options).arguments)
    except TypeError as error:
        name = function.__name__
        raise MachineError(f"{name}: {error}; help(tallystick.{name}) says what it takes") from None
    named: Mapping[str, object] = given.pop("options", {})
    return {**given, **named}


@cache
def _kinds(function: Callable[..., object]) -> Mapping[str, Any]:
    """The annotation of each parameter, with those that `**options` stands for."""
    kinds = get_type_hints(function)
    for options in get_args(kinds.pop("options", None)):
        kinds |= get_type_hints(options)
    del kinds["return"]
    return kinds


@attrs.frozen
class _Wanted:
    """What is wanted where something of a machine is called."""

    called: str
    machine: Machine[Any] | None  # of any state

    def admits(self, value: Any, kind: Any) -> bool:  # Any: whatever is given, and an annotation
        """Whether a value is of a kind."""
        origin, args = get_origin(kind) or kind, get_args(kind)
        if origin in (UnionType, Union):
            return any(self.admits(value, one) for one in args)
        if origin is Literal:
            return value in args
        if isinstance(kind, TypeVar):
            return self.machine is None or isinstance(value, self.machine.state)
        if origin is Callable:
            return callable(value)
        if kind in _NUMBERS:
            is_number = isinstance(value, _NUMBERS[kind]) and not isinstance(value, bool)
            return is_number and value >= 0
        if isinstance(value, Collection) and issubclass(origin, Collection) and kind is not str:
            is_one = isinstance(value, origin) and not isinstance(value, str)
            return is_one and all(self.admits(part, args[0]) for part in value)
        return isinstance(value, origin)

    def said(self, name: str, kind: Any) -> str:  # Any: an annotation
        """How something of a kind is written, and an example."""
        origin, args = get_origin(kind) or kind, get_args(kind)
        if origin in (UnionType, Union):
            return " or ".join(self.said(name, one) for one in args if one is not NoneType)
        if origin is Literal:
            return " or ".join(map(repr, args))
        if kind in _PLAIN:
            return _PLAIN[kind]
        if origin is Callable:
            return "a function"
        if isinstance(kind, TypeVar):
            return f"a state of the machine, as in {name}={self._example(kind)}"
        if issubclass(origin, Collection):
            return f"a tuple, as in {name}=({self._example(args[0])},)"
        if origin is Machine:
            return f"a Machine, as in {self.called}(lock)"
        return f"a {origin.__name__}, as in {name}={self._example(kind)}"

    def _example(self, kind: Any) -> str:  # Any: an annotation
        machine = self.machine.name if self.machine else "lock"
        if kind is Scope:
            sorts = self.machine.sorts if self.machine else []
            return f"{machine}.scope({', '.join(f'{sort.__name__}=2' for sort in sorts)})"
        if isinstance(kind, TypeVar):
            return f"{machine}.start(scope)"
        examples = {str: "'name'", Path: "Path('folder')"}
        return examples.get(kind) or f"{(get_origin(kind) or kind).__name__}(...)"


_NUMBERS: Mapping[object, tuple[type, ...]] = {int: (int,), float: (int, float)}
_PLAIN: Mapping[object, str] = {
    int: "a whole number of 0 or more",
    float: "a number of 0 or more",
    bool: "True or False",
    str: "text",
}


def _told(value: object) -> str:
    """What was given, for a line that says what is wrong with it."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, Machine):
        return f"the Machine {value.name}"
    shown = repr(value)
    return shown if len(shown) < _LONGEST else f"a {type(value).__name__}"
