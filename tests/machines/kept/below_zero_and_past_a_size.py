"""Below zero and past a size at once is below zero: the plain search went by what came first."""

from tallystick import Machine, Map, Ordinal, action, require, state


class Level(Ordinal):
    pass


@state
class World:
    n: Level
    held: Map[Level, bool]
    pairs: Map[tuple[Level, Level], bool]
    low: Map[bool, Level]


def init(s: World) -> None:
    s.n = Level(0)
    s.held.fill(False)
    s.pairs.fill(False)
    s.low.fill(Level(0))


@action
def compare(s: World) -> None:
    require(s.held[s.n + 2] == s.held[s.n - 1], "both are alike")


@action
def either(s: World) -> None:
    require(s.held[s.n + 2] | s.held[s.n - 1], "one is held")


@action
def every(s: World) -> None:
    require(s.held[s.n] | s.held[s.n + 2] | s.held[s.n - 1], "one of three is held")


@action
def pair(s: World) -> None:
    s.pairs[s.n + 2, s.n - 1] = True


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(compare, either, every, pair),
    sizes={Level: 2},
)
