"""A premise in a conclusion is met only where the one around it is; in a premise it is none."""

from tallystick import Machine, Ordinal, action, implies, state


class Level(Ordinal):
    pass


@state
class World:
    n: Level


def init(s: World) -> None:
    s.n = Level(0)


@action
def up(s: World) -> None:
    s.n += 1


def one_and_two(s: World) -> bool:
    return implies(s.n == 1, implies(s.n == 2, s.n == 0))


def of_a_premise(s: World) -> bool:
    return implies(implies(s.n > 2, s.n == 0), s.n < 3)


def is_two(s: World, n: Level) -> bool:
    return implies(s.n == 2, n == 2)


def by_one_way(s: World) -> bool:
    return is_two(s, s.n) & implies(s.n == 0, is_two(s, s.n))


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(up,),
    always=(one_and_two, of_a_premise, by_one_way),
    sizes={Level: 3},
)
