"""The last write to a key counts, and none before a map is filled: planted, another did."""

from tallystick import Machine, Map, action, state


@state
class World:
    first: bool
    second: bool
    held: Map[bool, bool]


def init(s: World) -> None:
    s.first = False
    s.second = False
    s.held.fill(False)


@action
def write_twice(s: World) -> None:
    s.held[False] = True
    s.held[False] = False
    s.first = s.held[False]


@action
def write_and_fill(s: World) -> None:
    s.held[True] = True
    s.held.fill(False)
    s.second = s.held[True]


machine = Machine(
    name="machine",
    state=World,
    init=init,
    actions=(write_twice, write_and_fill),
)
