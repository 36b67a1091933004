"""What is said of all keys is said of none past the last: planted, it was in proofs."""

from tallystick import Fun, Machine, Ordinal, action, forall, not_, size, state


class Level(Ordinal):
    pass


@state
class World:
    done: bool
    marked: Fun[[Level], bool]


def init(s: World) -> None:
    s.done = False


@action
def finish(s: World) -> None:
    s.done = True


def is_below_the_size(s: World) -> bool:
    return forall(Level, lambda n: (n < size(Level)) & (s.marked(n) | not_(s.marked(n))))


def never_done(s: World) -> bool:
    return not_(s.done)


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(finish,),
    always=(never_done,),
    assumptions=(is_below_the_size,),
    sizes={Level: 2},
)
