"""Of several writes to a map, each counts: planted, only the last did in proofs."""

from tallystick import Machine, Map, action, not_, state


@state
class World:
    held: Map[bool, bool]


def init(s: World) -> None:
    s.held.fill(False)


@action
def take(s: World) -> None:
    s.held[False] = True
    s.held[True] = True


def never_the_first(s: World) -> bool:
    return not_(s.held[False])


machine = Machine(
    name="machine", state=World, init=init, actions=(take,), always=(never_the_first,)
)
