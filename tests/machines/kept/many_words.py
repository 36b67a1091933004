"""States differ in the first of several words, or in the last: planted, one did not count."""

from tallystick import Machine, Map, Ordinal, action, state


class Place(Ordinal):
    pass


@state
class World:
    marked: Map[Place, bool]


def init(s: World) -> None:
    s.marked.fill(False)


@action
def mark_the_first(s: World) -> None:
    s.marked[Place(0)] = True


@action
def mark_the_last(s: World) -> None:
    s.marked[Place(129)] = True


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(mark_the_first, mark_the_last),
    sizes={Place: 130},
)
