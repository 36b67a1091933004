"""A step only from the last of many states is possible: planted, the first parts were looked at."""

from tallystick import Machine, Ordinal, action, implies, not_, require, size, state


class Number(Ordinal):
    pass


@state
class World:
    n: Number
    done: bool


def init(s: World) -> None:
    s.done = False


@action
def finish(s: World) -> None:
    require(not_(s.done), "not done")
    require(s.n + 1 >= size(Number), "the last")
    s.done = True


def all_is_well(s: World) -> bool:
    return implies((s.n + 1 >= size(Number)) & not_(s.done), s.n > 0)


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(finish,),
    always=(all_is_well,),
    sizes={Number: 6},
)
