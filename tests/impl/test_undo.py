"""What an `Undoable` holds comes back as it was, whatever was done to it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import product
from threading import Thread
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impl.ledger.undo import Undoable, UndoLog
from tests.support.in_order import in_order

ANYTHING = Any  # what a container can hold


@attrs.define
class Shelf(Undoable):
    """Something of each kind."""

    number: int = 0
    table: dict[str, ANYTHING] = attrs.field(factory=dict)
    row: list[ANYTHING] = attrs.field(factory=list)
    group: set[str] = attrs.field(factory=set)
    counts: Counter[str] = attrs.field(factory=Counter)


FILLED: Sequence[tuple[str, Any]] = [
    ("table", {"b": 1, "a": [1], "c": {"x": 1}}),
    ("row", [3, 1, 2, [1], {"x": 1}]),
    ("row", [3, 1, 2]),  # which can be sorted
    ("group", {"a", "b"}),
    ("counts", Counter(b=2, a=1)),
]
GIVEN: list[tuple[Any, ...]] = [
    *product(["a", "z", 0, 9, ["a", "z"], {"a": 5, "z": 7}, {"z"}, [[1], ["a"]]]),
    (),
    ("a", 5),
    ("z", [5]),
    (0, [5]),
]
SLICES: list[tuple[Any, ...]] = [(slice(1, 2),), (slice(0, 2), [7, [8]])]
KINDS = (dict, list, set, Counter)
CALLED = {name for kind in KINDS for name in dir(kind) if callable(getattr(kind, name))}
METHODS = sorted((CALLED - {*dir(object), "__class_getitem__"}) | {"__init__"})


def outcome(container: Any, method: str, given: Sequence[Any]) -> object:
    """What a method returns of plain values, or why it fails."""
    try:
        found = getattr(container, method)(*given)
    except (LookupError, TypeError, ValueError, AttributeError, NotImplementedError) as error:
        return type(error)
    return found if isinstance(found, int | str | list) else None


@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_a_container_is_undone(method: str) -> None:
    """With anything that it takes; and it does the same as that of a plain container."""
    given = GIVEN + SLICES * method.endswith("item__")
    for (place, filled), args in product(FILLED, given):
        shelf, log = Shelf(**{place: filled}), UndoLog()
        plain = type(filled)(filled)
        held = getattr(shelf, place)
        before = in_order(shelf)
        with log.recording():
            assert outcome(held, method, args) == outcome(plain, method, args)
            assert in_order(held) == in_order(plain)
            for inner in held.values() if place == "table" else held if place == "row" else ():
                outcome(inner, "append", [1])
                outcome(inner, "update", [{"y": 1}])
        log.undo()
        assert in_order(shelf) == before
        assert not log


CHANGES: Sequence[Callable[[Shelf], object]] = [
    lambda shelf: setattr(shelf, "number", shelf.number + 1),
    lambda shelf: shelf.table.__setitem__("a", {}),
    lambda shelf: shelf.table.setdefault("b", []).append(1),
    lambda shelf: shelf.table.pop("a", None),
    lambda shelf: setattr(shelf, "table", {"a": [{}]}),
    lambda shelf: [
        inner.update(x=[1]) for inner in shelf.table.values() if isinstance(inner, dict)
    ],
    lambda shelf: shelf.row.append([]),
    lambda shelf: shelf.row.append(Shelf(row=[Shelf()])),
    lambda shelf: shelf.row[-1].row.append(1),
    lambda shelf: shelf.row[0].append(1),
    lambda shelf: shelf.group.add("a"),
    lambda shelf: setattr(shelf, "group", shelf.group ^ {"a", "b"}),
    lambda shelf: shelf.counts.update("ab"),
    lambda shelf: shelf.counts.subtract("a"),
    lambda shelf: shelf.counts.pop("b", 0),
]
SCRIPT = st.lists(st.sampled_from(CHANGES), max_size=20)


def act(shelf: Shelf, script: Sequence[Callable[[Shelf], object]]) -> None:
    for change in script:
        try:
            change(shelf)
        except (LookupError, AttributeError):  # there is nothing to change
            continue


@given(SCRIPT, SCRIPT, SCRIPT)
def test_changes_are_undone_up_to_a_mark(
    first: list[Callable[[Shelf], object]],
    second: list[Callable[[Shelf], object]],
    third: list[Callable[[Shelf], object]],
) -> None:
    shelf, log = Shelf(), UndoLog()
    act(shelf, first)
    begun = in_order(shelf)
    with log.recording():
        act(shelf, second)
        mark, marked = len(log), in_order(shelf)
        act(shelf, third)
        log.undo(mark)
        assert in_order(shelf) == marked
    log.undo()
    assert in_order(shelf) == begun


def test_what_is_cleared_stays() -> None:
    shelf, log = Shelf(), UndoLog()
    with log.recording():
        shelf.number = 1
    log.clear()
    log.undo()
    assert shelf.number == 1


def test_only_what_is_changed_meanwhile_and_here_is_undone() -> None:
    shelf, log = Shelf(), UndoLog()
    with log.recording():
        thread = Thread(target=lambda: shelf.table.update(there=1))
        thread.start()
        thread.join()
        shelf.number = 1
    shelf.number = 2
    log.undo()
    assert (shelf.number, shelf.table) == (0, {"there": 1})


@attrs.define
class Bare:
    """What notes nothing."""

    number: int = 0


@attrs.define
class Validated(Undoable):
    """What attrs writes a `__setattr__` for, which notes nothing either."""

    number: int = attrs.field(default=0, validator=attrs.validators.instance_of(int))


UNFIT = [bytearray(1), np.zeros(1), defaultdict(list), Bare(), Validated()]


@pytest.mark.parametrize("held", UNFIT)
def test_what_could_not_be_undone_is_refused(held: Any) -> None:
    puts: Sequence[Callable[[Shelf], object]] = [
        lambda shelf: setattr(shelf, "number", held),
        lambda shelf: shelf.table.update(a=held),
        lambda shelf: shelf.table.setdefault("a", held),
        lambda shelf: shelf.row.append([held]),
        lambda shelf: shelf.row.insert(0, held),
        lambda shelf: Shelf(row=[{"a": held}]),
    ]
    for put in puts:
        with pytest.raises(TypeError, match="its changes cannot be undone: make it an Undoable"):
            put(Shelf())
