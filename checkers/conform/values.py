"""Values of a machine as JSON that any language reads alike (docs/formats/values.md).

An element of a sort that only tells things apart is a text, `client0`; a member of an enumeration
its name; a number a number, or decimal text from 2**53 on, for many languages' numbers end there. A
map is a list of `[[key, ...], value]`, and leaves out what is as it was at the start.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Generic, Literal, TypeVar

from checkers.conform.written import Json, shown, text
from spec.notation import Scope
from spec.notation.machine import Action, Machine, fields_of
from spec.notation.sorts import Field, Fun, Map, Ordinal, SortType, Value, is_finite

S = TypeVar("S")

EXACT = 2**53
"""The first number that is written as text."""
_FEW = 8  # elements of a sort that are told one by one


Code = Literal["value", "entry", "field"]
"""What is wrong of what was written (docs/formats/machines.md)."""


class Unreadable(ValueError):
    """What was written is none of the machine's values; the message names the place.

    Attributes:
        code: what is wrong.
    """

    def __init__(self, words: str, code: Code = "value") -> None:
        super().__init__(words)
        self.code = code


class Notation(Generic[S]):
    """How the values of a machine at a size are written.

    Args:
        machine: whose values.
        scope: the elements of its sorts.
        start: the state from which what is left out of a map is taken.
    """

    def __init__(self, machine: Machine[S], scope: Scope, start: S) -> None:
        self.machine = machine
        self.scope = scope
        self.fields = {n: f for n, f in machine.fields.items() if f.kind is not Fun}
        self._start = start
        self._names: dict[SortType, list[Json]] = {}
        self._places: dict[SortType, dict[tuple[type, Value], int]] = {}

    # Writing

    def names(self, sort: SortType) -> list[Json]:
        """What the elements of a sort are called, in order."""
        if sort not in self._names:
            elements = self.scope.numbered.elements(sort)
            self._names[sort] = [_name(element, sort) for element in elements]
        return self._names[sort]

    def write(self, value: Value, sort: SortType) -> Json:
        """A value of a sort. Raises Unreadable for one that is not listed."""
        return self.names(sort)[self._place(value, sort)]

    def _place(self, value: Value, sort: SortType) -> int:
        """Which of the elements of a sort a value is. Raises Unreadable."""
        if sort not in self._places:
            elements = self.scope.elements(sort)
            self._places[sort] = {(type(each), each): i for i, each in enumerate(elements)}
        kind = int if issubclass(sort, Ordinal) and sort not in self.scope.universe else type(value)
        place = self._places[sort].get((kind, value))
        if place is None:
            raise Unreadable(f"{value!r:.80} is no {sort.__name__} of those that are listed")
        return place

    def arguments(self, act: Action[S], args: Sequence[Value]) -> list[Json]:
        """The parameters of an action."""
        return [*map(self.write, args, act.parameters.values())]

    def content(self, field: Field, content: Value) -> Json:
        """What a field holds; of a map, what differs from the start, in the order of its keys."""
        if field.kind is not Map:
            return self.write(content, field.sort)
        begun = getattr(self._start, field.name)
        try:
            changed = {_parts(key): value for key, value in content.items() if value != begun[key]}
        except (AttributeError, LookupError):
            raise Unreadable(f"{field.name} is shown as {content!r:.80}") from None
        in_order = sorted(changed, key=lambda key: [*map(self._place, key, field.keys)])
        return [
            [[*map(self.write, key, field.keys)], self.write(changed[key], field.sort)]
            for key in in_order
        ]

    def state(self, contents: Mapping[str, Value]) -> dict[str, Json]:
        """A state, field by field, as a driver shows it. Raises Unreadable."""
        for name in contents:
            if name not in self.fields:
                raise Unreadable(f"{self.machine.name} has no field {name}", "field")
        return {name: self.content(self.fields[name], held) for name, held in contents.items()}

    def begun(self) -> dict[str, Json]:
        """The state at the start, with every entry of its maps."""
        return {
            name: self._table(field)
            if field.kind is Map
            else self.write(getattr(self._start, name), field.sort)
            for name, field in self.fields.items()
        }

    def functions(self) -> dict[str, Json]:
        """What each function of the machine gives, for every key."""
        functions = (f for f in fields_of(self.machine.state).values() if f.kind is Fun)
        return {field.name: self._table(field) for field in functions}

    def _table(self, field: Field) -> Json:
        """What a map or a function has at the start, for every key."""
        return [
            [
                [*map(self.write, key, field.keys)],
                self.write(self.machine.cell(self._start, field, key), field.sort),
            ]
            for key in self.scope.keys(field)
        ]

    # Reading

    def read(self, written: Json, sort: SortType) -> Value:
        """A value of a sort. Raises Unreadable."""
        for name, element in zip(self.names(sort), self.scope.elements(sort), strict=True):
            if type(name) is type(written) and name == written:
                return element
        is_text_of_number = isinstance(written, str) and written in map(str, self.names(sort))
        mend = "write it as a number" if is_text_of_number else f"give {self._listed(sort)}"
        raise Unreadable(f"{shown(written)} is no {_kind(sort)}: {mend}")

    def _listed(self, sort: SortType) -> str:
        """What the elements of a sort are, in words; of many of a kind, the first and the last."""
        names = [*map(text, self.names(sort))]
        if len(names) <= _FEW or is_finite(sort):
            return f"one of {', '.join(names)}" if len(names) > 1 else names[0]
        return f"one of {names[0]} to {names[-1]}"

    def read_arguments(self, act: Action[S], written: Json) -> tuple[Value, ...]:
        """The parameters of an action. Raises Unreadable."""
        sorts = act.parameters.values()
        if not isinstance(written, list) or len(written) != len(sorts):
            raise Unreadable(f"args of {act.name}: give a list of {len(sorts)}")
        return tuple(map(self.read, written, sorts))

    def read_state(self, written: Json) -> dict[str, Value]:
        """A state, as a driver shows it. Raises Unreadable; which fields there are is not its."""
        if not isinstance(written, dict):
            raise Unreadable(f"state is {shown(written)}: give an object with each field", "field")
        return {name: self._read_field(name, content) for name, content in written.items()}

    def _read_field(self, name: str, written: Json) -> Value:
        field = self.fields.get(name)
        if field is None:
            raise Unreadable(f"state.{name}: {self.machine.name} has no such field", "field")
        try:
            if field.kind is not Map:
                return self.read(written, field.sort)
            return self._read_map(field, written)
        except Unreadable as error:
            raise Unreadable(f"state.{name}: {error}", error.code) from None

    def _read_map(self, field: Field, written: Json) -> dict[Value, Value]:
        found: dict[Value, Value] = {}
        for entry in written if isinstance(written, list) else [written]:
            match entry:
                case [[*parts], value] if len(parts) == len(field.keys):
                    key = tuple(map(self.read, parts, field.keys))
                    place = key if len(key) != 1 else key[0]
                    if place in found:
                        raise Unreadable(f"{shown(parts)} is given twice", "entry")
                    found[place] = self.read(value, field.sort)
                case _:
                    keys = ", ".join(map(_kind, field.keys))
                    mend = f"give a list of entries [[{keys}], {_kind(field.sort)}]"
                    raise Unreadable(f"{shown(entry)}: {mend}", "entry")
        return found


def _name(element: Value, sort: SortType) -> Json:
    if sort is bool:
        return element
    if issubclass(sort, Ordinal):
        return int(element) if element < EXACT else str(int(element))
    return element.name if isinstance(element, Enum) else f"{sort.__name__.lower()}{element}"


def _kind(sort: SortType) -> str:
    """What an element of a sort is called."""
    return "truth value" if sort is bool else sort.__name__


def _parts(key: Value) -> tuple[Value, ...]:
    return key if isinstance(key, tuple) else (key,)
