"""A ranking that stays as it is ends nothing: planted, it did."""

from tallystick import Ending, Machine, action, state


@state
class World:
    done: bool


def init(s: World) -> None:
    s.done = False


@action
def wait(s: World) -> None:
    s.done = s.done


def is_done(s: World) -> bool:
    return s.done


def nothing(s: World) -> int:
    return 0


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(wait,),
    ending=Ending(is_done, (wait,), (nothing,)),
)
