"""Whatever help() names of what is public can be imported by a public name."""

from collections.abc import Iterator
from types import FunctionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

import tallystick
from tallystick import Machine, parts

PUBLIC = {getattr(room, name) for room in (tallystick, parts) for name in room.__all__}
OURS = {made.__module__.partition(".")[0] for made in PUBLIC}
BY_ENGINES = {"defined", "read", "read_predicate", "read_value"}
"""How engines read a machine, as what only they know."""


def annotations(made: Any) -> Iterator[object]:  # Any: a class or a function
    """Those of a function; those of a class, of its attributes, methods and properties."""
    hidden = BY_ENGINES if made is Machine else set()
    hints = get_type_hints(made)
    yield from (hint for name, hint in hints.items() if name not in hidden and name[0] != "_")
    for name, member in vars(made).items() if isinstance(made, type) else ():
        function = getattr(member, "fget", None) or getattr(member, "__func__", member)
        if isinstance(function, FunctionType) and name not in hidden and name[0] != "_":
            yield from get_type_hints(function).values()


def classes_of(annotation: object) -> Iterator[type]:
    """The classes that an annotation names."""
    if isinstance(annotation, list | tuple):
        for part in annotation:
            yield from classes_of(part)
    elif get_origin(annotation):
        yield from classes_of([get_origin(annotation), *get_args(annotation)])
    elif isinstance(annotation, type):
        yield annotation


def named_by(made: object) -> set[type]:
    """The classes of ours that the annotations of something public name."""
    named = classes_of(list(annotations(made)))
    return {cls for cls in named if cls.__module__.partition(".")[0] in OURS}


@pytest.mark.parametrize("made", sorted(PUBLIC, key=str))
def test_every_type_that_is_named_is_public(made: object) -> None:
    assert not named_by(made) - PUBLIC


def test_every_part_is_named_by_something() -> None:
    """What is there is what somebody meets who looks into a result."""
    named = {cls for made in PUBLIC for cls in named_by(made) - {made}}
    assert not {getattr(parts, name) for name in parts.__all__} - named


def test_methods_and_properties_are_looked_at() -> None:
    assert parts.Obligation in named_by(tallystick.Proof)
    assert parts.Line in named_by(tallystick.Verdict)
    assert tallystick.Options in named_by(tallystick.explore)
    assert parts.Field in named_by(Machine)
