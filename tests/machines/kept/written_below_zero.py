"""A write below zero is one where something else in it is undefined: that was asked first."""

from tallystick import Machine, Map, Ordinal, action, ite, state


class Level(Ordinal):
    pass


@state
class World:
    n: Level
    held: Map[Level, Level]
    pairs: Map[tuple[Level, Level], bool]


def init(s: World) -> None:
    s.n = Level(0)
    s.held.fill(Level(0))
    s.pairs.fill(False)


@action
def pair(s: World) -> None:
    s.pairs[s.held[s.n + 2], s.n - 1] = True


@action
def fill(s: World) -> None:
    s.held.fill_by(lambda k: ite(k == 0, s.held[s.n + 2], s.n - 1))


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(pair, fill),
    sizes={Level: 2},
)
