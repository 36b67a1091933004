"""Things: what the parts of a text stand for while it is followed, before any state is known."""

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sized
from enum import Enum
from types import BuiltinFunctionType, CellType, FunctionType, ModuleType
from typing import Any

import attrs

from spec.notation.errors import an
from spec.notation.mends import FILLS, mend
from spec.notation.sorts import Field, Map, Sort
from spec.notation.source import File, Written

Thing = Any
"""What a part of a text stands for: something fixed, as itself, or one of the things below."""


@attrs.frozen
class AValue:
    """A value of some state, of a sort: little is known of it here.

    Attributes:
        supposes: whether an implication is part of what says it.
    """

    supposes: bool = False


@attrs.frozen
class TheState:
    """The state."""


@attrs.frozen
class Whole:
    """A whole map or function of the state."""

    field: Field


@attrs.frozen(eq=False)
class Local:
    """A function that is written inside of a text, where the names around it are bound."""

    node: ast.Lambda | ast.FunctionDef
    frame: "Frame"
    defaults: Mapping[str, Thing]


class Passing(list[Thing]):
    """What is good for going through at once: a second time, Python may find nothing.

    It stands for an iterator or for a view, which is no list: Python compares it otherwise, and
    has another idea of whether it is true.
    """


class Late(Passing):
    """What is made part by part, of what its names stand for by then."""


VALUE = AValue()
SUPPOSING = AValue(supposes=True)
STATE = TheState()


@attrs.frozen(eq=False)
class Frame:
    """The names that a function, a lambda or a comprehension binds, and those around it.

    Attributes:
        written: the function of the author's that all of it is written in.
        cells: the names that this function takes from functions around it.
        outer: the names of its module.
        local: the names that are bound here at some time.
        once: those of them that are bound once, and not in a loop.
        names: what each is bound to by now.
        around: the frame that this one is written in, where it is written in a text.
    """

    written: Written
    cells: Mapping[str, CellType]
    outer: Mapping[str, object]
    local: frozenset[str]
    once: frozenset[str]
    names: dict[str, Thing] = attrs.field(factory=dict)
    around: "Frame | None" = None

    @property
    def file(self) -> File:
        """The file that all of it is written in."""
        return self.written.file

    def inside(self, local: frozenset[str], once: frozenset[str]) -> "Frame":
        """A frame that is written in this one, with nothing bound yet."""
        return attrs.evolve(self, local=local, once=once, names={}, around=self)

    def binder(self, name: str) -> "Frame | None":
        """The frame that binds a name; None where no part of the text does."""
        frame: Frame | None = self
        while frame and name not in frame.local:
            frame = frame.around
        return frame


def supposes(thing: Thing) -> bool:
    """Whether an implication is part of what says something."""
    if isinstance(thing, tuple | list):
        return any(map(supposes, thing))
    if isinstance(thing, dict):
        return any(map(supposes, thing.values()))
    return isinstance(thing, AValue) and thing.supposes


def made_of(*things: Thing) -> AValue:
    """The value that is made of some things."""
    return SUPPOSING if any(map(supposes, things)) else VALUE


def is_fixed(thing: Thing) -> bool:
    """Whether something is known before any state, and is what Python computes with as we do.

    A function, a module or a class that is no enumeration is known, but nothing to compute with.
    """
    if isinstance(thing, tuple | list):
        return all(map(is_fixed, thing))
    if isinstance(thing, dict):
        return all(map(is_fixed, (*thing, *thing.values())))
    return isinstance(thing, bool | int | str | Enum | range | slice) or is_enumeration(thing)


MOST_PARTS = 1 << 16  # of what a text goes through or puts together
_MOST_BITS = 1 << 12  # of a number


def is_large(thing: Thing) -> bool:
    """Whether something fixed is larger than what a text computes with."""
    if isinstance(thing, int):
        return thing.bit_length() > _MOST_BITS
    return isinstance(thing, Sized) and len(thing) > MOST_PARTS


def would_be_large(compute: Callable[..., Thing], *things: Thing) -> bool:
    """Whether an operator would give something far larger than what it is given."""
    if compute is operator.mul and any(isinstance(thing, Sized) for thing in things):
        sizes = (len(thing) if isinstance(thing, Sized) else thing for thing in things)
        return math.prod(size for size in sizes if isinstance(size, int)) > MOST_PARTS
    if compute is operator.pow and all(isinstance(thing, int) for thing in things):
        base, exponent = things
        return bool(abs(base) > 1 and base.bit_length() * exponent > 2 * _MOST_BITS)
    return False


def mappings(value: object) -> Iterator[Mapping[object, object]]:
    """The mappings that something is, or is made of; each once, for one may hold itself."""
    pending, seen = [value], set[int]()
    while pending:
        part = pending.pop()
        if id(part) in seen or not isinstance(part, dict | tuple):
            continue
        seen.add(id(part))
        if isinstance(part, dict):
            yield part
            pending += [*part, *part.values()]
        else:
            pending += part


def is_enumeration(thing: Thing) -> bool:
    return isinstance(thing, type) and issubclass(thing, Enum)


def described(thing: Thing) -> str:
    """What something is, in a few words."""
    match thing:
        case AValue():
            return "a value of the state"
        case TheState():
            return "the whole state"
        case Whole(field=field):
            return f"{field.name}, a whole {'map' if field.kind is Map else 'function'},"
        case Local():
            return "a function"
        case None:
            return "nothing"
        case FunctionType(__name__=name) | BuiltinFunctionType(__name__=name) | type(__name__=name):
            return str(name)
        case ModuleType(__name__=name):
            return f"the module {name}"
    return an(type(thing).__name__)


def no_value(thing: Thing) -> str:
    """Why something cannot stand where one value does, and what can."""
    said = f"{described(thing)} is no value"
    match thing:
        case Whole(field=field) if field.kind is Map:
            key = ", ".join("abcdefgh"[: len(field.keys)])
            each = f"forall({_keys(field)}, lambda {key}: s.{field.name}[{key}] == ...)"
            return f"{said}; compare at each key: {each}"
        case Whole(field=field):
            return f"{said}; call it, as in s.{field.name}(...)"
        case None:
            return f"{said}; return one"
        case Local():
            return f"{said}; call it"
        case tuple() | list():
            return f"{said}; take its parts one at a time, or hand them over as in all_of(*parts)"
    return f"{said}; write a value of the state, a number or a member"


def no_part(thing: Thing, written: str, name: str) -> str:
    """Why a text does not read a name of something that is written so, and what it can read."""
    said = f"{written} has no {name}"
    match thing:
        case Whole(field=field) if field.kind is Map:
            read = f"read it as {written}[{_keys(field)}], and go through it with forall and exists"
            return f"{said}; it has fill, fill_by and reset; {read}"
        case Whole(field=field):
            return f"{said}; call it, as in {written}({_keys(field)})"
        case AValue() if name in FILLS:
            return f"{written} is one value, and no map; write {written} = ..."
        case AValue():
            return f"{said}, as no value has; compare it, or keep what is meant in a field or a map"
        case type() if issubclass(thing, Sort):
            return f"{said}; {mend(thing)}"
    return (
        f"{written}.{name}: a text reads fields of the state, members of enumerations and names of "
        "modules; give what is meant a name at the top of the file"
    )


def _keys(field: Field) -> str:
    return ", ".join(sort.__name__ for sort in field.keys)


def not_written(field: Field) -> str:
    """Why a field is not written as a whole, and what is written."""
    if field.kind is Map:
        return f"{field.name} is a whole Map; write its cells, or fill a map"
    return f"{field.name} is a function, which no action writes; make it a map"
