"""Symmetry is decided by the text: what names an element is refused, and why is said."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from checkers.explore.explorer import explore
from spec.notation import (
    Action,
    Fun,
    Machine,
    MachineError,
    Map,
    Ordinal,
    Sort,
    action,
    forall,
    ite,
    require,
    size,
    state,
)


class Guest(Sort): ...


class Place(Ordinal): ...


class Row(Ordinal): ...


@state
class Hall:
    usher: Guest
    at: Map[Row, Guest]
    host: Fun[[Row], Guest]
    rank: Fun[[Row], Place]
    knows: Fun[[Guest, Guest], bool]
    count: Place


def empty_hall(s: Hall) -> None:
    s.at.fill(s.usher)
    s.count = Place(0)


@action
def seat(s: Hall, g: Guest, r: Row) -> None:
    require(s.knows(g, s.host(r)) & (s.usher != g), "may sit down")
    s.at[r] = ite(s.at[r] == g, s.usher, g)


# Each of these names an element, which is a number once the sizes are known.


@action
def seat_number_1(s: Hall, r: Row) -> None:
    s.at[r] = 1  # type: ignore[assignment]  # as below, mypy would have told


@action
def compare_with_0(s: Hall, r: Row) -> None:
    require(s.at[r] == 0, "the first")  # type: ignore[comparison-overlap]
    s.count = Place(1)


@action
def add(s: Hall, g: Guest) -> None:
    s.count = g + 1  # type: ignore[operator, assignment]


@action
def compare_order(s: Hall, g: Guest) -> None:
    require(g < s.usher, "comes before")  # type: ignore[operator]
    s.count = Place(1)


@action
def compare_with_size(s: Hall, g: Guest) -> None:
    require(g == size(Guest), "the one past the last")
    s.count = Place(1)


@action
def reset_all(s: Hall) -> None:
    s.at.reset()


def host_0_only(s: Hall) -> bool:
    return forall(Row, lambda r: s.host(r) == 0)  # type: ignore[comparison-overlap]


def hall(
    *actions: Action[Hall],
    host: Callable[[int], int] | None = None,
    knows: Callable[[int, int], bool] | None = None,
    always: tuple[Callable[[Hall], bool], ...] = (),
) -> Machine[Hall]:
    """With a host for each row it can be read at a size only, where elements are numbers."""
    given: dict[str, Any] = {"host": host, "knows": knows}
    return Machine(
        "hall",
        Hall,
        empty_hall,
        actions,
        always=always,
        definitions={name: function for name, function in given.items() if function},
        sizes={Guest: 3, Row: 2, Place: 2},
        symmetric=(Guest,),
    )


def acquainted(g: int, h: int) -> bool:
    return g == h


@pytest.mark.parametrize("knows", [None, acquainted])
def test_elements_that_are_only_compared_are_symmetric(
    knows: Callable[[int, int], bool] | None,
) -> None:
    machine = hall(seat, knows=knows)
    found = explore(machine, machine.scope(), symmetry=True)
    whole = explore(machine, machine.scope())
    assert found.symmetric_states == whole.distinct_states


@pytest.mark.parametrize(
    "act", [seat_number_1, compare_with_0, add, compare_order, compare_with_size, reset_all]
)
def test_a_text_that_names_an_element_is_refused(act: Action[Hall]) -> None:
    with pytest.raises(MachineError, match=f"hall.{act.name}"):  # when it is made, or here
        explore(machine := hall(act, knows=acquainted), machine.scope(), symmetry=True)


def test_it_is_said_where_a_text_names_an_element_and_what_to_do() -> None:
    with pytest.raises(MachineError, match="take Guest out of symmetric") as refused:
        explore(machine := hall(reset_all), machine.scope(), symmetry=True)
    assert refused.value.at == (__file__, reset_all.text.__code__.co_firstlineno)


def test_a_property_that_names_an_element_is_refused() -> None:
    """Even where elements are numbers, no text can name one: it would be of another sort."""
    with pytest.raises(MachineError, match=r"hall.host_0_only: a Guest is compared with an int"):
        hall(seat, knows=acquainted, always=(host_0_only,))


def test_a_function_that_tells_elements_apart_is_refused() -> None:
    machine = hall(seat, host=lambda r: 0)
    with pytest.raises(MachineError, match=r"hall defines host\(0\) = guest0, which tells apart"):
        explore(machine, machine.scope(), symmetry=True)
    # Only the last two are told apart, which a sample could miss.
    machine = hall(seat, knows=lambda g, h: (g, h) != (2, 2))
    with pytest.raises(
        MachineError,
        match=r"knows\(guest1, guest1\) = true and knows\(guest2, guest2\) = false",
    ):
        explore(machine, machine.scope(), symmetry=True)
    example = attrs.evolve(hall(seat), example={"host": lambda r: r})
    with pytest.raises(MachineError, match=r"hall defines host"):
        explore(example, example.scope(), symmetry=True)


def vip(s: Hall) -> bool:
    return s.count == (1 if s.rank(Row(1)) == 1 else 2)


def test_what_decides_at_a_size_only_says_so() -> None:
    """What a definition decides, nothing does where the definition is left open."""
    machine = Machine(
        "hall",
        Hall,
        empty_hall,
        (),
        always=(vip,),
        definitions={"rank": lambda r: r},
        sizes={Guest: 3, Row: 2, Place: 2},
        symmetric=(Guest,),
    )
    with pytest.raises(MachineError, match="with rank left open, and is refused; explore without"):
        explore(machine, machine.scope(), symmetry=True)


def test_numbers_are_never_symmetric() -> None:
    with pytest.raises(MachineError, match=r"hall: Row is not symmetric"):
        attrs.evolve(hall(seat), symmetric=(Guest, Row))  # type: ignore[arg-type]
