"""No round leads through a goal: planted, one did."""

from tallystick import Ending, Machine, action, not_, state


@state
class World:
    done: bool


def init(s: World) -> None:
    s.done = False


@action
def turn(s: World) -> None:
    s.done = not_(s.done)


def is_done(s: World) -> bool:
    return s.done


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(turn,),
    ending=Ending(is_done, (turn,)),
)
