"""Parts of a choice, a connective or a guard are undefined: planted, they were read otherwise."""

from tallystick import Machine, Map, Ordinal, action, ite, not_, require, state


class Level(Ordinal):
    pass


@state
class World:
    n: Level
    flag: bool
    done: bool
    held: Map[Level, bool]


def init(s: World) -> None:
    s.n = Level(1)
    s.done = False
    s.held.fill(False)


@action
def choose(s: World) -> None:
    s.done = ite(s.flag, s.held[s.n + 1], s.flag)


@action
def choose_the_same(s: World) -> None:
    s.done = ite(s.held[s.n + 1], s.flag, s.flag)


@action
def both(s: World) -> None:
    require(s.flag & s.held[s.n + 1], "both hold")
    s.done = True


@action
def either(s: World) -> None:
    require(s.flag | s.held[s.n + 1], "one holds")
    s.done = True


@action
def look_back(s: World) -> None:
    require(s.held[s.n - 1], "the one before is held")
    s.flag = not_(s.flag)


@action
def look_around(s: World) -> None:
    require(s.held[s.n + 1] == s.held[s.n - 2], "both are alike")
    s.done = True


def never_done(s: World) -> bool:
    return not_(s.done)


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(choose, choose_the_same, both, either, look_back, look_around),
    refuted=(never_done,),
    sizes={Level: 2},
)
