"""Likeness: whether what an implementation shows is what the specification holds, and all of it.

Python takes True for 1 and 1.0 for 1, and a value that has `==` of its own for whatever it likes.
Here values are alike if they are equal and of one type, all the way down; every field is shown that
the setup does not hide, and no other; and a map has no keys but those of its sorts.
"""

import traceback
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

from checkers.traces.trace import place
from spec.notation import MachineError
from spec.notation.errors import an
from spec.notation.machine import Machine
from spec.notation.sorts import Field, Fun, Map, Ordinal, Scope, SortType, Value

S = TypeVar("S")

Getter: TypeAlias = Callable[[Any], tuple[Value, ...]]  # of what has fields, in either way

_LONG, _FEW = 200, 4  # characters of a value, and elements of a sort, that a message shows


class Likeness(Generic[S]):
    """Compares states of a machine with what an implementation shows.

    Args:
        machine: the protocol.
        scope: the elements of its sorts.
        start: the state in which both start; a map may leave out what is as it was then.
        hidden: fields that the implementation does not show, each with why.
        told: how a value of a sort is written where two differ.

    Raises:
        MachineError: what is hidden is no field that could be shown.
    """

    def __init__(
        self,
        machine: Machine[S],
        scope: Scope,
        start: S,
        hidden: Mapping[str, str],
        told: Callable[[Value, SortType], str],
    ) -> None:
        self.machine = machine
        self.scope = scope
        self.start = start
        self.hidden = hidden
        self._told = told
        fields = {name: f for name, f in machine.fields.items() if f.kind is not Fun}
        for name in hidden:
            if name not in fields:
                raise MachineError(
                    f"the setup hides {name}, which is no field that a driver shows; "
                    f"{machine.name} has {', '.join(fields)}"
                )
        self.fields = {name: field for name, field in fields.items() if name not in hidden}
        self._glance = _Glance(list(self.fields.values()), scope, start)

    def difference(self, spec: S, shown: Value) -> str | None:
        """What is first seen to differ, in words.

        Args:
            spec: what the specification holds.
            shown: what the implementation shows, field by field.

        Raises whatever strange values raise when they are looked at.
        """
        if self._glance.finds_alike(spec, shown):
            return None
        if not isinstance(shown, Mapping):
            return f"state() is {told(shown)}, which is no mapping"
        contents = dict(shown)
        if misfit := self._misfit(contents):
            return misfit
        for name, field in self.fields.items():
            look = self._look_at_map if field.kind is Map else self._look_at_scalar
            if how := look(field, getattr(spec, name), contents[name]):
                return how
        return None

    def _misfit(self, shown: Mapping[Value, Value]) -> str | None:
        """A field that is shown and should not be, or the reverse."""
        for name in shown:
            if name not in self.fields:
                return f"the driver shows {name}, which {self._stranger(name)}"
        missing = [name for name in self.fields if name not in shown]
        if not missing:
            return None
        said = f"the driver does not show {', '.join(missing)}"
        return f"{said}; let it, or say why not: Setup(hidden={{{missing[0]!r}: ...}})"

    def _stranger(self, name: Value) -> str:
        if name in self.hidden:
            return "the setup hides"
        if name in self.machine.fields:
            return "is a function; a setup gives functions, and no driver shows them"
        return f"is no field of {self.machine.name}"

    def _look_at_scalar(self, field: Field, expected: Value, actual: Value) -> str | None:
        return None if alike(expected, actual) else self._differ(field, (), expected, actual)

    def _look_at_map(
        self, field: Field, expected: Mapping[Value, Value], actual: Value
    ) -> str | None:
        if not isinstance(actual, Mapping):
            return f"{field.name} is shown as {told(actual)}, which is no mapping"
        keys, held = {key: key for key in expected}, dict(actual)
        for key, value in held.items():
            if key not in keys or not alike(keys[key], key):
                return self._strange(field, key, value)
        for key, value in (getattr(self.start, field.name) | held).items():
            if not alike(expected[key], value):
                parts = key if isinstance(key, tuple) else (key,)
                return self._differ(field, parts, expected[key], value)
        return None

    def _strange(self, field: Field, key: Value, value: Value) -> str:
        """What is said of a key that a map does not have."""
        wanted = ", ".join(_listed(sort, self.scope) for sort in field.keys)
        key_is = f"a tuple of {wanted}" if len(field.keys) > 1 else wanted
        return f"{field.name} is shown with {told(value)} at {told(key)}; a key is {key_is}"

    def _differ(self, field: Field, key: tuple[Value, ...], expected: Value, actual: Value) -> str:
        cell = place(self.scope, field, key)
        one, other = self._told(expected, field.sort), self._told(actual, field.sort)
        said = f"{cell}: specification {one}, implementation {other}"
        if one == other:
            kinds = type(actual).__qualname__, type(expected).__qualname__
            said += f", of the type {kinds[0]} and not {kinds[1]}"
        return said


class _Glance:
    """Compares whole states quickly: what it finds alike is alike, and all else may be.

    Where every container is a plain dictionary, and every key and value of the one type that its
    sort has here, `==` can be trusted.
    """

    def __init__(self, fields: Sequence[Field], scope: Scope, start: object) -> None:
        maps = [field for field in fields if field.kind is Map]
        scalars = [field for field in fields if field.kind is not Map]
        names = [field.name for field in (*maps, *scalars)]
        self._size, self._maps = len(names), len(maps)
        self._shown, self._held = _all_of(itemgetter, names), _all_of(attrgetter, names)
        self._start = [dict(getattr(start, field.name)) for field in maps]
        self._pairs = [number for number, field in enumerate(maps) if len(field.keys) > 1]
        self._parts = [[_type(sort, scope) for sort in maps[n].keys] for n in self._pairs]
        self._keys = [_type(f.keys[0], scope) if len(f.keys) == 1 else tuple for f in maps]
        self._values = [_type(field.sort, scope) for field in maps]
        self._scalars = [_type(field.sort, scope) for field in scalars]
        self._whole = self._types([len(cells) for cells in self._start])

    def finds_alike(self, spec: object, shown: Value) -> bool:
        """Whether they are alike at first glance."""
        if type(shown) is not dict or len(shown) != self._size:
            return False
        try:
            contents = self._shown(shown)
            maps = contents[: self._maps]
            cells = chain(contents, *maps, *map(dict.values, maps))
            if self._pairs:
                cells = chain(cells, *(chain.from_iterable(maps[n]) for n in self._pairs))
            types = list(map(type, cells))
        except (LookupError, TypeError):
            return False
        held = self._held(spec)
        if types == self._whole and contents == held:
            return True
        if types != self._types([len(cells) for cells in maps]):
            return False
        filled = [{**start, **cells} for start, cells in zip(self._start, maps, strict=True)]
        return (*filled, *contents[self._maps :]) == held

    def _types(self, sizes: Sequence[int]) -> list[object]:
        """What the types must be, in the order above, if the maps have so many entries."""
        types: list[object] = [*[dict] * self._maps, *self._scalars]
        for of_each in (self._keys, self._values):
            types += chain.from_iterable([t] * n for t, n in zip(of_each, sizes, strict=True))
        for number, parts in zip(self._pairs, self._parts, strict=True):
            types += parts * sizes[number]
        return types


def _all_of(getter: Callable[..., Callable[[Any], Any]], names: Sequence[str]) -> Getter:
    """What takes all of several fields, as a tuple also if it is one."""
    if len(names) > 1:
        return getter(*names)
    return lambda of: tuple(getter(name)(of) for name in names)


def _type(sort: SortType, scope: Scope) -> type | None:
    """The type of all elements of a sort; None if they are of several, or have parts."""
    if issubclass(sort, Ordinal):
        return int
    found = set(map(type, scope.elements(sort)))
    return found.pop() if len(found) == 1 and tuple not in found else None


def alike(expected: Value, actual: Value) -> bool:
    """Whether a value that is shown is the one that is expected: equal, and of its type.

    A number of an ordinal sort is a plain one, on either side.
    """
    if type(expected) is tuple:
        return (
            type(actual) is tuple
            and len(actual) == len(expected)
            and all(map(alike, expected, actual))
        )
    if type(expected) is not type(actual):
        is_number = isinstance(expected, int) and not isinstance(expected, bool)
        if not is_number or not (type(actual) is int or isinstance(actual, Ordinal)):
            return False
    return bool(expected == actual)


def _listed(sort: SortType, scope: Scope) -> str:
    """What an element of a sort can be, in words."""
    elements = scope.elements(sort)
    some = ", ".join(map(told, elements[:_FEW]))
    return f"{sort.__name__} ({some}{', ...' if len(elements) > _FEW else ''})"


def told(value: Value) -> str:
    """A value in a message: on one line, and not without end."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # whatever is shown, something can be said of it
        text = f"{an(type(value).__name__)} that cannot be printed"
    return text if len(text) <= _LONG else f"{text[:_LONG]}..."


def in_python(value: Value, _: SortType) -> str:
    """A value of a sort as Python writes it."""
    return told(value)


def failure(error: BaseException, here: str) -> str:
    """An exception in words, and where it comes from, if that is not the file `here`."""
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    file = frame.f_code.co_filename
    return told(error) if file == here else f"{told(error)}, at {Path(file).name}:{line}"
