"""A fair step that would fall below zero helps nobody: planted, a ranking relied on it."""

from tallystick import Ending, Machine, Ordinal, action, state


class Level(Ordinal):
    pass


@state
class World:
    left: Level


def init(s: World) -> None:
    s.left = Level(1)


@action
def fall(s: World) -> None:
    s.left -= 2


def is_over(s: World) -> bool:
    return s.left == 0


def what_is_left(s: World) -> int:
    return s.left


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(fall,),
    ending=Ending(is_over, (fall,), (what_is_left,)),
    sizes={Level: 2},
)
