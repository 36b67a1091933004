"""What helps has to stay possible until it is taken: planted, another step could end that."""

from tallystick import Ending, Machine, Ordinal, action, not_, require, state


class Level(Ordinal):
    pass


@state
class World:
    day: bool
    left: Level


def init(s: World) -> None:
    s.day = True
    s.left = Level(1)


@action
def turn(s: World) -> None:
    s.day = not_(s.day)


@action
def by_day(s: World) -> None:
    require(s.day, "it is day")
    require(s.left > 0, "something is left")
    s.left -= 1


@action
def by_night(s: World) -> None:
    require(not_(s.day), "it is night")
    require(s.left > 0, "something is left")
    s.left -= 1


def is_over(s: World) -> bool:
    return s.left == 0


def what_is_left(s: World) -> int:
    return s.left


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(turn, by_day, by_night),
    ending=Ending(is_over, (by_day, by_night), (what_is_left,)),
    sizes={Level: 2},
)
