"""What a text sees of a state: its fields, over cells that hold what the state holds."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import count, product
from typing import Any, Protocol

from attrs import define, frozen

from tests.support.machines.oracle.words import (
    Refused,
    Shape,
    Stopped,
    Text,
    Undefined,
    Value,
    choices,
    elements,
    fitted,
    joined,
)

State = tuple[Value, ...]


@frozen
class Field:
    """A field, and the first of the cells that hold it: one for each key, in their order.

    Attributes:
        keys: the sorts of its keys; None for a field without keys.
        fixed: whether it is a function, which nothing writes.
    """

    name: str
    first: int
    keys: tuple[type, ...] | None
    values: type
    fixed: bool

    @cached_property
    def every_key(self) -> list[tuple[Value, ...]]:
        """Its keys, each as a tuple; a field without keys has the empty one."""
        return choices(self.keys or ())

    @property
    def cells(self) -> range:
        """The numbers of its cells."""
        return range(self.first, self.first + len(self.every_key))


def laid_out(annotations: dict[str, Value]) -> list[Field]:
    """The fields of a state class, one after the other."""
    fields: list[Field] = []
    for name, said in annotations.items():
        first = fields[-1].cells.stop if fields else 0
        if isinstance(said, Shape):
            fields.append(Field(name, first, said.keys, said.values, said.fixed))
        else:
            fields.append(Field(name, first, None, said, fixed=False))
    return fields


MOST_WAYS = 20_000
"""Through one run."""


class TooLarge(Exception):
    """To look at everything would take too long."""


class Cells(Protocol):
    """What a view looks at: a list, or cells that are chosen once they are read."""

    def __getitem__(self, cell: int, /) -> Value: ...
    def __setitem__(self, cell: int, value: Value, /) -> None: ...


class View:
    """A state as a text sees it. Which cells it looks at can be changed at any time."""

    cells: Cells

    def put(self, cell: int, value: Value, sort: type) -> None:
        """Write a value that is of the sort; what is none of it stops the action."""
        value = fitted(value, sort)
        if isinstance(value, Undefined):
            raise Stopped(value.why)
        self.cells[cell] = value


class Table:
    """A map or a function of a state as a text sees it."""

    def __init__(self, view: View, field: Field) -> None:
        self._view, self._field = view, field
        self._cell = dict(zip(field.every_key, field.cells, strict=True))

    def _place(self, key: Value) -> Value:
        """The cell of a key; undefined if the key is, or is none of its sorts."""
        parts = key if isinstance(key, tuple) else (key,)
        place = self._cell.get(parts)
        return self._nowhere(parts) if place is None else place

    def _nowhere(self, parts: tuple[Value, ...]) -> Undefined:
        """Why a key has no cell: its parts that are none of their sorts."""
        return joined(map(fitted, parts, self._field.keys or ()))

    def __getitem__(self, key: Value) -> Value:
        place = self._place(key)
        return place if isinstance(place, Undefined) else self._view.cells[place]

    def __call__(self, *key: Value) -> Value:
        return self[key]

    def __iter__(self) -> Iterator[Value]:
        return (self._view.cells[cell] for cell in self._field.cells)

    def __setitem__(self, key: Value, value: Value) -> None:
        place = self._place(key)
        if isinstance(place, Undefined):
            raise Stopped(place.why)
        self._put(place, value)

    def _put(self, cell: int, value: Value) -> None:
        if self._field.fixed:
            raise TypeError(f"{self._field.name} is a function, which nothing writes")
        self._view.put(cell, value, self._field.values)

    def fill(self, value: Value) -> None:
        """Write one value to every key."""
        self.fill_by(lambda key: value)

    def reset(self) -> None:
        """Write the first element of the sort to every key."""
        self.fill(elements(self._field.values)[0])

    def fill_by(self, value: Text) -> None:
        """Write to every key what a function gives for it, of the map as it was before.

        The function is handed one key, which is a tuple where the map has several.
        """
        values = [value(key[0] if len(key) == 1 else key) for key in self._field.every_key]
        fitting = [fitted(filled, self._field.values) for filled in values]
        if any(isinstance(filled, Undefined) for filled in fitting):
            raise Stopped(joined(fitting).why)
        for cell, filled in zip(self._field.cells, values, strict=True):
            self._put(cell, filled)


def view_of(fields: Iterable[Field]) -> View:
    """A view with an attribute for each field."""
    looks = type("Looks", (View,), {f.name: _scalar(f) for f in fields if f.keys is None})
    view: View = looks()
    for field in fields:
        if field.keys is not None:
            setattr(view, field.name, Table(view, field))
    return view


def _scalar(field: Field) -> property:
    def read(view: View) -> Value:
        return view.cells[field.first]

    def write(view: View, value: Value) -> None:
        view.put(field.first, value, field.values)

    return property(read, write)


@define
class Guess:
    """Cells of which each is chosen when it is first read, unless it was written before.

    Attributes:
        domains: what each cell can hold.
        script: the first choices; each further one is the first of its domain.
        made: the choices made.
        held: what the cells hold that were read or written.
    """

    domains: Sequence[Sequence[Value]]
    script: tuple[Value, ...]
    made: list[tuple[int, Value]]
    held: dict[int, Value]

    def __getitem__(self, cell: int) -> Value:
        if cell not in self.held:
            turn = len(self.made)
            self.held[cell] = (
                self.script[turn] if turn < len(self.script) else self.domains[cell][0]
            )
            self.made.append((cell, self.held[cell]))
        return self.held[cell]

    def __setitem__(self, cell: int, value: Value) -> None:
        self.held[cell] = value

    def others(self) -> Iterator[tuple[Value, ...]]:
        """The scripts that go along with this one, and choose otherwise at its end."""
        values = tuple(value for _, value in self.made)
        for turn in range(len(self.script), len(self.made)):
            for value in self.domains[self.made[turn][0]][1:]:
                yield (*values[:turn], value)

    def found(self, state: State) -> frozenset[tuple[int, Value]]:
        """What was found in the cells that were read, or left alone, where a state comes of it."""
        alone = (cell for cell in range(len(self.domains)) if cell not in self.held)
        return frozenset({*self.made, *((cell, state[cell]) for cell in alone)})

    def states(self) -> Iterator[State]:
        """The states that hold what was chosen and written, and anything else elsewhere."""
        return product(
            *(
                (self.held[cell],) if cell in self.held else domain
                for cell, domain in enumerate(self.domains)
            )
        )


def every_way(domains: Sequence[Sequence[Value]], run: Callable[[Cells], Any]) -> Iterator[Guess]:
    """Each way through a run that goes through: it is run once for each choice of what it reads.

    Raises:
        TooLarge: there are too many.
    """
    scripts: list[tuple[Value, ...]] = [()]
    for number in count():
        if not scripts:
            break
        if number == MOST_WAYS:
            raise TooLarge
        guess = Guess(domains, scripts.pop(), [], {})
        try:
            run(guess)
        except Refused:
            pass
        else:
            yield guess
        scripts.extend(guess.others())
