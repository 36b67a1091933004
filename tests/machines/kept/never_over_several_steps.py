"""What is proved over several steps makes actions impossible as well: the comparison forgot it."""

from tallystick import Machine, Ordinal, action, not_, require, state


class Level(Ordinal):
    pass


@state
class World:
    n: Level
    on: bool


def init(s: World) -> None:
    s.n = Level(1)
    s.on = False


@action
def turn(s: World) -> None:
    s.n -= 2
    s.on = not_(s.on)


@action
def wait(s: World) -> None:
    require(s.on, "it is on")


def off(s: World) -> bool:
    return not_(s.on)


machine = Machine("machine", World, init, (turn, wait), lemmas=(off,), sizes={Level: 4})
