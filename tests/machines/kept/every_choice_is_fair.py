"""Each choice for a fair action is fair by itself: planted, one alone was."""

from tallystick import Ending, Machine, Map, action, state


@state
class World:
    held: Map[bool, bool]


def init(s: World) -> None:
    s.held.fill(False)


@action
def take(s: World, k: bool) -> None:
    s.held[k] = True


def all_are_held(s: World) -> bool:
    return s.held[False] & s.held[True]


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(take,),
    ending=Ending(all_are_held, (take,)),
)
