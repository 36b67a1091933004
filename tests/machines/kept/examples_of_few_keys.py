"""A function whose example has keys that list themselves could not be read at a value."""

from enum import Enum

from tallystick import Fun, Machine, Sort, action, require, state


class Party(Sort):
    pass


class Phase(Enum):
    IDLE = 0
    DONE = 1


@state
class World:
    phase: Phase
    last: Fun[[Phase], bool]
    leader: Fun[[], Party]
    led: Party


def init(s: World) -> None:
    s.phase = Phase.IDLE


@action
def move(s: World, phase: Phase) -> None:
    require(s.last(phase) != s.last(s.phase), "it moves on")
    s.phase = phase
    s.led = s.leader()


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(move,),
    example={"last": lambda phase: phase is Phase.DONE, "leader": lambda: 0},
    sizes={Party: 2},
)
