"""What exists is of its sort: planted, proofs took numbers past its size as well."""

from tallystick import Machine, Ordinal, action, exists, size, state


class Level(Ordinal):
    pass


@state
class World:
    n: Level


def init(s: World) -> None:
    s.n = Level(0)


@action
def rise(s: World) -> None:
    s.n += 1


def one_is_past_the_size(s: World) -> bool:
    return exists(Level, lambda n: (n >= size(Level)) & (s.n == 0))


def one_is_past_and_more(s: World) -> bool:
    return exists(Level, lambda n: n + s.n >= size(Level) + s.n)


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(rise,),
    always=(one_is_past_the_size, one_is_past_and_more),
    sizes={Level: 2},
)
