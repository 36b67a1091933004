"""A start reads a map at each key before it is filled: planted, only one was made."""

from tallystick import Machine, Map, action, state


@state
class World:
    first: bool
    second: bool
    held: Map[bool, bool]


def init(s: World) -> None:
    s.first = s.held[False]
    s.second = s.held[True]
    s.held.fill(False)


@action
def take(s: World, k: bool) -> None:
    s.held[k] = True


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(take,),
)
