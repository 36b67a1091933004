"""A fair action that would fall below zero was taken to be possible, and its runs to end."""

from tallystick import Ending, Machine, Map, Ordinal, action, state


class Level(Ordinal):
    pass


@state
class World:
    held: Map[bool, Level]


def init(s: World) -> None:
    pass


@action
def lower(s: World) -> None:
    s.held[False] -= 1


def true(s: World, e: bool) -> bool:
    return e


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(lower,),
    ending=Ending(true, (lower,)),
    sizes={Level: 2},
)
