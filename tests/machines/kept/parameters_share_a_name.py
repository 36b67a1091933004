"""cvc5 could not read a ranking where parameters of two actions share a name, and not a sort."""

from enum import Enum

from tallystick import Ending, Machine, Ordinal, action, require, state


class Level(Ordinal):
    pass


class Phase(Enum):
    A = 0
    B = 1


@state
class World:
    done: bool


def init(s: World) -> None:
    s.done = False


@action
def wait(s: World, p: Phase) -> None:
    require(p == Phase.A, "it waits in the first phase")


@action
def rise(s: World, p: Level) -> None:
    s.done = s.done | (p >= 0)


def is_done(s: World) -> bool:
    return s.done


def left(s: World) -> int:
    return 0


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(wait, rise),
    ending=Ending(is_done, (wait, rise), (left,)),
    sizes={Level: 2},
)
