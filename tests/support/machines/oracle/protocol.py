"""A protocol as its text says it, and its states and steps at a size.

Read `words`, `cells` and this module in that order. On them stand `reach`, what explorations count;
`fair`, runs without an end; `apart`, what an onlooker learns; and `blame`, who is held to account.
"""

import builtins
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from inspect import get_annotations
from itertools import islice
from types import SimpleNamespace
from typing import Any, Literal, NamedTuple

from attrs import define, frozen

from tests.support.machines.oracle import words
from tests.support.machines.oracle.cells import (
    Cells,
    Field,
    State,
    TooLarge,
    View,
    every_way,
    laid_out,
    view_of,
)
from tests.support.machines.oracle.words import (
    Action,
    Machine,
    Refused,
    Sort,
    Stopped,
    Text,
    Value,
    Why,
    choices,
    elements,
    fitted,
)

_MOST_STARTS = 100_000
"""States that are made at the start, equal ones included."""

Plain = dict[str, Any]  # by field a bool, a number, a member's name, or such by keys


class Outcome(NamedTuple):
    """What comes of an attempt.

    Attributes:
        what: the step is "taken" or "refused"; or something is undefined: "past" the size, which
            is cut, or "below" zero, which is a violation.
        after: the next state of a step that is taken.
        reason: the reason for which it is refused.
    """

    what: Literal["taken", "refused"] | Why
    after: State | None = None
    reason: str | None = None


def _imported(name: str, *rest: Any) -> Any:  # as `__import__` is typed
    if name == "tallystick":
        return SimpleNamespace(**vars(words))
    return builtins.__import__(name, *rest)


def executed(text: str) -> dict[str, Any]:  # as a module's names are
    """The names that a text binds, with the words of the oracle for those of Tallystick."""
    names: dict[str, Any] = {
        "__name__": "protocol",
        "__builtins__": {**vars(builtins), "__import__": _imported},
    }
    exec(compile(text, "protocol", "exec"), names)
    return names


def _machine(names: Mapping[str, object], name: str | None) -> Machine:
    [machine] = {
        id(found): found
        for found in names.values()
        if isinstance(found, Machine) and name in (None, found.name)
    }.values()
    return machine


def _sorts(names: Mapping[str, object]) -> dict[str, type[Sort]]:
    return {
        sort.__name__: sort
        for sort in names.values()
        if isinstance(sort, type) and issubclass(sort, Sort) and sort.__module__ == "protocol"
    }


@frozen
class Protocol:
    """A protocol, before any size is given to its sorts.

    Attributes:
        text: the file.
        name: the machine's name, where the file has several.
        machine: what it says of itself.
        sorts: the sorts that need a size, by name.
    """

    text: str
    name: str | None
    machine: Machine
    sorts: Mapping[str, type[Sort]]

    @property
    def sizes(self) -> dict[str, int]:
        """The sizes that the machine names, by sort."""
        return {sort.__name__: size for sort, size in self.machine.sizes.items()}

    @property
    def actions(self) -> list[str]:
        """The names of the actions."""
        return [act.name for act in self.machine.actions]

    @property
    def properties(self) -> list[str]:
        """The names of all that is said of states."""
        return list(self.machine.properties)

    def at(self, sizes: Mapping[str, int] | None = None) -> "Sized":
        """The protocol at a size: its own, with some given by name."""
        names = executed(self.text)
        sorts = _sorts(names)
        for name, size in {**self.sizes, **(sizes or {})}.items():
            sorts[name].size = size
        if unsized := [name for name, sort in sorts.items() if not sort.size]:
            raise ValueError(f"no size is given for {', '.join(unsized)}")
        return _sized(_machine(names, self.name), names)


def read(text: str, name: str | None = None) -> Protocol:
    """The protocol that a file defines; the file is executed anew for each size."""
    names = executed(text)
    return Protocol(text, name, _machine(names, name), _sorts(names))


@define
class Sized:
    """The states and steps of a protocol at a size.

    A state is a tuple with an entry for each cell, those of functions as well, so that a run keeps
    its functions.

    Attributes:
        domains: what each cell can hold; one value where a definition says which.
        outside: why `init` stopped, where it came to something undefined: then it starts no run.
    """

    machine: Machine
    fields: Sequence[Field]
    view: View
    domains: Sequence[Sequence[Value]]
    outside: set[Why]

    @property
    def actions(self) -> dict[str, Action]:
        """The actions, by name."""
        return {act.name: act for act in self.machine.actions}

    def starts(self) -> Iterator[tuple[frozenset[tuple[int, Value]], State]]:
        """Each way to start: what `init` finds in the cells that it does not just write, and the
        initial state that it makes of that."""
        for guess in every_way(self.domains, self._start):
            for state in guess.states():
                yield guess.found(state), state

    def initial(self) -> Iterator[State]:
        """The initial states, each once."""
        seen = set()
        for state in self._chosen(self._start):
            if state not in seen:
                seen.add(state)
                yield state

    def states_of_the_types(self, limit: int | None = None) -> Iterator[State]:
        """The states that hold anything of their sorts, with functions as they are assumed."""
        return islice(self._chosen(self._assume), limit)

    def _chosen(self, run: Text) -> Iterator[State]:
        every = (state for guess in every_way(self.domains, run) for state in guess.states())
        for number, state in enumerate(every):
            if number == _MOST_STARTS:
                raise TooLarge
            yield state

    def _assume(self, cells: Cells) -> None:
        self.view.cells = cells
        for said in self.machine.assumptions:
            if said(self.view) is not True:
                raise Refused(said.__name__)

    def _start(self, cells: Cells) -> None:
        self._assume(cells)
        try:
            self.machine.init(self.view)
        except Stopped as stop:
            self.outside.add(stop.why)
            raise Refused(stop.why) from None

    def step(self, state: State, action: str, args: Sequence[Value] = ()) -> Outcome:
        """What comes of an attempt to take an action."""
        return self._attempt(state, self.actions[action], args)

    def steps(self, state: State) -> Iterator[tuple[str, tuple[Value, ...], Outcome]]:
        """Each action with each choice of its parameters, and what comes of it."""
        for act in self.machine.actions:
            for args in choices(act.parameters.values()):
                yield act.name, args, self._attempt(state, act, args)

    def _attempt(self, state: State, act: Action, args: Sequence[Value]) -> Outcome:
        self.view.cells = cells = list(state)
        try:
            act.text(self.view, *args)
        except Refused as refusal:
            return Outcome("refused", reason=str(refusal))
        except Stopped as stop:
            return Outcome(stop.why)
        return Outcome("taken", after=tuple(cells))

    def value(self, text: Text, state: State, args: Sequence[Value] = ()) -> Value:
        """What a function says of a state and of parameters."""
        self.view.cells = list(state)
        return text(self.view, *args)

    def says(self, text: Text, state: State, args: Sequence[Value] = ()) -> bool:
        """Whether a condition is defined in a state, and holds."""
        return self.value(text, state, args) is True

    def holds(self, name: str, state: State) -> bool:
        """Whether the property of a name is defined in a state, and holds."""
        return self.says(self.machine.properties[name], state)

    def plain(self, state: State) -> Plain:
        """A state as plain data: by field a value, or values by tuples of keys."""
        return {field.name: _told(field, state) for field in self.fields}

    def parse(self, plain: Mapping[str, Any]) -> State:
        """The state that plain data tell."""
        return tuple(
            _member(told, field.values)
            for field in self.fields
            for told in _in_order(field, plain[field.name])
        )


def _told(field: Field, state: State) -> Any:  # as in Plain
    values = [_name(state[cell]) for cell in field.cells]
    if field.keys is None:
        return values[0]
    return dict(zip(map(_names, field.every_key), values, strict=True))


def _in_order(field: Field, told: Any) -> list[Any]:  # as in Plain
    return [told] if field.keys is None else [told[_names(key)] for key in field.every_key]


def _name(value: Value) -> Value:
    return value.name if isinstance(value, Enum) else value


def _names(key: tuple[Value, ...]) -> tuple[Value, ...]:
    return tuple(map(_name, key))


def _member(told: Value, sort: type) -> Value:
    return sort[told] if issubclass(sort, Enum) else told


def _sized(machine: Machine, names: Mapping[str, Any]) -> Sized:
    annotations = get_annotations(machine.state, globals=dict(names), eval_str=True)
    fields = laid_out(annotations)
    known = {**machine.definitions, **machine.example}
    domains = [domain for field in fields for domain in _domains(field, known.get(field.name))]
    return Sized(machine, fields, view_of(fields), domains, set())


def _domains(field: Field, definition: Text | None) -> Iterator[Sequence[Value]]:
    """What each cell of a field can hold."""
    for key in field.every_key:
        yield elements(field.values) if definition is None else [_defined(field, definition, key)]


def _defined(field: Field, definition: Text, key: tuple[Value, ...]) -> Value:
    value = definition(*key)
    if fitted(value, field.values) is not value:
        raise ValueError(f"{field.name}{key} is {value}, which is none of its sort")
    return value
