"""Arguments: what users call is given what its annotations say, or refuses it in one line."""

import inspect
from collections.abc import Callable, Collection, Mapping
from functools import cache, wraps
from types import BuiltinFunctionType, FunctionType, NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from spec.notation.errors import MachineError, an, meant, placing
from spec.notation.sorts import Scope

if TYPE_CHECKING:
    from spec.notation.machine import Machine

F = TypeVar("F", bound=Callable[..., object])
C = TypeVar("C")

_LONGEST = 60  # of what is shown as it was given


def checked(function: F) -> F:
    """Have a function refuse, before it does anything, what its annotations do not admit.

    No number may be below zero, and what is annotated with a variable is a state of the machine.
    """

    @wraps(function)
    def call(*args: object, **options: object) -> object:
        _check_call(function.__name__, function, args, options)
        return function(*args, **options)

    return call  # type: ignore[return-value]  # it takes and gives what the function does


def checked_fields(cls: type[C]) -> type[C]:
    """Have a class refuse, before an object is made, what the annotations of its fields do not
    admit, at the author's line; and hold lists and mappings of its own, which stay as they were."""
    init: Callable[..., None] = cls.__init__

    @wraps(init)
    def made(self: C, *args: object, **options: object) -> None:
        with placing():
            _check_call(cls.__name__, init, (self, *args), options)
            init(self, *map(_own, args), **{name: _own(value) for name, value in options.items()})

    cls.__init__ = made  # type: ignore[method-assign,assignment]  # it takes what it took
    return cls


def _own(value: object) -> object:
    """What is given, as nobody else can change it."""
    if isinstance(value, list):
        return tuple(value)
    return dict(value) if isinstance(value, dict) else value


def _check_call(
    called: str,
    function: Callable[..., object],
    args: tuple[object, ...],
    options: Mapping[str, object],
) -> None:
    kinds = _kinds(function)
    for name in options:
        if name not in kinds:
            raise MachineError(f"{called} takes no {name}; {meant(name, kinds)}")
    check_arguments(called, kinds, _bound(called, function, args, options))


def check_arguments(called: str, kinds: Mapping[str, Any], given: Mapping[str, object]) -> None:
    """Refuse what is of another kind than is wanted.

    Args:
        called: what it is given to.
        kinds: an annotation for each name; Any, as annotations have no type of their own.
        given: what is given, by the same names.

    Raises:
        MachineError: it says what was given, and what to write instead.
    """
    from spec.notation.machine import Machine

    machine = given.get("machine")
    wanted = _Wanted(called, machine if isinstance(machine, Machine) else None)
    for name, value in given.items():
        if name in kinds and not wanted.admits(value, kinds[name]):
            said = f"{called}: {name} is given as {wanted.said(name, kinds[name])}"
            raise MachineError(f"{said}, not as {told(value)}{_mistaken(value)}")


def _bound(
    called: str,
    function: Callable[..., object],
    args: tuple[object, ...],
    options: Mapping[str, object],
) -> Mapping[str, object]:
    """What each parameter is given."""
    try:
        given = dict(inspect.signature(function).bind(*args, **options).arguments)
    except TypeError as error:
        said = f"{called}: {error}; help(tallystick.{called}) says what it takes"
        raise MachineError(said) from None
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
    machine: "Machine[Any] | None"  # of any state

    def admits(self, value: Any, kind: Any) -> bool:  # Any: whatever is given, and an annotation
        """Whether a value is of a kind.

        What a mapping holds, and a function without `@action` above it, are told of by name where
        they are read.
        """
        origin, args = get_origin(kind) or kind, get_args(kind)
        if origin in (UnionType, Union):
            return any(self.admits(value, one) for one in args)
        if origin is Literal:
            return value in args
        if isinstance(kind, TypeVar):
            return self.machine is None or isinstance(value, self.machine.state)
        if _is(origin, "Action"):
            return callable(value)
        if origin is Callable:
            makes = isinstance(value, type) and args[0] != []  # a class is given to make something
            return callable(value) and not _is(type(value), "Action") and not makes
        if kind in _NUMBERS:
            is_number = isinstance(value, _NUMBERS[kind]) and not isinstance(value, bool)
            return is_number and value >= 0
        if not isinstance(value, origin):
            return False
        if origin is tuple:
            return len(value) == len(args) and all(map(self.admits, value, args))
        if issubclass(origin, Collection) and not issubclass(origin, Mapping | str):
            return not isinstance(value, str) and all(self.admits(part, args[0]) for part in value)
        return True

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
        if origin is type:
            return f"a class, as in {name}={self._example(name, kind)}"
        if isinstance(kind, TypeVar):
            return f"a state of the machine, as in {name}={self._example(name, kind)}"
        if issubclass(origin, Mapping):
            return f"a mapping, as in {name}={_EXAMPLES.get(name, '{...}')}"
        if issubclass(origin, Collection):
            return f"a tuple{self._parts(args[0])}, as in {name}=({self._example(name, args[0])},)"
        if _is(origin, "Machine"):
            return f"a Machine, as in {self.called}(lock)"
        return f"{an(origin.__name__)}, as in {name}={self._example(name, kind)}"

    def _parts(self, kind: Any) -> str:  # Any: an annotation
        """Of what a tuple is, where that has a name."""
        if get_origin(kind) is tuple:
            return " of pairs"
        if get_origin(kind) is Callable:
            return " of functions"
        return " of actions" if _is(get_origin(kind) or kind, "Action") else ""

    def _example(self, name: str, kind: Any) -> str:  # Any: an annotation
        machine = self.machine.name if self.machine else "lock"
        if isinstance(kind, TypeVar):
            return f"{machine}.start(scope)"
        if name in _EXAMPLES:
            return _EXAMPLES[name]
        if kind is Scope:
            sorts = self.machine.sorts if self.machine else []
            return f"{machine}.scope({', '.join(f'{sort.__name__}=2' for sort in sorts)})"
        called = (get_origin(kind) or kind).__name__
        return _EXAMPLES_OF.get(called, f"{called}(...)")


def _is(kind: object, name: str) -> bool:
    """Whether a kind is one of those that a machine is made of, which are not imported here."""
    return getattr(kind, "__name__", None) == name


_NUMBERS: Mapping[object, tuple[type, ...]] = {int: (int,), float: (int, float)}
_PLAIN: Mapping[object, str] = {
    int: "a whole number of 0 or more",
    float: "a number of 0 or more",
    bool: "True or False",
    str: "text",
}
_EXAMPLES = {
    "state": "Lock",
    "private": '(acquire, "c")',
    "dormant": '(acquire, "why")',
    "sizes": "{Client: 3}",
    "definitions": '{"next": following}',
    "example": '{"next": following}',
    "functions": '{"next": following}',
    "hidden": '{"held": "why"}',
}
_EXAMPLES_OF = {
    "str": "'name'",
    "Path": "Path('folder')",
    "Action": "acquire",
    "Callable": "exclusive",
    "type": "Client",
}


def told(value: object) -> str:
    """What was given, for a line that says what is wrong with it."""
    if named := _named(value):
        return named
    written = _written(value)
    return written if len(written) < _LONGEST else an(type(value).__name__)


def _mistaken(value: object) -> str:
    """Where something holds actions in the place of functions, that it does."""
    parts = value if isinstance(value, tuple | list) else ()
    acts = [part for part in parts if _is(type(part), "Action")]
    return f", where {told(acts[0])} is an action" if acts else ""


def _named(value: object) -> str:
    """What something is called; nothing where it is a value."""
    from spec.notation.machine import Action, Machine

    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, Machine):
        return f"the Machine {value.name}"
    if isinstance(value, Action):
        return value.name
    if isinstance(value, FunctionType | BuiltinFunctionType):
        return value.__name__
    return an(type(value).__name__) if attrs.has(type(value)) else ""


def _written(value: object) -> str:
    """A value as Python writes it, with what it holds as that is called."""
    if isinstance(value, list):
        return f"[{', '.join(map(told, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(told, value))}{',' * (len(value) == 1)})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{told(key)}: {told(held)}' for key, held in value.items())}}}"
    return repr(value)
