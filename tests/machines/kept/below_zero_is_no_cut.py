"""What would fall below zero was counted among the steps past a size."""

from tallystick import Machine, Map, Ordinal, action, state


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


machine = Machine(name="machine", state=World, init=init, actions=(lower,), sizes={Level: 2})
