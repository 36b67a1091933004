"""A ring of cells with a level each: an action that fills, and one with a planted error."""

from spec.notation import Map, Ordinal, action, forall, require, size, state


class Cell(Ordinal): ...


class Level(Ordinal): ...


@state
class Cells:
    level: Map[Cell, Level]
    odd: bool
    """Either, at the start."""


def init(s: Cells) -> None:
    s.level.fill(Level(0))


@action
def pour(s: Cells, c: Cell) -> None:
    s.level[c] += 1


def stays_low(s: Cells) -> bool:
    return forall(Cell, lambda c: s.level[c] < 2)


def is_odd(s: Cells) -> bool:
    return s.odd


@action
def drain(s: Cells, c: Cell) -> None:
    """A planted error: nothing says that the next cell holds anything."""
    require(s.level[c] == 2, "the cell is full")
    s.level[c] -= 1
    s.level[(c + 1) % size(Cell)] -= 1
