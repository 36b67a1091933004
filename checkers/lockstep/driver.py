"""What an implementation gives to be driven: a driver, and how it fits a machine."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import NoReturn, Protocol, TypeVar

import attrs

from checkers.lockstep.likeness import failure, in_python, told
from spec.notation import MachineError, OutOfRange, Refused, Scope
from spec.notation.arguments import checked_fields
from spec.notation.errors import an
from spec.notation.machine import Machine
from spec.notation.sorts import Field, Fun, SortType, Value

S = TypeVar("S")


class Driver(Protocol):
    """An implementation, as lockstep drives it. One is opened for every run and then closed."""

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        """Take an action; None if the implementation accepts it, else its reason for refusing."""

    def restart(self) -> None:
        """Stop and start again, keeping what was acknowledged."""

    def state(self) -> Mapping[str, Value]:
        """The implementation's state in the terms of the machine, field by field.

        Every field is shown, but for functions and for what the setup hides. A map is a dictionary
        of what the implementation holds (keys as in `Machine.concrete`); the rest of it must be as
        it was at the start. Numbers are plain, truth values are True or False, and a member of an
        enumeration is that member: a value of another type is another value.
        """

    def close(self) -> None:
        """Let go of everything."""


class NoAnswer(Exception):
    """An implementation did what is no answer; raised by a driver that can say what that is.

    Attributes:
        is_overdue: whether an answer might have come, for whoever has more patience.
    """

    def __init__(self, words: str, *, is_overdue: bool = False) -> None:
        super().__init__(words)
        self.is_overdue = is_overdue


@checked_fields
@attrs.frozen
class Setup:
    """How a machine is driven against one implementation.

    Args:
        open: makes a fresh implementation, which the driver drives.
        scope: sizes, and the real values that stand for elements; else the machine's own sizes.
        functions: by name, the real code (or tables) behind the machine's functions, and the values
            of fields that `init` leaves alone.
        left_out: actions that no implementation takes part in, and that change nothing it shows.
        hidden: fields that the implementation cannot show, by name, each with why.
        patience: seconds that it has for a step: to answer, and to show its state.
        restarts: what its restarts are called, one after the other and then from the first again.
        told: how a value of a sort is written where two differ.
        ordered: whether it refuses for the first of several reasons; else for any of them.
    """

    open: Callable[[], Driver]
    scope: Scope | None = None
    functions: Mapping[str, Value] = attrs.field(factory=dict)
    left_out: Collection[str] = ()
    hidden: Mapping[str, str] = attrs.field(factory=dict)
    patience: float = 20.0
    restarts: Sequence[str] = ("restart",)
    told: Callable[[Value, SortType], str] = in_python
    ordered: bool = True

    def __attrs_post_init__(self) -> None:
        """Refuse what is no setup of any machine. Raises MachineError."""
        for name, why in self.hidden.items():
            if not isinstance(why, str) or not why.strip():
                raise MachineError(f"the setup hides {name}; say why, as in {{{name!r}: 'why'}}")
        if not 0 < self.patience < float("inf"):
            raise MachineError(f"patience is {told(self.patience)}; give seconds, and an end")


def nobody() -> NoReturn:
    """What a setup opens where the specification is run alone."""
    raise AssertionError("the specification is run alone, without an implementation")


def check_driver(opened: object) -> None:
    """Refuse what a setup opens and is no driver. Raises MachineError."""
    wanted = [name for name in vars(Driver) if not name.startswith("_")]
    missing = [f"{name}()" for name in wanted if not hasattr(opened, name)]
    if missing:
        said = (
            f"open of a Setup makes {an(type(opened).__name__)}, which has no {', '.join(missing)}"
        )
        raise MachineError(f"{said}; give it the methods of tallystick.Driver")


def scope_of(machine: Machine[S], setup: Setup) -> Scope:
    """The elements of the machine's sorts, each of them once."""
    if setup.scope is None:
        return machine.scope()
    for sort in machine.sorts:
        elements = setup.scope.elements(sort)
        try:
            distinct = len(set(elements))
        except TypeError as error:
            raise MachineError(f"elements of {sort.__name__} are keys: {error}") from error
        if not 0 < distinct == len(elements):
            raise MachineError(f"{told(elements)} as {sort.__name__}: list one or more, each once")
    return setup.scope


def start_of(machine: Machine[S], scope: Scope, given: Mapping[str, Value]) -> S:
    """The state in which the specification starts, with what a setup gives."""
    for name in given:
        if name not in machine.fields:
            raise MachineError(f"the setup gives {name}, which is no field of {machine.name}")
    free = {name: _constant(machine.fields[name], value) for name, value in given.items()}
    try:
        return machine.start(scope, **free)
    except (Refused, OutOfRange) as error:
        raise MachineError(
            f"{machine.name} does not start with what the setup gives: {error}"
        ) from error


def _constant(field: Field, given: Value) -> Value:
    """A function that gives what it gave before; what it fails with is the setup's to mend."""
    if field.kind is not Fun or not callable(given):
        return given

    @cache
    def call(*key: Value) -> Value:
        try:
            return given(*key)
        except Exception as error:  # of code that is not ours
            how = failure(error, __file__)
            raise MachineError(
                f"the setup's function {field.name} fails at {told(key)}: {how}"
            ) from error

    return call
